"""The order of what was found: the same in every database. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from newsletter.search.documents import weights_of
from newsletter.search.queries import Need, neighbours
from newsletter.search.tokens import tokens_of

LOOKED_AT: Final = 40  # of the best, whose titles are compared word by word
_IN_TITLE: Final = 0.12  # for all words of the query in the title
_SIDE_BY_SIDE: Final = 0.10  # for all of them in the query's order
_NOTHING_ELSE: Final = 0.06  # for a title without other words


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may answer. ``tokens`` and ``weights`` are those of its entry."""

    paper: int
    number: int
    title: str
    tokens: str
    weights: bytes


@dataclass(frozen=True, slots=True)
class Ranked:
    """A paper with its score (0 to some 1.3) and whether it has all words."""

    paper: int
    number: int
    score: float
    has_all: bool


def rank(candidates: Iterable[Candidate], needs: Sequence[Need]) -> list[Ranked]:
    """The best first: who has all words, then by how much of the paper they are; the newer of two equals."""
    if not needs:
        return [
            Ranked(each.paper, each.number, 0.0, has_all=True)
            for each in sorted(candidates, key=lambda each: -each.number)
        ]
    wanted = frozenset(token for need in needs for token in need.tokens)
    scored = sorted(((_score(each, needs, wanted), each) for each in candidates), key=_order)
    best = [
        ((score + _of_title(each.title, needs), has_all), each)
        for (score, has_all), each in scored[:LOOKED_AT]
    ]
    return [
        Ranked(each.paper, each.number, score, has_all)
        for (score, has_all), each in [*sorted(best, key=_order), *scored[LOOKED_AT:]]
    ]


def _order(scored: tuple[tuple[float, bool], Candidate]) -> tuple[bool, float, int]:
    (score, has_all), candidate = scored
    return not has_all, -round(score, 6), -candidate.number


def _score(candidate: Candidate, needs: Sequence[Need], wanted: frozenset[str]) -> tuple[float, bool]:
    weights = weights_of(wanted, candidate.tokens.split(" "), candidate.weights)
    total = said = 0.0
    has_all = True
    for need in needs:
        best, is_whole = 0.0, False
        for option in need.options:
            present = [weight for token in option.tokens if (weight := weights.get(token))]
            if present:
                # A part of a run of signs says a part of it.
                share = len(present) / len(option.tokens)
                best = max(best, option.factor * share * sum(present) / len(option.tokens))
                is_whole = is_whole or share == 1
        said += need.rarity * best
        total += need.rarity
        has_all = has_all and is_whole
    return (said / total if total else 0.0), has_all


def _of_title(title: str, needs: Sequence[Need]) -> float:
    words = tokens_of(title)
    known = set(words)
    total = sum(need.rarity for need in needs) or 1.0
    there = [need for need in needs if need.is_met_by(known)]
    asked = {token for need in needs for token in need.tokens}
    pairs = neighbours(need.word for need in needs)
    stand = set(pairwise(words))
    return (
        _IN_TITLE * sum(need.rarity for need in there) / total
        + (_SIDE_BY_SIDE * sum(pair in stand for pair in pairs) / len(pairs) if pairs else 0.0)
        + (_NOTHING_ELSE * sum(word in asked for word in words) / len(words) if words else 0.0)
    )
