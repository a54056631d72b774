"""The rows behind a batch of deliveries, read with a constant number of queries."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

from newsletter.images.pictures import CardPicture
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Edition, Entry, Topic
from newsletter.readings import offers
from newsletter.rendering.paper_rows import (
    Row,
    figures_of,
    paper_rows,
    pictures_of,
    reading_paths,
    summary_rows,
)
from newsletter.rendering.texts import clean
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers.links import ReaderLinks, reader_links


@dataclass(frozen=True, slots=True)
class Recipient:
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
class EditionInfo:
    """An edition: its topic, the editor's note by language, the words that found each paper, the hidden."""

    topic: int
    note: Mapping[str, str]
    words: Mapping[int, tuple[str, ...]]
    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class BatchRows:
    """What the database says of all that a batch names; None where it says nothing.

    ``texts`` are the summaries by paper and language, ``readings`` the paths of pages, ``figures`` the
    papers' own, ``pictures`` our copies of the sources' thumbnails.
    """

    papers: dict[int, Row | None]
    texts: dict[tuple[int, str], Row | None]
    readings: dict[tuple[int, str], str | None]
    figures: dict[int, offers.ReusableFigure | None]
    pictures: dict[int, CardPicture | None]
    topics: dict[int, TopicNames | None]
    editions: dict[int, EditionInfo | None]

    @classmethod
    def none(cls) -> "BatchRows":
        """Nothing known yet."""
        return cls({}, {}, {}, {}, {}, {}, {})

    def learn(self, found: "BatchRows") -> bool:
        """Take in what ``found`` says. Whether it contradicts what was known."""
        contradicts = False
        for part in fields(self):
            known, told = getattr(self, part.name), getattr(found, part.name)
            for key, said in told.items():
                if known.setdefault(key, said) != said:
                    known[key] = said
                    contradicts = True
        return contradicts


def load_rows(deliveries: Sequence[Delivery]) -> BatchRows:
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
    found = dict.fromkeys(papers) | paper_rows(papers)
    return BatchRows(
        papers=found,
        texts=dict.fromkeys(both) | summary_rows(papers, languages),
        readings=dict.fromkeys(both) | reading_paths(papers, languages),
        figures=dict.fromkeys(papers) | figures_of(papers),
        pictures=pictures_of(found),
        topics=dict.fromkeys(topics) | _topics(topics),
        editions=dict.fromkeys(editions) | _edition_infos(editions),
    )


def load_recipients(deliveries: Iterable[Delivery]) -> dict[int, Recipient]:
    """The readers of ``deliveries`` by their ids. One query."""
    rows = Subscriber.objects.filter(pk__in={delivery.subscriber_id for delivery in deliveries})
    return {
        pk: Recipient(email, public_id, reader_links(public_id, epoch))
        for pk, email, public_id, epoch in rows.values_list("pk", "email", "public_id", "links_epoch")
    }


def spoken(language: str) -> str:
    """The language of a delivery; English for one that a newer or older version knew."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def _topics(topics: Collection[int]) -> dict[int, TopicNames]:
    rows = Topic.objects.filter(pk__in=topics).values_list("pk", "slug", "names", "colour")
    return {pk: TopicNames(*row) for pk, *row in rows}


def _edition_infos(editions: Collection[int]) -> dict[int, EditionInfo]:
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
        pk: EditionInfo(topic, note or {}, words.get(pk, {}), frozenset(hidden.get(pk, ())))
        for pk, topic, note in heads
    }


@lru_cache(maxsize=16_384)
def _clean_word(word: str) -> str:
    return clean(str(word))
