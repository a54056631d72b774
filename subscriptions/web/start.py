"""A start in one's own words: what somebody pastes becomes suggestions for the form. Nothing is kept.

Without a script the form comes back with the suggestions ticked and filled in, and with all that was typed;
with one they are chips, and each is taken over by one press.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletter.interests import (
    MOST_BYTES,
    Interests,
    read_interests,
    suggest_phrases,
    suggest_topics,
)
from newsletter.references import FaultKind, UnreadableList
from newsletter.web.pages import page_language
from subscriptions.abuse import throttling
from subscriptions.readers.queries import MOST_QUERIES, LineError, as_typed, read_keywords
from subscriptions.web.searches import count_phrases

MOST_SEARCHES = 4
LONGEST_TEXT = 12_000  # characters: a form with it stays within what its address takes
BROAD = 1 / 8  # of the latest papers: a search that finds as many is a topic
ABSENT_SHOWN = 5
_TEXTS = (
    *("email", "language", "time_zone", "hour", "cadence", "weekday", "size"),
    *("keywords", "authors", "categories"),
)
_REFUSALS: Mapping[FaultKind, Promise] = {
    FaultKind.EMPTY: _("Paste a title, arXiv ids or a list, or write a few words in English."),
    FaultKind.NO_TEXT: _("This is not a list of papers; export one as BibTeX, RIS or CSL-JSON."),
}
_UNREADABLE = _("This list cannot be read; export it again as BibTeX, RIS or CSL-JSON.")


@dataclass(frozen=True, slots=True)
class SuggestedTopic:
    """A topic by its slug, and its name in the page's language."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class SuggestedSearch:
    """A line for the keywords, how it is shown, and how many of the latest papers it finds."""

    line: str
    shown: str
    count: int


@dataclass(frozen=True, slots=True)
class Start:
    """What was pasted and what is suggested for it, or the ``problem`` with it."""

    text: str
    topics: tuple[SuggestedTopic, ...] = ()
    searches: tuple[SuggestedSearch, ...] = ()
    interests: Interests = field(default_factory=Interests)
    problem: Promise | str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is suggested."""
        return not self.topics and not self.searches

    @property
    def absent(self) -> tuple[str, ...]:
        """The first ids of papers that are not here."""
        return self.interests.absent[:ABSENT_SHOWN]

    @property
    def more_absent(self) -> int:
        """How many more there are."""
        return len(self.interests.absent) - len(self.absent)

    def fields(self, data: QueryDict) -> dict[str, Any]:
        """The form's values as they were sent, with the suggestions: a topic or a line more, none less."""
        sent: dict[str, Any] = {name: data[name] for name in _TEXTS if name in data}
        lines = [line for line in data.get("keywords", "").splitlines() if line.strip()]
        known = {line.strip() for line in lines}
        room = max(MOST_QUERIES - _others(data, len(lines)), 0)
        lines += [search.line for search in self.searches if search.line not in known][:room]
        topics = dict.fromkeys([*data.getlist("topics"), *(topic.slug for topic in self.topics)])
        updates = {"wants_updates": "wants_updates" in data}
        return sent | updates | {"keywords": "\n".join(lines), "topics": list(topics)}


def _others(data: QueryDict, lines: int) -> int:
    """How many searches the form has already."""
    names = [line for line in data.get("authors", "").splitlines() if line.strip()]
    return lines + len(names) + len(data.get("categories", "").replace(",", " ").split())


def begin(request: HttpRequest) -> Start:
    """Suggestions for what ``request`` brings in ``start``, or as the file ``start_file``."""
    text, file = request.POST.get("start", "")[:LONGEST_TEXT], request.FILES.get("start_file")
    if not throttling.admit_look(ip=throttling.client_ip(request), now=timezone.now()):
        return Start(text, problem=_("That was a lot of searches; please wait a minute."))
    data = file.read(MOST_BYTES + 1) if file else text.encode("utf-8", "replace")
    try:
        interests = read_interests(data)
    except UnreadableList as error:
        return Start(text, problem=_REFUSALS.get(error.kind, _UNREADABLE))
    language = page_language()
    topics = [SuggestedTopic(topic.slug, topic.name_in(language)) for topic in suggest_topics(interests)]
    return Start(text, tuple(topics), tuple(_searches(interests)), interests)


def _searches(interests: Interests) -> list[SuggestedSearch]:
    """The most telling phrases that found something lately, and not too much; any before there are papers."""
    phrases = suggest_phrases(interests)
    counts, papers = count_phrases(phrases)
    fitting = [phrase for phrase in phrases if not papers or 0 < counts[phrase] <= max(BROAD * papers, 1)]
    searches = []
    for phrase in fitting:
        try:
            (line,) = read_keywords(f'"{phrase}"' if " " in phrase or "-" in phrase else phrase)
        except (LineError, ValueError):
            continue
        searches.append(SuggestedSearch(line, as_typed(line).strip('"'), counts[phrase]))
    return searches[:MOST_SEARCHES]
