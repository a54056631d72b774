"""Pure: what an answer, a silence or a death means for a row of the ledger."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.delivery.replies import Reply
from subscriptions.feedback.verdicts import Kind, judge_reply
from subscriptions.models.states import DeliveryReason, DeliveryState

MOST_ATTEMPTS = 8
FIRST_DELAY = timedelta(minutes=5)
LONGEST_DELAY = timedelta(hours=8)
END = 2**63 - 1  # above every id


class Promise(StrEnum):
    AT_MOST_ONCE = "at-most-once"
    AT_LEAST_ONCE = "at-least-once"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state a row is to have, and why. ``tries``: by how many the row's attempts grow."""

    delivery_id: int
    state: DeliveryState
    reply: str = ""
    reason: str = ""
    retry_at: datetime | None = None
    tries: int = 1
    code: DeliveryReason = DeliveryReason.PLAIN


@dataclass(slots=True)
class Mark:
    """How far a batch has come, as it is kept outside the sending process.

    ``at``: the id in doubt; 0 before the first, :data:`END` after the last. ``but``: what became of the ids
    before ``at`` that were not simply accepted, as (state, reply, reason). ``upto``: where one call carries
    several messages, the last id in doubt.
    """

    at: int = 0
    but: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    upto: int = 0

    def dump(self) -> bytes:
        return json.dumps([self.at, list(self.but.items()), self.upto], separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> "Mark":
        at, but, upto = json.loads(data)
        return cls(at=at, but={int(key): tuple(value) for key, value in but}, upto=upto)


def delay(attempts: int, *, seed: int = 0) -> timedelta:
    """How long to wait after the ``attempts``-th attempt in a row (from 1) that the server put off.

    5, 10, 20 … minutes to 8 hours (RFC 5321, section 4.5.4.1, asks for growing intervals), and up to a
    quarter more by ``seed``, so that a storm does not come back as one.
    """
    plain = min(FIRST_DELAY * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_DELAY)
    spread: float = (seed * 2654435761 % 1000) / 4000
    return timedelta(seconds=plain.total_seconds() * (1 + spread))


def outcome_of(
    reply: Reply, *, delivery_id: int, attempts: int, now: datetime, promise: Promise, recipient: str = ""
) -> Outcome:
    """What ``reply`` to attempt number ``attempts`` (from 1) makes of a row, by the class of the code.

    RFC 5321, section 4.2.1: 2yz taken, 4yz "try later", 5yz "do not". A 5yz that says that the fault is ours
    (a block list, a missing signature) is "later" as well: until it is mended nobody's digest is used up.
    ``recipient`` is the reader's address, so that its own words are no part of what the server says.
    """
    text = str(reply)
    if reply.in_doubt:
        return in_doubt(delivery_id, why="the connection ended before the reply", promise=promise, reply=text)
    if reply.accepted:
        return Outcome(delivery_id, DeliveryState.SENT, reply=text)
    reason = "put off by the mail server"
    if 500 <= reply.code < 600:
        verdict = judge_reply(reply.code, reply.text, after_body=reply.after_body, recipient=recipient)
        if verdict.kind is not Kind.BLOCKED:
            return Outcome(delivery_id, DeliveryState.FAILED, reply=text, reason="refused by the mail server")
        reason = f"refused for a reason of ours: {verdict.reason}"
    if attempts >= MOST_ATTEMPTS:
        reason = f"{reason}, {attempts} times"
        return Outcome(delivery_id, DeliveryState.FAILED, reply=text, reason=reason)
    return Outcome(
        delivery_id,
        DeliveryState.DEFERRED,
        reply=text,
        reason=reason,
        retry_at=now + max(delay(attempts, seed=delivery_id), _asked(reply)),
    )


def _asked(reply: Reply) -> timedelta:
    return min(timedelta(seconds=reply.wait), LONGEST_DELAY)


def in_doubt(delivery_id: int, *, why: str, promise: Promise, reply: str = "") -> Outcome:
    """The row of a message that may or may not have been accepted."""
    if promise is Promise.AT_LEAST_ONCE:
        return Outcome(delivery_id, DeliveryState.QUEUED, reply=reply, reason=f"sent again: {why}")
    return Outcome(delivery_id, DeliveryState.UNCERTAIN, reply=reply, reason=why)


def untouched(delivery_id: int, *, reason: str = "") -> Outcome:
    """A row that was claimed and of which nothing was sent."""
    return Outcome(delivery_id, DeliveryState.QUEUED, reason=reason, tries=0)


def verdicts(
    delivery_ids: Iterable[int], mark: Mark | None, *, now: datetime, promise: Promise
) -> list[Outcome]:
    """What became of the rows ``delivery_ids`` that a dead sender was sending, by the mark it left."""
    return [_verdict(delivery_id, mark, now=now, promise=promise) for delivery_id in delivery_ids]


def _verdict(delivery_id: int, mark: Mark | None, *, now: datetime, promise: Promise) -> Outcome:
    if mark is None:
        return in_doubt(delivery_id, why="the sender died and its mark is lost", promise=promise)
    if delivery_id in mark.but:
        state, reply, reason = mark.but[delivery_id]
        retry_at = now + FIRST_DELAY if state == DeliveryState.DEFERRED else None
        return Outcome(delivery_id, DeliveryState(state), reply=reply, reason=reason, retry_at=retry_at)
    if delivery_id < mark.at:
        return Outcome(delivery_id, DeliveryState.SENT, reason="accepted; the sender died before it said so")
    if mark.at <= delivery_id <= max(mark.at, mark.upto):
        return in_doubt(delivery_id, why="the sender died while it was sent", promise=promise)
    return untouched(delivery_id)
