"""What somebody may be about to type: topics, names of authors and titles. Three queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from django.db.models import Q

from newsletter.archive.public import listed_papers
from newsletter.features.names import fold_name
from newsletter.models import SearchTerm
from newsletter.rendering.texts import clean
from newsletter.search.expressions import Expression, either, every
from newsletter.search.matching import newest_matches
from newsletter.search.queries import AskedWord, read_query

MOST_TOPICS: Final = 2
MOST_AUTHORS: Final = 3
MOST_TITLES: Final = 5
FEWEST_LETTERS: Final = 2
LONGEST_TITLE: Final = 120
_COMPLETIONS: Final = 6
_PAPERS_OF_NAMES: Final = 30
_HEAD: Final = 3  # letters by which the index knows how a word begins


def suggest(text: str, *, topics: Iterable[str]) -> list[str]:
    """At most ten texts for what was typed so far; ``topics`` are the names of all topics."""
    words = read_query(text)
    if not words or (len(words[-1].shown) < FEWEST_LETTERS and not words[-1].is_signs):
        return []
    typed = text.strip().casefold()
    named = [name for name in topics if f" {name.casefold()}".find(f" {typed}") >= 0][:MOST_TOPICS]
    titles, names = _of_papers(words)
    return list(dict.fromkeys([*named, *names, *titles]))


def _of_papers(words: Sequence[AskedWord]) -> tuple[list[str], list[str]]:
    """Titles of the newest papers that have ``words``, the last of them as far as it was typed, and names of
    authors likewise."""
    *whole, last = words
    in_titles, in_names = _completions(last)
    before = [token for word in whole for token in word.tokens]
    asked: list[tuple[Expression, int]] = []
    if in_titles:
        asked.append((_having("title", before, in_titles), MOST_TITLES))
    if in_names:
        asked.append((_having("by", before, in_names), _PAPERS_OF_NAMES))
    numbers = newest_matches(asked)
    if not any(numbers):
        return [], []
    with_title = numbers[0] if in_titles else set()
    with_name = numbers[-1] if in_names else set()
    rows = listed_papers().filter(search_entry__number__in=with_title | with_name)
    titles: dict[int, str] = {}
    names: Counter[str] = Counter()
    wanted = [*before, last.token_typed]
    for number, title, authors in rows.values_list("search_entry__number", "title", "authors"):
        if number in with_title:
            titles[number] = clean(title)
        if number in with_name:
            names.update(name for name in map(str, authors[:200]) if _begins(fold_name(name).split(), wanted))
    best = sorted(names, key=lambda name: (-names[name], name))[:MOST_AUTHORS]
    newest = [titles[number] for number in sorted(titles, reverse=True)]
    return [title for title in newest if len(title) <= LONGEST_TITLE][:MOST_TITLES], [
        clean(name) for name in best
    ]


def _completions(last: AskedWord) -> tuple[list[str], list[str]]:
    """The commonest words of texts, and of names, that begin like the last word. One query."""
    if last.is_signs:
        return [last.tokens[0]], []
    typed = last.token_typed
    begins = Q(word__startswith=typed) | Q(word__startswith=f"by:{typed}")
    rows = SearchTerm.objects.filter(begins, papers__gt=0)
    rows = (
        rows.filter(head=typed[:_HEAD])
        if len(typed) >= _HEAD
        else rows.filter(word__in=[typed, f"by:{typed}"])
    )
    words = list(rows.order_by("-papers", "word").values_list("word", flat=True)[: 4 * _COMPLETIONS])
    names = [word.removeprefix("by:") for word in words if word.startswith("by:")]
    return [word for word in words if ":" not in word][:_COMPLETIONS], names[:_COMPLETIONS]


def _having(kind: str, before: Sequence[str], last: Sequence[str]) -> Expression:
    return every([*(f"{kind}:{token}" for token in before), either(f"{kind}:{token}" for token in last)])


def _begins(name: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether each word that is wanted begins one of the name."""
    return all(any(part.startswith(word) for part in name) for word in wanted)
