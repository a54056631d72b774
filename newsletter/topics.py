"""Topics as rows: taking over the shipped catalogue, and which of a day's papers belong to which topic."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from newsletter.catalogue import TopicRecord
from newsletter.errors import QueryError
from newsletter.matching import PaperText, Query, QueryIndex, topic_query
from newsletter.models import Paper, Topic


def add_missing_topics(records: Iterable[TopicRecord], *, model: type[Topic] = Topic) -> int:
    """Add the topics that are not there yet; what an editor changed or switched off stays as it is.

    ``model`` is the historical model when a migration calls. Returns how many were added.
    """
    known = set(model.objects.values_list("slug", flat=True))
    rows = [
        model(
            slug=record.slug,
            area=record.area,
            names=dict(record.names),
            categories=list(record.categories),
            query=record.query,
            colour=record.colour,
            listing=record.listing,
            position=position,
        )
        for position, record in enumerate(records)
        if record.slug not in known
    ]
    model.objects.bulk_create(rows)
    return len(rows)


def match_topics(
    topics: Sequence[Topic], papers: Sequence[Paper]
) -> tuple[dict[int, dict[int, list[str]]], list[str]]:
    """For each topic's id the ids of the papers that match, with the paper's words that made them match.

    A topic that only reads a daily list matches every paper; whether it was on that list is for the caller.
    Returns the matches and one line for each topic whose query does not parse (it then matches nothing).
    """
    queries: dict[int, Query] = {}
    problems = []
    for topic in topics:
        try:
            queries[topic.pk] = topic_query(topic.categories, topic.query)
        except QueryError as error:
            problems.append(f"Topic {topic.slug}: {error}")
    found: dict[int, dict[int, list[str]]] = {topic.pk: {} for topic in topics}
    texts = {paper.pk: PaperText.of(paper) for paper in papers}
    for hit in QueryIndex(queries).match(texts):
        found[hit.query][hit.paper] = [*widest(hit.match.words), *hit.match.authors]
    return found, problems


def readable_topic(topic: Topic) -> Topic:
    """``topic``, whose query can be read or says in its own words why not; raises what nobody foresaw."""
    with suppress(QueryError):
        topic_query(topic.categories, topic.query)
    return topic


def widest(words: Sequence[str]) -> list[str]:
    """``words`` in their order, without those that stand word for word within a longer one."""
    padded = [f" {' '.join(word.casefold().replace('-', ' ').split())} " for word in words]
    return [
        word
        for word, one in zip(words, padded, strict=True)
        if not any(len(one) < len(other) and one in other for other in padded)
    ]
