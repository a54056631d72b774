"""What is handed over, and to whom: an envelope, and the shape of a transport.

A transport is asked for one message at a time and tells the sender the moment before it can no longer take
the message back (``before_body``). It answers with a :class:`~subscriptions.delivery.replies.Reply` or raises
:class:`UnreachableError`, which means that nothing at all was handed over.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from newsletter.errors import DeliveryError
from subscriptions.delivery.replies import Reply

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class UnreachableError(DeliveryError):
    """The mail server cannot be talked to, or lets us not in. No message was touched."""

    def __init__(self, message: str, *, transient: bool = True, code: int = 0) -> None:
        super().__init__(message, transient=transient, code=code)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope (RFC 5321 addresses; an empty sender is ``<>``) and the message's bytes with CRLF lines.

    ``tag`` is returned by a service's webhooks. ``is_canonical``: its maker vouches that all lines end in
    CRLF and that none begins with a dot; to look again costs a fifth of the sending.
    """

    sender: str
    recipient: str
    data: bytes
    tag: str = ""
    is_canonical: bool = False


def no_next_envelope() -> None:
    """There is no envelope after this one."""


class Transport(Protocol):
    """Hands messages over to a mail server or a mail service."""

    def send(
        self,
        envelope: Envelope,
        *,
        before_body: Callable[[], None],
        next_envelope: Callable[[], Envelope | None] = no_next_envelope,
    ) -> Reply:
        """Hand ``envelope`` over. ``before_body`` is called once, before it can be accepted; what it raises
        is passed on, and then the envelope was not accepted. ``next_envelope`` may be called once while the
        server is busy with this one, and gives the one that will be sent next."""

    def close(self) -> None:
        """Let the connection go; the next message opens another."""


@runtime_checkable
class BatchTransport(Transport, Protocol):
    """A transport that can hand over up to ``at_once`` envelopes in one call."""

    at_once: int

    def send_all(self, envelopes: Sequence[Envelope], *, before_body: Callable[[], None]) -> list[Reply]:
        """Hand ``envelopes`` over; a reply for each. ``before_body`` is called once, before any of them."""


def clean(text: str) -> str:
    """A foreign text in one line."""
    return _CONTROL.sub(" ", text).strip()
