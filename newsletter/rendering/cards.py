"""One paper as a digest shows it: what the card says, and the card rendered once for all readers.

A card depends on the paper and the language, never on the reader: what is a reader's own (why it is there,
the voting links) are slots in it. Cards are kept under everything they were made of, so that a correction
makes another card and the old one is simply not asked for any more.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from newsletter.kept import kept
from newsletter.models import Paper, Summary
from newsletter.pictures import Picture
from newsletter.readable import readable
from newsletter.readings import offers
from newsletter.rendering import base_context, render_mjml, render_part, tidy_html, tidy_text
from newsletter.rendering.fragments import Fragment, mark, without_marks
from newsletter.rendering.phrases import Phrases, phrases
from newsletter.summaries.extracts import extract
from newsletter.summaries.prompts import FEWEST_TAKEAWAYS

AUTHORS_SHOWN = 10
LONGEST_COMMENT = 120  # characters
LONGEST_NAME = 80
CARDS_KEPT = 6000  # about 20 KB each once encoded
LINES_KEPT = 12_000  # about 2 KB each

_SPACES = re.compile(r"\s+")
# Control characters, halves of surrogate pairs, and what turns the direction of the text after it (UAX #9).
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_ORIGIN = "en"  # arXiv's titles and abstracts


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What the sources say of a paper. The fields are columns of :class:`newsletter.models.Paper`."""

    id: int
    arxiv_id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    comment: str
    votes: int
    image_url: str
    video_url: str
    code_url: str
    code_stars: int | None
    project_url: str
    organisation: str

    @classmethod
    def of(cls, paper: Paper) -> "PaperFacts":
        """The facts of a row."""
        return cls.from_row(tuple(getattr(paper, name) for name in FACTS))

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "PaperFacts":
        """The facts of a row of values in the order of :data:`FACTS`."""
        values = list(row)
        values[_AUTHORS], values[_CATEGORIES] = tuple(values[_AUTHORS]), tuple(values[_CATEGORIES])
        return cls(*values)


FACTS = tuple(PaperFacts.__slots__)
_AUTHORS, _CATEGORIES = FACTS.index("authors"), FACTS.index("categories")


@dataclass(frozen=True, slots=True)
class SummaryText:
    """What a ready summary says, or the title of a held one. ``author`` is a value of ``Summary.Author``."""

    author: str
    title: str
    sentence: str
    takeaways: tuple[str, ...]
    is_outdated: bool = False

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "SummaryText":
        """The text of a row of values in the order of :data:`SUMMARY`."""
        author, title, sentence, takeaways, is_outdated = row
        return cls(author, title, sentence, tuple(str(point["text"]) for point in takeaways), is_outdated)


SUMMARY = ("author", "title", "sentence", "takeaways", "is_outdated")


@dataclass(frozen=True, slots=True)
class Signal:
    """One of the source's signals. ``is_latin``: it is not in the reader's language."""

    text: str
    url: str = ""
    is_latin: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A link under the card: a phrase of the mail, or a text that is the same in all languages."""

    url: str
    phrase: str = ""
    text: str = ""
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class CardContent:
    """All that a card shows, clean, in the order in which it is shown.

    ``figure`` is the paper's own, under its licence; it stands only where there is no ``picture``.

    ``labels`` are names of phrases that say who wrote it. ``is_foreign``: sentence and takeaways are the
    abstract's own English in a mail of another language.
    """

    language: str
    arxiv_id: str
    abstract_url: str
    title: str
    translated_title: str
    author_line: str
    more_authors: int
    signals: tuple[Signal, ...]
    picture: Picture | None
    figure: offers.Picture | None
    sentence: str
    takeaways: tuple[str, ...]
    labels: tuple[str, ...]
    is_foreign: bool
    links: tuple[Link, ...]

    @property
    def headline(self) -> str:
        """The title in the reader's language where there is one."""
        return self.translated_title or self.title


@dataclass(frozen=True, slots=True)
class Line:
    """A paper in one line. ``headline`` is its title in the reader's language, else as it is."""

    headline: str
    html: Fragment
    text: Fragment


@dataclass(frozen=True, slots=True)
class Card:
    """A rendered card: the fragments before and after the reasons. Those after have the slot ``vote``."""

    headline: str
    html: tuple[Fragment, Fragment]
    text: tuple[Fragment, Fragment]


def clean(text: str) -> str:
    """A source's text on one line: readable, without control characters, marks and direction overrides."""
    plain = without_marks(readable(_SPACES.sub(" ", text)))
    return _SPACES.sub(" ", _UNWANTED.sub("", plain)).strip()


def web_url(url: str) -> str:
    """``url`` if it is an address on the web, else nothing: a source may say "javascript:"."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or _SPACES.search(url.strip()):
        return ""
    return quote(url.strip(), safe="%/:?#[]@!$&'()*+,;=~-._")


@kept(CARDS_KEPT)
def card(
    facts: PaperFacts,
    summary: SummaryText | None,
    *,
    language: str,
    site_url: str,
    picture: Picture | None = None,
    reading: str = "",
    figure: offers.Picture | None = None,
) -> Card:
    """The card of a paper in a language; without a summary, with an extract of the abstract.

    ``reading`` is the path of the paper's reading in depth in that language, empty while there is none.
    """
    shown = content(
        facts, summary, language=language, site_url=site_url, picture=picture, reading=reading, figure=figure
    )
    values = base_context(language) | {
        "cards": [WithSlots(shown)],
        "card": WithSlots(shown),
        "links": {"vote": mark("vote")},
        "cut": mark("cut"),
    }
    return Card(
        headline=shown.headline,
        html=_around_reasons(render_mjml("emails/digest/body.mjml", values).split(mark("cut"))[1]),
        text=_around_reasons(tidy_text(render_part("text", "emails/digest/card.txt", values)) + "\n"),
    )


def _around_reasons(rendered: str) -> tuple[Fragment, Fragment]:
    before, after = rendered.split(mark("why"))
    return Fragment(before), Fragment(after)


@kept(LINES_KEPT)
def line(facts: PaperFacts, summary: SummaryText | None, *, language: str) -> Line:
    """The paper in one line, for "Also new"."""
    title = clean(facts.title) or facts.arxiv_id
    translated = _translated(summary, title, language)
    shown = {"title": title, "translated_title": translated, "abstract_url": _abstract_url(facts)}
    values = base_context(language) | {"line": shown}
    return Line(
        headline=translated or title,
        html=Fragment(tidy_html(render_part("html", "emails/digest/_line.html", values))),
        text=Fragment(tidy_text(render_part("text", "emails/digest/_line.txt", values))),
    )


def content(
    facts: PaperFacts,
    summary: SummaryText | None,
    *,
    language: str,
    site_url: str,
    picture: Picture | None = None,
    reading: str = "",
    figure: offers.Picture | None = None,
) -> CardContent:
    """What the card of ``facts`` says in ``language``. Never empty: without a summary it is an extract."""
    words = phrases(language)
    authors = [name for author in facts.authors if (name := clean(author)[:LONGEST_NAME])]
    title = clean(facts.title) or facts.arxiv_id
    text = _text(facts, summary)
    return CardContent(
        language=language,
        arxiv_id=facts.arxiv_id,
        abstract_url=_abstract_url(facts),
        title=title,
        translated_title=_translated(summary, title, language),
        author_line=", ".join(authors[:AUTHORS_SHOWN]),
        more_authors=max(len(authors) - AUTHORS_SHOWN, 0),
        signals=tuple(_signals(facts, words)),
        picture=picture,
        figure=_placed(figure, site_url) if picture is None else None,
        sentence=clean(text.sentence) or title,
        takeaways=tuple(point for takeaway in text.takeaways if (point := clean(takeaway))),
        labels=_labels(text),
        is_foreign=text.author == Summary.Author.EXTRACT and language != _ORIGIN,
        links=tuple(_links(facts, language=language, site_url=site_url, reading=reading)),
    )


def _text(facts: PaperFacts, summary: SummaryText | None) -> SummaryText:
    if summary is not None and summary.sentence.strip():
        return summary
    draft = extract(facts.title, facts.abstract)
    return SummaryText(
        author=Summary.Author.EXTRACT,
        title="",
        sentence=draft.sentence,
        takeaways=tuple(point.text for point in draft.takeaways),
    )


def _abstract_url(facts: PaperFacts) -> str:
    return f"https://arxiv.org/abs/{quote(facts.arxiv_id)}"


def _translated(summary: SummaryText | None, title: str, language: str) -> str:
    translated = clean(summary.title) if summary is not None and language != _ORIGIN else ""
    return translated if translated != title else ""


def _labels(text: SummaryText) -> tuple[str, ...]:
    by = {
        Summary.Author.EXTRACT: "digest.extract",
        Summary.Author.EDITOR: "digest.by_editor",
        Summary.Author.MODEL: "digest.by_model",
    }[Summary.Author(text.author)]
    labels = [by]
    if text.author == Summary.Author.MODEL and len(text.takeaways) < FEWEST_TAKEAWAYS:
        labels.append("digest.in_part")
    if text.is_outdated:
        labels.append("digest.outdated")
    return tuple(labels)


def _signals(facts: PaperFacts, words: Phrases) -> list[Signal]:
    signals = [Signal(category) for category in facts.categories[:1]]
    if facts.votes:
        page = f"https://huggingface.co/papers/{facts.arxiv_id}"
        signals.append(Signal(words.count("digest.votes", facts.votes), url=page, is_latin=False))
    if facts.code_stars:
        signals.append(Signal(words.count("digest.stars", facts.code_stars), is_latin=False))
    if organisation := clean(facts.organisation):
        signals.append(Signal(organisation[:LONGEST_NAME]))
    if comment := clean(facts.comment):
        signals.append(Signal(_cut(comment, LONGEST_COMMENT)))
    return signals


def _placed(figure: offers.Picture | None, site_url: str) -> offers.Picture | None:
    """The figure as a mail needs it: a whole address, clean words."""
    if figure is None:
        return None
    return replace(figure, png=f"{site_url}{figure.png}", alt=clean(figure.alt), credit=clean(figure.credit))


def _links(facts: PaperFacts, *, language: str, site_url: str, reading: str) -> list[Link]:
    page = f"/papers/{facts.arxiv_id}/{language}/"
    links = [
        Link(
            f"{site_url}{reading or page}",
            phrase="digest.in_depth" if reading else "digest.on_paperpost",
            is_main=True,
        ),
        Link(f"https://arxiv.org/pdf/{facts.arxiv_id}", text="PDF"),
        Link(f"https://arxiv.org/html/{facts.arxiv_id}v{facts.version}", text="HTML"),
    ]
    if code := web_url(facts.code_url):
        links.append(Link(code, phrase="digest.code"))
    if (project := web_url(facts.project_url)) and project != code:
        links.append(Link(project, phrase="digest.project"))
    return links


def _cut(text: str, length: int) -> str:
    """At most ``length`` characters, ending at a word."""
    if len(text) <= length:
        return text
    return f"{text[:length].rsplit(' ', 1)[0].rstrip(' ,;:.')} …"


class WithSlots:
    """A card's content for the templates, with a slot where the reader's reasons stand."""

    def __init__(self, shown: CardContent) -> None:
        self._shown = shown
        self.why_mark = mark("why")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)
