"""The best of what a reader missed: after a pause, or after days of mails that nobody had time for.

It goes out at once, also to somebody who had today's digest. The ledger has one row for a reader and a day,
so a catch-up is entered under the newest day on which the reader had nothing: that is what it makes up for.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from newsletter.models import Edition, Entry
from subscriptions.clock import local_day
from subscriptions.models import DayHold, Delivery, Subscriber

BEST = 20
LONGEST_DAYS = 60
_ASKED = "asked"  # in ``Delivery.picks``: the reader's day on which this was asked for


def missed(
    subscriber: Subscriber, *, since: date, until: date, had: Collection[int], size: int = BEST
) -> dict[str, Any] | None:
    """The most voted papers of the reader's topics after ``since`` that are not among those ``had``, as
    ``Delivery.picks`` keeps them; None if there is none.

    No paper that an edition after ``until`` brought first: what a digest says a reader had is looked for no
    earlier than on the paper's own day.
    """
    topics = list(subscriber.topics.active().order_by("position", "pk").values_list("pk", flat=True))
    rows = (
        Entry.objects.filter(
            edition__in=Edition.objects.ready().filter(day__gt=since, day__lte=until, topic__in=topics),
            is_hidden=False,
            paper__is_withdrawn=False,
        )
        .order_by("-paper__votes", "-paper__published_at", "paper_id", "edition_id")
        .values_list("paper_id", "edition__topic_id", "edition__day")
    )
    reasons: dict[int, list[list[object]]] = {}
    newest = since
    for paper, topic, day in rows:
        if paper in had:
            continue
        newest = max(newest, day)
        because: list[object] = ["topic", topic]
        if because not in reasons.setdefault(paper, []):
            reasons[paper].append(because)
    if not reasons:
        return None
    best = list(reasons)[:size]
    return {
        "papers": [[paper, reasons[paper]] for paper in best],
        "also": list(reasons)[size : 2 * size],
        "day": newest.isoformat(),
        "new": len(reasons),
        "topics": topics,
    }


@transaction.atomic
def ask(subscriber: Subscriber, *, now: datetime) -> str:
    """Put a digest of what was missed in the last :data:`LONGEST_DAYS` into the ledger, to go out at once.

    Returns "queued"; "nothing" if nothing was missed; "tomorrow" if the reader has asked today already.
    """
    reader = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    today = local_day(now, reader.time_zone)
    had: set[int] = set()
    taken: set[date] = set(DayHold.objects.values_list("day", flat=True))
    for day, picks in reader.deliveries.values_list("day", "picks"):
        if picks.get(_ASKED) == today.isoformat():
            return "tomorrow"
        taken.add(day)
        had.update(paper for paper, _reasons in picks.get("papers", ()))
    days = (today - timedelta(days=back) for back in range(LONGEST_DAYS))
    free = next((day for day in days if day not in taken), None)
    since = today - timedelta(days=LONGEST_DAYS)
    picks = missed(reader, since=since, until=free, had=had) if free else None
    if not free or picks is None:
        return "nothing"
    more = {"picks": picks | {_ASKED: today.isoformat()}, "language": reader.language, "created_at": now}
    _row, is_new = Delivery.objects.get_or_create(subscriber=reader, day=free, defaults=more)
    # The digest of today may just have been entered: then it is another day's turn.
    return "queued" if is_new else ask(subscriber, now=now)
