"""Topics that fit what somebody works on, the best first."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from newsletter.errors import QueryError
from newsletter.features.terms import tokens
from newsletter.interests.reading import Interests
from newsletter.models import Topic
from newsletter.topics.matching import (
    Evidence,
    Measure,
    PaperText,
    Query,
    QueryIndex,
    Rarity,
    parse_query,
    topic_query,
)

MOST_TOPICS = 5
LEAST_SCORE = 0.12
LEAST_OF_BEST = 0.2  # of the best topic's score
MOST_WEIGHED = 60  # papers of a longer list, from all over it: some 10 ms each
NAMED, PART_NAMED, WORD_SHARED = 1.0, 0.8, 0.5
OWN_WORDS = 3  # what somebody's own words count, in papers
FEW_WORDS = 4  # of so many words at most each may name a topic; of more, only a topic's name

_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[·・,、،，/()（）&:：]| and | und | et | e | y | и | dan | và | और ")


def suggest_topics(interests: Interests, *, most: int = MOST_TOPICS) -> list[Topic]:
    """The active topics that fit best: by what papers and words say, and by topics' names in all languages.

    Two queries, besides those that read ``interests``.
    """
    topics = {topic.pk: topic for topic in Topic.objects.active() if not topic.listing}
    scores = _by_queries(interests, topics.values())
    for pk, score in _by_names(interests.words, topics.values()).items():
        scores[pk] = scores.get(pk, 0.0) + score
    best = max(scores.values(), default=0.0)
    fitting = [pk for pk, score in scores.items() if score >= max(LEAST_SCORE, LEAST_OF_BEST * best)]
    fitting.sort(key=lambda pk: (-scores[pk], topics[pk].position, pk))
    return [topics[pk] for pk in fitting[:most]]


# -- by what papers and words say ---


@dataclass(frozen=True, slots=True)
class _Asked:
    """The queries of all topics: as they are for papers, without categories for words that have none."""

    whole: QueryIndex[int]
    free: QueryIndex[int]
    measures: Mapping[int, Measure]
    free_measures: Mapping[int, Measure]


_Definition = tuple[int, tuple[str, ...], str, str]


@lru_cache(maxsize=2)
def _asked(definitions: tuple[_Definition, ...]) -> _Asked:
    whole: dict[int, Query] = {}
    free: dict[int, Query] = {}
    supporting: dict[int, Query | None] = {}
    for pk, categories, query, words in definitions:
        with suppress(QueryError):  # the desk shows which topic's query does not parse
            whole[pk] = topic_query(categories, query)
            supporting[pk] = parse_query(words) if words.strip() else None
            free[pk] = parse_query(query) if query.strip() else whole[pk]
    rarity = Rarity()
    return _Asked(
        QueryIndex(whole),
        QueryIndex(free),
        {pk: Measure(query, supporting.get(pk), rarity=rarity) for pk, query in whole.items()},
        {pk: Measure(query, supporting.get(pk), rarity=rarity) for pk, query in free.items()},
    )


def _by_queries(interests: Interests, topics: Iterable[Topic]) -> dict[int, float]:
    """The mean strength of each topic over papers, titles and words."""
    by_pk = {topic.pk: topic for topic in topics}
    asked = _asked(
        tuple([(pk, tuple(each.categories), each.query, each.supporting) for pk, each in by_pk.items()])
    )
    weighed = _some(interests.papers)
    papers = {paper.pk: PaperText.of(paper) for paper in weighed}
    keywords = {paper.pk: paper.keywords or () for paper in weighed}
    texts = {number: PaperText(title) for number, title in enumerate(_some(interests.titles))}
    if interests.words:
        texts[-1] = PaperText("", interests.words, categories=interests.categories)
    weights = {number: OWN_WORDS if number < 0 else 1 for number in texts}
    sums: defaultdict[int, float] = defaultdict(float)
    for hit in asked.whole.match(papers):
        evidence = Evidence(papers[hit.paper], keywords=keywords[hit.paper])
        strength = asked.measures[hit.query].strength(evidence)
        if strength >= by_pk[hit.query].threshold:
            sums[hit.query] += strength
    for hit in asked.free.match(texts):
        strength = asked.free_measures[hit.query].strength(Evidence(texts[hit.paper]))
        sums[hit.query] += weights[hit.paper] * strength
    among = len(papers) + sum(weights.values())
    return {pk: total / among for pk, total in sums.items()}


T = TypeVar("T")


def _some(items: Sequence[T]) -> Sequence[T]:
    return items[:: -(-len(items) // MOST_WEIGHED) or 1]


# -- by their names ---


def _by_names(words: str, topics: Iterable[Topic]) -> dict[int, float]:
    """Topics that the words name, wholly or in part, in any language."""
    said = _folded(words)
    if not said:
        return {}
    named = {topic.pk: _names_of(topic) for topic in topics}
    of_topics = Counter(
        word for names in named.values() for word in {word for name in names for word in name.split()}
    )
    telling = {word for word in said.split() if _tells(word)}
    own = telling if len(telling) <= FEW_WORDS else set()
    scores = {}
    for pk, names in named.items():
        whole = any(_stands_in(name, said) for name in names)
        shared = own & {word for name in names for word in name.split()}
        score = NAMED if whole else max([WORD_SHARED / of_topics[word] for word in shared], default=0.0)
        if score >= LEAST_SCORE:
            scores[pk] = score
    for pk, names in _parts_of(topics).items():
        if scores.get(pk, 0.0) < PART_NAMED and any(_stands_in(name, said) for name in names):
            scores[pk] = PART_NAMED
    return scores


def _names_of(topic: Topic) -> set[str]:
    texts: Sequence[str] = [*map(str, topic.names.values()), topic.slug.replace("-", " ")]
    return {folded for text in texts if (folded := _folded(text))}


def _parts_of(topics: Iterable[Topic]) -> dict[int, set[str]]:
    """ "Speech, audio & music" is three names."""
    return {
        topic.pk: {
            part
            for text in map(str, topic.names.values())
            for piece in _PARTS.split(text.casefold())
            if (part := _folded(piece)) and _tells(part)
        }
        for topic in topics
    }


def _stands_in(name: str, said: str) -> bool:
    """Whether ``said`` has ``name``: as words in Latin letters, anywhere in others, which glue endings on."""
    if name.isascii():
        return f" {name} " in f" {said} "
    name, said = name.replace(" ", ""), said.replace(" ", "")
    return len(name) > 1 and name in said


def _tells(word: str) -> bool:
    """Whether a word says more than "new" or "model"."""
    if not word.isascii():
        return len(word) > 1
    return len(word) > 3 and bool(tokens(word)) and word not in _USUAL


_USUAL_WORDS = (
    "learning model models analysis system systems theory science data computing design network networks "
    "machine work working study research field area paper papers interested using based "
)
_USUAL = frozenset(_USUAL_WORDS.split())


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
