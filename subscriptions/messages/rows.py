"""What the database says of all that a batch of messages names, read with a constant number of queries."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Edition, Entry, Topic
from newsletter.rendering.paper_rows import PaperRows, load_authors, load_titles, update_known
from newsletter.rendering.texts import clean
from subscriptions.messages.reasons import LikedPaper
from subscriptions.messages.shape import STANDARD, Shape, shape_of
from subscriptions.models import Delivery, Subscriber, Vote
from subscriptions.picks import ReasonKind
from subscriptions.readers.links import ReaderLinks, reader_links


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for."""

    email: str
    public_id: uuid.UUID
    links: ReaderLinks
    shape: Shape = STANDARD


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

    def __init__(self, *, also_withdrawn: bool = False) -> None:
        self.papers = PaperRows(also_withdrawn=also_withdrawn)
        self.topics: dict[int, TopicNames | None] = {}
        self.editions: dict[int, EditionInfo | None] = {}

    def read_batch(self, deliveries: Sequence[Delivery], saved: Iterable[int] = ()) -> bool:
        """Read all that the messages of ``deliveries`` say; whether something of it changed.

        Eight queries, however many deliveries. ``saved`` are more papers, to be named in one line.
        """
        papers: set[int] = set(saved)
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
        pk: Recipient(
            email, public_id, reader_links(public_id, epoch), shape_of(layout, groups_topics=is_grouped)
        )
        for pk, email, public_id, epoch, layout, is_grouped in rows.values_list(
            "pk", "email", "public_id", "links_epoch", "layout", "groups_topics"
        )
    }


class Likes:
    """What the readers of one batch liked, as far as reasons name it, and as the rows are now.

    Three queries; none where no reason names a liked paper.
    """

    def __init__(self, deliveries: Iterable[Delivery] = ()) -> None:
        reasons = [
            (delivery.subscriber_id, reason)
            for delivery in deliveries
            for pick in delivery.picks.papers
            for reason in pick.reasons
            if reason.liked
        ]
        liked = {reason.liked for _, reason in reasons}
        titles = load_titles(liked) if liked else {}
        authors = load_authors({one.liked for _, one in reasons if one.kind == ReasonKind.COAUTHOR})
        self._papers = {paper: LikedPaper(title, authors.get(paper, ())) for paper, title in titles.items()}
        self._votes = _likes_of({reader for reader, _ in reasons}, titles)

    def paper(self, reader: int, paper: int) -> LikedPaper | None:
        """The paper, if it is still there and ``reader`` (id) has not taken the vote back."""
        return self._papers.get(paper) if (reader, paper) in self._votes else None


def _likes_of(readers: Collection[int], papers: Collection[int]) -> set[tuple[int, int]]:
    likes = Vote.objects.filter(subscriber__in=readers, value__gt=0)
    return {
        like
        for ids in chunked(sorted(papers), IDS_A_QUERY)
        for like in likes.filter(paper__in=ids).values_list("subscriber_id", "paper_id")
    }


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


def spoken(language: str) -> str:
    """The language of a delivery; English for one that a newer or older version knew."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE
