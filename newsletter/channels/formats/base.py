"""What a service must say of itself. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from newsletter.channels.answers import Answer, Outcome
from newsletter.channels.posts import Place, Post, Request, Sending

JSON = (("Content-Type", "application/json; charset=utf-8"),)


@dataclass(frozen=True, slots=True)
class Field:
    """What the form asks for: an address, a secret or a target. ``help`` says where to get it."""

    name: str
    label: str
    help: str
    is_needed: bool = True


class Service(Protocol):
    """One service.

    A new one is a file with a class like these, named in ``registry.py`` and ``ChannelService``; the tests
    ask for a stand-in that speaks its wire form (``tests/newsletter/channels/standins.py``).
    """

    @property
    def fields(self) -> tuple[Field, ...]:
        """What an editor is asked for."""
        ...

    @property
    def gap(self) -> float:
        """Seconds between two messages to one channel."""
        ...

    def build(self, post: Post) -> dict[str, Any]:
        """The body of a message with all papers of ``post``."""
        ...

    def fits(self, body: dict[str, Any]) -> bool:
        """Whether ``body`` keeps the service's limits."""
        ...

    def request(self, place: Place, sending: Sending) -> Request:
        """The HTTP request that sends a message."""
        ...

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """What the service's answer means."""
        ...

    def problem(self, place: Place) -> str:
        """What is wrong with ``place``, in one sentence that shows none of it; empty where nothing is."""
        ...


def encoded(body: dict[str, Any]) -> bytes:
    """``body`` as JSON in UTF-8, without spaces."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def address_problem(place: Place, hosts: tuple[str, ...], path: str, *, example: str) -> str:
    """What is wrong with an address that shall lie on one of ``hosts`` below ``path``.

    A host with a dot before it stands for all below it; no hosts are any.
    """
    try:
        parts = urlsplit(place.address)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https") or parts.username or port == 0:
        return f"This is no web address. It looks like {example}."
    if hosts and not any(host == each or (each[0] == "." and host.endswith(each)) for each in hosts):
        return f"Addresses of this service lie on {' or '.join(hosts)}; this one is on {host[:80]}."
    if path and (not parts.path.startswith(path) or len(parts.path) <= len(path)):
        return f"Something is missing in this address. It looks like {example}."
    return ""
