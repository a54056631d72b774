"""The sender: claim a batch, make its messages, hand them over, settle."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from newsletter.editions.mailed import MailedPapers
from newsletter.set_aside import StageDown
from subscriptions.delivery import admission, ledger
from subscriptions.delivery.batch import UNREACHABLE_DELAY, Batch, why_unmade
from subscriptions.delivery.checkpoints import CheckpointStore, CoordinationError, default_checkpoints
from subscriptions.delivery.drafting import Drafting
from subscriptions.delivery.envelopes import Transport
from subscriptions.delivery.memory import garbage_collected_between_batches
from subscriptions.delivery.promise import Checkpoint, Promise
from subscriptions.delivery.rates import SendLimits, SendRateLimiter
from subscriptions.delivery.sending import DigestMessage, SendContext, SendRun
from subscriptions.delivery.transport import default_transport
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryState

TRIAL = 2  # messages, after a pause: one that was put off, and one that was not tried yet
logger = logging.getLogger(__name__)


class Build(Protocol):
    """Which of ``deliveries`` have a message is known at once; each may be made when it is looked up."""

    def __call__(self, deliveries: Sequence[Delivery], *, now: datetime) -> Mapping[int, DigestMessage]: ...


def send(
    *,
    seconds: float,
    build: Build | None = None,
    transport: Transport | None = None,
    checkpoints: CheckpointStore | None = None,
    rate_limiter: SendRateLimiter | None = None,
    batch: int = ledger.BATCH,
    progress: Callable[[int], object] = lambda _: None,
) -> SendRun:
    """Send what is queued for about ``seconds``, then finish the batch at hand.

    Any number may run at once, on any number of machines. ``progress`` is called with the number of rows that
    were just settled. Never raises for what a mail server, a broker or one message does: see ``problem``.
    """
    own_transport = transport is None
    sender = Sender(
        build=build or _default_build(),
        transport=transport or default_transport(),
        checkpoints=checkpoints or default_checkpoints(),
        promise=Promise(settings.DELIVERY_PROMISE),
        progress=progress,
    )
    run = sender.run
    rate_limiter = rate_limiter or SendRateLimiter(SendLimits.from_settings())
    try:
        with garbage_collected_between_batches() as sweep_memory:
            until = time.monotonic() + seconds
            while time.monotonic() < until and not run.problem and not run.exhausted:
                _send_one_batch(sender, rate_limiter, batch=batch, until=until)
                sweep_memory()
    except CoordinationError as error:
        run.problem = str(error)
    finally:
        if own_transport:
            sender.transport.close()
    return run


def _send_one_batch(sender: "Sender", rate_limiter: SendRateLimiter, *, batch: int, until: float) -> None:
    now = timezone.now()
    sender.look_up_slowdown(now)
    if sender.slowdown.until is not None and sender.slowdown.until > now:
        if not admission.wait((sender.slowdown.until - now).total_seconds(), until=until):
            sender.run.problem = sender.slowdown.problem
        return
    if sender.slowdown.is_trial:
        batch = min(batch, TRIAL)
    rate_limiter.adopt(0.0 if sender.slowdown.is_trial else sender.slowdown.rate)
    with admission.warm_up(rate_limiter.limits, batch=batch, now=now) as size:
        if size == 0:
            logger.info("today's share of the warm-up is used up")
            sender.run.exhausted = True
            return
        if rate_limiter.limits.overall and not Delivery.objects.claimable(now).exists():
            sender.run.exhausted = True
            return
        grant = rate_limiter.admit(size)
        rows = ledger.claim(now=now, size=grant.count) if grant.count else []
    if grant.count == 0:
        sender.run.exhausted = not admission.wait(grant.wait, until=until)
        return
    if not rows:
        sender.run.exhausted = not admission.wait_for_turn(rate_limiter, now=now, until=until)
        return
    sender.deliver(admission.in_turn(rows, rate_limiter))


def _default_build() -> Build:
    from subscriptions.messages import draft_batch
    from subscriptions.messages.render_cache import RenderCache

    return partial(draft_batch, cache=RenderCache())


class Sender(SendContext):
    """Makes the messages of the rows that it is given, and sends them."""

    def __init__(self, *, build: Build, **means: Any) -> None:
        super().__init__(**means)
        self.build = build
        self.mailed = MailedPapers()

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
            self.checkpoints.open(lease, Checkpoint())
        except CoordinationError:
            ledger.put_back(ready)
            raise
        batch = Batch(self, lease, ledger.start(ready, now=timezone.now()), messages, drafting)
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
            self._count(DeliveryState.FAILED, ledger.fail([row], reason=why_unmade(reason), now=now))
        settled = {row.pk for row, _ in unmade}
        missing = [row for row in rows if row.pk not in messages and row.pk not in settled]
        if missing:
            self._count(DeliveryState.SKIPPED, ledger.skip(missing, reason="nothing is left to say", now=now))
        return messages

    def _count(self, state: DeliveryState, number: int) -> None:
        self.run.counts[str(state)] += number
        self.progress(number)
