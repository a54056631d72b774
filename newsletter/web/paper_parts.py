"""The parts of a paper's page, as records that its template shows: authors, versions, days, what is near."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext

from newsletter.archive.appearances import Appearance, appearances_of
from newsletter.archive.authors import author_path
from newsletter.archive.days import days_that_list
from newsletter.archive.public import is_in_own_words
from newsletter.archive.related import Related
from newsletter.archive.versions import SeenVersion, versions_of
from newsletter.images.pictures import CardPicture
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Paper, Summary
from newsletter.rendering import citations
from newsletter.rendering.bylines import ALL_NAMED
from newsletter.rendering.citations import Citation
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases
from newsletter.rendering.texts import clean
from newsletter.web.placement import INTERFACE

MOST_AUTHORS = 150
"""Who are named with a link each: some collaborations have thousands of members."""
TOPICS_OFFERED = 5
LONGEST_CITATION = 6000
"""Characters that are shown: what names thousands of authors is only a file."""

CITATION_FORMS = {
    "bib": ("BibTeX", citations.write_bibtex, "application/x-bibtex; charset=utf-8"),
    "ris": ("RIS", citations.write_ris, "application/x-research-info-systems; charset=utf-8"),
    "json": ("CSL-JSON", citations.write_csl, "application/vnd.citationstyles.csl+json"),
}


@dataclass(frozen=True, slots=True)
class Author:
    """A name as it is shown, and the path of its page; empty for what is no name."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Authors:
    """The first :data:`MOST_AUTHORS` authors and how many more there are; ``are_few`` fit a byline."""

    named: tuple[Author, ...]
    more: int
    are_few: bool


def authors_of(paper: Paper) -> Authors:
    """All who wrote ``paper``, in its order. The pages of authors do not list what was withdrawn: one that
    was leads to none of them, for it may be all that they had.
    """
    names = [(name, str(source)) for source in paper.authors if (name := clean(str(source)))]
    path_of = author_path if not paper.is_withdrawn else lambda _: ""
    named = tuple([Author(name, path_of(source)) for name, source in names[:MOST_AUTHORS]])
    return Authors(named, len(names) - len(named), len(names) <= ALL_NAMED)


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version with its day in words, empty where it is not known."""

    seen: SeenVersion
    day: str


def shown_versions(paper: Paper, language: str) -> list[ShownVersion]:
    """The versions that were seen, if there is more than one. One query; of a first version, none."""
    if paper.version <= 1:
        return []
    words = phrases(language)
    versions = versions_of(paper.pk)
    shown = [ShownVersion(seen, words.day(seen.day) if seen.day else "") for seen in versions]
    return shown if len(shown) > 1 else []


@dataclass(frozen=True, slots=True)
class ShownAppearance:
    """A day in words, its path, empty where that may list nothing, and the topics (slug, name)."""

    day: str
    path: str
    topics: tuple[tuple[str, str], ...]


def shown_appearances(
    appearances: Sequence[Appearance], language: str, *, is_withdrawn: bool
) -> list[ShownAppearance]:
    """The days, each with its path: a day lists what was not withdrawn, and has no page if that is all."""
    words = phrases(language)
    listing = days_that_list([one.day for one in appearances]) if is_withdrawn else None
    return [
        ShownAppearance(
            words.day(one.day),
            f"/archive/{one.day:%F}/{language}/" if listing is None or one.day in listing else "",
            one.topics,
        )
        for one in appearances
    ]


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language of this paper that the interface has not: its code, own name and the path of the page."""

    code: str
    name: str
    path: str


def languages_of(paper: Paper) -> tuple[str, ...]:
    """The languages that ``paper`` has words of its own in: its summaries' and English. One query."""
    # A condition on the state would lead SQLite to another index than that of the papers.
    rows = Summary.objects.filter(paper=paper).values_list("language", "state", "author")
    own = {code for code, state, author in rows if is_in_own_words(state, author)}
    return tuple([code for code in LANGUAGES if code in own or code == DEFAULT_LANGUAGE])


def other_languages(paper: Paper, language: str, languages: Sequence[str]) -> list[OtherLanguage]:
    """Those of ``languages`` that no page offers, beside ``language``."""
    return [
        OtherLanguage(code, LANGUAGES[code].own_name, f"/papers/{paper.arxiv_id}/{code}/")
        for code in languages
        if code not in (language, *INTERFACE)
    ]


@dataclass(frozen=True, slots=True)
class Where:
    """Where a paper stood, and the path of the form for papers like it every day."""

    appearances: list[ShownAppearance]
    subscribe_path: str


def where_of(paper: Paper, language: str) -> Where:
    """The days and topics of ``paper``. One query; two of a withdrawn one."""
    appearances = appearances_of(paper.pk, language)
    slugs = list(dict.fromkeys(slug for one in appearances for slug, _ in one.topics))[:TOPICS_OFFERED]
    query = [("language", language), *(("topics", slug) for slug in slugs), ("paper", paper.arxiv_id)]
    return Where(
        shown_appearances(appearances, language, is_withdrawn=paper.is_withdrawn),
        f"/?{urlencode(query)}#form",
    )


def reader_acts() -> list[tuple[str, str]]:
    """What a subscriber can do with a paper: the name of the act, and what its link says."""
    return [
        ("save", gettext("Save to my reading list")),
        ("more", gettext("More like this")),
        ("less", gettext("Less like this")),
        ("follow", gettext("Follow it or its authors")),
    ]


@dataclass(frozen=True, slots=True)
class ShownRelated:
    """A related paper, and why it is one."""

    view: PaperView
    why: Related


def shown_related(near: Sequence[Related], views: Mapping[int, PaperView]) -> list[ShownRelated]:
    """The related papers of which something can be shown."""
    return [ShownRelated(views[each.paper], each) for each in near if each.paper in views]


@dataclass(frozen=True, slots=True)
class ShownCitation:
    """A citation in one form: its ending, the form's name and the text, empty where that is long."""

    ending: str
    form: str
    text: str


def shown_citations(paper: Paper) -> list[ShownCitation]:
    """How ``paper`` is cited, in each form."""
    cited = [Citation.of(paper)]
    texts = [(ending, form, write(cited).strip()) for ending, (form, write, _) in CITATION_FORMS.items()]
    return [
        ShownCitation(ending, form, text if len(text) <= LONGEST_CITATION else "")
        for ending, form, text in texts
    ]


def own_picture(picture: CardPicture | None) -> CardPicture | None:
    """The picture if this site serves it in a size that is known: a page loads nothing from others."""
    if picture is None or not picture.shown_height or not picture.url.startswith(settings.SITE_URL + "/"):
        return None
    path = picture.url.removeprefix(settings.SITE_URL)
    return CardPicture(path, picture.shown_width, picture.shown_height, picture.is_still)
