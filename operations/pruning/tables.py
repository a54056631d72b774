"""Which rows may go: a line for each table that grows, with the column that says how old a row is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet

from newsletter.models import (
    ChannelPost,
    ReadingCall,
    Report,
    SetAside,
    SummaryAttempt,
    SummaryBatch,
    TypedDraft,
)
from operations.models import Alarm
from subscriptions.models import DayHold, Delivery, DeliveryEvent, OwedCorrection
from subscriptions.models.states import DeliveryState
from subscriptions.periods import Periods

_LOST = (DeliveryState.FAILED, DeliveryState.SKIPPED)
_OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of ``model`` whose ``moment`` is more than ``days`` ago and that ``may_go`` are let go.

    ``is_ascending``: keys and moments ascend together, so that the first rows that are too young end the
    search, and a large table is never read as a whole. What depends on a row goes with it (``on_delete``);
    ``before`` is told of the keys first, in the same transaction.
    """

    name: str
    model: type[Model]
    moment: str
    days: int
    may_go: Q = field(default_factory=Q)
    is_ascending: bool = False
    before: Callable[[Sequence[Any]], None] | None = None

    def limit(self, now: datetime) -> datetime:
        """Rows from before this moment are old."""
        return now - timedelta(days=self.days)

    def old_rows(self, now: datetime) -> QuerySet[Any]:
        """All rows that may go, in any order."""
        return self._rows().filter(self.may_go, **{f"{self.moment}__lt": self.limit(now)})

    def windows(self, now: datetime, size: Callable[[], int]) -> Iterator[list[Any]]:
        """The keys of old rows, a window of ``size()`` rows at a time, in the order of their keys."""
        if not self.is_ascending:
            yield from _pages(self.old_rows(now), size)
            return
        for keys in _pages(self._rows(), size):
            window = self._rows().filter(pk__in=keys)
            if not window.filter(**{f"{self.moment}__lt": self.limit(now)}).exists():
                return
            yield list(self.old_rows(now).filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))

    def let_go(self, keys: Sequence[Any], *, now: datetime) -> int:
        """Delete those of the rows ``keys`` that still may go; how many. In the caller's transaction."""
        if self.before is not None:
            self.before(keys)
        counts = self.old_rows(now).filter(pk__in=list(keys)).only("pk").delete()[1]
        return counts.get(self.model._meta.label, 0)

    def _rows(self) -> QuerySet[Any]:
        return self.model._default_manager.all()


def _pages(rows: QuerySet[Any], size: Callable[[], int]) -> Iterator[list[Any]]:
    keys = rows.order_by("pk").values_list("pk", flat=True)
    page = list(keys[: size()])
    while page:
        yield page
        page = list(keys.filter(pk__gt=page[-1])[: size()])


def tables(periods: Periods) -> tuple[Table, ...]:
    """All tables that grow, those with most rows first."""
    return (
        Table(
            *("deliveries", Delivery, "created_at", periods.deliveries),
            may_go=~Q(state__in=_OPEN),
            is_ascending=True,
            before=_keep_what_is_owed,
        ),
        Table("delivery_events", DeliveryEvent, "at", periods.deliveries, is_ascending=True),
        Table("summary_attempts", SummaryAttempt, "at", periods.model_calls, is_ascending=True),
        Table("reading_calls", ReadingCall, "at", periods.model_calls, is_ascending=True),
        Table("summary_batches", SummaryBatch, "ended_at", periods.model_calls),
        Table("sessions", Session, "expire_date", 0),
        Table("failed_logins", AccessAttempt, "attempt_time", periods.failed_logins),
        Table("failed_logins_in_detail", AccessFailureLog, "attempt_time", periods.failed_logins),
        Table("logins", AccessLog, "attempt_time", periods.logins),
        Table("desk_log", LogEntry, "action_time", periods.desk_log),
        Table("drafts", TypedDraft, "at", periods.drafts),
        Table("set_aside", SetAside, "last_at", periods.set_aside, may_go=~Q(item="")),
        Table("reports", Report, "settled_at", periods.reports, may_go=Q(state=Report.State.SETTLED)),
        Table("channel_posts", ChannelPost, "settled_at", periods.channel_posts),
        Table("day_holds", DayHold, "at", periods.deliveries),
        Table("alarms", Alarm, "ended_at", periods.alarms),
    )


def _keep_what_is_owed(deliveries: Sequence[int]) -> None:
    """A correction that a digest should have told, which did not arrive, is still to be told by another."""
    lost = OwedCorrection.objects.filter(delivery__in=list(deliveries), delivery__state__in=_LOST)
    lost.update(delivery=None)
