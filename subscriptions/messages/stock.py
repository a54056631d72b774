"""What a batch of messages is made of, read with a constant number of queries."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings

from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Edition, Entry, Paper, Summary, Topic
from newsletter.pictures import picture_of
from newsletter.readings import offers
from newsletter.rendering import cards
from newsletter.rendering.cards import FACTS, SUMMARY, Card, Line, PaperFacts, SummaryText, clean
from newsletter.rendering.layout import Chip, Note, Part, Reason, why, why_gap, why_head
from newsletter.rendering.phrases import phrases
from subscriptions.links import ReaderLinks, reader_links
from subscriptions.messages.blocks import Block, block
from subscriptions.models import Delivery, Subscriber

IDS_A_QUERY = 5000  # below SQLite's limit of variables


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a message is for."""

    email: str
    public_id: uuid.UUID
    links: ReaderLinks


@dataclass(slots=True)
class Stock:
    """The rows behind a batch of deliveries. Cards and lines are made when they are first asked for."""

    readers: Mapping[int, Reader]
    topics: Mapping[int, Topic]
    notes: Mapping[int, tuple[int, dict[str, str]]]
    matched: Mapping[tuple[int, int], tuple[str, ...]]
    hidden: frozenset[tuple[int, int]]
    _facts: Mapping[int, PaperFacts]
    _summaries: Mapping[tuple[int, str], SummaryText]
    _readings: Mapping[tuple[int, str], str]
    _figures: Mapping[int, offers.Picture]
    _cards: dict[tuple[int, str], Card] = field(default_factory=dict)
    _lines: dict[tuple[int, str], Line] = field(default_factory=dict)
    _reasons: dict[tuple[int, int, str], Part] = field(default_factory=dict)
    _blocks: dict[tuple[int, str, str], Block | None] = field(default_factory=dict)

    def block(self, paper: int, reasons: Sequence[Any], language: str) -> Block | None:
        """The card of a paper with the reasons of a pick; None if the paper is gone or withdrawn."""
        key = (paper, language, str(reasons))
        if key not in self._blocks:
            card = self.card(paper, language)
            self._blocks[key] = None if card is None else block(card, self.why(paper, reasons, language))
        return self._blocks[key]

    def card(self, paper: int, language: str) -> Card | None:
        """The card of a paper; None if the paper is gone or withdrawn."""
        key = (paper, language)
        found = self._cards.get(key)
        if found is None and paper in self._facts:
            facts = self._facts[paper]
            found = self._cards[key] = cards.card(
                facts,
                self._summaries.get(key),
                language=language,
                site_url=settings.SITE_URL,
                picture=picture_of(facts.image_url, is_still=bool(facts.video_url)),
                reading=self._readings.get(key, ""),
                figure=self._figures.get(paper),
            )
        return found

    def line(self, paper: int, language: str) -> Line | None:
        """The paper in one line; None if it is gone or withdrawn."""
        key = (paper, language)
        found = self._lines.get(key)
        if found is None and paper in self._facts:
            found = self._lines[key] = cards.line(
                self._facts[paper], self._summaries.get(key), language=language
            )
        return found

    def is_hidden(self, paper: int, picks: Mapping[str, Any]) -> bool:
        """Whether an editor hid the paper after it was picked."""
        return bool(self.hidden) and any(
            (edition, paper) in self.hidden for edition in picks.get("editions", ())
        )

    def why(self, paper: int, given: Sequence[Any], language: str) -> tuple[Part, ...]:
        """The reasons of a pick in the reader's language; those that no longer mean anything are left out."""
        parts = [why_head(language=language)]
        for reason in given:
            part = self._reason(paper, reason, language)
            if part is not None:
                if len(parts) > 1:
                    parts.append(why_gap(language=language))
                parts.append(part)
        return tuple(parts)

    def _reason(self, paper: int, given: Any, language: str) -> Part | None:
        kind, *rest = given if isinstance(given, list) else [given]
        if kind == "topic" and rest and rest[0] in self.topics:
            key = (rest[0], paper, language)
            found = self._reasons.get(key)
            if found is None:
                chip = chip_of(self.topics[rest[0]], language)
                reason = Reason(chip=chip, words=self.matched.get((rest[0], paper), ()))
                found = self._reasons[key] = why(reason, language=language)
            return found
        if kind == "query" and rest:
            return why(_query_reason(*_strings(rest), language=language), language=language)
        if kind == "pinned":
            return why(Reason(text=phrases(language).say("digest.reason_pinned")), language=language)
        if kind == "update" and rest:
            told = phrases(language).say("digest.reason_update", version=rest[0])
            return why(Reason(text=told), language=language)
        return None

    def chips_of(self, picks: Mapping[str, Any], language: str) -> tuple[Chip, ...]:
        """The reader's topics, as far as they still exist."""
        return tuple(
            chip_of(self.topics[topic], language) for topic in picks.get("topics", ()) if topic in self.topics
        )

    def notes_of(self, picks: Mapping[str, Any], language: str) -> tuple[Note, ...]:
        """What editors said about the picks' editions, in the reader's language or else in English.

        A note for the whole day stands in each of its editions; a reader of several gets it once.
        """
        said: list[Note] = []
        for edition in picks.get("editions", ()):
            if edition in self.notes:
                topic, texts = self.notes[edition]
                given = str(texts.get(language) or texts.get(DEFAULT_LANGUAGE) or "")
                text = "\n".join(clean(line) for line in given.splitlines()).strip()
                if text and topic in self.topics and all(note.text != text for note in said):
                    chip = chip_of(self.topics[topic], language)
                    said.append(Note(topic=chip.name, colour=chip.colour, text=text))
        return tuple(said)


def chip_of(topic: Topic, language: str) -> Chip:
    """The chip of a topic, made once for a name and a colour."""
    return _chip(topic.name_in(language), topic.colour)


@lru_cache(maxsize=2048)
def _chip(name: str, colour: str) -> Chip:
    return Chip.of(Topic(names={DEFAULT_LANGUAGE: name}, colour=colour), DEFAULT_LANGUAGE)


def _strings(rest: Sequence[Any]) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    query, words, authors, categories = [*rest, (), (), ()][:4]
    return str(query), tuple(words), tuple(authors), tuple(categories)


@lru_cache(maxsize=8192)
def _query_reason(
    query: str,
    words: tuple[str, ...],
    authors: tuple[str, ...],
    categories: tuple[str, ...],
    *,
    language: str,
) -> Reason:
    said = phrases(language)
    if authors and not words:
        return Reason(text=said.say("digest.reason_author", name=clean(authors[0])))
    if categories and not words:
        return Reason(text=said.say("digest.reason_category", category=clean(categories[0])))
    return Reason(text=said.say("digest.reason_query", query=clean(query)), words=tuple(map(clean, words)))


def spoken(language: str) -> str:
    """The language of a delivery; English for one that a newer or older version knew."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def load_stock(deliveries: Sequence[Delivery]) -> Stock:
    """Everything that the messages of ``deliveries`` need. Nine queries, however many they are."""
    papers: set[int] = set()
    topics: set[int] = set()
    editions: set[int] = set()
    for delivery in deliveries:
        papers.update(paper for paper, _ in delivery.picks.get("papers", ()))
        papers.update(delivery.picks.get("also", ()))
        topics.update(delivery.picks.get("topics", ()))
        editions.update(delivery.picks.get("editions", ()))
    languages = {spoken(delivery.language) for delivery in deliveries}
    matched, hidden = _entries(papers, editions)
    return Stock(
        readers=_readers({delivery.subscriber_id for delivery in deliveries}),
        topics=Topic.objects.in_bulk(list(topics)),
        notes={
            pk: (topic, note)
            for pk, topic, note in Edition.objects.filter(pk__in=editions).values_list("pk", "topic", "note")
            if note
        },
        matched=matched,
        hidden=hidden,
        _facts={
            row[0]: PaperFacts.from_row(row)
            for some in _chunks(papers)
            for row in Paper.objects.filter(pk__in=some, is_withdrawn=False).values_list(*FACTS)
        },
        _summaries={
            (paper, language): SummaryText.from_row(row)
            for some in _chunks(papers)
            for paper, language, *row in Summary.objects.shown()
            .filter(paper__in=some, language__in=languages)
            .values_list("paper_id", "language", *SUMMARY)
        },
        _readings={
            key: path for some in _chunks(papers) for key, path in offers.pages_in(some, languages).items()
        },
        _figures={
            paper: figure for some in _chunks(papers) for paper, figure in offers.pictures(some).items()
        },
    )


def _readers(ids: Collection[int]) -> dict[int, Reader]:
    rows = Subscriber.objects.filter(pk__in=list(ids)).values_list("pk", "email", "public_id", "links_epoch")
    return {
        pk: Reader(email, public_id, reader_links(public_id, epoch)) for pk, email, public_id, epoch in rows
    }


def _entries(
    papers: Collection[int], editions: Collection[int]
) -> tuple[dict[tuple[int, int], tuple[str, ...]], frozenset[tuple[int, int]]]:
    """The matched words by (topic, paper), and what is hidden as (edition, paper)."""
    matched: dict[tuple[int, int], tuple[str, ...]] = {}
    hidden = set()
    rows = Entry.objects.filter(edition__in=list(editions)).order_by("edition__day", "edition_id")
    for edition, topic, paper, words, is_hidden in rows.values_list(
        "edition_id", "edition__topic_id", "paper_id", "matched", "is_hidden"
    ):
        if is_hidden:
            hidden.add((edition, paper))
        elif paper in papers:
            matched[topic, paper] = tuple(map(_clean_word, words))
    return matched, frozenset(hidden)


@lru_cache(maxsize=16_384)
def _clean_word(word: str) -> str:
    return clean(str(word))


def _chunks(ids: Collection[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[at : at + IDS_A_QUERY] for at in range(0, len(ordered), IDS_A_QUERY)]
