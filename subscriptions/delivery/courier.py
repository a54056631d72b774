"""The sender: claim a batch, make its messages, hand them over one by one, settle."""

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from django.conf import settings
from django.utils import timezone

from newsletter.errors import PaperpostError
from newsletter.set_aside import StageDown
from subscriptions.delivery import admission, ledger
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.letters import BatchTransport, Letter, Transport, UnreachableError
from subscriptions.delivery.making import Making
from subscriptions.delivery.marks import Marks, MarksError, default_marks
from subscriptions.delivery.memory import swept_between_batches
from subscriptions.delivery.promise import END, Mark, Outcome, Promise, in_doubt, outcome_of, untouched
from subscriptions.delivery.rates import Limits, Pace
from subscriptions.delivery.replies import Reply
from subscriptions.delivery.transport import default_transport
from subscriptions.feedback.envelopes import envelope_sender, tag, tag_field
from subscriptions.feedback.events import Feedback, record
from subscriptions.feedback.verdicts import Kind, judge_reply
from subscriptions.models import Delivery
from subscriptions.states import DeliveryReason, DeliveryState

SETTLE_AFTER = 16  # outcomes other than "accepted": the mark that lists them stays small
MOST_REFUSALS = 25  # in a row, for a reason of ours: then it is not the readers, and the rest must wait
SETTLE_EVERY = 10.0  # seconds: what a slow batch has done is seen while it goes on
UNREACHABLE_DELAY = timedelta(minutes=1)
_NONE = (0, 0)
logger = logging.getLogger(__name__)


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


class Build(Protocol):
    """Which of ``deliveries`` have a message is known at once; each may be made when it is looked up."""

    def __call__(self, deliveries: Sequence[Delivery], *, now: datetime) -> Mapping[int, Message]: ...


class RefusedError(PaperpostError):
    """The mail server refuses whatever we send, for a reason of ours."""


class LeaseLostError(PaperpostError):
    """A sweeper took our batch: not another byte may leave."""


@dataclass(slots=True)
class Shift:
    """What one run of :func:`send` did. ``problem``: why it ended early, in one line."""

    counts: Counter[str] = field(default_factory=Counter)
    problem: str = ""
    exhausted: bool = False

    @property
    def done(self) -> int:
        return self.counts.total()


def send(
    *,
    seconds: float,
    build: Build | None = None,
    transport: Transport | None = None,
    marks: Marks | None = None,
    pace: Pace | None = None,
    batch: int = ledger.BATCH,
    progress: Callable[[int], object] = lambda _: None,
) -> Shift:
    """Send what is queued for about ``seconds``, then finish the batch at hand.

    Any number may run at once, on any number of machines. ``progress`` is called with the number of rows that
    were just settled. Never raises for what a mail server, a broker or one message does: see ``problem``.
    """
    own_transport = transport is None
    sender = Sender(
        build=build or _default_build(),
        transport=transport or default_transport(),
        marks=marks or default_marks(),
        promise=Promise(settings.DELIVERY_PROMISE),
        progress=progress,
    )
    shift = sender.shift
    pace = pace or Pace(Limits.from_settings())
    try:
        with swept_between_batches() as sweep_memory:
            until = time.monotonic() + seconds
            while time.monotonic() < until and not shift.problem and not shift.exhausted:
                _send_one_batch(sender, pace, batch=batch, until=until)
                sweep_memory()
    except MarksError as error:
        shift.problem = str(error)
    finally:
        if own_transport:
            sender.transport.close()
    return shift


def _send_one_batch(sender: "Sender", pace: Pace, *, batch: int, until: float) -> None:
    now = timezone.now()
    with admission.warm_up(pace.limits, batch=batch, now=now) as size:
        if size == 0:
            logger.info("today's share of the warm-up is used up")
            sender.shift.exhausted = True
            return
        if pace.limits.overall and not Delivery.objects.claimable(now).exists():
            sender.shift.exhausted = True
            return
        grant = pace.admit(size)
        rows = ledger.claim(now=now, size=grant.count) if grant.count else []
    if grant.count == 0:
        sender.shift.exhausted = not admission.wait(grant.wait, until=until)
        return
    if not rows:
        sender.shift.exhausted = not admission.wait_for_turn(pace, now=now, until=until)
        return
    sender.deliver(admission.in_turn(rows, pace))


def _default_build() -> Build:
    from subscriptions.messages import draft_batch
    from subscriptions.messages.stock import Stock

    return partial(draft_batch, stock=Stock())


class Sender:
    """One process's sending: a transport, marks, and what it did so far."""

    def __init__(
        self,
        *,
        build: Build,
        transport: Transport,
        marks: Marks,
        promise: Promise,
        progress: Callable[[int], object],
    ) -> None:
        self.build = build
        self.transport = transport
        self.at_once = transport.at_once if isinstance(transport, BatchTransport) else 1
        self.marks = marks
        self.promise = promise
        self.progress = progress
        self.sign = default_signer()
        self.shift = Shift()

    def deliver(self, rows: Sequence[Delivery]) -> None:
        """Make and send the claimed ``rows``, which share one lease."""
        if not rows or rows[0].lease is None:
            return
        lease = rows[0].lease
        making = Making(now=timezone.now())
        try:
            messages = self._messages(rows, making)
        except StageDown as error:
            self.shift.problem = str(error)
            ledger.put_back(rows, retry_at=timezone.now() + UNREACHABLE_DELAY, reason=str(error))
            return
        ready = [row for row in rows if row.pk in messages]
        if not ready:
            return
        # The mark before the state: a row that is being sent has a mark.
        try:
            self.marks.open(lease, Mark())
        except MarksError:
            ledger.put_back(ready)
            raise
        batch = Batch(self, lease, ledger.start(ready, now=timezone.now()), messages, making)
        try:
            batch.send()
        finally:
            batch.finish()

    def _messages(self, rows: Sequence[Delivery], making: Making) -> Mapping[int, Message]:
        """The messages of ``rows``; those of which none can be made are settled as failed.

        Raises StageDown if none can be made of any.
        """
        messages, unmade = making.drafts(self.build, rows)
        now = timezone.now()
        for row, reason in unmade:
            self._count(DeliveryState.FAILED, ledger.fail([row], reason=_why(reason), now=now))
        settled = {row.pk for row, _ in unmade}
        missing = [row for row in rows if row.pk not in messages and row.pk not in settled]
        if missing:
            self._count(DeliveryState.SKIPPED, ledger.skip(missing, reason="nothing is left to say", now=now))
        return messages

    def _count(self, state: DeliveryState, number: int) -> None:
        self.shift.counts[str(state)] += number
        self.progress(number)


class Batch:
    """The messages of one lease, on their way."""

    def __init__(
        self,
        sender: Sender,
        lease: uuid.UUID,
        rows: Sequence[Delivery],
        messages: Mapping[int, Message],
        making: Making,
    ) -> None:
        self.sender = sender
        self.lease = lease
        self.rows = list(rows)
        self.messages = messages
        self.making = making
        self.mark = Mark()
        self.outcomes: list[Outcome] = []
        self.unmade: list[Outcome] = []  # no row's fault, as long as none could be made
        self.next = 0
        self.settled_at = self.prolonged_at = time.monotonic()
        self.lost = False
        self.feedback: list[Feedback] = []
        self.refusals = 0
        self.begun = _NONE  # the ids, first and last, of which a byte may have left and no answer is known
        self.made: dict[int, Letter | Outcome] = {}  # the present row's, and the next one's ahead of its turn
        self.headers: dict[int, tuple[str, str]] = {}  # Message-ID and subject, until they are settled

    def send(self) -> None:
        """Hand over message by message; ends early if the lease, the server or the marks are lost."""
        try:
            while self.next < len(self.rows):
                self._keep_up()
                self._send_next()
            self._move(Mark(at=END, but=self.mark.but))
        except LeaseLostError:
            logger.warning("lease %s was swept; its sender stops", self.lease)
        except (UnreachableError, RefusedError, StageDown) as error:
            self.begun = _NONE
            self.sender.shift.problem = str(error)
            logger.warning("%s", error)

    def finish(self) -> None:
        """Settle what was done and give back what was not begun."""
        problem = self.sender.shift.problem
        if not self.lost:
            for row in self.rows[self.next :]:
                back = untouched(row.pk)
                if self.begun[0] <= row.pk <= self.begun[1]:
                    back = in_doubt(row.pk, why="the sender was stopped", promise=self.sender.promise)
                elif problem:
                    back = _put_off(row.pk, problem)
                self.outcomes.append(back)
        if (problem or self.making.is_down) and not self.making.has_joined:
            reason = problem or "no message can be made"
            self.outcomes += [_put_off(outcome.delivery_id, reason) for outcome in self.unmade]
        else:
            self.outcomes += self.unmade
        self.unmade = []
        self._settle()
        # A lease that is gone has no row left for which its mark could speak.
        self.sender.marks.close(self.lease)
        try:
            self.making.close()
        except StageDown as error:
            self.sender.shift.problem = str(error)

    def _send_next(self) -> None:
        """One message, or as many as the transport takes in one call."""
        rows = self.rows[self.next : self.next + self.sender.at_once]
        letters: dict[int, Letter] = {}
        for row in rows:
            made = self._made(row)
            if isinstance(made, Letter):
                letters[row.pk] = made
            else:
                self.mark.but[row.pk] = _short(made)
        begin = partial(self._begin, rows[0].pk, rows[-1].pk)
        replies = dict(zip(letters, self._hand_over(list(letters.values()), begin), strict=True))
        self.begun = _NONE
        for row in rows:
            made = self.made.pop(row.pk)
            self._note(row, made if isinstance(made, Outcome) else self._outcome(row, replies[row.pk]))
        for row in rows:
            if row.pk in replies and replies[row.pk].code >= 500 and not replies[row.pk].is_own:
                self._learn(row, replies[row.pk])

    def _hand_over(self, letters: list[Letter], begin: Callable[[], None]) -> list[Reply]:
        transport = self.sender.transport
        if not letters:
            return []
        if self.sender.at_once > 1 and isinstance(transport, BatchTransport):
            return transport.send_all(letters, before_body=begin)
        return [transport.send(letters[0], before_body=begin, following=self._following)]

    def _outcome(self, row: Delivery, reply: Reply) -> Outcome:
        return outcome_of(
            reply,
            delivery_id=row.pk,
            attempts=row.attempts + 1,
            now=timezone.now(),
            promise=self.sender.promise,
            recipient=row.subscriber.email,
        )

    def _note(self, row: Delivery, outcome: Outcome) -> None:
        """``outcome`` is what became of ``row``, whose turn is over."""
        (self.unmade if outcome.code is DeliveryReason.UNMADE else self.outcomes).append(outcome)
        if self.making.has_joined and self.unmade:
            self.outcomes += self.unmade
            self.unmade = []
        self.next += 1
        if outcome.state == DeliveryState.SENT:
            self.refusals = 0
        else:
            self.mark.but[row.pk] = _short(outcome)

    def _following(self) -> Letter | None:
        """The letter after the one that is on its way, made while the server is busy."""
        if self.next + 1 >= len(self.rows):
            return None
        made = self._made(self.rows[self.next + 1])
        return made if isinstance(made, Letter) else None

    def _made(self, row: Delivery) -> Letter | Outcome:
        """The letter of ``row``, or that there can be none."""
        found = self.made.get(row.pk)
        if found is None:
            letter = self.making.letter(self._letter, row)
            if isinstance(letter, str):
                found = Outcome(
                    row.pk, DeliveryState.FAILED, reason=_why(letter), tries=0, code=DeliveryReason.UNMADE
                )
            else:
                found = letter
            self.made[row.pk] = found
        return found

    def _letter(self, row: Delivery) -> Letter:
        message = self.messages[row.pk]
        self.headers[row.pk] = message.message_id, message.subject
        named = tag(row.pk)
        return Letter(
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
        self.mark.at, self.mark.upto = first, last
        self._move(self.mark)
        self.begun = first, last

    def _move(self, mark: Mark) -> None:
        """Write ``mark``, or learn that the lease is not ours any more."""
        if self.sender.marks.move(self.lease, mark):
            return
        if not ledger.prolong(self.lease, now=timezone.now()):
            self.lost = True
            raise LeaseLostError("the lease is gone")
        logger.warning("the mark of lease %s was lost; it is written anew", self.lease)
        self.sender.marks.open(self.lease, mark)

    def _keep_up(self) -> None:
        """Settle and prolong now and then."""
        now = time.monotonic()
        if len(self.mark.but) >= SETTLE_AFTER + len(self.unmade) or (
            self.outcomes and now - self.settled_at > SETTLE_EVERY
        ):
            self._settle()
        if now - self.prolonged_at > ledger.lease_time().total_seconds() / 4:
            self.prolonged_at = now
            if not ledger.prolong(self.lease, now=timezone.now()):
                self.lost = True
                raise LeaseLostError("the lease is gone")

    def _settle(self) -> None:
        counts = ledger.settle(self.lease, self.outcomes, now=timezone.now(), headers=self.headers)
        self.sender.shift.counts += counts
        self.sender.progress(len(self.outcomes))
        if self.feedback:
            ledger.patiently(partial(record, self.feedback))
        for outcome in self.outcomes:
            self.headers.pop(outcome.delivery_id, None)
        self.outcomes, self.feedback = [], []
        self.mark.but = {outcome.delivery_id: _short(outcome) for outcome in self.unmade}
        self.settled_at = time.monotonic()


def _short(outcome: Outcome) -> tuple[str, str, str]:
    return str(outcome.state), outcome.reply, outcome.reason


def _why(reason: str) -> str:
    return f"{DeliveryReason.UNMADE.label}: {reason}"[:500]


def _put_off(delivery_id: int, reason: str) -> Outcome:
    """Not now, and not because of this row."""
    retry_at = timezone.now() + UNREACHABLE_DELAY
    return Outcome(delivery_id, DeliveryState.DEFERRED, reason=reason, retry_at=retry_at, tries=0)
