"""The parameters of the API: each is read strictly, and what is wrong with it is one sentence."""

import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Final, Literal

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field

from newsletter.archive import identifiers
from newsletter.arxiv.taxonomy import canonical, find_category
from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGES
from newsletter.languages import language as language_of

MOST_ITEMS: Final = 100
LONGEST_TEXT: Final = 200  # characters
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH_OR_YEAR: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_NUMBER: Final = re.compile(r"[0-9]{1,3}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ValueError("write a day as 2026-03-18") from None


def days_of(text: str) -> tuple[date, date]:
    """The first and the last day of "2026-03-18", "2026-03" or "2026"; else :class:`ValueError`."""
    match = _MONTH_OR_YEAR.fullmatch(text)
    try:
        if match is None:
            day = _day(text)
            return day, day
        year, month = int(match[1]), int(match[2] or 0)
        if not match[2]:
            return date(year, 1, 1), date(year, 12, 31)
        first = date(year, month, 1)
    except ValueError:
        raise ValueError("write a day as 2026-03-18, a month as 2026-03 or a year as 2026") from None
    return first, first.replace(day=monthrange(year, month)[1])


def _days(text: str) -> str:
    days_of(text)
    return text


def _arxiv_id(name: str) -> str:
    try:
        return identifiers.parse(name)[1]
    except InvalidInput as error:
        raise ValueError(str(error).removesuffix(".")) from None


def _limit(text: Any) -> Any:
    if isinstance(text, str) and not (_NUMBER.fullmatch(text) and 1 <= int(text) <= MOST_ITEMS):
        raise ValueError(f"write a whole number from 1 to {MOST_ITEMS}")
    return text


def _language(code: str) -> str:
    try:
        return language_of(code).code
    except InvalidInput:
        raise ValueError(f"choose one of {', '.join(LANGUAGES)}") from None


def _category(text: str) -> str:
    category = find_category(text)
    if category is None:
        raise ValueError("arXiv has no such category; write one as cs.CL")
    return canonical(category)


Day = Annotated[date, BeforeValidator(_day)]
Language = Annotated[
    str, BeforeValidator(_language), Field(json_schema_extra={"enum": list(LANGUAGES)}, description="BCP 47.")
]
Category = Annotated[
    str, BeforeValidator(_category), Field(description="The primary category at arXiv.", examples=["cs.CL"])
]
Limit = Annotated[
    int,
    BeforeValidator(_limit),
    Field(ge=1, le=MOST_ITEMS, description="How many items a page has at most."),
]
Cursor = Annotated[
    str,
    Field(min_length=1, max_length=64, description="Where the page begins: from “next” of the page before."),
]
Slug = Annotated[
    str, Field(min_length=1, max_length=60, description="The slug of a topic.", examples=["robotics"])
]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_TEXT,
        description="An author's name, whatever its accents and capitals. Many people share one.",
        examples=["Yann LeCun"],
    ),
]


class Paging(Schema):
    """The parameters of every list."""

    cursor: Cursor = ""
    limit: Limit = 20


class PaperParameters(Paging):
    """The parameters of lists of papers."""

    day: Annotated[Day | None, Field(description="Shown in an edition of this day.")] = None
    topic: Slug = ""
    category: Category | None = None
    author: Name = ""
    language: Annotated[
        Language | None, Field(description="With a summary in this language, which is shown.")
    ] = None


class SearchParameters(Paging):
    """The parameters of the search."""

    q: Annotated[
        str,
        Field(
            max_length=LONGEST_TEXT,
            description="Words of titles, authors, abstracts and summaries, in any language; or an arXiv id."
            " Without words the newest papers are found.",
            examples=["diffusion models"],
        ),
    ] = ""
    like: Annotated[
        str,
        BeforeValidator(_arxiv_id),
        Field(description="In place of words: papers that are like this one.", examples=["arxiv:2403.03163"]),
    ] = ""
    topic: Slug = ""
    category: Annotated[Category | None, Field(description="One of the paper's categories at arXiv.")] = None
    author: Annotated[Name, Field(description="Words of an author's name.")] = ""
    language: Annotated[
        Language | None, Field(description="With a summary in this language, which is shown.")
    ] = None
    day: Annotated[
        str,
        AfterValidator(_days),
        Field(
            description="Shown on this day, or in this month or year: 2026-03-18, 2026-03, 2026. It takes the"
            " place of `from` and `to`.",
            examples=["2026-03"],
        ),
    ] = ""
    since: Annotated[Day | None, Field(alias="from", description="Shown on this day or later.")] = None
    until: Annotated[Day | None, Field(alias="to", description="Shown on this day or before.")] = None
    has: Annotated[
        list[Literal["code", "reading"]],
        Field(max_length=2, description="Only papers with code, with a reading in depth; or, twice, both."),
    ] = []
    exact: Annotated[Literal["1"] | None, Field(description="No word is taken for a mistyped one.")] = None


class PaperLanguage(Schema):
    """The parameter of one paper."""

    language: Annotated[
        Language | None, Field(description="The summary in this language alone; without it, all.")
    ] = None
