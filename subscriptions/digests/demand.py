"""What the readers need, as numbers for the content side: topics by language, and papers by language."""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import models, transaction
from django.db.models import Count, Max
from django.utils import timezone

from lib.chunks import chunked
from lib.locks import run_lock
from newsletter.models import Demand, Paper, SummaryDemand
from newsletter.set_aside import ItemKind, isolating
from subscriptions import stages
from subscriptions.digests.dry_choice import Showing, forecast
from subscriptions.models import Subscriber, Subscription

ROWS_AT_ONCE = 500
BRIEF = 5.0  # seconds: a dry choice that takes longer rests afterwards
REST = 20  # times as long as it took
_RESTS = "dry-choice-rests"

DemandRow = TypeVar("DemandRow", bound=models.Model)


def publish_demand() -> int:
    """Make the content's rows say what active readers want now: by topic, and by paper as
    :func:`publish_summary_demand` does. Returns how many rows there are by topic.

    Rows that did not change are not written. May run at any time, also twice at once.
    """
    now = timezone.now()
    count = _publish_topics(now)
    with run_lock("demand") as acquired:
        if acquired and cache.get(_RESTS) is None:
            began = time.monotonic()
            publish_summary_demand(now)
            took = time.monotonic() - began
            if took > BRIEF:
                cache.set(_RESTS, True, REST * took)
    return count


def _publish_topics(now: datetime) -> int:
    wanted: dict[tuple[int | None, str], dict[str, int]] = {
        (topic, language): {"readers": readers, "size": size}
        for topic, language, readers, size in Subscription.objects.filter(
            subscriber__state=Subscriber.State.ACTIVE, topic__is_active=True
        )
        .values_list("topic", "subscriber__language")
        .annotate(Count("subscriber"), Max("subscriber__size"))
        .order_by()
    }
    for language, readers, size in (
        Subscriber.objects.active()
        .exclude(queries=[])
        .values_list("language")
        .annotate(Count("pk"), Max("size"))
        .order_by()
    ):
        wanted[None, language] = {"readers": readers, "size": size}
    stored = {(row.topic_id, row.language): row for row in Demand.objects.all()}
    new = [
        Demand(topic_id=topic, language=language, **numbers)
        for (topic, language), numbers in wanted.items()
        if (topic, language) not in stored
    ]
    _change(stored, wanted)
    with isolating(stages.DEMAND, now=now, items=ItemKind(key=lambda row: row.language)) as run:
        run.together(new, partial(Demand.objects.bulk_create, ignore_conflicts=True))
    return len(wanted)


def publish_summary_demand(now: datetime) -> int:
    """Tell how many of the next digests, and of those that just left, show each paper in each language.

    Returns how many pairs there are. For one run at a time.
    """
    shown = forecast(now)
    wanted = {pair: _numbers(showing) for pair, showing in shown.items()}
    stored = {(row.paper_id, row.language): row for row in SummaryDemand.objects.all()}
    missing = sorted(wanted.keys() - stored.keys())
    existing = _papers_that_are_there({paper for paper, _ in missing})
    new = [
        SummaryDemand(paper_id=paper, language=language, **wanted[paper, language])
        for paper, language in missing
        if paper in existing
    ]
    _change(stored, wanted)
    items = ItemKind(key=lambda row: f"{row.paper_id} {row.language}")
    with isolating(stages.NEEDS, now=now, items=items) as run:
        run.together(new, partial(SummaryDemand.objects.bulk_create, ignore_conflicts=True))
    return len(wanted)


def _numbers(showing: Showing) -> dict[str, int]:
    return {"readers": showing.readers, "place": showing.place}


def _papers_that_are_there(papers: Iterable[int]) -> set[int]:
    """Picks outlive their papers."""
    existing: set[int] = set()
    for chunk in chunked(sorted(papers), ROWS_AT_ONCE):
        existing |= set(Paper.objects.filter(pk__in=chunk).values_list("pk", flat=True))
    return existing


def _change(stored: Mapping[Any, DemandRow], wanted: Mapping[Any, Mapping[str, int]]) -> None:
    """Delete the rows that are not wanted any more, and update those whose numbers changed."""
    if not stored:
        return
    model = type(next(iter(stored.values())))
    gone = [row.pk for key, row in stored.items() if key not in wanted]
    changed: list[DemandRow] = []
    for key, row in stored.items():
        numbers = wanted.get(key, {})
        if any(getattr(row, name) != number for name, number in numbers.items()):
            for name, number in numbers.items():
                setattr(row, name, number)
            changed.append(row)
    with transaction.atomic():
        for chunk in chunked(gone, ROWS_AT_ONCE):
            model._default_manager.filter(pk__in=chunk).delete()
        if changed:
            fields = sorted(next(iter(wanted.values())))
            model._default_manager.bulk_update(changed, fields, batch_size=ROWS_AT_ONCE)
