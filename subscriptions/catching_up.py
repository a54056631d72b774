"""The best of what a reader missed: after a pause, or after days of mails that nobody had time for."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from newsletter.models import Edition, Entry
from subscriptions.clock import local_day
from subscriptions.models import Delivery, Subscriber

BEST = 20
LONGEST_DAYS = 60


def missed(subscriber: Subscriber, *, since: date, now: datetime, size: int = BEST) -> dict[str, Any] | None:
    """The most voted papers of the reader's topics after ``since`` that no digest brought, as
    ``Delivery.picks`` keeps them; None if there is none. Looks back :data:`LONGEST_DAYS` at most.
    """
    since = max(since, now.date() - timedelta(days=LONGEST_DAYS))
    had: set[int] = set()
    for picks in subscriber.deliveries.values_list("picks", flat=True):
        had.update(paper for paper, _reasons in picks.get("papers", ()))
    topics = list(subscriber.topics.active().order_by("position", "pk").values_list("pk", flat=True))
    rows = (
        Entry.objects.filter(
            edition__in=Edition.objects.ready().filter(day__gt=since, topic__in=topics),
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
def ask(subscriber: Subscriber, *, since: date, now: datetime) -> str:
    """Put a digest of what was missed into the ledger, as this day's digest of the reader.

    Returns "queued"; "nothing" if nothing was missed; "tomorrow" if the reader's digest of today is there
    already, because nobody gets two on one day.
    """
    picks = missed(subscriber, since=since, now=now)
    if picks is None:
        return "nothing"
    _row, is_new = Delivery.objects.get_or_create(
        subscriber=subscriber,
        day=local_day(now, subscriber.time_zone),
        defaults={"picks": picks, "language": subscriber.language, "created_at": now},
    )
    return "queued" if is_new else "tomorrow"
