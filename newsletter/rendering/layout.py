"""The parts of a digest around its cards: rendered once for a language and a day, with slots for the reader.

A part is a pair of fragments, one for the HTML and one for the plain text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from newsletter.brand import Brand
from newsletter.rendering import base_context, render_mjml, render_part, tidy_html, tidy_text
from newsletter.rendering.fragments import Fragment, mark
from newsletter.rendering.phrases import phrases
from newsletter.rendering.reading_time import seconds_of
from newsletter.rendering.reasons import Chip, ShownReason
from newsletter.rendering.wrapping import PHONE, width

CHIP_LINES = 3  # of the reader's topics
CHIP_SIZE, CHIP_PADDING = 13, 30  # CSS pixels
SERIF = "Charter, Cambria, Georgia, serif"


@dataclass(frozen=True, slots=True)
class MailPart:
    """One part of a mail, for both bodies."""

    html: Fragment
    text: Fragment
    seconds: float = 0.0
    """How long it takes to read, where that counts."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the editor says about a topic's day."""

    topic: str
    colour: str
    text: str


class DayWithoutPapers(NamedTuple):
    """A listing day that a holiday took away. ``is_today``: it is the one that a mail of now would be of."""

    day: date
    holiday: str
    is_today: bool

    def sentence(self, language: str) -> str:
        """What a mail or a page says of it in ``language``."""
        words = phrases(language)
        holiday = words.say(f"holiday.{self.holiday}")
        if self.is_today:
            return words.say("calendar.today", holiday=holiday)
        return words.say("calendar.earlier", day=words.day(self.day), holiday=holiday)


class Imprint(NamedTuple):
    """Who sends a digest, by the settings: the site's address, the postal one, the operator's brand."""

    site_url: str
    postal_address: str
    brand: Brand = Brand()


class FrameParts(NamedTuple):
    """What a frame has room for: lines of also new papers and of saved ones; that it ``tells_of_taste``, a
    word to the reader on what votes do from now on; that it ``welcomes`` a new reader; whether it is a
    page's; and whether it ``leads_on`` to the reader's other pages.
    """

    has_also: bool = False
    has_saved: bool = False
    tells_of_taste: bool = False
    welcomes: bool = False
    is_page: bool = False
    leads_on: bool = True


@lru_cache(maxsize=512)
def frame(*, language: str, day: date, imprint: Imprint, parts: FrameParts) -> MailPart:
    """All but the cards. Slots for texts: ``preheader``, ``tally`` (in plain text ``tally_and_topics``),
    ``browser``, ``preferences``, ``unsubscribe``, ``next_digest``; for parts: ``chips`` (in HTML),
    ``glance``, ``notes``, ``corrections``, ``cards`` and, with lines of also new papers, ``also``, with saved
    ones ``saved``.

    ``imprint`` is an argument because frames are cached by their arguments. A page leads to all digests where
    a mail leads to its page.
    """
    words = phrases(language)
    values = base_context(language) | {
        "site_url": imprint.site_url,
        "postal_address": imprint.postal_address,
        "brand": imprint.brand,
        "title": f"{imprint.brand.name} · {words.day(day)}",
        "date": words.day(day),
        "title_fonts": SERIF if words.language.scripts == ("Latin",) else words.language.fonts,
        "preheader": mark("preheader"),
        "tally": mark("tally"),
        "tally_and_topics": mark("tally_and_topics"),
        "chips_mark": mark("chips"),
        "glance_mark": mark("glance"),
        "notes_mark": mark("notes"),
        "corrections_mark": mark("corrections"),
        "browser_url": mark("browser") if parts.leads_on else "",
        "next_digest": mark("next_digest"),
        **parts._asdict(),
        "also_mark": mark("also"),
        "saved_mark": mark("saved"),
        "links": {name: mark(name) for name in ("preferences", "unsubscribe") if parts.leads_on},
        "cut": mark("cut"),
    }
    return MailPart(
        html=Fragment(_with_cards(render_mjml("emails/digest/body.mjml", values))),
        text=Fragment(_with_cards(tidy_text(render_part("text", "emails/digest/body.txt", values)))),
    )


def _with_cards(rendered: str) -> str:
    before, _, after = rendered.split(mark("cut"))
    return before + mark("cards") + after


def topics_line(chips: Sequence[Chip]) -> str:
    """The reader's topics in plain text."""
    return " · ".join([chip.name for chip in chips])


@lru_cache(maxsize=1024)
def number(count: int, *, language: str) -> MailPart:
    """The number of a card: before its headline, in plain text on a line of its own."""
    return _part("_number.html", "_number.txt", language, number=phrases(language).number(count))


@lru_cache(maxsize=4096)
def sign(chip: Chip, *, language: str) -> Fragment:
    """One of the reader's topics at the top of the HTML."""
    return _html("_chip.html", language, chip=chip)


@lru_cache(maxsize=4096)
def signs(chips: tuple[Chip, ...], *, language: str) -> tuple[Fragment, ...]:
    """The reader's topics at the top of the HTML, as many as stand on a few lines of a telephone; how many
    more there are is said by a last sign."""
    shown, line, used = 0, 1, 0.0
    for chip in chips:
        wide = CHIP_SIZE * (width(chip.name) + 1) + CHIP_PADDING
        if used and used + wide > PHONE:
            line, used = line + 1, 0.0
        if line > CHIP_LINES:
            break
        used += wide
        shown += 1
    fragments = [sign(chip, language=language) for chip in chips[:shown]]
    if rest := len(chips) - shown:
        fragments.append(_html("_chips_more.html", language, more=phrases(language).number(rest)))
    return tuple(fragments)


@lru_cache(maxsize=64)
def why_gap(*, language: str) -> MailPart:
    """What stands after a reason; in plain text each has a line of its own."""
    return _part("_reason_gap.html", "_reason_gap.txt", language)


# As many as a day has entries in all topics and languages; with fewer, every batch would render them anew.
@lru_cache(maxsize=32_768)
def why(reason: ShownReason, *, language: str) -> MailPart:
    """One reason why a paper is there."""
    return _part("_reason.html", "_reason.txt", language, reason=reason)


@lru_cache(maxsize=1024)
def notes(
    editor_notes: tuple[Note, ...], *, language: str, without_papers: DayWithoutPapers | None = None
) -> MailPart:
    """On which day arXiv had no papers, then what the editor says; empty for neither."""
    line = without_papers.sentence(language) if without_papers is not None else ""
    part = _part("_notes.html", "_notes.txt", language, notes=editor_notes, calendar_line=line)
    return replace(part, seconds=seconds_of("\n".join([line, *[note.text for note in editor_notes]])))


@lru_cache(maxsize=1024)
def more_line(count: int, *, language: str) -> MailPart:
    """How many more there are in the browser. A slot: ``browser``."""
    return _part("_also_more.html", "_also_more.txt", language, also_more=count, browser_url=mark("browser"))


@lru_cache(maxsize=64)
def saved_end(*, language: str) -> MailPart:
    """The way to the reading list, after the saved papers. A slot: ``vote``."""
    return _part("_saved_end.html", "_saved_end.txt", language, vote_url=mark("vote"))


def _part(html: str, text: str, language: str, **values: Any) -> MailPart:
    plain = render_part("text", f"emails/digest/{text}", base_context(language) | values)
    return MailPart(html=_html(html, language, **values), text=Fragment(tidy_text(plain).lstrip("\n")))


def _html(name: str, language: str, **values: Any) -> Fragment:
    return Fragment(tidy_html(render_part("html", f"emails/digest/{name}", base_context(language) | values)))


@lru_cache(maxsize=4096)
def reading_time(count: int, *, language: str) -> str:
    """ "about 4 minutes"."""
    return phrases(language).count("digest.minutes", count)


@lru_cache(maxsize=4096)
def tally(picked: int, new: int, updates: int = 0, *, language: str) -> str:
    """ "12 of 57 new papers · 1 new version"."""
    words = phrases(language)
    if picked >= new:
        parts = [words.count("digest.all_new", picked)] if picked or not updates else []
    else:
        parts = [words.count("digest.tally", new, n=words.number(picked), m=words.number(new))]
    if updates:
        parts.append(words.count("digest.updates", updates))
    return " · ".join(parts)
