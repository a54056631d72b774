"""The rows' changes of state: each is one conditional UPDATE over a batch, never what a process remembers."""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.utils import InterfaceError
from django.utils import timezone

from lib.backoff import Backoff
from lib.retries import retry
from newsletter.set_aside import isolating
from subscriptions import stages
from subscriptions.delivery import day_holds
from subscriptions.delivery.checkpoints import CheckpointStore, StillAliveError
from subscriptions.delivery.gate import refused_digests
from subscriptions.delivery.promise import MOST_ATTEMPTS, DeliveryOutcome, Promise, outcomes_by_checkpoint
from subscriptions.delivery.statements import settle_statement, start_statement
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryReason, DeliveryState
from subscriptions.readers import welcomes

BATCH = 800  # rows: some 50 MB of messages, and a second of sending
PATIENCE = 60.0  # seconds that a settle waits for a database that went away
_BACKOFF = Backoff(first=0.05, longest=2.0)
PATIENT_LEASES = 12  # how many lease times a sweeper waits for a checkpoint that is nowhere to be found
SWEPT_AT_ONCE = 50  # leases
# What a sender looks at: to read whole rows would cost a tenth of its time.
_NEEDED = (
    *("day", "state", "language", "picks", "message_id", "attempts", "lease", "lease_until", "retry_at"),
    *("reason", "reason_code", "created_at", "revisions"),
    *("subscriber__email", "subscriber__state"),
)
T = TypeVar("T")
logger = logging.getLogger(__name__)


def lease_time() -> timedelta:
    """How long a claim holds without being prolonged (``DELIVERY_LEASE_SECONDS``)."""
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)


def claim(*, now: datetime, size: int = BATCH) -> list[Delivery]:
    """Up to ``size`` rows of ours alone, in the order of their ids, each with its subscriber. Committed.

    All share one ``lease``, which ends ``DELIVERY_LEASE_SECONDS`` after the clock's present time. Rows whose
    reader has left or was suppressed, or whose day was cancelled, are settled as ``skipped`` here and not
    returned: what happened to a reader before the claim is honoured. An empty list means that there is
    nothing left to claim.
    """
    while True:
        lease = uuid.uuid4()
        claimed = _lease_rows(lease, now=now, size=size, until=timezone.now() + lease_time())
        if not claimed:
            return []
        rows = list(
            Delivery.objects.held_by(lease)
            .filter(state=DeliveryState.CLAIMED)
            .select_related("subscriber")
            .only(*_NEEDED)
            .order_by("pk")
        )
        skipped = _reasons_to_skip(rows)
        if skipped:
            for reason in set(skipped.values()):
                ids = [row_id for row_id, why in skipped.items() if why == reason]
                _give_up(lease, ids, state=DeliveryState.SKIPPED, reason=reason, now=now)
        good = [row for row in rows if row.pk not in skipped]
        if good:
            return good


def _lease_rows(lease: uuid.UUID, *, now: datetime, size: int, until: datetime) -> int:
    paused = day_holds.paused_days()
    lock = connection.features.has_select_for_update_skip_locked
    taken = 0
    # Looks at two small indexes; one look with OR would sort the whole queue. What was put off has waited
    # longest, but has half of a batch only while others wait: it may all be one slow provider's.
    half = (size + 1) // 2
    found_put_off = 0
    put_off = DeliveryState.DEFERRED, "retry_at", Q(retry_at__lte=now)
    waiting = DeliveryState.QUEUED, "pk", Q()
    looks = ((put_off, half), (waiting, size), (put_off, size))
    for look, ((state, order, due), most) in enumerate(looks):
        if taken >= size or (look == 2 and found_put_off < half):
            break
        with transaction.atomic():
            due_rows = Delivery.objects.filter(due, state=state).exclude(day__in=paused).order_by(order)
            if lock:
                due_rows = due_rows.select_for_update(skip_locked=True)
            ids = list(due_rows.values_list("pk", flat=True)[: most - taken])
            if ids:
                taken += Delivery.objects.filter(pk__in=ids, state=state).claim(
                    lease, until=until, state=DeliveryState.CLAIMED, retry_at=None
                )
        if look == 0:
            found_put_off = len(ids)
    return taken


def next_retry(now: datetime) -> datetime | None:
    """When the next of the rows that were put off is due, if any is."""
    rows = Delivery.objects.filter(state=DeliveryState.DEFERRED, retry_at__gt=now)
    return (
        rows.exclude(day__in=day_holds.paused_days())
        .order_by("retry_at")
        .values_list("retry_at", flat=True)
        .first()
    )


def gone_since(moment: datetime) -> int:
    """How many messages have left since ``moment``, or may be leaving now.

    Looked for among the days around ``moment``, which have an index: what is settled is no older than the
    longest row of delays.
    """
    over = (DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.FAILED)
    recent = Delivery.objects.filter(day__gte=moment.date() - timedelta(days=3))
    gone = recent.filter(state__in=over, settled_at__gte=moment).count()
    return gone + Delivery.objects.filter(state__in=(DeliveryState.CLAIMED, DeliveryState.SENDING)).count()


def _reasons_to_skip(rows: Sequence[Delivery]) -> dict[int, str]:
    """Why some of ``rows`` must not be sent, by id: consent, suppression and held days as they are now."""
    cancelled = day_holds.cancelled_days({row.day for row in rows})
    reasons = {row.pk: "the day was cancelled by the operator" for row in rows if row.day in cancelled}
    return reasons | refused_digests(rows)


def _release(lease: uuid.UUID, ids: Iterable[int], *, state: DeliveryState, **fields: object) -> int:
    """Claimed rows of ``lease`` leave it for ``state`` without an attempt."""
    fields.setdefault("reason_code", DeliveryReason.PLAIN)
    rows = Delivery.objects.held_by(lease).filter(state=DeliveryState.CLAIMED, pk__in=list(ids))
    return rows.release(state=state, **fields)


def _give_up(
    lease: uuid.UUID, ids: Sequence[int], *, state: DeliveryState, reason: str, now: datetime
) -> int:
    """Claimed rows of ``lease`` are over for good, unsent: ``state`` is skipped or failed."""
    with transaction.atomic():
        count = _release(lease, ids, state=state, reason=reason, settled_at=now)
        if count:
            _owe_welcomes(ids, state=state, now=now)
    return count


def _owe_welcomes(ids: Collection[int], *, state: DeliveryState, now: datetime) -> None:
    """Those of ``ids`` that now are in ``state`` never leave."""
    welcomes.owe_again(Delivery.objects.filter(pk__in=ids, state=state), now=now)


def put_back(
    rows: Sequence[Delivery],
    *,
    retry_at: datetime | None = None,
    reason: str = "",
    code: DeliveryReason = DeliveryReason.PLAIN,
) -> int:
    """Claimed rows return to the queue: at once, or at ``retry_at``. Attempts do not grow."""
    state = DeliveryState.DEFERRED if retry_at else DeliveryState.QUEUED
    if not rows or rows[0].lease is None:
        return 0
    ids = [row.pk for row in rows]
    return _release(rows[0].lease, ids, state=state, retry_at=retry_at, reason=reason, reason_code=code)


def fail(rows: Sequence[Delivery], *, reason: str, now: datetime) -> int:
    """Claimed rows for which no message could be made."""
    if not rows or rows[0].lease is None:
        return 0
    return _give_up(
        rows[0].lease, [row.pk for row in rows], state=DeliveryState.FAILED, reason=reason, now=now
    )


def skip(rows: Sequence[Delivery], *, reason: str, now: datetime) -> int:
    """Claimed rows that need not be sent after all."""
    if not rows or rows[0].lease is None:
        return 0
    return _give_up(
        rows[0].lease, [row.pk for row in rows], state=DeliveryState.SKIPPED, reason=reason, now=now
    )


def start(rows: Sequence[Delivery], *, now: datetime) -> list[Delivery]:
    """claimed → sending, for those of ``rows`` that are still under their lease; returns these.

    Each row's ``revisions``, what its message carries, is stored with that: before a byte leaves, so that it
    is known also of those whose sender dies. A row may be missing because its reader was erased, or because
    the lease was swept.
    """
    if not rows or rows[0].lease is None:
        return []
    lease = rows[0].lease
    until = max(now, timezone.now()) + lease_time()
    with connection.cursor() as cursor:
        cursor.execute(*start_statement({row.pk: row.revisions for row in rows}, lease=lease, until=until))
        begun = cursor.rowcount
    if begun == len(rows):
        return list(rows)
    still = set(
        Delivery.objects.held_by(lease).filter(state=DeliveryState.SENDING).values_list("pk", flat=True)
    )
    return [row for row in rows if row.pk in still]


def prolong(lease: uuid.UUID, *, now: datetime) -> bool:
    """Keep ``lease`` for another while; False if nothing is being sent under it any more."""

    def update() -> int:
        sending = Delivery.objects.held_by(lease).filter(state=DeliveryState.SENDING)
        return sending.renew(until=max(now, timezone.now()) + lease_time())

    return bool(patiently(update))


def settle(
    lease: uuid.UUID,
    outcomes: Sequence[DeliveryOutcome],
    *,
    now: datetime,
    headers: Mapping[int, tuple[str, str]] | None = None,
) -> Counter[str]:
    """sending → what ``outcomes`` say; ``headers``: Message-ID and subject by id. Counts by state.

    Rows that a sweeper has taken in the meantime are left as it put them, but for those that were accepted:
    they become ``sent`` from ``uncertain`` or ``queued``.
    """
    if not outcomes:
        return Counter()
    headers = headers or {}
    values = [
        (
            outcome.delivery_id,
            str(outcome.state),
            outcome.reply,
            outcome.reason,
            str(outcome.code),
            outcome.retry_at,
            outcome.tries,
            *headers.get(outcome.delivery_id, ("", "")),
        )
        for outcome in outcomes
    ]

    failed = [outcome.delivery_id for outcome in outcomes if outcome.state == DeliveryState.FAILED]

    def update() -> int:
        with transaction.atomic() if failed else nullcontext(), connection.cursor() as cursor:
            cursor.execute(*settle_statement(values, lease=lease, now=now))
            changed = int(cursor.rowcount)
            if failed:
                _owe_welcomes(failed, state=DeliveryState.FAILED, now=now)
        return changed

    changed = patiently(update)
    counts = Counter(str(outcome.state) for outcome in outcomes)
    if changed != len(outcomes):
        accepted = [outcome.delivery_id for outcome in outcomes if outcome.state == DeliveryState.SENT]
        late = patiently(
            lambda: Delivery.objects.filter(
                pk__in=accepted, state__in=(DeliveryState.UNCERTAIN, DeliveryState.QUEUED)
            ).update(
                state=DeliveryState.SENT,
                settled_at=now,
                reason="",
                reason_code="",
                attempts=F("attempts") + 1,
            )
        )
        logger.warning(
            "Lease %s: a sweeper had settled %d of %d rows; %d of them were accepted after all and are sent.",
            lease,
            len(outcomes) - changed,
            len(outcomes),
            late,
        )
    return counts


def sweep(*, now: datetime, checkpoints: CheckpointStore, promise: Promise) -> Counter[str]:
    """Take back what expired leases hold and settle it by their senders' checkpoints. Counts by new state.

    Rows that were only claimed return to the queue; their attempts grow, so that a row that kills its
    sender again and again ends as ``failed``. May run anywhere, several times at once.
    """
    expired = Delivery.objects.filter(state__in=(DeliveryState.CLAIMED, DeliveryState.SENDING)).expired(now)
    leases = expired.exclude(lease=None).values_list("lease", flat=True).distinct()[:SWEPT_AT_ONCE]

    def sweep_one(lease: uuid.UUID) -> Counter[str]:
        claimed = _sweep_claimed(lease, now=now)
        return claimed + _sweep_sending(lease, now=now, checkpoints=checkpoints, promise=promise)

    with isolating(stages.SWEEPING, now=now) as run:
        return sum(run.each([lease for lease in leases if lease is not None], sweep_one), Counter[str]())


def _sweep_claimed(lease: uuid.UUID, *, now: datetime) -> Counter[str]:
    rows = Delivery.objects.held_by(lease).expired(now).filter(state=DeliveryState.CLAIMED)
    worn_out = list(rows.filter(attempts__gte=MOST_ATTEMPTS).values_list("pk", flat=True))
    reason = f"{MOST_ATTEMPTS} senders died before they could send it"
    hopeless = _give_up(lease, worn_out, state=DeliveryState.FAILED, reason=reason, now=now)
    back = rows.release(state=DeliveryState.QUEUED, attempts=F("attempts") + 1)
    return Counter({"failed": hopeless, "queued": back})


def _sweep_sending(
    lease: uuid.UUID, *, now: datetime, checkpoints: CheckpointStore, promise: Promise
) -> Counter[str]:
    # Locked, so that the holder cannot prolong the lease after we have read the checkpoint; it may still
    # settle what it knows, before us or, by evidence, after us.
    with transaction.atomic():
        rows = Delivery.objects.held_by(lease).expired(now).filter(state=DeliveryState.SENDING)
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        ids = sorted(rows.values_list("pk", flat=True))
        if not ids:
            return Counter()
        try:
            checkpoint = checkpoints.take(lease)
        except StillAliveError:
            return Counter()
        if checkpoint is None and rows.filter(lease_until__gt=now - PATIENT_LEASES * lease_time()).exists():
            return Counter()  # the machine that sent it may come back and know more
        outcomes = outcomes_by_checkpoint(ids, checkpoint, now=now, promise=promise)
        counts = settle(lease, outcomes, now=now)
    checkpoints.close(lease)
    logger.warning(
        "Lease %s expired; its rows are settled as %s (checkpoint %s).",
        lease,
        dict(counts),
        "lost" if checkpoint is None else "found",
    )
    return counts


def patiently(work: Callable[[], T]) -> T:
    """``work``, again while the database is away: what we know of accepted mail must not be dropped.

    Inside a transaction there is nothing to repeat: it is the caller's. Raises what the database raised
    after :data:`PATIENCE` seconds; the sweeper then knows as much from the checkpoint.
    """
    if connection.in_atomic_block:
        return work()
    return retry(
        work,
        errors=(OperationalError, InterfaceError),
        backoff=_BACKOFF,
        patience=PATIENCE,
        before_retry=connection.close,
    )
