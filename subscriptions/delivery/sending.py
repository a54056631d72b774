"""What a sender sends with, what it made, and why it may stop."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from newsletter.errors import PaperpostError
from subscriptions.delivery import slowdown
from subscriptions.delivery.backpressure import Streak
from subscriptions.delivery.checkpoints import CheckpointStore
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.envelopes import BatchTransport, Transport
from subscriptions.delivery.promise import Promise
from subscriptions.delivery.slowdown import Slowdown

LOOK_FOR_SLOWDOWN_EVERY = 1.0  # seconds


class DigestMessage(Protocol):
    """What :func:`subscriptions.messages.draft_batch` makes of one delivery."""

    @property
    def sender(self) -> str:
        """The bare address of the envelope's sender, where there is no address for bounces."""
        ...

    @property
    def recipient(self) -> str:
        """The reader's bare address."""
        ...

    @property
    def message_id(self) -> str:
        """The Message-ID in angle brackets."""
        ...

    @property
    def subject(self) -> str:
        """The subject, not encoded."""
        ...

    @property
    def data(self) -> bytes:
        """The whole message with CRLF lines."""
        ...

    @property
    def is_canonical(self) -> bool:
        """As of :class:`~subscriptions.delivery.envelopes.Envelope`."""
        ...


class RefusedError(PaperpostError):
    """The mail server refuses whatever we send, for a reason of ours."""


class PressureError(PaperpostError):
    """The mail server takes no more for now. ``asked_seconds``: for how long it wants to be left alone."""

    asked_seconds: float = 0.0


class HeldError(PaperpostError):
    """Sending is held since the batch began: what is left of it waits."""


class LeaseLostError(PaperpostError):
    """A sweeper took our batch: not another byte may leave."""


@dataclass(slots=True)
class SendRun:
    """What one run of :func:`send` did. ``problem``: why it ended early, in one line."""

    counts: Counter[str] = field(default_factory=Counter)
    problem: str = ""
    exhausted: bool = False
    begun_at: datetime = field(default_factory=timezone.now)

    @property
    def done(self) -> int:
        """How many rows were settled."""
        return self.counts.total()


class SendContext:
    """What one process sends with, and what it did and learned so far."""

    def __init__(
        self,
        *,
        transport: Transport,
        checkpoints: CheckpointStore,
        promise: Promise,
        progress: Callable[[int], object],
    ) -> None:
        self.transport = transport
        self.at_once = transport.at_once if isinstance(transport, BatchTransport) else 1
        self.checkpoints = checkpoints
        self.promise = promise
        self.progress = progress
        self.sign = default_signer()
        self.run = SendRun()
        self.streak = Streak()
        self.slowdown = Slowdown()
        self._slowdown_known_until = 0.0  # monotonic seconds

    def current_slowdown(self, now: datetime) -> Slowdown:
        """What all senders learned of the mail server; read from the database now and then."""
        if time.monotonic() >= self._slowdown_known_until:
            self.slowdown = slowdown.current_slowdown(now)
            self._slowdown_known_until = time.monotonic() + LOOK_FOR_SLOWDOWN_EVERY
        return self.slowdown

    def adopt(self, slowdown: Slowdown) -> None:
        """Go by ``slowdown`` from now on, and read again before the next batch."""
        self.slowdown = slowdown
        self._slowdown_known_until = 0.0
