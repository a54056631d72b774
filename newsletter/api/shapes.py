"""What the API answers with; its OpenAPI document is made of these."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Schema
from pydantic import Field

Item = TypeVar("Item")
Author = Literal["model", "editor", "extract"]

Identifier = Annotated[
    str, Field(description="A scheme and an id. A paper keeps it.", examples=["arxiv:2403.03163"])
]
Language = Annotated[str, Field(description="BCP 47 tag.", examples=["en", "zh-Hans"])]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]


NEWEST = 20  # papers of an author


class Page(Schema, Generic[Item]):
    """Some of a list, and where it goes on."""

    items: list[Item]
    next: Annotated[Url | None, Field(description="The next page; null on the last.")]


class Problem(Schema):
    """What is wrong with the request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="One sentence: what is wrong and what to do.")]
    parameter: Annotated[str, Field(description="The parameter that is wrong.")] = ""


class ShortSummary(Schema):
    """What a summary says."""

    language: Language
    author: Annotated[Author, Field(description="Who wrote it; an extract is the abstract's own words.")]
    title: Annotated[str | None, Field(description="The paper's title in this language.")]
    sentence: str
    takeaways: list[str]


class Statement(Schema):
    """A statement about a paper, and what it rests on."""

    text: str
    quotations: Annotated[list[str], Field(description="The words of the abstract that it rests on.")]
    rests_on_whole: Annotated[bool, Field(description="It was held against the whole abstract.")]


class Checked(Schema):
    """What was checked before the summary was shown."""

    statements: int
    numbers: int


class Summary(Schema):
    """A summary with its evidence and provenance."""

    language: Language
    author: Annotated[Author, Field(description="Who wrote it; an extract is the abstract's own words.")]
    title: Annotated[str | None, Field(description="The paper's title in this language.")]
    sentence: Statement
    takeaways: list[Statement]
    consequence: Statement | None
    checked: Annotated[Checked | None, Field(description="Null where no model wrote it.")]
    paper_version: Annotated[int, Field(description="The version of the paper that it was written from.")]
    is_outdated: Annotated[bool, Field(description="The paper has a newer version.")]
    revision: Annotated[int, Field(description="Counts its texts.")]
    written_at: datetime | None


class PaperFacts(Schema):
    """What lists and a paper's own answer have in common."""

    id: Identifier
    version: int
    title: str
    authors: list[str]
    authors_count: int
    primary_category: str
    categories: list[str]
    published_at: Annotated[datetime | None, Field(description="When version 1 was submitted.")]
    updated_at: Annotated[datetime | None, Field(description="When the latest version was submitted.")]
    url: Annotated[Url, Field(description="Its page here.")]
    languages: Annotated[list[Language], Field(description="In which it has a summary.")]
    topics: Annotated[list[str], Field(description="Slugs of the topics whose editions showed it.")]
    days: Annotated[list[date], Field(description="Of these editions.")]


class ListedPaper(PaperFacts):
    """A paper in a list; of its authors the first 50."""

    summary: ShortSummary


class FoundPapers(Page[ListedPaper]):
    """Some of what was found, the best first."""

    count: Annotated[int, Field(description="How many have all words. They come first.")]
    is_cut: Annotated[bool, Field(description="More papers have all words: narrow the search to see them.")]
    corrected: Annotated[
        dict[str, str],
        Field(description="Words that were taken for mistyped, and what was looked for in place of each."),
    ]


class Day(Schema):
    """A day that lists papers."""

    day: date
    papers: Annotated[int, Field(description="How many, each counted once.")]
    topics: Annotated[int, Field(description="In how many topics.")]
    lead: Annotated[Identifier, Field(description="The paper that stands first.")]
    url: Url


class Section(Schema):
    """What a day lists of a topic."""

    topic: str
    papers_count: int
    papers: Annotated[list[Identifier], Field(description="In the day's order, the first 100.")]
    note: Annotated[dict[str, str], Field(description="The editor's note, by language.")]


class DayOfTopics(Schema):
    """A day, by topic. Topics share papers."""

    day: date
    url: Url
    topics: list[Section]


class Topic(Schema):
    """What papers are sorted by."""

    slug: str
    names: Annotated[dict[str, str], Field(description="By language.")]
    area: str
    categories: list[str]
    papers: Annotated[int, Field(description="How many places its editions have given.")]
    newest: Identifier | None
    newest_day: date | None
    url: Url


class NamedAuthor(Schema):
    """A name, which many people may share."""

    name: Annotated[str, Field(description="As most of the papers spell it.")]
    url: Url
    newest: list[Identifier]
    papers_url: Annotated[Url, Field(description="All papers by this name.")]


class Version(Schema):
    """A version of a paper that was seen."""

    version: int
    title: str
    updated_at: datetime | None
    is_notable: Annotated[bool, Field(description="Title or abstract differ from the version before.")]


class Appearance(Schema):
    """An edition that showed the paper."""

    day: date
    topic: str
    url: Url


class Correction(Schema):
    """What an editor told readers was wrong."""

    language: Language
    kind: Literal["statement", "recall"]
    was: Annotated[str, Field(description="Empty where the whole paper was recalled.")]
    right: str
    corrected_at: datetime | None


class Link(Schema):
    """Where more of a paper is."""

    rel: Literal["page", "reading", "abstract", "pdf", "html", "code", "project"]
    url: Url


class Citation(Schema):
    """The paper as other programs cite it."""

    bibtex: str
    ris: str
    csl: Annotated[dict[str, Any], Field(description="An item of CSL-JSON.")]


class Paper(PaperFacts):
    """All that is public of a paper."""

    abstract: str
    comment: str
    doi: str
    journal_ref: str
    licence: str
    organisation: str
    votes: Annotated[int, Field(description="On Hugging Face.")]
    is_withdrawn: bool
    summaries: list[Summary]
    appearances: list[Appearance]
    versions: list[Version]
    corrections: list[Correction]
    links: list[Link]
    citation: Citation
