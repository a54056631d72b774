"""The shipped catalogue of topics as rows that an editor owns from then on."""

from collections.abc import Iterable
from dataclasses import asdict

from newsletter.catalogue import TopicRecord
from newsletter.models import Topic


def add_missing_topics(records: Iterable[TopicRecord], *, model: type[Topic] = Topic) -> int:
    """Add the topics that are not there yet; what an editor changed or switched off stays as it is.

    ``model`` is the historical model when a migration calls. Returns how many were added.
    """
    known = set(model.objects.values_list("slug", flat=True))
    rows = [
        model(position=position, **{**asdict(record), "categories": list(record.categories)})
        for position, record in enumerate(records)
        if record.slug not in known
    ]
    model.objects.bulk_create(rows)
    return len(rows)
