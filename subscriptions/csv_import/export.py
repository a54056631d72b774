"""All subscribers as a list that the import reads back to the same states."""

import csv
from collections.abc import Callable
from typing import TextIO

from django.utils import timezone

from lib.csv_cells import escape_cell, escape_row
from newsletter.set_aside import isolating
from subscriptions import stages
from subscriptions.csv_import.intake import BATCH
from subscriptions.csv_import.rows import SEPARATOR
from subscriptions.models import Subscriber

_EXPORTED = (
    *("email", "state", "language", "time_zone", "hour", "cadence", "weekday", "size"),
    *("wants_updates", "layout", "groups_topics"),
)


def export_rows(file: TextIO, *, progress: Callable[[int], object]) -> int:
    """Write all subscribers to ``file`` as CSV; returns how many. One that cannot be written is set aside."""
    table = csv.writer(file)
    table.writerow((*_EXPORTED, "paused_until", "topics", "queries", "confirmed_at"))
    written = 0
    people = Subscriber.objects.order_by("pk").prefetch_related("topics")
    with isolating(stages.EXPORTING, now=timezone.now()) as run:
        for person in people.iterator(chunk_size=BATCH):
            if (cells := run.one(person, _cells)) is not None:
                table.writerow(cells)
                written += 1
            progress(1)
    return written


def _cells(person: Subscriber) -> list[str]:
    slugs = sorted(topic.slug for topic in person.topics.all())
    return [
        *escape_row(getattr(person, name) for name in _EXPORTED),
        person.paused_until.isoformat() if person.paused_until else "",
        SEPARATOR.join(slugs),
        escape_cell(SEPARATOR.join(person.queries)),
        person.confirmed_at.isoformat() if person.confirmed_at else "",
    ]
