"""A search as the address of its page says it: read without ever failing, and written again."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import QueryDict

from newsletter.arxiv.taxonomy import find_category
from newsletter.languages import LANGUAGES
from newsletter.models import Topic
from newsletter.search.narrowing import Narrowing

PARAMETERS: Final = (
    *("q", "like", "language", "day", "from", "to", "topic", "category", "author", "summary"),
    *("has*", "exact", "p"),
)
MOST_PAGES: Final = 20
_TOPICS_SECONDS: Final = 60
NOBODY: Final = -1  # the key of a topic that is not there


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """A topic of the form: its key, its slug and its names by language."""

    pk: int
    slug: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked: the words as typed, or the id of the paper that others shall be ``like``."""

    text: str
    like: str
    narrowing: Narrowing
    topic: str
    page: int
    is_exact: bool

    @classmethod
    def of(cls, data: QueryDict) -> "SearchRequest":
        """What ``data`` says; a value that cannot be is left out."""
        topic = data.get("topic", "")
        keys = {choice.slug: choice.pk for choice in topic_choices()}
        since, until = _days(data)
        has = data.getlist("has")
        return cls(
            text=" ".join(data.get("q", "").split()),
            like=data.get("like", "")[:32],
            narrowing=Narrowing(
                since=since,
                until=until,
                topic=keys.get(topic, NOBODY) if topic else None,
                category=_category(data.get("category", "")),
                author=" ".join(data.get("author", "").split()),
                language=code if (code := data.get("summary", "")) in LANGUAGES else "",
                has_code="code" in has,
                has_reading="reading" in has,
            ),
            topic=topic,
            page=_number(data.get("p", "")),
            is_exact=data.get("exact") == "1",
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not (self.text or self.like or self.is_narrowed)

    @property
    def is_narrowed(self) -> bool:
        """Whether only papers of some kind are wanted."""
        return self.narrowing != Narrowing()

    def address(self, **changes: str) -> str:
        """The query string of this search, with ``changes``; of its first page where they name none."""
        narrowing = self.narrowing
        values = {
            "q": self.text,
            "like": self.like,
            "from": f"{narrowing.since:%F}" if narrowing.since else "",
            "to": f"{narrowing.until:%F}" if narrowing.until else "",
            "topic": self.topic,
            "category": narrowing.category,
            "author": narrowing.author,
            "summary": narrowing.language,
            "exact": "1" if self.is_exact else "",
        } | changes
        has = [("has", "code")] * narrowing.has_code + [("has", "reading")] * narrowing.has_reading
        return urlencode([(name, value) for name, value in values.items() if value] + has, errors="replace")


def topic_choices() -> list[TopicChoice]:
    """The topics that papers stand in, looked up once a minute."""
    return cache.get_or_set("search-topics", _topic_choices, _TOPICS_SECONDS) or []


def _topic_choices() -> list[TopicChoice]:
    rows = Topic.objects.active().values_list("pk", "slug", "names")
    return [TopicChoice(pk, slug, {**names}) for pk, slug, names in rows]


def _days(data: QueryDict) -> tuple[date | None, date | None]:
    """The first and the last day that are wanted: ``day`` is a day, a month (2026-03) or a year."""
    if whole := data.get("day", ""):
        first, last = _span(whole)
        if first is not None:
            return first, last
    return _span(data.get("from", ""))[0], _span(data.get("to", ""))[1]


def _span(text: str) -> tuple[date | None, date | None]:
    try:
        if len(text) == len("2026"):
            return date(int(text), 1, 1), date(int(text), 12, 31)
        if len(text) == len("2026-03"):
            first = date.fromisoformat(f"{text}-01")
            return first, first.replace(day=monthrange(first.year, first.month)[1])
        day = date.fromisoformat(text)
    except ValueError:
        return None, None
    return day, day


def _category(text: str) -> str:
    """A category as arXiv writes it; what is none finds nothing, as it stands."""
    return find_category(text.strip()) or text.strip()


def _number(text: str) -> int:
    return min(max(int(text), 1), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) <= 3 else 1
