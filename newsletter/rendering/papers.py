"""What is shown of one paper, made in one place for mail, plain text, preview and every page.

A :class:`PaperView` depends on the paper and the language, never on the reader, but for the reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from newsletter.images.pictures import CardPicture
from newsletter.languages import Language
from newsletter.languages import language as language_of
from newsletter.models import Summary
from newsletter.readings import offers
from newsletter.records import FEWEST_TAKEAWAYS, Takeaway
from newsletter.rendering.bylines import byline
from newsletter.rendering.phrases import Phrases, phrases
from newsletter.rendering.provenance import Checked, count_numbers
from newsletter.rendering.reasons import ShownReason
from newsletter.rendering.shortening import as_headline
from newsletter.rendering.subjects import News, news_of
from newsletter.rendering.texts import clean, is_same_place, web_url
from newsletter.rendering.venues import venue
from newsletter.summaries.consequences import with_consequence
from newsletter.summaries.extracts import kept_extract

LONGEST_NAME = 80

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
    journal_ref: str
    votes: int
    image_url: str
    video_url: str
    code_url: str
    code_stars: int | None
    project_url: str
    organisation: str
    extract: Mapping[str, str] | None = None

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
    """What a ready summary says, or the title of a held one. ``author`` is a value of ``Summary.Author``.

    ``checked_numbers`` of its numbers were compared with the source; None where nobody has counted them.
    ``revision`` is its number; 0: not kept yet, which is the first.
    """

    author: str
    title: str
    sentence: str
    takeaways: tuple[Takeaway, ...]
    is_outdated: bool = False
    sentence_evidence: str = ""
    checked_numbers: int | None = None
    revision: int = 0

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "SummaryText":
        """The text of a row of values in the order of :data:`SUMMARY`."""
        author, title, sentence, takeaways, *rest = row
        points = tuple([Takeaway(str(point["text"]), str(point.get("evidence", ""))) for point in takeaways])
        return cls(author, title, sentence, points, *rest)


SUMMARY = tuple(SummaryText.__slots__)


@dataclass(frozen=True, slots=True)
class Signal:
    """One of the source's signals. ``is_latin``: it is not in the reader's language."""

    text: str
    url: str = ""
    is_latin: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A link to more: a phrase of the mail, or a text as it is shown."""

    url: str
    phrase: str = ""
    text: str = ""
    is_main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTitle:
    """What one line says of a paper, clean. ``translated_title`` is empty where it says the same."""

    title: str
    abstract_url: str
    translated_title: str = ""

    @property
    def headline(self) -> str:
        """The title in the reader's language where there is one."""
        return self.translated_title or self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView(PaperTitle):
    """All that is shown of a paper in ``language``, clean.

    ``figure`` is the paper's own, under its licence; it stands only where there is no ``picture``. ``points``
    are takeaways, each with the words of the abstract that it rests on; ``consequence`` is one more of them,
    where those words say what follows. ``labels`` are names of phrases that say who wrote them, ``checked``
    is what was checked, and ``evidence_url`` where it is shown. ``is_foreign``: sentence and takeaways are
    the abstract's own English in a mail or on a page of another language. ``has_reading``: the first of the
    ``links`` leads to a reading in depth.
    """

    language: str
    arxiv_id: str
    author_line: str
    sentence: str
    points: tuple[Takeaway, ...]
    more_authors: int = 0
    organisation: str = ""
    signals: tuple[Signal, ...] = ()
    picture: CardPicture | None = None
    figure: offers.ReusableFigure | None = None
    labels: tuple[str, ...] = ()
    consequence: Takeaway | None = None
    sentence_evidence: str = ""
    checked: Checked | None = None
    evidence_url: str = ""
    is_foreign: bool = False
    has_reading: bool = False
    links: tuple[Link, ...] = ()
    reasons: tuple[ShownReason, ...] = ()

    def finding(self, length: int) -> str:
        """The sentence in at most ``length`` characters (>= 2), wide ones counted twice, cut at a word.

        In English where the view :attr:`is_foreign`.
        """
        return as_headline(self.sentence, length)

    @property
    def news(self) -> News:
        """What the subject of a mail says of the paper."""
        return news_of(
            self.sentence,
            translated_title=self.translated_title,
            title=self.title,
            is_foreign=self.is_foreign,
        )

    @property
    def takeaways(self) -> tuple[str, ...]:
        """The texts of the points."""
        return tuple([point.text for point in self.points])

    @property
    def summary_language(self) -> Language:
        """The language of the sentence and the takeaways."""
        return language_of(_ORIGIN if self.is_foreign else self.language)

    @property
    def authors(self) -> str:
        """The authors that are named, how many more there are, and where they work."""
        return " · ".join(
            filter(None, [f"{self.author_line} {self.unnamed_authors}".strip(), self.organisation])
        )

    @property
    def unnamed_authors(self) -> str:
        """How many more authors there are than are named: "and 12 more"; empty where there are none."""
        if not self.more_authors:
            return ""
        return phrases(self.language).count("digest.authors_more", self.more_authors)

    @property
    def texts_of_links(self) -> tuple[tuple[str, str], ...]:
        """The links as (text, address)."""
        words = phrases(self.language)
        return tuple(
            [(words.say(link.phrase) if link.phrase else link.text, link.url) for link in self.links]
        )

    @property
    def label(self) -> str:
        """Who wrote the summary, and what was checked."""
        words = phrases(self.language)
        said = [words.say(label) for label in self.labels]
        if self.checked is not None:
            said[0] = self.checked.line(words)
        return " · ".join(said)

    @property
    def consequence_heading(self) -> str:
        """What stands before the consequence."""
        return phrases(self.language).say("digest.consequence")

    @property
    def why(self) -> str:
        """The reasons in one line."""
        return " · ".join([reason.line for reason in self.reasons])


@dataclass(frozen=True, slots=True)
class PaperExtras:
    """What a paper may have besides its facts and summary: a thumbnail, a figure of its own, a reading.

    ``reading`` is the path of its reading in depth in the view's language, empty while there is none.
    """

    picture: CardPicture | None = None
    figure: offers.ReusableFigure | None = None
    reading: str = ""


def title_of(facts: PaperFacts, summary: SummaryText | None, *, language: str) -> PaperTitle:
    """What one line says of ``facts`` in ``language``."""
    title = clean(facts.title) or facts.arxiv_id
    translation = clean(summary.title) if summary is not None and language != _ORIGIN else ""
    return PaperTitle(
        title=title,
        abstract_url=f"https://arxiv.org/abs/{quote(facts.arxiv_id)}",  # of whichever version is the newest
        translated_title=translation if translation != title else "",
    )


def view_of(
    facts: PaperFacts,
    summary: SummaryText | None,
    *,
    language: str,
    site_url: str,
    extras: PaperExtras | None = None,
) -> PaperView:
    """What is shown of ``facts`` in ``language``, without reasons. Without a summary it is an extract."""
    extras = extras or PaperExtras()
    words = phrases(language)
    authors = byline(facts.authors, language=words.language)
    heading = title_of(facts, summary, language=language)
    text = _text(facts, summary)
    points, consequence = with_consequence(
        [
            Takeaway(words_shown, point.evidence)
            for point in text.takeaways
            if (words_shown := clean(point.text))
        ]
    )
    return PaperView(
        language=language,
        arxiv_id=facts.arxiv_id,
        abstract_url=heading.abstract_url,
        title=heading.title,
        translated_title=heading.translated_title,
        author_line=authors.names,
        more_authors=authors.more,
        organisation=clean(facts.organisation)[:LONGEST_NAME],
        signals=tuple(_signals(facts, words)),
        picture=extras.picture,
        figure=_placed(extras.figure, site_url) if extras.picture is None else None,
        sentence=clean(text.sentence) or heading.title,
        points=points,
        consequence=consequence,
        sentence_evidence=text.sentence_evidence,
        labels=_labels(text),
        checked=_checked(text, language),
        evidence_url=f"{site_url}/papers/{facts.arxiv_id}/{language}/#evidence",
        is_foreign=text.author == Summary.Author.EXTRACT and language != _ORIGIN,
        has_reading=bool(extras.reading),
        links=tuple(_links(facts, language=language, site_url=site_url, reading=extras.reading)),
    )


def _text(facts: PaperFacts, summary: SummaryText | None) -> SummaryText:
    """What the summary says; an extract is the abstract's as it is now, unless the summary is outdated."""
    if summary is not None and summary.sentence.strip():
        if summary.author != Summary.Author.EXTRACT:
            return summary
        if summary.is_outdated:
            return replace(summary, takeaways=summary.takeaways[:1])
    draft = kept_extract(facts.title, facts.abstract, facts.extract)
    return SummaryText(
        author=Summary.Author.EXTRACT,
        title="",
        sentence=draft.sentence,
        takeaways=draft.takeaways,
    )


def _checked(text: SummaryText, language: str) -> Checked | None:
    """What of a model's summary was checked before it might be shown; None of other people's words."""
    if text.author != Summary.Author.MODEL:
        return None
    statements = tuple([each for each in (text.sentence, *[point.text for point in text.takeaways]) if each])
    numbers = text.checked_numbers
    return Checked(len(statements), count_numbers(statements, language) if numbers is None else numbers)


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
    if place := venue(clean(facts.comment), clean(facts.journal_ref)):
        signals.append(Signal(place))
    return signals


def _placed(figure: offers.ReusableFigure | None, site_url: str) -> offers.ReusableFigure | None:
    """The figure as a mail needs it: a whole address, clean words."""
    if figure is None:
        return None
    return replace(figure, png=f"{site_url}{figure.png}", alt=clean(figure.alt), credit=clean(figure.credit))


def _links(facts: PaperFacts, *, language: str, site_url: str, reading: str) -> list[Link]:
    page = f"/papers/{facts.arxiv_id}/{language}/"
    links = [
        Link(
            f"{site_url}{reading or page}",
            text=phrases(language).say("digest.in_depth" if reading else "digest.on_site"),
            is_main=True,
        ),
        Link(f"https://arxiv.org/pdf/{facts.arxiv_id}", text="PDF"),
        Link(f"https://arxiv.org/html/{facts.arxiv_id}v{facts.version}", text="HTML"),
    ]
    code, project = web_url(facts.code_url), web_url(facts.project_url)
    if code:
        links.append(Link(code, phrase="digest.code"))
    if project and not is_same_place(project, code):
        links.append(Link(project, phrase="digest.project"))
    return links
