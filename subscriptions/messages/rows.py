"""The rows behind a batch of deliveries, read with a constant number of queries."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Edition, Entry, Topic
from newsletter.rendering.paper_rows import PaperRows, update_known
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


class BatchRows:
    """What the database says of all that the batches so far name; None where it says nothing."""

    def __init__(self) -> None:
        self.papers = PaperRows()
        self.topics: dict[int, TopicNames | None] = {}
        self.editions: dict[int, EditionInfo | None] = {}

    def read_batch(self, deliveries: Sequence[Delivery]) -> bool:
        """Read all that the messages of ``deliveries`` say; whether something of it changed.

        Eight queries, however many deliveries.
        """
        papers: set[int] = set()
        topics: set[int] = set()
        editions: set[int] = set()
        for delivery in deliveries:
            papers.update(delivery.picks.named)
            topics.update(delivery.picks.topics)
            editions.update(delivery.picks.editions)
        changes = (
            self.papers.read_papers(papers, {spoken(delivery.language) for delivery in deliveries}),
            update_known(self.topics, dict.fromkeys(topics) | _topics(topics)),
            update_known(self.editions, dict.fromkeys(editions) | _edition_infos(editions)),
        )
        return any(changes)


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
