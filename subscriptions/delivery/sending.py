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
from subscriptions.delivery.checkpoints import Marks
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.envelopes import BatchTransport, Transport
from subscriptions.delivery.promise import Promise
from subscriptions.delivery.slowdown import Lesson


class Message(Protocol):
    """What :func:`subscriptions.messages.draft_batch` makes of one delivery."""

    @property
    def sender(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def is_canonical(self) -> bool: ...


class RefusedError(PaperpostError):
    """The mail server refuses whatever we send, for a reason of ours."""


class PressureError(PaperpostError):
    """The mail server takes no more for now. ``asked``: seconds for which it wants to be left alone."""

    asked: float = 0.0


class LeaseLostError(PaperpostError):
    """A sweeper took our batch: not another byte may leave."""


@dataclass(slots=True)
class Shift:
    """What one run of :func:`send` did. ``problem``: why it ended early, in one line."""

    counts: Counter[str] = field(default_factory=Counter)
    problem: str = ""
    exhausted: bool = False
    begun_at: datetime = field(default_factory=timezone.now)

    @property
    def done(self) -> int:
        return self.counts.total()


class Sending:
    """What one process sends with, and what it did and learned so far."""

    def __init__(
        self,
        *,
        transport: Transport,
        marks: Marks,
        promise: Promise,
        progress: Callable[[int], object],
    ) -> None:
        self.transport = transport
        self.at_once = transport.at_once if isinstance(transport, BatchTransport) else 1
        self.marks = marks
        self.promise = promise
        self.progress = progress
        self.sign = default_signer()
        self.shift = Shift()
        self.streak = Streak()
        self.lesson = Lesson()
        self._knows_lesson_until = 0.0  # monotonic seconds

    def look_up_lesson(self, now: datetime) -> None:
        """What other senders learned, at most a second ago."""
        if time.monotonic() >= self._knows_lesson_until:
            self.lesson = slowdown.lesson(now)
            self._knows_lesson_until = time.monotonic() + 1.0

    def learn(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self._knows_lesson_until = 0.0
