"""Pure: what a reply, a missing reply or the death of a sender means for a row of the ledger.

``Delivery`` has one row for a reader and a day; the database refuses a second. Every change of its state is a
conditional UPDATE, so that of two that try the same change one succeeds and the other sees that it did not.

The promise
===========
At most once (``DELIVERY_PROMISE=at-most-once``, the default): no reader gets two mails for a day, whatever
dies at whatever moment. What cannot be known is what the row says, ``uncertain``: never more than one for
each sender that died (one call, where a mail service takes several messages in one), or one batch if its
checkpoint was lost in the same moment. At least once (``at-least-once``): what is uncertain is sent again
under the same Message-ID.

Why it holds
============
1. A row is sent only by the holder of its lease. A claim gives a lease by conditional UPDATE (PostgreSQL
   locks the rows with SKIP LOCKED, SQLite has one writer) and COMMITS before the first byte leaves.
2. Before the body of message *n* leaves, the holder writes the checkpoint "at *n*" under its lease, and goes
   on only if the checkpoint was there to be overwritten. Messages of a batch are sent in the order of their
   ids. So a checkpoint says of every row: before *n*, the server answered (what it did not accept is listed
   as an exception); *n* is in doubt; after *n*, not a byte of a body was sent.
3. A sweeper that finds an expired lease first takes the checkpoint away, in one atomic step. From then on the
   holder, if it is not dead but only slow, stopped, cut off or wrong about the time, fails at step 2 and
   stops. What the checkpoint says is therefore final, and the sweeper settles by it: before *n* sent, *n*
   uncertain (or queued again, at least once), after *n* queued.
4. If the checkpoint was lost while the holder lives, the holder sees that at the next message, asks the
   database whether the lease is still its own, prolongs it, and writes the whole checkpoint again. If the
   checkpoint was lost and the holder died, a copy in a file on the holder's machine tells; a lock on that
   file tells whether it really died. If that is gone too, every row of that lease that was being sent is in
   doubt.
5. SMTP itself leaves one gap: a connection that ends after the final dot and before the reply (RFC 5321,
   section 4.5.3.2.6; RFC 1047). Such a message is in doubt as well; nothing else is sent again without a
   reply that says it was not taken. The next message's envelope may travel behind this one's body
   (RFC 2920); its own body waits for step 2 like any other.
6. A holder that hears late that its message was accepted settles the row as sent, even if it had been swept
   to ``uncertain`` or ``queued``: evidence outlives the lease.
"""

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
LONGEST_REASON = 500  # characters
END = 2**63 - 1  # above every id


class Promise(StrEnum):
    """What is done about a message that may or may not have been accepted (``DELIVERY_PROMISE``)."""

    AT_MOST_ONCE = "at-most-once"
    AT_LEAST_ONCE = "at-least-once"


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The state a row is to have, and why. ``tries``: by how many the row's attempts grow."""

    delivery_id: int
    state: DeliveryState
    reply: str = ""
    reason: str = ""
    retry_at: datetime | None = None
    tries: int = 1
    code: DeliveryReason = DeliveryReason.PLAIN


@dataclass(frozen=True, slots=True)
class Attempt:
    """One handing over: of which row, the how manieth (from 1), and to which address."""

    delivery_id: int
    number: int
    recipient: str = ""


@dataclass(slots=True)
class Checkpoint:
    """How far a batch has come, as it is kept outside the sending process.

    ``first_id``: the first id in doubt; 0 before the first row, :data:`END` after the last. ``last_id``: the
    last id in doubt, where one call carries several messages; smaller where there is one message.
    ``exceptions``: what became of the ids before ``first_id`` that were not simply accepted, as (state,
    reply, reason).
    """

    first_id: int = 0
    exceptions: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    last_id: int = 0

    def dump(self) -> bytes:
        """The stored form: a JSON list by position. A sweeper of another version must be able to read it."""
        values = [self.first_id, list(self.exceptions.items()), self.last_id]
        return json.dumps(values, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> "Checkpoint":
        """What :meth:`dump` stored."""
        first_id, exceptions, last_id = json.loads(data)
        outcomes = {int(row_id): tuple(outcome) for row_id, outcome in exceptions}
        return cls(first_id=first_id, exceptions=outcomes, last_id=last_id)


def delay(attempts: int, *, seed: int = 0) -> timedelta:
    """How long to wait after the ``attempts``-th attempt in a row (from 1) that the server put off.

    5, 10, 20 … minutes to 8 hours (RFC 5321, section 4.5.4.1, asks for growing intervals), and up to a
    quarter more by ``seed``, so that a storm does not come back as one.
    """
    plain = min(FIRST_DELAY * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_DELAY)
    spread: float = (seed * 2654435761 % 1000) / 4000
    return timedelta(seconds=plain.total_seconds() * (1 + spread))


def outcome_of(reply: Reply, attempt: Attempt, *, now: datetime, promise: Promise) -> DeliveryOutcome:
    """What ``reply`` to ``attempt`` makes of a row, by the class of the code.

    RFC 5321, section 4.2.1: 2yz taken, 4yz "try later", 5yz "do not". A 5yz that says that the fault is ours
    (a block list, a missing signature) is "later" as well: until it is mended nobody's digest is used up.
    The recipient's address is known, so that its own words are no part of what the server says.
    """
    text, row_id = str(reply), attempt.delivery_id
    if reply.in_doubt:
        return in_doubt(row_id, why="the connection ended before the reply", promise=promise, reply=text)
    if reply.accepted:
        return DeliveryOutcome(row_id, DeliveryState.SENT, reply=text)
    reason = "put off by the mail server"
    if 500 <= reply.code < 600:
        verdict = judge_reply(
            reply.code, reply.text, after_body=reply.after_body, recipient=attempt.recipient
        )
        if verdict.kind is not Kind.BLOCKED:
            reason = "refused by the mail server"
            return DeliveryOutcome(row_id, DeliveryState.FAILED, reply=text, reason=reason)
        reason = f"refused for a reason of ours: {verdict.reason}"
    if attempt.number >= MOST_ATTEMPTS:
        reason = f"{reason}, {attempt.number} times"
        return DeliveryOutcome(row_id, DeliveryState.FAILED, reply=text, reason=reason)
    return DeliveryOutcome(
        row_id,
        DeliveryState.DEFERRED,
        reply=text,
        reason=reason,
        retry_at=now + max(delay(attempt.number, seed=row_id), _asked(reply)),
    )


def _asked(reply: Reply) -> timedelta:
    return min(timedelta(seconds=reply.wait), LONGEST_DELAY)


def in_doubt(delivery_id: int, *, why: str, promise: Promise, reply: str = "") -> DeliveryOutcome:
    """The row of a message that may or may not have been accepted."""
    if promise is Promise.AT_LEAST_ONCE:
        return DeliveryOutcome(delivery_id, DeliveryState.QUEUED, reply=reply, reason=f"sent again: {why}")
    return DeliveryOutcome(delivery_id, DeliveryState.UNCERTAIN, reply=reply, reason=why)


def untouched(delivery_id: int) -> DeliveryOutcome:
    """A row that was claimed and of which nothing was sent."""
    return DeliveryOutcome(delivery_id, DeliveryState.QUEUED, tries=0)


def put_off(delivery_id: int, reason: str, *, retry_at: datetime) -> DeliveryOutcome:
    """A row that is tried again at ``retry_at``, for a reason that is none of its own."""
    return DeliveryOutcome(delivery_id, DeliveryState.DEFERRED, reason=reason, retry_at=retry_at, tries=0)


def unmade(delivery_id: int, reason: str) -> DeliveryOutcome:
    """A row for which no message can be made; ``reason`` is the error's sentence."""
    return DeliveryOutcome(
        delivery_id,
        DeliveryState.FAILED,
        reason=unmade_reason(reason),
        tries=0,
        code=DeliveryReason.UNMADE,
    )


def unmade_reason(reason: str) -> str:
    """What the ledger says of a row for which no message can be made."""
    return f"{DeliveryReason.UNMADE.label}: {reason}"[:LONGEST_REASON]


def outcomes_by_checkpoint(
    delivery_ids: Iterable[int], checkpoint: Checkpoint | None, *, now: datetime, promise: Promise
) -> list[DeliveryOutcome]:
    """What became of the rows ``delivery_ids`` that a dead sender was sending, by the checkpoint it left."""
    return [_verdict(delivery_id, checkpoint, now=now, promise=promise) for delivery_id in delivery_ids]


def _verdict(
    delivery_id: int, checkpoint: Checkpoint | None, *, now: datetime, promise: Promise
) -> DeliveryOutcome:
    if checkpoint is None:
        return in_doubt(delivery_id, why="the sender died and its checkpoint is lost", promise=promise)
    if delivery_id in checkpoint.exceptions:
        state, reply, reason = checkpoint.exceptions[delivery_id]
        retry_at = now + FIRST_DELAY if state == DeliveryState.DEFERRED else None
        return DeliveryOutcome(
            delivery_id, DeliveryState(state), reply=reply, reason=reason, retry_at=retry_at
        )
    if delivery_id < checkpoint.first_id:
        return DeliveryOutcome(
            delivery_id, DeliveryState.SENT, reason="accepted; the sender died before it said so"
        )
    if checkpoint.first_id <= delivery_id <= max(checkpoint.first_id, checkpoint.last_id):
        return in_doubt(delivery_id, why="the sender died while it was sent", promise=promise)
    return untouched(delivery_id)
