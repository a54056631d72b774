"""All subscribers as a list that the import reads back to the same states."""

import csv
from collections.abc import Callable
from typing import TextIO

from subscriptions.models import Subscriber
from subscriptions.neutral import harmless, harmless_row
from subscriptions.rosters.intake import BATCH
from subscriptions.rosters.rows import SEPARATOR

_EXPORTED = (
    *("email", "state", "language", "time_zone", "hour", "cadence", "weekday", "size"),
    "wants_updates",
)


def export_rows(file: TextIO, *, progress: Callable[[int], object]) -> int:
    """Write all subscribers to ``file`` as CSV; returns how many."""
    table = csv.writer(file)
    table.writerow((*_EXPORTED, "paused_until", "topics", "queries", "confirmed_at"))
    written = 0
    people = Subscriber.objects.order_by("pk").prefetch_related("topics")
    for person in people.iterator(chunk_size=BATCH):
        slugs = sorted(topic.slug for topic in person.topics.all())
        table.writerow(
            (
                *harmless_row(getattr(person, name) for name in _EXPORTED),
                person.paused_until.isoformat() if person.paused_until else "",
                SEPARATOR.join(slugs),
                harmless(SEPARATOR.join(person.queries)),
                person.confirmed_at.isoformat() if person.confirmed_at else "",
            )
        )
        written += 1
        progress(1)
    return written
