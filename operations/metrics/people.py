"""Gauges of the people: how many readers and digests there are, never who."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count

from operations.metrics.catalogue import Sample
from subscriptions.delivery.holds import current_holds
from subscriptions.models import Delivery, OwedNotice, SignUp, Subscriber
from subscriptions.models.states import SendingHoldKind

State = Delivery.State
OPEN = (State.QUEUED, State.CLAIMED, State.SENDING, State.DEFERRED)


def readers(now: datetime) -> Iterator[Sample]:
    """Active readers, and those whose hour has come. Two queries, each by an index of active readers."""
    yield Sample("paperpost_readers_active", Subscriber.objects.active().order_by().count())
    yield Sample("paperpost_readers_due", Subscriber.objects.due(now).order_by().count())


def deliveries_of_yesterday(now: datetime) -> Iterator[Sample]:
    """Digests of the day before, which hardly change. One query, by the index of days and states."""
    return _deliveries({now.date() - timedelta(days=1): "yesterday"})


def deliveries(now: datetime) -> Iterator[Sample]:
    """Digests of today and tomorrow, where that has begun. One query, by the same index."""
    return _deliveries({now.date(): "today", now.date() + timedelta(days=1): "tomorrow"})


def _deliveries(days: dict[date, str]) -> Iterator[Sample]:
    rows = Delivery.objects.filter(day__in=days).order_by().values_list("day", "state")
    counts = Counter({(day, state): number for day, state, number in rows.annotate(Count("pk"))})
    for day, name in days.items():
        for state in State.values:
            yield Sample("paperpost_deliveries", counts[day, state], (name, state))


def waiting(now: datetime) -> Iterator[Sample]:
    """Forms and notices that wait, and since when digests do. Six queries of a few rows each."""
    yield Sample("paperpost_sign_ups_waiting", SignUp.objects.count())
    yield Sample("paperpost_notices_due", OwedNotice.objects.filter(due_at__lte=now).count())
    for state in OPEN:
        # SQLite uses the index of open digests only where its whole condition is asked for.
        open_ones = Delivery.objects.filter(state__in=OPEN, state=state).order_by("pk")
        for since in open_ones.with_waiting_since().values_list("waiting_since", flat=True)[:1]:
            age = (now - since).total_seconds()
            yield Sample("paperpost_deliveries_oldest_age_seconds", age, (state,))


def holds(_: datetime) -> Iterable[Sample]:
    """What holds sending up until a person says otherwise. One query."""
    held = {hold.kind for hold in current_holds()}
    return [Sample("paperpost_sending_held", kind in held, (kind,)) for kind in SendingHoldKind.values]
