"""Topics as rows: taking over the shipped catalogue, and which of a day's papers belong to which topic."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from lib.memo import memo
from newsletter.errors import QueryError
from newsletter.models import Paper, Topic
from newsletter.topics.catalogue import TopicRecord, load_shipped
from newsletter.topics.matching import (
    Evidence,
    Measure,
    PaperText,
    Query,
    QueryIndex,
    Rarity,
    parse_query,
    topic_query,
)

DEFINING = ("categories", "query", "supporting", "threshold")
"""What a revision of the catalogue may change of a row that nobody has edited."""

DAYS_REMEMBERED: Final = 6
"""The days that are composed at each tick are mostly those of the tick before. Some 5 MB a day of arXiv."""


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """Why a paper answers a topic's query, and how much it is about the topic (0 to 1)."""

    words: list[str]
    strength: float


def add_missing_topics(records: Iterable[TopicRecord], *, model: type[Topic] = Topic) -> int:
    """Add the topics that are not there yet; what an editor changed or switched off stays as it is.

    ``model`` is the historical model when a migration calls, which may have fewer fields. Returns how many
    were added.
    """
    existing = set(model.objects.values_list("slug", flat=True))
    fields = {field.name for field in model._meta.get_fields()}
    rows = [
        model(**{name: value for name, value in _row(record, position).items() if name in fields})
        for position, record in enumerate(records)
        if record.slug not in existing
    ]
    model.objects.bulk_create(rows)
    return len(rows)


def _row(record: TopicRecord, position: int) -> dict[str, Any]:
    return {
        "slug": record.slug,
        "area": record.area,
        "names": dict(record.names),
        "categories": list(record.categories),
        "query": record.query,
        "supporting": record.supporting,
        "threshold": record.threshold,
        "colour": record.colour,
        "listing": record.listing,
        "position": position,
    }


def refresh_topics(records: Iterable[TopicRecord], *, model: type[Topic] = Topic) -> int:
    """Give the rows that nobody has edited the catalogue's present queries, and all rows the names they lack.

    A row is unedited if what defines it is what some release shipped. A name that is there stays, whoever
    wrote it. Returns how many rows changed.
    """
    shipped, changed = load_shipped(), []
    by_slug = {record.slug: record for record in records}
    for row in model.objects.filter(slug__in=list(by_slug)):
        wanted = _row(by_slug[row.slug], row.position)
        before = (row.names, *(getattr(row, name) for name in DEFINING))
        row.names = {**wanted["names"], **row.names}
        if fingerprint(row.categories, row.query, row.supporting, row.threshold) in shipped.get(row.slug, ()):
            for name in DEFINING:
                setattr(row, name, wanted[name])
        if (row.names, *(getattr(row, name) for name in DEFINING)) != before:
            changed.append(row)
    model.objects.bulk_update(changed, ["names", *DEFINING])
    return len(changed)


def fingerprint(categories: Sequence[str], query: str, supporting: str = "", threshold: float = 0.0) -> str:
    """What a release shipped, in 16 characters: white space does not count."""
    defining = [list(categories), " ".join(query.split()), " ".join(supporting.split()), round(threshold, 3)]
    return hashlib.sha256(json.dumps(defining).encode()).hexdigest()[:16]


def match_topics(
    topics: Sequence[Topic], papers: Sequence[Paper]
) -> tuple[dict[int, dict[int, list[str]]], list[str]]:
    """For each topic's id the ids of the papers that belong to it, with the paper's words that say so.

    Those that :func:`weigh_topics` gives, without the ones too weak for the topic.
    """
    weighed, problems = weigh_topics(topics, papers)
    return {
        topic.pk: {
            paper: match.words
            for paper, match in weighed[topic.pk].items()
            if match.strength >= topic.threshold
        }
        for topic in topics
    }, problems


def weigh_topics(
    topics: Sequence[Topic], papers: Sequence[Paper]
) -> tuple[dict[int, dict[int, TopicMatch]], list[str]]:
    """For each topic's id the papers (by id) that answer its query, with the words and the strength.

    A topic that only reads a daily list matches every paper; whether it was on that list is for the caller.
    How rare words are is counted among ``papers``. Returns the matches, which are shared by all who ask the
    same, and one line for each topic whose query does not parse (it then matches nothing).
    """
    return _weigh(
        tuple([_Asked(row.pk, row.slug, tuple(row.categories), row.query, row.supporting) for row in topics]),
        tuple([_Offered(row.pk, PaperText.of(row), tuple(row.keywords or ())) for row in papers]),
    )


class _Asked(NamedTuple):
    """What defines a topic."""

    id: int
    slug: str
    categories: tuple[str, ...]
    query: str
    supporting: str

    def queries(self) -> tuple[Query, Query | None]:
        """What the topic asks for, and the words that support it. Raises QueryError."""
        supporting = parse_query(self.supporting) if self.supporting.strip() else None
        return topic_query(self.categories, self.query), supporting


class _Offered(NamedTuple):
    """What is read of a paper."""

    id: int
    text: PaperText
    keywords: tuple[str, ...]


@memo(DAYS_REMEMBERED)
def _weigh(
    topics: tuple[_Asked, ...], papers: tuple[_Offered, ...]
) -> tuple[dict[int, dict[int, TopicMatch]], list[str]]:
    queries: dict[int, tuple[Query, Query | None]] = {}
    problems = []
    for topic in topics:
        try:
            queries[topic.id] = topic.queries()
        except QueryError as error:
            problems.append(f"Topic {topic.slug}: {error}")
    texts = {paper.id: paper.text for paper in papers}
    rarity = Rarity.among(texts, [query for pair in queries.values() for query in pair if query])
    measures = {pk: Measure(*pair, rarity=rarity) for pk, pair in queries.items()}
    evidence = {paper.id: Evidence(paper.text, keywords=paper.keywords) for paper in papers}
    matches: dict[int, dict[int, TopicMatch]] = {topic.id: {} for topic in topics}
    for hit in QueryIndex({pk: query for pk, (query, _) in queries.items()}).match(texts):
        words = [*widest(hit.match.words), *hit.match.authors]
        strength = measures[hit.query].strength(evidence[hit.paper])
        matches[hit.query][hit.paper] = TopicMatch(words, round(strength, 3))
    return matches, problems


def readable_topic(topic: Topic) -> Topic:
    """``topic``, after parsing its queries: a QueryError is reported later; other errors are raised here."""
    _parse(tuple(topic.categories), topic.query, topic.supporting)
    return topic


@lru_cache(maxsize=1024)
def _parse(categories: tuple[str, ...], query: str, supporting: str) -> None:
    with suppress(QueryError):
        _Asked(0, "", categories, query, supporting).queries()


def widest(words: Sequence[str]) -> list[str]:
    """``words`` in their order, without those that stand word for word within a longer one."""
    padded = [f" {' '.join(word.casefold().replace('-', ' ').split())} " for word in words]
    return [
        word
        for word, padded_word in zip(words, padded, strict=True)
        if not any(len(padded_word) < len(other) and padded_word in other for other in padded)
    ]
