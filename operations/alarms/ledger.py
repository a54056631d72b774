"""The rows of alarms: begun once, ended once, however many processes look at the same time."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from operations.alarms.kinds import KINDS
from operations.alarms.looking import Look
from operations.models import Alarm

LEASE = timedelta(minutes=5)  # for telling; as long a mail server that refuses is left alone
NEWS = timedelta(days=2)  # the end of an alarm that nobody could be told of is forgotten then
log = logging.getLogger(__name__)


def keep(look: Look, *, now: datetime) -> None:
    """Bring the rows up to what was seen ``now``: 1. begin, 2. go on, 3. end."""
    rows = {(row.kind, row.subject): row for row in Alarm.objects.unended()}
    new = []
    for problem in look.problems:
        row = rows.get((problem.kind, problem.subject))
        if row is None:
            log.warning("Alarm: %s", problem.sentence)
            new.append(
                Alarm(
                    kind=problem.kind,
                    subject=problem.subject,
                    sentence=problem.sentence,
                    remedy=problem.remedy,
                    began_at=problem.begins(now),
                    seen_at=now,
                    due_at=problem.due(now),
                )
            )
        else:
            Alarm.objects.filter(pk=row.pk, ended_at=None).update(
                seen_at=now, sentence=problem.sentence, remedy=problem.remedy
            )
    Alarm.objects.bulk_create(new, ignore_conflicts=True)  # another process may have begun the same
    seen = {(problem.kind, problem.subject) for problem in look.problems}
    _end([row for key, row in rows.items() if key not in seen and row.kind not in look.unknown], now=now)


def _end(rows: Sequence[Alarm], *, now: datetime) -> None:
    """End those of ``rows`` that have been well for long enough; what nobody was to hear of goes."""
    for row in rows:
        kind = KINDS.get(row.kind)
        if kind is not None and now - row.seen_at < kind.calm:
            continue
        same = Alarm.objects.filter(pk=row.pk, ended_at=None, seen_at=row.seen_at)
        if row.seen_at < row.due_at:
            same.delete()
        elif same.update(ended_at=now):
            log.info("Over: %s", row.sentence)


def claim_untold(now: datetime) -> list[Alarm]:
    """The alarms whose beginning or end nobody was told, now the caller's to tell; each to one caller."""
    free = Alarm.objects.due().filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
    begun = Q(told_at=None, ended_at=None)
    ended = Q(end_told_at=None, ended_at__gte=now - NEWS)
    untold = free.filter(begun | ended)
    return [
        row
        for row in untold.order_by("began_at", "pk")
        if untold.filter(pk=row.pk).update(claimed_until=now + LEASE)
    ]


def note_told(rows: Sequence[Alarm], *, now: datetime) -> None:
    """``rows``, as they were claimed, were told."""
    begun = [row.pk for row in rows if row.ended_at is None]
    ended = [row.pk for row in rows if row.ended_at is not None]
    Alarm.objects.filter(pk__in=begun).update(told_at=now, claimed_until=None)
    Alarm.objects.filter(pk__in=ended).update(
        told_at=Coalesce(F("told_at"), Value(now)), end_told_at=now, claimed_until=None
    )
