"""The rows behind a batch of deliveries, read with a constant number of queries."""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Edition, Entry, Paper, Summary, Topic
from newsletter.pictures import Picture, picture_of
from newsletter.readings import offers
from newsletter.rendering.cards import FACTS, SUMMARY, PaperFacts, SummaryText, clean
from subscriptions.links import ReaderLinks, reader_links
from subscriptions.models import Delivery, Subscriber

IDS_A_QUERY = 5000  # below SQLite's limit of variables

Row = tuple[Any, ...]

_LISTS = ("authors", "categories", "takeaways")
_IMAGE, _VIDEO = FACTS.index("image_url"), FACTS.index("video_url")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a message is for."""

    email: str
    public_id: uuid.UUID
    links: ReaderLinks


@dataclass(frozen=True, slots=True)
class TopicNames:
    """What a mail says of a topic: its name by language, and its colour."""

    slug: str
    names: Mapping[str, str]
    colour: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An edition: its topic, the editor's note by language, the words that found each paper, the hidden."""

    topic: int
    note: Mapping[str, str]
    words: Mapping[int, tuple[str, ...]]
    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database says of all that a batch names; None where it says nothing.

    ``papers`` are rows in the order of :data:`FACTS`, ``texts`` (by paper and language) in that of
    :data:`SUMMARY`, lists as JSON: most are only compared with those of the batch before. ``readings`` are
    paths of pages, ``figures`` the papers' own, ``pictures`` our copies of the sources' thumbnails.
    """

    papers: dict[int, Row | None]
    texts: dict[tuple[int, str], Row | None]
    readings: dict[tuple[int, str], str | None]
    figures: dict[int, offers.Picture | None]
    pictures: dict[int, Picture | None]
    topics: dict[int, TopicNames | None]
    editions: dict[int, Sheet | None]

    @classmethod
    def none(cls) -> "Rows":
        """Nothing known yet."""
        return cls({}, {}, {}, {}, {}, {}, {})

    def learn(self, found: "Rows") -> bool:
        """Take in what ``found`` says. Whether it contradicts what was known."""
        contradicts = False
        for part in fields(self):
            known, told = getattr(self, part.name), getattr(found, part.name)
            for key, said in told.items():
                if known.setdefault(key, said) != said:
                    known[key] = said
                    contradicts = True
        return contradicts


def load_rows(deliveries: Sequence[Delivery]) -> Rows:
    """Everything that the messages of ``deliveries`` say. Eight queries, however many they are."""
    papers: set[int] = set()
    topics: set[int] = set()
    editions: set[int] = set()
    for delivery in deliveries:
        papers.update(delivery.picks.named)
        topics.update(delivery.picks.topics)
        editions.update(delivery.picks.editions)
    languages = {spoken(delivery.language) for delivery in deliveries}
    both = [(paper, language) for paper in papers for language in languages]
    found = dict.fromkeys(papers) | _papers(papers)
    return Rows(
        papers=found,
        texts=dict.fromkeys(both) | _texts(papers, languages),
        readings=dict.fromkeys(both)
        | {key: path for some in _chunks(papers) for key, path in offers.pages_in(some, languages).items()},
        figures=dict.fromkeys(papers)
        | {paper: figure for some in _chunks(papers) for paper, figure in offers.pictures(some).items()},
        pictures={
            paper: picture_of(row[_IMAGE], is_still=bool(row[_VIDEO])) if row and row[_IMAGE] else None
            for paper, row in found.items()
        },
        topics=dict.fromkeys(topics) | _topics(topics),
        editions=dict.fromkeys(editions) | _sheets(editions),
    )


def load_readers(deliveries: Iterable[Delivery]) -> dict[int, Reader]:
    """The readers of ``deliveries`` by their ids. One query."""
    rows = Subscriber.objects.filter(pk__in={delivery.subscriber_id for delivery in deliveries})
    return {
        pk: Reader(email, public_id, reader_links(public_id, epoch))
        for pk, email, public_id, epoch in rows.values_list("pk", "email", "public_id", "links_epoch")
    }


def facts_of(row: Row) -> PaperFacts:
    """The facts of a row of :attr:`Rows.papers`."""
    return PaperFacts.from_row(_decoded(row, FACTS))


def summary_of(row: Row) -> SummaryText:
    """The text of a row of :attr:`Rows.texts`."""
    return SummaryText.from_row(_decoded(row, SUMMARY))


def spoken(language: str) -> str:
    """The language of a delivery; English for one that a newer or older version knew."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def _decoded(row: Row, names: Sequence[str]) -> list[Any]:
    return [json.loads(value) if name in _LISTS else value for name, value in zip(names, row, strict=True)]


def _plain(names: Sequence[str]) -> list[Any]:
    """Columns as they lie in the table: decoding every list anew for each batch costs more than reading."""
    return [Cast(name, TextField()) if name in _LISTS else name for name in names]


def _papers(papers: Collection[int]) -> dict[int, Row]:
    shown = Paper.objects.filter(is_withdrawn=False)
    return {
        row[0]: row
        for some in _chunks(papers)
        for row in shown.filter(pk__in=some).values_list(*_plain(FACTS))
    }


def _texts(papers: Collection[int], languages: Collection[str]) -> dict[tuple[int, str], Row]:
    shown = Summary.objects.shown_or_titled().filter(language__in=languages)
    return {
        row[:2]: row[2:]
        for some in _chunks(papers)
        for row in shown.filter(paper__in=some).values_list("paper_id", "language", *_plain(SUMMARY))
    }


def _topics(topics: Collection[int]) -> dict[int, TopicNames]:
    rows = Topic.objects.filter(pk__in=topics).values_list("pk", "slug", "names", "colour")
    return {pk: TopicNames(*row) for pk, *row in rows}


def _sheets(editions: Collection[int]) -> dict[int, Sheet]:
    words: dict[int, dict[int, tuple[str, ...]]] = {}
    hidden: dict[int, set[int]] = {}
    entries = Entry.objects.filter(edition__in=editions)
    for edition, paper, matched, is_hidden in entries.values_list(
        "edition_id", "paper_id", "matched", "is_hidden"
    ):
        if is_hidden:
            hidden.setdefault(edition, set()).add(paper)
        else:
            words.setdefault(edition, {})[paper] = tuple(map(_clean_word, matched))
    heads = Edition.objects.filter(pk__in=editions).values_list("pk", "topic", "note")
    return {
        pk: Sheet(topic, note or {}, words.get(pk, {}), frozenset(hidden.get(pk, ())))
        for pk, topic, note in heads
    }


@lru_cache(maxsize=16_384)
def _clean_word(word: str) -> str:
    return clean(str(word))


def _chunks(ids: Collection[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[at : at + IDS_A_QUERY] for at in range(0, len(ordered), IDS_A_QUERY)]
