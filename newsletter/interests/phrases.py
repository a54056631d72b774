"""Phrases for somebody's own searches: said often by what was brought, and seldom by other papers."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from newsletter.features.corpus import rarities
from newsletter.features.terms import tokens
from newsletter.interests.reading import Interests
from newsletter.text.readable import readable
from newsletter.topics.matching.words import term_of

MOST_PHRASES = 8
LONGEST = 3  # words
MANY = 3  # texts from which on a phrase has to stand in two
RARE_WORD = 4.5  # ln of how many papers there are for one that has a word that may stand alone
SEEN = 3  # papers from which on it is worth looking for what others wrote
BY_LENGTH = {1: 0.6, 2: 1.0, 3: 1.15}
OWN_WORDS = 2.0  # what somebody's own words count, in papers
RECENT_ENOUGH = 1000  # papers here: with fewer, what is seldom says little
FEW_WORDS = 2
LIKELY = 400  # phrases that are looked at more closely

_WORD = re.compile(r"[A-Za-z0-9]+(?:[-'’][A-Za-z0-9]+)*")
_USUAL_WORDS = (
    "work works working am my me interested interest interests like study studying research researching "
    "topic topics area areas field fields learn read about please papers etc use uses large small high "
    "low novel state art task tasks problem problems performance experiments code available github https "
    "http www com org different many several existing recent present introduce demonstrate achieve "
    "improve significantly further across first second three well including provide "
)
_USUAL = frozenset(_USUAL_WORDS.split())


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, what its phrases count, and those that say what it is about; None if all do."""

    text: str
    weight: float = 1.0
    title: str | None = None


@dataclass(slots=True)
class _Support:
    """How much a phrase is supported, how it is written, and whether somebody used it as own words."""

    score: float = 0.0
    texts: int = 0
    surfaces: Counter[str] = field(default_factory=Counter)
    is_own: bool = False

    @property
    def surface(self) -> str:
        """The phrase as it is mostly written."""
        return self.surfaces.most_common(1)[0][0]


def suggest_phrases(interests: Interests, *, most: int = MOST_PHRASES) -> list[str]:
    """Up to ``most`` phrases of one to three English words, the most telling first. Two queries.

    A phrase that no paper here has is none to search for; with no papers yet all may be.
    """
    support = _supported(list(_texts(interests)))
    scores = _scores(support)
    chosen: list[str] = []
    for phrase in sorted(scores, key=lambda phrase: (-scores[phrase], -len(phrase), phrase)):
        if not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == most:
            break
    return [support[phrase].surface for phrase in chosen]


def _texts(interests: Interests) -> Iterator[_Text]:
    for paper in interests.papers:
        title = readable(paper.title)
        yield _Text(f"{title}. {readable(paper.abstract)}", title=title)
    for title in interests.titles:
        yield _Text(title)
    for line in interests.words.splitlines():
        yield _Text(line, weight=OWN_WORDS)


def _supported(texts: Sequence[_Text]) -> dict[str, _Support]:
    """The phrases of ``texts``: of many those that several have, of few those that say what each is about."""
    supported: defaultdict[str, _Support] = defaultdict(_Support)
    is_few = len(texts) < MANY
    for text in texts:
        counts: Counter[str] = Counter()
        for phrase, surface in _phrases(text.text):
            counts[phrase] += 1
            supported[phrase].surfaces[surface] += 1
        about = None if text.title is None else {phrase for phrase, _ in _phrases(text.title)}
        for phrase, count in counts.items():
            if is_few and about is not None and phrase not in about and count < MANY:
                continue
            entry = supported[phrase]
            entry.texts += 1
            entry.score += text.weight * (1 + math.log(count)) * (2 if about and phrase in about else 1)
            # A word among others is hardly what somebody looks for; alone it is.
            is_alone = sum(" " not in each for each in counts) <= FEW_WORDS
            entry.is_own = entry.is_own or (text.weight == OWN_WORDS and (" " in phrase or is_alone))
    fewest = 1 if is_few else 2
    return {phrase: entry for phrase, entry in supported.items() if entry.texts >= fewest}


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """The phrases of ``text``: as they are compared, without plurals, and as they stand there."""
    run: list[str] = []
    end = 0
    for found in _WORD.finditer(text):
        if text[end : found.start()].strip():
            run = []
        end = found.end()
        if not _is_telling(found[0]):
            run = []
            continue
        run = [*run, found[0]][-LONGEST:]
        for length in range(1, len(run) + 1):
            words = run[-length:]
            yield " ".join(map(term_of, words)), _as_shown(words)


def _as_shown(words: list[str]) -> str:
    """Names and abbreviations as they are written; the first word of a sentence without its capital."""
    return " ".join([word if word[1:] != word[1:].lower() else word.lower() for word in words])


@lru_cache(maxsize=1 << 15)
def _is_telling(word: str) -> bool:
    return len(word) > 2 and not word.isdigit() and word.lower() not in _USUAL and bool(tokens(word))


def _scores(support: Mapping[str, _Support]) -> dict[str, float]:
    """What phrases score that are worth a search: the better supported and the rarer, the higher."""
    likely = sorted(support, key=lambda phrase: (-support[phrase].score, phrase))[:LIKELY]
    known, papers = rarities([support[phrase].surface.lower() for phrase in likely])
    scores = {}
    for phrase in likely:
        entry, length = support[phrase], len(phrase.split())
        rarity = known[entry.surface.lower()]
        seen = SEEN if not entry.is_own and papers > RECENT_ENOUGH else 1
        if papers and rarity > math.log((papers + 2) / (seen + 1)) + 1e-6:
            continue
        if length == 1 and rarity < RARE_WORD and papers and not entry.is_own:
            continue
        scores[phrase] = entry.score * rarity * BY_LENGTH[length]
    return scores


def _overlap(one: str, other: str) -> bool:
    """Whether two phrases say much the same: one within the other, or half of their words."""
    first, second = set(one.split()), set(other.split())
    return bool(first & second) and len(first & second) * 2 >= min(len(first), len(second))
