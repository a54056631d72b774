"""The messages of one lease: hand them over one by one, and settle what became of them."""

import logging
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from newsletter.errors import PaperpostError
from newsletter.set_aside import StageDown
from subscriptions.delivery import ledger, slowdown
from subscriptions.delivery.backpressure import Pressure, Scope, asked_to_wait, pressure
from subscriptions.delivery.drafting import Drafting
from subscriptions.delivery.envelopes import BatchTransport, Envelope, UnreachableError
from subscriptions.delivery.promise import END, Checkpoint, DeliveryOutcome, in_doubt, outcome_of, untouched
from subscriptions.delivery.replies import Reply
from subscriptions.delivery.sending import (
    DigestMessage,
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
UNREACHABLE_DELAY = timedelta(minutes=1)
SHORT_DELAY = timedelta(seconds=10)  # of a row that was refused while the pace is being learned
_NO_SERVICE = 554  # in the place of a greeting (RFC 5321, section 3.1)
_NONE = (0, 0)
logger = logging.getLogger(__name__)


class Batch:
    """The messages of one lease, on their way."""

    def __init__(
        self,
        sender: SendContext,
        lease: uuid.UUID,
        rows: Sequence[Delivery],
        messages: Mapping[int, DigestMessage],
        drafting: Drafting,
    ) -> None:
        self.sender = sender
        self.lease = lease
        self.rows = list(rows)
        self.messages = messages
        self.drafting = drafting
        self.checkpoint = Checkpoint()
        self.outcomes: list[DeliveryOutcome] = []
        self.unmade: list[DeliveryOutcome] = []  # no row's fault, as long as none could be made
        self.next = 0
        self.settled_at = self.prolonged_at = time.monotonic()
        self.lost = False
        self.problem = ""  # why it ended early, and until when its rows wait
        self.retry_at: datetime | None = None
        self.feedback: list[Feedback] = []
        self.refusals = 0
        self.suspects: dict[
            int, str
        ] = {}  # rows of the present streak, whose refusal may be about us: domains
        self.last_said: Reply | None = None  # of these refusals
        self.held: dict[str, str] = {}  # domains that take no more for now, and what they said
        self.begun = _NONE  # the ids, first and last, of which a byte may have left and no answer is known
        self.made: dict[
            int, Envelope | DeliveryOutcome
        ] = {}  # the present row's, and the next one's ahead of its turn
        self.headers: dict[int, tuple[str, str]] = {}  # Message-ID and subject, until they are settled

    def send(self) -> None:
        """Hand over message by message; ends early if the lease, the server or the checkpoints are lost."""
        try:
            while self.next < len(self.rows):
                self._keep_up()
                self._send_next()
            self._conclude()
            self._move(Checkpoint(first_id=END, exceptions=self.checkpoint.exceptions))
        except LeaseLostError:
            logger.warning("lease %s was swept; its sender stops", self.lease)
        except PressureError as error:
            self._slow_down(error, asked=error.asked)
        except UnreachableError as error:
            self.begun = _NONE
            if 400 <= error.code < 500 or error.code == _NO_SERVICE:
                self._slow_down(error)
            else:
                self._stop(error)
        except (RefusedError, StageDown) as error:
            self.begun = _NONE
            self._stop(error)

    def finish(self) -> None:
        """Settle what was done and give back what was not begun."""
        problem = self.problem
        if not self.lost:
            for row in self.rows[self.next :]:
                back = untouched(row.pk)
                if self.begun[0] <= row.pk <= self.begun[1]:
                    back = in_doubt(row.pk, why="the sender was stopped", promise=self.sender.promise)
                elif problem:
                    back = _put_off(row.pk, problem, retry_at=self.retry_at)
                self.outcomes.append(back)
        if (problem or self.drafting.is_down) and not self.drafting.has_assembled:
            reason = problem or "no message can be made"
            self.outcomes += [_put_off(outcome.delivery_id, reason) for outcome in self.unmade]
        else:
            self.outcomes += self.unmade
        self.unmade = []
        self._settle()
        # A lease that is gone has no row left for which its checkpoint could speak.
        self.sender.checkpoints.close(self.lease)
        try:
            self.drafting.close()
        except StageDown as error:
            self.sender.run.problem = str(error)

    def _stop(self, error: PaperpostError) -> None:
        self.problem = self.sender.run.problem = str(error)
        logger.warning("%s", error)

    def _slow_down(self, error: PaperpostError, *, asked: float = 0.0) -> None:
        """The mail server takes no more: all senders wait, and no row is the worse for it."""
        run, now = self.sender.run, timezone.now()
        taken = sum(outcome.state == DeliveryState.SENT for outcome in self.outcomes)
        if not self.sender.slowdown.holds:
            taken += run.counts[str(DeliveryState.SENT)]
        self.problem = str(error)
        self.retry_at = slowdown.slow_down(
            self.problem, asked=asked, taken=taken, begun_at=run.begun_at, now=now
        )
        self.sender.adopt(Slowdown(until=self.retry_at, problem=self.problem))
        self._spare(self.suspects.keys(), self.problem, retry_at=self.retry_at)
        self.suspects.clear()

    def _spare(self, rows: Collection[int], reason: str, *, retry_at: datetime) -> None:
        """No attempt counts for these ``rows``, which were refused for how much we send."""
        self.outcomes = [
            _put_off(outcome.delivery_id, reason, retry_at=retry_at)
            if outcome.delivery_id in rows
            else outcome
            for outcome in self.outcomes
        ]

    def _send_next(self) -> None:
        """One message, or as many as the transport takes in one call."""
        rows = self.rows[self.next : self.next + self.sender.at_once]
        envelopes: dict[int, Envelope] = {}
        for row in rows:
            made = self._made(row)
            if isinstance(made, Envelope):
                envelopes[row.pk] = made
            else:
                self.checkpoint.exceptions[row.pk] = _short(made)
        begin = partial(self._begin, rows[0].pk, rows[-1].pk)
        replies = dict(zip(envelopes, self._hand_over(list(envelopes.values()), begin), strict=True))
        self.begun = _NONE
        for row in rows:
            made = self.made.pop(row.pk, None) or self._made(row)
            self._note(
                row, made if isinstance(made, DeliveryOutcome) else self._outcome(row, replies[row.pk])
            )
        for row in rows:
            if row.pk in replies and replies[row.pk].code >= 500 and not replies[row.pk].is_own:
                self._learn(row, replies[row.pk])
        for row in rows:
            if row.pk in replies:
                self._weigh(row, replies[row.pk])

    def _weigh(self, row: Delivery, reply: Reply) -> None:
        """Whether the mail server takes no more. Raises PressureError once that is clear."""
        domain, sender = _domain(row), self.sender
        if reply.accepted:
            sender.streak.end(domain)
            self.suspects.clear()
            if sender.slowdown.is_trial:
                sender.adopt(slowdown.resume(timezone.now()))
            return
        found = pressure(reply, recipient=row.subscriber.email)
        if found is Pressure.NONE:
            return
        self.suspects[row.pk] = domain
        if found is Pressure.CERTAIN and sender.slowdown.holds:
            self._spare({row.pk}, str(reply), retry_at=timezone.now() + SHORT_DELAY)
        scope = sender.streak.add(found, domain=domain, command=reply.command)
        self.last_said = reply
        if scope is Scope.EVERYBODY:
            self._tell(row, reply)
            raise _too_much(reply)
        if scope is Scope.DOMAIN and domain not in self.held:
            self._tell(row, reply)
            logger.warning("%s takes no more for now: %s", domain, reply)
            self.held[domain] = f"{domain} takes no more for now"
            self.made.clear()  # the next row's may be of this domain

    def _conclude(self) -> None:
        """The batch is over. Was nothing taken, where one message would have been enough to go on?"""
        streak, last = self.sender.streak, self.last_said
        is_about_us = self.sender.slowdown.is_trial or streak.before_recipients
        if self.suspects and is_about_us and last is not None:
            raise _too_much(last)

    def _tell(self, row: Delivery, reply: Reply) -> None:
        """The operator, by an event: it is counted against us, and changes neither row nor reader."""
        now = timezone.now()
        self.feedback.append(
            Feedback(
                kind=Kind.BLOCKED,
                reason="too much mail at once",
                source="smtp",
                event_id=f"pace {row.pk} {now:%Y%m%d%H%M%S}",
                at=now,
                delivery_id=row.pk,
                detail=str(reply),
                final=False,
            )
        )

    def _hand_over(self, envelopes: list[Envelope], begin: Callable[[], None]) -> list[Reply]:
        transport = self.sender.transport
        if not envelopes:
            return []
        if self.sender.at_once > 1 and isinstance(transport, BatchTransport):
            return transport.send_all(envelopes, before_body=begin)
        return [transport.send(envelopes[0], before_body=begin, next_envelope=self._next_envelope)]

    def _outcome(self, row: Delivery, reply: Reply) -> DeliveryOutcome:
        return outcome_of(
            reply,
            delivery_id=row.pk,
            attempts=row.attempts + 1,
            now=timezone.now(),
            promise=self.sender.promise,
            recipient=row.subscriber.email,
        )

    def _note(self, row: Delivery, outcome: DeliveryOutcome) -> None:
        """``outcome`` is what became of ``row``, whose turn is over."""
        (self.unmade if outcome.code is DeliveryReason.UNMADE else self.outcomes).append(outcome)
        if self.drafting.has_assembled and self.unmade:
            self.outcomes += self.unmade
            self.unmade = []
        self.next += 1
        if outcome.state == DeliveryState.SENT:
            self.refusals = 0
        else:
            self.checkpoint.exceptions[row.pk] = _short(outcome)

    def _next_envelope(self) -> Envelope | None:
        """The envelope after the one that is on its way, made while the server is busy."""
        if self.next + 1 >= len(self.rows):
            return None
        made = self._made(self.rows[self.next + 1])
        return made if isinstance(made, Envelope) else None

    def _made(self, row: Delivery) -> Envelope | DeliveryOutcome:
        """The envelope of ``row``, or that there can be none."""
        found = self.made.get(row.pk)
        if found is None and (said := self.held.get(_domain(row))):
            return _put_off(row.pk, said)
        if found is None:
            envelope = self.drafting.assemble(self._envelope, row)
            if isinstance(envelope, str):
                found = DeliveryOutcome(
                    row.pk,
                    DeliveryState.FAILED,
                    reason=why_unmade(envelope),
                    tries=0,
                    code=DeliveryReason.UNMADE,
                )
            else:
                found = envelope
            self.made[row.pk] = found
        return found

    def _envelope(self, row: Delivery) -> Envelope:
        message = self.messages[row.pk]
        self.headers[row.pk] = message.message_id, message.subject
        named = tag(row.pk)
        return Envelope(
            sender=envelope_sender(named, default=message.sender),
            recipient=message.recipient,
            data=self.sender.sign(tag_field(named) + message.data),
            tag=named,
            is_canonical=message.is_canonical,
        )

    def _learn(self, row: Delivery, reply: Reply) -> None:
        """What a refusal says of the reader, or of us. Raises RefusedError if nothing of ours is taken."""
        verdict = judge_reply(
            reply.code, reply.text, after_body=reply.after_body, recipient=row.subscriber.email
        )
        self.feedback.append(
            Feedback(
                kind=verdict.kind,
                reason=verdict.reason,
                source="smtp",
                event_id=f"{row.pk} {row.attempts + 1}",
                at=timezone.now(),
                delivery_id=row.pk,
                detail=str(reply),
            )
        )
        self.refusals = self.refusals + 1 if verdict.kind is Kind.BLOCKED else 0
        if self.refusals >= MOST_REFUSALS:
            raise RefusedError(f"The mail server refuses us ({verdict.reason}): {reply}")

    def _begin(self, first: int, last: int) -> None:
        self.checkpoint.first_id, self.checkpoint.last_id = first, last
        self._move(self.checkpoint)
        self.begun = first, last

    def _move(self, checkpoint: Checkpoint) -> None:
        """Write ``checkpoint``, or learn that the lease is not ours any more."""
        if self.sender.checkpoints.move(self.lease, checkpoint):
            return
        if not ledger.prolong(self.lease, now=timezone.now()):
            self.lost = True
            raise LeaseLostError("the lease is gone")
        logger.warning("the checkpoint of lease %s was lost; it is written anew", self.lease)
        self.sender.checkpoints.open(self.lease, checkpoint)

    def _keep_up(self) -> None:
        """Settle and prolong now and then."""
        now = time.monotonic()
        is_time = self.outcomes and now - self.settled_at > SETTLE_EVERY
        if not self.suspects and (
            len(self.checkpoint.exceptions) >= SETTLE_AFTER + len(self.unmade) or is_time
        ):
            self._settle()
        if now - self.prolonged_at > ledger.lease_time().total_seconds() / 4:
            self.prolonged_at = now
            if not ledger.prolong(self.lease, now=timezone.now()):
                self.lost = True
                raise LeaseLostError("the lease is gone")

    def _settle(self) -> None:
        counts = ledger.settle(self.lease, self.outcomes, now=timezone.now(), headers=self.headers)
        self.sender.run.counts += counts
        self.sender.progress(len(self.outcomes))
        if self.sender.slowdown.holds and counts[DeliveryState.SENT]:
            slowdown.count_taken(counts[DeliveryState.SENT])
        if self.feedback:
            ledger.patiently(partial(record_each, self.feedback, now=timezone.now()))
        for outcome in self.outcomes:
            self.headers.pop(outcome.delivery_id, None)
        self.outcomes, self.feedback = [], []
        self.checkpoint.exceptions = {outcome.delivery_id: _short(outcome) for outcome in self.unmade}
        self.settled_at = time.monotonic()


def _short(outcome: DeliveryOutcome) -> tuple[str, str, str]:
    return str(outcome.state), outcome.reply, outcome.reason


def why_unmade(reason: str) -> str:
    return f"{DeliveryReason.UNMADE.label}: {reason}"[:500]


def _domain(row: Delivery) -> str:
    return row.subscriber.email.rpartition("@")[2].lower()


def _too_much(reply: Reply) -> PressureError:
    return PressureError(f"The mail server takes no more for now: {reply}.", asked=asked_to_wait(reply))


def _put_off(delivery_id: int, reason: str, *, retry_at: datetime | None = None) -> DeliveryOutcome:
    """Not now, and not because of this row."""
    retry_at = retry_at or timezone.now() + UNREACHABLE_DELAY
    return DeliveryOutcome(delivery_id, DeliveryState.DEFERRED, reason=reason, retry_at=retry_at, tries=0)
