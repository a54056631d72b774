"""The messages of one lease: hand them over one by one, and settle what became of them."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from newsletter.errors import PaperpostError
from newsletter.set_aside import StageDown
from subscriptions.delivery import holds, ledger, slowdown
from subscriptions.delivery.backpressure import Pressure, Scope, asked_to_wait, pressure
from subscriptions.delivery.batch_rows import BatchRow
from subscriptions.delivery.drafting import Drafting
from subscriptions.delivery.envelopes import BatchTransport, Envelope, UnreachableError
from subscriptions.delivery.promise import (
    END,
    Attempt,
    Checkpoint,
    DeliveryOutcome,
    in_doubt,
    outcome_of,
    put_off,
    unmade,
    untouched,
)
from subscriptions.delivery.replies import Reply
from subscriptions.delivery.sending import (
    DigestMessage,
    HeldError,
    LeaseLostError,
    PressureError,
    RefusedError,
    SendContext,
)
from subscriptions.delivery.slowdown import Slowdown
from subscriptions.feedback.events import Feedback, record_each
from subscriptions.feedback.return_paths import envelope_sender, tag, tag_field
from subscriptions.feedback.verdicts import Kind, judge_reply
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryReason, DeliveryState

SETTLE_AFTER = 16  # outcomes other than "accepted": the checkpoint that lists them stays small
MOST_REFUSALS = 25  # in a row, for a reason of ours: then it is not the readers, and the rest must wait
SETTLE_EVERY = 10.0  # seconds: what a slow batch has done is seen while it goes on
LOOK_FOR_HOLDS_EVERY = 5.0  # seconds: a slow batch of hundreds may last for minutes
UNREACHABLE_DELAY = timedelta(minutes=1)
SHORT_DELAY = timedelta(seconds=10)  # of a row that was refused while the rate is being learned
_NO_SERVICE = 554  # in the place of a greeting (RFC 5321, section 3.1)
_NONE = (0, 0)
logger = logging.getLogger(__name__)


class Batch:
    """The messages of one lease, on their way."""

    def __init__(
        self,
        context: SendContext,
        lease: uuid.UUID,
        deliveries: Sequence[Delivery],
        messages: Mapping[int, DigestMessage],
        drafting: Drafting,
    ) -> None:
        self.context = context
        self.lease = lease
        self.rows = [BatchRow(delivery) for delivery in deliveries]
        self.messages = messages
        self.drafting = drafting
        self.checkpoint = Checkpoint()
        self.next = 0  # position of the row whose turn is next
        self.in_flight = _NONE  # the ids, first and last, that may have left and whose answer is not known
        self.unsettled: list[BatchRow] = []  # with outcomes that the ledger does not know yet
        self.unmade: list[BatchRow] = []  # without a message: no row's fault, as long as none could be made
        self.suspects: list[BatchRow] = []  # of the present streak, whose refusal may be about us
        self.last_refusal: Reply | None = None  # of the suspects
        self.held_domains: dict[str, str] = {}  # that take no more for now, with the sentence that says so
        self.feedback: list[Feedback] = []
        self.refusals = 0  # in a row
        self.settled_at = self.prolonged_at = self.looked_at = time.monotonic()
        self.is_lost = False
        self.problem = ""  # why it ended early, and until when its rows wait
        self.retry_at: datetime | None = None

    def send(self) -> None:
        """Hand over message by message.

        Ends early if the lease, the server or the checkpoints are lost, or sending is held.
        """
        try:
            while self.next < len(self.rows):
                self._keep_up()
                self._send_next()
            self._conclude()
            self._move(Checkpoint(first_id=END, exceptions=self.checkpoint.exceptions))
        except LeaseLostError:
            logger.warning("Lease %s was taken by a sweeper; its sender stops.", self.lease)
        except HeldError as error:  # the rows are as good as before, and wait in the queue
            self.context.run.problem = str(error)
        except PressureError as error:
            self._slow_down(error, asked_seconds=error.asked_seconds)
        except UnreachableError as error:
            self.in_flight = _NONE
            if 400 <= error.code < 500 or error.code == _NO_SERVICE:
                self._slow_down(error)
            else:
                self._stop(error)
        except (RefusedError, StageDown) as error:
            self.in_flight = _NONE
            self._stop(error)

    def finish(self) -> None:
        """Settle what was done and give back what was not begun."""
        problem = self.problem
        if not self.is_lost:
            for row in self.rows[self.next :]:
                row.finish(self._unsent(row))
                self.unsettled.append(row)
        if (problem or self.drafting.is_down) and not self.drafting.has_assembled:
            self._put_off(self.unmade, problem or "no message can be made")
        self._settle_unmade()
        self._settle()
        # A lease that is gone has no row left for which its checkpoint could speak.
        self.context.checkpoints.close(self.lease)
        try:
            self.drafting.close()
        except StageDown as error:
            self.context.run.problem = str(error)

    def _unsent(self, row: BatchRow) -> DeliveryOutcome:
        """The outcome of a row whose turn did not come, or did not end."""
        first_id, last_id = self.in_flight
        if first_id <= row.id <= last_id:
            return in_doubt(row.id, why="the sender was stopped", promise=self.context.promise)
        if self.problem:
            return put_off(row.id, self.problem, retry_at=self.retry_at or _soon())
        return untouched(row.id)

    def _stop(self, error: PaperpostError) -> None:
        self.problem = self.context.run.problem = str(error)
        logger.warning("%s", error)

    def _slow_down(self, error: PaperpostError, *, asked_seconds: float = 0.0) -> None:
        """The mail server takes no more: all senders wait, and no row is the worse for it."""
        run, now = self.context.run, timezone.now()
        taken = sum(outcome.state == DeliveryState.SENT for outcome in _outcomes(self.unsettled))
        if not self.context.slowdown.holds:
            taken += run.counts[str(DeliveryState.SENT)]
        self.problem = str(error)
        self.retry_at = slowdown.slow_down(
            self.problem, asked_seconds=asked_seconds, taken=taken, begun_at=run.begun_at, now=now
        )
        self.context.adopt(Slowdown(until=self.retry_at, problem=self.problem))
        self._put_off(self.suspects, self.problem, retry_at=self.retry_at)
        self.suspects = []

    def _put_off(self, rows: Iterable[BatchRow], reason: str, *, retry_at: datetime | None = None) -> None:
        """No attempt counts for these ``rows``, and it was none of theirs that failed."""
        for row in rows:
            row.outcome = put_off(row.id, reason, retry_at=retry_at or _soon())

    def _send_next(self) -> None:
        """One message, or as many as the transport takes in one call."""
        rows = self.rows[self.next : self.next + self.context.at_once]
        envelopes: dict[int, Envelope] = {}
        for row in rows:
            self._prepare(row)
            if row.envelope is not None:
                envelopes[row.id] = row.envelope
            elif row.outcome is not None:
                self.checkpoint.exceptions[row.id] = _stored(row.outcome)
        begin = partial(self._begin, rows[0].id, rows[-1].id)
        replies = dict(zip(envelopes, self._hand_over(list(envelopes.values()), begin), strict=True))
        self.in_flight = _NONE
        for row in rows:
            self._note(row, row.outcome or self._outcome(row, replies[row.id]))
        answered = [(row, replies[row.id]) for row in rows if row.id in replies]
        for row, reply in answered:
            if reply.code >= 500 and not reply.is_own:
                self._judge_refusal(row, reply)
        for row, reply in answered:
            self._weigh(row, reply)

    def _weigh(self, row: BatchRow, reply: Reply) -> None:
        """Whether the mail server takes no more. Raises PressureError once that is clear."""
        context = self.context
        if reply.accepted:
            context.streak.end(row.domain)
            self.suspects = []
            if context.slowdown.is_trial:
                context.adopt(slowdown.resume(timezone.now()))
            return
        sign = pressure(reply, recipient=row.recipient)
        if sign is Pressure.NONE:
            return
        self.suspects.append(row)
        if sign is Pressure.CERTAIN and context.slowdown.holds:
            self._put_off([row], str(reply), retry_at=timezone.now() + SHORT_DELAY)
        scope = context.streak.add(sign, domain=row.domain, command=reply.command)
        self.last_refusal = reply
        if scope is Scope.EVERYBODY:
            self._report_pressure(row, reply)
            raise _too_much(reply)
        if scope is Scope.DOMAIN and row.domain not in self.held_domains:
            self._report_pressure(row, reply)
            self._hold(row.domain, reply)

    def _hold(self, domain: str, reply: Reply) -> None:
        """Nothing more goes to ``domain`` in this batch."""
        logger.warning("%s takes no more mail for now (%s); its digests wait.", domain, reply)
        self.held_domains[domain] = f"{domain} takes no more for now"
        for row in self.rows[self.next :]:
            row.forget_preparation()  # the next row's may be of this domain

    def _conclude(self) -> None:
        """The batch is over. Was nothing taken, where one message would have been enough to go on?"""
        streak, last_refusal = self.context.streak, self.last_refusal
        is_about_us = self.context.slowdown.is_trial or streak.before_recipients
        if self.suspects and is_about_us and last_refusal is not None:
            raise _too_much(last_refusal)

    def _report_pressure(self, row: BatchRow, reply: Reply) -> None:
        """Tell the operator by an event: it is counted against us, and changes neither row nor reader."""
        now = timezone.now()
        self.feedback.append(
            Feedback(
                kind=Kind.BLOCKED,
                reason="too much mail at once",
                source="smtp",
                event_id=f"pace {row.id} {now:%Y%m%d%H%M%S}",
                at=now,
                delivery_id=row.id,
                detail=str(reply),
                final=False,
            )
        )

    def _hand_over(self, envelopes: list[Envelope], begin: Callable[[], None]) -> list[Reply]:
        transport = self.context.transport
        if not envelopes:
            return []
        if self.context.at_once > 1 and isinstance(transport, BatchTransport):
            return transport.send_all(envelopes, before_body=begin)
        return [transport.send(envelopes[0], before_body=begin, next_envelope=self._next_envelope)]

    def _outcome(self, row: BatchRow, reply: Reply) -> DeliveryOutcome:
        attempt = Attempt(row.id, row.delivery.attempts + 1, row.recipient)
        return outcome_of(reply, attempt, now=timezone.now(), promise=self.context.promise)

    def _note(self, row: BatchRow, outcome: DeliveryOutcome) -> None:
        """``outcome`` is what became of ``row``, whose turn is over."""
        row.finish(outcome)
        (self.unmade if outcome.code is DeliveryReason.UNMADE else self.unsettled).append(row)
        if self.drafting.has_assembled and self.unmade:
            self._settle_unmade()
        self.next += 1
        if outcome.state == DeliveryState.SENT:
            self.refusals = 0
        else:
            self.checkpoint.exceptions[row.id] = _stored(outcome)

    def _settle_unmade(self) -> None:
        """It is known whether the unmade rows are at fault: they are settled with the others."""
        self.unsettled += self.unmade
        self.unmade = []

    def _next_envelope(self) -> Envelope | None:
        """The envelope after the one that is on its way, made while the server is busy."""
        if self.next + 1 >= len(self.rows):
            return None
        row = self.rows[self.next + 1]
        self._prepare(row)
        return row.envelope

    def _prepare(self, row: BatchRow) -> None:
        """Give ``row`` its envelope, or the outcome of a row that gets none."""
        if row.is_prepared:
            return
        if problem := self.held_domains.get(row.domain):
            row.outcome = put_off(row.id, problem, retry_at=_soon())
            return
        envelope = self.drafting.assemble(partial(self._envelope, row), row.delivery)
        if isinstance(envelope, str):
            row.outcome = unmade(row.id, envelope)
        else:
            row.envelope = envelope

    def _envelope(self, row: BatchRow) -> Envelope:
        message = self.messages[row.id]
        row.message_id, row.subject = message.message_id, message.subject
        delivery_tag = tag(row.id)
        return Envelope(
            sender=envelope_sender(delivery_tag, default=message.sender),
            recipient=message.recipient,
            data=self.context.sign(tag_field(delivery_tag) + message.data),
            tag=delivery_tag,
            is_canonical=message.is_canonical,
        )

    def _judge_refusal(self, row: BatchRow, reply: Reply) -> None:
        """What a refusal says of the reader, or of us. Raises RefusedError if nothing of ours is taken."""
        verdict = judge_reply(reply.code, reply.text, after_body=reply.after_body, recipient=row.recipient)
        self.feedback.append(
            Feedback(
                kind=verdict.kind,
                reason=verdict.reason,
                source="smtp",
                event_id=f"{row.id} {row.delivery.attempts + 1}",
                at=timezone.now(),
                delivery_id=row.id,
                detail=str(reply),
            )
        )
        self.refusals = self.refusals + 1 if verdict.kind is Kind.BLOCKED else 0
        if self.refusals >= MOST_REFUSALS:
            raise RefusedError(f"The mail server refuses us ({verdict.reason}): {reply}")

    def _begin(self, first_id: int, last_id: int) -> None:
        self.checkpoint.first_id, self.checkpoint.last_id = first_id, last_id
        self._move(self.checkpoint)
        self.in_flight = first_id, last_id

    def _move(self, checkpoint: Checkpoint) -> None:
        """Write ``checkpoint``. Raises LeaseLostError if the lease is not ours any more."""
        if self.context.checkpoints.move(self.lease, checkpoint):
            return
        self._prolong()
        logger.warning("The checkpoint of lease %s was lost; it is written anew.", self.lease)
        self.context.checkpoints.open(self.lease, checkpoint)

    def _prolong(self) -> None:
        if not ledger.prolong(self.lease, now=timezone.now()):
            self.is_lost = True
            raise LeaseLostError("the lease is gone")

    def _keep_up(self) -> None:
        """Settle, prolong and look for holds now and then. Raises HeldError, LeaseLostError."""
        now = time.monotonic()
        is_time = self.unsettled and now - self.settled_at > SETTLE_EVERY
        has_many = len(self.checkpoint.exceptions) >= SETTLE_AFTER + len(self.unmade)
        if not self.suspects and (has_many or is_time):
            self._settle()
        if now - self.prolonged_at > ledger.lease_time().total_seconds() / 4:
            self.prolonged_at = now
            self._prolong()
        if now - self.looked_at > LOOK_FOR_HOLDS_EVERY:
            self.looked_at = now
            if held := ledger.patiently(holds.current_holds):
                raise HeldError(holds.problem(held))

    def _settle(self) -> None:
        """Write the outcomes that are known into the ledger, and record the feedback."""
        outcomes = _outcomes(self.unsettled)
        headers = {row.id: (row.message_id, row.subject) for row in self.unsettled if row.message_id}
        counts = ledger.settle(self.lease, outcomes, now=timezone.now(), headers=headers)
        self.context.run.counts += counts
        self.context.progress(len(outcomes))
        if self.context.slowdown.holds and counts[DeliveryState.SENT]:
            slowdown.count_taken(counts[DeliveryState.SENT])
        if self.feedback:
            ledger.patiently(partial(record_each, self.feedback, now=timezone.now()))
        self.unsettled, self.feedback = [], []
        self.checkpoint.exceptions = {
            outcome.delivery_id: _stored(outcome) for outcome in _outcomes(self.unmade)
        }
        self.settled_at = time.monotonic()


def _outcomes(rows: Iterable[BatchRow]) -> list[DeliveryOutcome]:
    return [row.outcome for row in rows if row.outcome is not None]


def _stored(outcome: DeliveryOutcome) -> tuple[str, str, str]:
    """What a checkpoint says of it."""
    return str(outcome.state), outcome.reply, outcome.reason


def _soon() -> datetime:
    return timezone.now() + UNREACHABLE_DELAY


def _too_much(reply: Reply) -> PressureError:
    return PressureError(
        f"The mail server takes no more for now: {reply}.", asked_seconds=asked_to_wait(reply)
    )
