"""The sender: claim a batch, make its messages, hand them over, settle."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Protocol

from django.conf import settings
from django.utils import timezone

from newsletter.editions.mailed import MailedPapers
from newsletter.set_aside import StageDown
from subscriptions.delivery import admission, holds, ledger
from subscriptions.delivery.batch import UNREACHABLE_DELAY, Batch
from subscriptions.delivery.checkpoints import CheckpointStore, CoordinationError, default_checkpoints
from subscriptions.delivery.drafting import Drafting
from subscriptions.delivery.envelopes import Transport
from subscriptions.delivery.memory import garbage_collected_between_batches
from subscriptions.delivery.promise import Checkpoint, Promise, unmade_reason
from subscriptions.delivery.rates import SendLimits, SendRateLimiter
from subscriptions.delivery.sending import DigestMessage, SendContext, SendRun
from subscriptions.delivery.transport import default_transport
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryState

TRIAL = 2  # messages, after a pause: one that was put off, and one that was not tried yet
logger = logging.getLogger(__name__)


class Build(Protocol):
    """How messages are made of rows, such as :func:`subscriptions.messages.draft_batch`."""

    def __call__(self, deliveries: Sequence[Delivery], *, now: datetime) -> Mapping[int, DigestMessage]:
        """The messages by the ids of their rows.

        Which of ``deliveries`` have a message is known at once; each may be made when it is looked up.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSetup:
    """What a run sends with. What is None is as the settings say."""

    build: Build | None = None
    transport: Transport | None = None
    checkpoints: CheckpointStore | None = None
    rate_limiter: SendRateLimiter | None = None


def send(
    *,
    seconds: float,
    setup: SendSetup | None = None,
    batch: int = ledger.BATCH,
    progress: Callable[[int], object] = lambda _: None,
) -> SendRun:
    """Send what is queued for about ``seconds``, then finish the batch at hand.

    Any number may run at once, on any number of machines. ``batch``: at most how many rows are claimed at
    once. ``progress`` is called with the number of rows that were just settled. Never raises for what a mail
    server, a broker or one message does: see ``problem``.
    """
    setup = setup or SendSetup()
    context = SendContext(
        transport=setup.transport or default_transport(),
        checkpoints=setup.checkpoints or default_checkpoints(),
        promise=Promise(settings.DELIVERY_PROMISE),
        progress=progress,
    )
    sender = Sender(
        context,
        build=setup.build or _default_build(),
        rate_limiter=setup.rate_limiter or SendRateLimiter(SendLimits.from_settings()),
    )
    run = context.run
    try:
        with garbage_collected_between_batches() as collect_garbage:
            until = time.monotonic() + seconds
            while time.monotonic() < until and not run.problem and not run.exhausted:
                sender.send_one_batch(batch, until=until)
                collect_garbage()
    except CoordinationError as error:
        run.problem = str(error)
    finally:
        if setup.transport is None:
            context.transport.close()
    return run


_kept = threading.local()


def _default_build() -> Build:
    """Messages from a cache that a worker keeps over its runs: it reads anew what each batch needs, and what
    was made of rows that still say the same serves again. To make it all again would take a third of a run.
    """
    from subscriptions.messages import draft_batch
    from subscriptions.messages.render_cache import RenderCache

    if not hasattr(_kept, "cards"):
        _kept.cards = RenderCache()
    return partial(draft_batch, cache=_kept.cards)


def forget_cards() -> None:
    """The next run of this thread makes all cards anew."""
    vars(_kept).clear()


class Sender:
    """Claims batches of rows, makes their messages and sends them."""

    def __init__(self, context: SendContext, *, build: Build, rate_limiter: SendRateLimiter) -> None:
        self.context = context
        self.run = context.run
        self.build = build
        self.rate_limiter = rate_limiter
        self.mailed = MailedPapers()

    def send_one_batch(self, batch: int, *, until: float) -> None:
        """Claim at most ``batch`` rows and send them; wait for whatever limits us, but not beyond ``until``.

        ``until`` is in monotonic seconds. Sets ``exhausted`` or ``problem`` of the run if it has to end.
        """
        if held := holds.current_holds():
            self.run.problem = holds.problem(held)
            return
        now = timezone.now()
        slowdown = self.context.current_slowdown(now)
        if slowdown.until is not None and slowdown.until > now:
            if not admission.wait((slowdown.until - now).total_seconds(), until=until):
                self.run.problem = slowdown.problem
            return
        if slowdown.is_trial:
            batch = min(batch, TRIAL)
        self.rate_limiter.adopt(0.0 if slowdown.is_trial else slowdown.rate)
        limits = self.rate_limiter.limits
        with admission.warm_up(limits, batch=batch, now=now) as size:
            if size == 0:
                logger.info("Today's share of the warm-up is used up; sending goes on tomorrow.")
                self.run.exhausted = True
                return
            if limits.overall and not Delivery.objects.claimable(now).exists():
                self.run.exhausted = True
                return
            grant = self.rate_limiter.admit(size)
            rows = ledger.claim(now=now, size=grant.count) if grant.count else []
        if grant.count == 0:
            self.run.exhausted = not admission.wait(grant.wait, until=until)
        elif not rows:
            self.run.exhausted = not admission.wait_for_turn(self.rate_limiter, now=now, until=until)
        else:
            self.deliver(admission.in_turn(rows, self.rate_limiter))

    def deliver(self, rows: Sequence[Delivery]) -> None:
        """Make and send the claimed ``rows``, which share one lease."""
        if not rows or rows[0].lease is None:
            return
        lease = rows[0].lease
        drafting = Drafting(now=timezone.now())
        try:
            messages = self._messages(rows, drafting)
        except StageDown as error:
            self.run.problem = str(error)
            ledger.put_back(rows, retry_at=timezone.now() + UNREACHABLE_DELAY, reason=str(error))
            return
        ready = [row for row in rows if row.pk in messages]
        if not ready:
            return
        # Before they leave: a reader may open a paper's page at once.
        self.mailed.note(chain.from_iterable(row.picks.on_page for row in ready), on=timezone.now().date())
        # The checkpoint before the state: a row that is being sent has a checkpoint.
        try:
            self.context.checkpoints.open(lease, Checkpoint())
        except CoordinationError:
            ledger.put_back(ready)
            raise
        batch = Batch(self.context, lease, ledger.start(ready, now=timezone.now()), messages, drafting)
        try:
            batch.send()
        finally:
            batch.finish()

    def _messages(self, rows: Sequence[Delivery], drafting: Drafting) -> Mapping[int, DigestMessage]:
        """The messages of ``rows``; those of which none can be made are settled as failed.

        Raises StageDown if none can be made of any.
        """
        messages, unmade = drafting.drafts(self.build, rows)
        now = timezone.now()
        for row, reason in unmade:
            self._count(DeliveryState.FAILED, ledger.fail([row], reason=unmade_reason(reason), now=now))
        settled = {row.pk for row, _ in unmade}
        missing = [row for row in rows if row.pk not in messages and row.pk not in settled]
        if missing:
            self._count(DeliveryState.SKIPPED, ledger.skip(missing, reason="nothing is left to say", now=now))
        return messages

    def _count(self, state: DeliveryState, number: int) -> None:
        self.run.counts[str(state)] += number
        self.context.progress(number)
