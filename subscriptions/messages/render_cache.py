"""What the messages of a batch are made of: its rows, cards, lines and reasons.

The rows are read with a constant number of queries; the rest is made when first asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from django.conf import settings

from newsletter.languages import DEFAULT_LANGUAGE
from newsletter.models import Topic
from newsletter.rendering import cards, glance
from newsletter.rendering.card_content import Grade
from newsletter.rendering.cards import Card, PaperLine
from newsletter.rendering.corrections import ToldCorrection
from newsletter.rendering.layout import DayWithoutPapers, MailPart, Note, why, why_gap
from newsletter.rendering.paper_rows import revision_rows
from newsletter.rendering.papers import PaperTitle, PaperView
from newsletter.rendering.reasons import Chip, ShownReason
from newsletter.rendering.texts import clean
from subscriptions.corrections.owing import told_by
from subscriptions.messages.blocks import AnyBlock, Block, OwnBlock, OwnReason, Why
from subscriptions.messages.corrections import part_of
from subscriptions.messages.holidays import load_days_without_papers
from subscriptions.messages.reasons import shown_reason, sign_kind, sign_word, taste_sentence
from subscriptions.messages.rows import BatchRows, Likes, Recipient, TopicNames, load_recipients
from subscriptions.messages.shape import Shape, shape_of
from subscriptions.models import Delivery
from subscriptions.picks import TASTE, Pick, Picks, Reason, ReasonKind

SAVED_SHOWN = 5  # of a week's saved papers; the reading list has all
MOST_VIEWS = 1000  # that wait for their other grades, about 5 KB each
MOST_PAPERS = 5000  # that are remembered: a week's digests name fewer
MOST_BLOCKS = 60_000  # that are remembered, about 1 KB each: a large day in four languages has half of them

Name = tuple[Reason, int]
"""A reason of a pick, and the edition whose words it shows (0: none)."""


class RenderCache:
    """The rows behind a batch of deliveries, and what was made of them.

    A sender keeps one for all its batches and runs: :meth:`refresh` reads the rows of the next, and what was
    made of rows that still say the same serves again. A correction by an editor is in the next batch's
    messages.
    """

    def __init__(self, rows: BatchRows | None = None) -> None:
        self.recipients: Mapping[int, Recipient] = {}
        self.without_papers: Mapping[int, DayWithoutPapers] = {}
        self._saved: Mapping[int, Sequence[int]] = {}
        self._corrections: Mapping[int, Sequence[ToldCorrection]] = {}
        self._likes = Likes()
        self._own: dict[tuple[int, Reason, str], OwnReason | None] = {}
        self._rows = rows or BatchRows()
        self._forget()

    def _start_anew(self) -> None:
        self._rows = BatchRows()
        self._forget()

    def _forget(self) -> None:
        self._cards: dict[tuple[int, str, Grade], Card | None] = {}
        self._lines: dict[tuple[int, str], PaperLine | None] = {}
        self._titled: dict[tuple[int, str], int] = {}
        self._titles: dict[tuple[int, str], PaperTitle | None] = {}
        self._views: dict[tuple[int, str], PaperView | None] = {}
        self._reasons: dict[tuple[int, Name, str, bool], MailPart | None] = {}
        self._blocks: dict[tuple[int, str, Grade, str, tuple[Name, ...]], Block | None] = {}
        self._chips: dict[tuple[int, str], Chip | None] = {}

    def refresh(
        self,
        deliveries: Sequence[Delivery],
        saved: Mapping[int, Sequence[int]] | None = None,
        corrections: Mapping[int, Sequence[ToldCorrection]] | None = None,
    ) -> None:
        """Read what the messages of ``deliveries`` need: nine queries, however many deliveries.

        ``saved`` are papers by delivery, which its reader saved and is to be told of, ``corrections`` what it
        tells of papers that the reader had.

        Three more where reasons name liked papers, two around a holiday of arXiv; what those say is kept for
        this batch alone.
        """
        if len(self._rows.papers) > MOST_PAPERS:
            self._start_anew()
        elif len(self._blocks) > MOST_BLOCKS:
            self._forget()
        self._corrections = corrections or {}
        self._saved = {delivery: papers[:SAVED_SHOWN] for delivery, papers in (saved or {}).items()}
        try:
            is_contradicted = self._rows.read_batch(deliveries, {*chain.from_iterable(self._saved.values())})
        except BaseException:
            # What was read already would contradict nothing the next time.
            self._start_anew()
            raise
        if is_contradicted:
            self._forget()
        self._likes, self._own = Likes(deliveries), {}
        self.without_papers = load_days_without_papers(deliveries)
        self.recipients = load_recipients(deliveries)

    def show_revisions(self, revisions: Mapping[tuple[int, str], int]) -> None:
        """Show these revisions of summaries, by paper and language, in place of the present ones."""
        self._rows.papers.say(revision_rows(revisions))
        self._forget()

    def shape_of(self, reader: int) -> Shape:
        """How the digest of ``reader`` (id) is laid out; as the operator wishes for nobody in particular."""
        recipient = self.recipients.get(reader)
        return recipient.shape if recipient is not None else shape_of("", groups_topics=False)

    def card(self, paper: int, language: str, grade: Grade) -> Card | None:
        """The card of a paper; None if the paper is gone or withdrawn."""
        key = (paper, language, grade)
        if key not in self._cards:
            view = self._view(paper, language)
            self._cards[key] = None if view is None else cards.card(view, grade)
        return self._cards[key]

    def _view(self, paper: int, language: str) -> PaperView | None:
        """What cards of all grades show of a paper."""
        key = (paper, language)
        if key not in self._views:
            if len(self._views) >= MOST_VIEWS:
                self._views.clear()
            self._views[key] = self._rows.papers.view(paper, language, site_url=settings.SITE_URL)
        return self._views[key]

    def _title(self, paper: int, language: str) -> PaperTitle | None:
        """What one line says of a paper."""
        key = (paper, language)
        if key not in self._titles:
            self._titles[key] = self._rows.papers.title(paper, language)
        return self._titles[key]

    def view(self, pick: Pick, language: str, by_topic: Mapping[int, Sequence[int]]) -> PaperView | None:
        """What the card of a paper shows, with the reasons that readers share.

        None if the paper is gone or withdrawn.
        """
        view = self._view(pick.paper, language)
        if view is None:
            return None
        names = self._names(pick, by_topic)
        reasons = [self._reason(pick.paper, name, language) for name in names]
        return replace(view, reasons=tuple([reason for reason in reasons if reason is not None]))

    def line(self, paper: int, language: str) -> PaperLine | None:
        """The paper in one line; None if it is gone or withdrawn."""
        key = (paper, language)
        if key not in self._lines:
            title = self._title(paper, language)
            self._lines[key] = None if title is None else cards.line(title, language=language)
        return self._lines[key]

    def saved_lines(self, delivery: int, language: str) -> tuple[PaperLine, ...]:
        """The papers that the reader of ``delivery`` is told of having saved, as lines."""
        lines = [self.line(paper, language) for paper in self._saved.get(delivery, ())]
        return tuple([line for line in lines if line is not None])

    def corrections_of(self, delivery: int, language: str) -> MailPart:
        """What the digest tells of papers that its reader had; empty for nothing."""
        return part_of(self._corrections.get(delivery, ()), language=language)

    def revision(self, paper: int, language: str) -> int:
        """The revision of the summary on a paper's card; 0 for an extract."""
        return self._rows.papers.revision(paper, language)

    def title_revision(self, paper: int, language: str) -> int:
        """The revision of which a paper's line has the title; 0 for the source's own title."""
        key = (paper, language)
        if key not in self._titled:
            title = self._title(paper, language)
            is_translated = title is not None and bool(title.translated_title)
            self._titled[key] = self.revision(paper, language) if is_translated else 0
        return self._titled[key]

    def hidden_from(self, picks: Picks) -> Collection[int]:
        """What an editor hid in the editions of ``picks``, perhaps after it was picked."""
        infos = map(self._rows.editions.get, picks.editions)
        return frozenset[int]().union(*[info.hidden for info in infos if info is not None])

    def editions_by_topic(self, picks: Picks) -> Mapping[int, Sequence[int]]:
        """The editions of ``picks`` by topic, in the order of the picks: the newest first."""
        by_topic: dict[int, list[int]] = {}
        for edition in picks.editions:
            info = self._rows.editions.get(edition)
            if info is not None:
                by_topic.setdefault(info.topic, []).append(edition)
        return by_topic

    def is_shown(self, paper: int) -> bool:
        """Whether the paper is there, and not withdrawn."""
        return self._rows.papers.has(paper)

    def block(
        self, pick: Pick, grade: Grade, language: str, by_topic: Mapping[int, Sequence[int]], *, reader: int
    ) -> AnyBlock | None:
        """The card of a paper with the reasons of its pick; None if the paper is gone or withdrawn.

        Readers share it but for a reason that names what this ``reader`` (id) liked.
        """
        names = self._names(pick, by_topic)
        kind = sign_kind(pick)
        key = (pick.paper, language, grade, kind, names)
        if key not in self._blocks:
            self._blocks[key] = self._block(pick.paper, language, grade, kind, names)
        block = self._blocks[key]
        if block is None or len(names) == len(pick.reasons):
            return block
        own = self._own_reason(pick, language, reader)
        return block if own is None else OwnBlock(block, own, gap=why_gap(language=language))

    def _block(
        self, paper: int, language: str, grade: Grade, kind: str, names: Sequence[Name]
    ) -> Block | None:
        card, title = self.card(paper, language, grade), self._title(paper, language)
        if card is None or title is None:
            return None
        topics = [reason.topic for reason, _ in names if reason.kind == ReasonKind.TOPIC]
        chip = self.chip(topics[0], language) if topics else None
        sign = glance.sign(chip, "" if chip else sign_word(kind, language=language), language=language)
        why = Why(
            html=self._why(paper, _foremost(names) if grade is Grade.COMPACT else names, language, grade),
            text=self._why(paper, names, language, Grade.WHOLE),
            sign=sign,
        )
        return Block(card, partial(cards.line, title, language=language), why)

    def _own_reason(self, pick: Pick, language: str, reader: int) -> OwnReason | None:
        """The first of the reasons by the reader's own taste that still holds."""
        for reason in pick.reasons:
            liked = self._likes.paper(reader, reason.liked) if reason.kind in TASTE else None
            if liked is None:
                continue
            key = (pick.paper, reason, language)
            if key not in self._own:
                authors = self._rows.papers.authors(pick.paper)
                sentence = taste_sentence(reason, authors=authors, liked=liked)
                self._own[key] = None if sentence is None else OwnReason(sentence, language=language)
            if (own := self._own[key]) is not None:
                return own
        return None

    def _names(self, pick: Pick, by_topic: Mapping[int, Sequence[int]]) -> tuple[Name, ...]:
        """The reasons of a pick that readers share."""
        return tuple(
            [self._name(pick.paper, reason, by_topic) for reason in pick.reasons if not reason.liked]
        )

    def _name(self, paper: int, reason: Reason, by_topic: Mapping[int, Sequence[int]]) -> Name:
        if reason.kind != ReasonKind.TOPIC:
            return reason, 0
        editions = by_topic.get(reason.topic, ())
        if len(editions) == 1:
            return reason, editions[0]
        for edition in editions:
            info = self._rows.editions[edition]
            if info is not None and paper in info.words:
                return reason, edition
        return reason, 0

    def _why(self, paper: int, names: Sequence[Name], language: str, grade: Grade) -> tuple[MailPart, ...]:
        """The reasons of a pick in the reader's language, each with what stands after it; those that no
        longer mean anything are left out. Where there is little room, without the words that matched.
        """
        parts: list[MailPart] = []
        is_short = grade is Grade.COMPACT
        for name in names:
            key = (paper, name, language, is_short)
            if key not in self._reasons:
                reason = self._reason(paper, name, language)
                if reason is not None and is_short:
                    reason = replace(reason, words=())
                self._reasons[key] = None if reason is None else why(reason, language=language)
            part = self._reasons[key]
            if part is not None:
                parts += (part, why_gap(language=language))
        return tuple(parts)

    def _reason(self, paper: int, name: Name, language: str) -> ShownReason | None:
        reason, edition = name
        info = self._rows.editions.get(edition)
        words = info.words.get(paper, ()) if info is not None else ()
        chip = self.chip(reason.topic, language) if reason.kind == ReasonKind.TOPIC else None
        return shown_reason(reason, chip=chip, words=words, language=language)

    def chip(self, topic: int, language: str) -> Chip | None:
        """The sign of a topic; None if it is gone."""
        key = (topic, language)
        if key not in self._chips:
            names = self._rows.topics.get(topic)
            self._chips[key] = None if names is None else chip_of(names, language)
        return self._chips[key]

    def chips_of(self, picks: Picks, language: str) -> tuple[Chip, ...]:
        """The reader's topics, as far as they still exist."""
        chips = [self.chip(topic, language) for topic in picks.topics]
        return tuple([chip for chip in chips if chip is not None])

    def notes_of(self, picks: Picks, language: str) -> tuple[Note, ...]:
        """What editors said about the picks' editions, in the reader's language or else in English.

        A note for the whole day stands in each of its editions; a reader of several gets it once.
        """
        notes: list[Note] = []
        for edition in picks.editions:
            info = self._rows.editions.get(edition)
            if info is None or not info.note:
                continue
            note_text = str(info.note.get(language) or info.note.get(DEFAULT_LANGUAGE) or "")
            text = "\n".join(clean(line) for line in note_text.splitlines()).strip()
            chip = self.chip(info.topic, language)
            if text and chip is not None and all(note.text != text for note in notes):
                notes.append(Note(topic=chip.name, colour=chip.colour, text=text))
        return tuple(notes)


def _foremost(names: Sequence[Name]) -> tuple[Name, ...]:
    """The first topic that brought a paper and the first other reason."""
    is_topic = [reason.kind == ReasonKind.TOPIC for reason, _ in names]
    places = {is_topic.index(wanted) for wanted in (True, False) if wanted in is_topic}
    return tuple([names[place] for place in sorted(places)])


def load_render_cache(deliveries: Sequence[Delivery]) -> RenderCache:
    """What the messages of ``deliveries`` alone need."""
    cache = RenderCache()
    cache.refresh(deliveries, corrections=told_by(deliveries))
    return cache


def chip_of(topic: TopicNames, language: str) -> Chip:
    """The sign of a topic."""
    return Chip.of(Topic(slug=topic.slug, names=topic.names, colour=topic.colour), language)
