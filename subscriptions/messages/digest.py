"""What one delivery says: its cards, lines, notes and topics, from the rows as they are now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from django.conf import settings

from newsletter.brand import brand_of_settings
from newsletter.errors import RenderingError
from newsletter.rendering.card_content import Grade
from newsletter.rendering.cards import PaperLine, group_heading
from newsletter.rendering.fragments import Fragment
from newsletter.rendering.layout import FrameParts, Imprint, MailPart, frame, notes, signs, topics_line
from newsletter.rendering.reasons import Chip
from newsletter.rendering.subjects import News
from subscriptions.carried import Carried, write_carried
from subscriptions.messages.blocks import AnyBlock
from subscriptions.messages.render_cache import RenderCache
from subscriptions.messages.rows import spoken
from subscriptions.messages.shape import grades as grades_of
from subscriptions.messages.shape import grouped, topic_of
from subscriptions.models import Delivery
from subscriptions.picks import Pick, Picks


@dataclass(frozen=True, slots=True)
class Digest:
    """What one delivery says. ``cards`` come with the parts that say why; ``lines`` stand under "Also new".

    ``picked`` of ``new`` papers were chosen; ``papers`` are the ids of the cards, and of those for which
    there is no room. The last ``updates`` of them are new versions of what the reader had. ``topics`` are
    the reader's in plain text, ``signs`` in HTML; ``notes`` are the editors'. ``has_more``: all
    candidates stand on the page. ``tells_of_taste``: it says what votes do from now on. ``welcomes``: it is
    a new reader's first. ``saved`` are papers that the reader saved in the last week, ``corrections`` what is
    told of papers that the reader had. ``in_cards`` and ``in_lines`` are the ids of the papers of ``cards``
    and ``lines``. ``groups`` are the topics of the cards, where they stand under their topics. ``compact``
    gives the card at a place (from 0) in short.
    """

    day: date
    language: str
    cards: tuple[AnyBlock, ...]
    papers: tuple[int, ...]
    lines: tuple[PaperLine, ...]
    new: int
    topics: str
    signs: tuple[Fragment, ...]
    notes: MailPart
    corrections: MailPart
    in_cards: tuple[int, ...]
    in_lines: tuple[int, ...]
    has_more: bool
    updates: int = 0
    tells_of_taste: bool = False
    welcomes: bool = False
    saved: tuple[PaperLine, ...] = ()
    groups: tuple[Chip | None, ...] = ()
    compact: Callable[[int], AnyBlock | None] = field(default=lambda _place: None, compare=False)

    @property
    def seconds(self) -> float:
        """How long what stands in the mail takes to read."""
        return self.notes.seconds + sum(
            [block.card.seconds for block in self.cards] + [line.seconds for line in self.lines]
        )

    @property
    def picked(self) -> int:
        """How many new papers were chosen, as cards and for want of room as lines."""
        return len(self.papers) - self.updates

    @property
    def news(self) -> tuple[News, ...]:
        """What the subject and the preview text may say of each card's paper."""
        return tuple([block.card.news for block in self.cards])

    @property
    def unnamed(self) -> int:
        """How many candidates are named nowhere in the mail, but on its page."""
        return max(self.new + self.updates - len(self.cards) - len(self.lines), 0) if self.has_more else 0


def compose_digest(delivery: Delivery, cache: RenderCache) -> Digest | None:
    """What a delivery says, as the rows are now; None if nothing is left of it."""
    picks, language = delivery.picks, spoken(delivery.language)
    if picks.fault:
        raise RenderingError(picks.fault)
    hidden, by_topic = cache.hidden_from(picks), cache.editions_by_topic(picks)
    shape = cache.shape_of(delivery.subscriber_id)
    shown = [pick for pick in picks.papers if pick.paper not in hidden and cache.is_shown(pick.paper)]
    if shape.groups_topics:
        shown = grouped(shown)
    grades = grades_of(shape.layout, len(shown))
    block_of = partial(cache.block, language=language, by_topic=by_topic, reader=delivery.subscriber_id)
    blocks = [
        block
        for pick, grade in zip(shown, grades, strict=True)
        if (block := block_of(pick, grade)) is not None
    ]
    updates = sum([pick.is_update for pick in shown])
    if not shown:
        return None
    lines = {
        paper: line
        for paper in picks.also
        if (line := cache.line(paper, language)) is not None and paper not in hidden
    }
    chips = cache.chips_of(picks, language)
    return Digest(
        day=delivery.day,
        language=language,
        cards=tuple(blocks),
        papers=tuple([pick.paper for pick in shown]),
        groups=_chips_of(shown, cache, language) if shape.groups_topics else (),
        lines=tuple(lines.values()),
        new=max(picks.new, len(shown) - updates + len(lines)),
        topics=topics_line(chips),
        signs=signs(chips, language=language),
        notes=notes(
            cache.notes_of(picks, language),
            language=language,
            without_papers=cache.without_papers.get(delivery.pk),
        ),
        corrections=cache.corrections_of(delivery.pk, language),
        in_cards=tuple([pick.paper for pick in shown]),
        in_lines=tuple(lines),
        has_more=bool(picks.editions),
        updates=updates,
        saved=cache.saved_lines(delivery.pk, language),
        tells_of_taste=picks.tells_of_taste,
        welcomes=picks.next_at is not None,
        compact=lambda place: block_of(shown[place], Grade.COMPACT),
    )


def carried_by(digest: Digest, picks: Picks, cache: RenderCache) -> str:
    """Which revision of each summary ``digest`` says, as its row in the ledger keeps it."""
    language = digest.language
    carried = Carried(
        cards={paper: cache.revision(paper, language) for paper in digest.in_cards},
        lines={paper: cache.title_revision(paper, language) for paper in digest.in_lines},
    )
    return write_carried(carried, papers=[pick.paper for pick in picks.papers], also=picks.also)


def _chips_of(picks: Sequence[Pick], cache: RenderCache, language: str) -> tuple[Chip | None, ...]:
    """The topic under which each of ``picks`` stands."""
    topics = [topic_of(pick) for pick in picks]
    return tuple([cache.chip(topic, language) if topic else None for topic in topics])


def frame_of(digest: Digest, *, is_page: bool = False, leads_on: bool = True) -> MailPart:
    """All but the cards of a digest; ``leads_on``: with the links to the reader's other pages."""
    return frame(
        language=digest.language,
        day=digest.day,
        imprint=Imprint(settings.SITE_URL, settings.POSTAL_ADDRESS, brand_of_settings()),
        parts=FrameParts(
            has_also=bool(digest.lines or digest.unnamed),
            has_saved=bool(digest.saved),
            tells_of_taste=digest.tells_of_taste and leads_on,
            welcomes=digest.welcomes and not is_page,
            is_page=is_page,
            leads_on=leads_on,
        ),
    )


def headings_of(digest: Digest) -> Mapping[int, MailPart]:
    """The headings of topics, by the place of the card that they stand before."""
    return {
        place: group_heading(chip, language=digest.language)
        for place, chip in enumerate(digest.groups)
        if place == 0 or chip != digest.groups[place - 1]
    }
