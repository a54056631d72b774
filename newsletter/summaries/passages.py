"""Which sentences of a paper a statement rests on, by what they share, in whatever language it is. Pure.

A model's own count of sentences is wrong by one too often. What is shared: stems of English words, Latin
names and numbers, which translations keep, and words of the statement's own language where a passage comes
with a translation of it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from newsletter.grounding.words import CJK_RUN, LATIN_RUN, content_stems, normalise, stem
from newsletter.text.readable import sentences

MOST = 2  # sentences of one passage
WORTH_A_SECOND = 0.25  # of the statement's content that a second one has to add
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage of the source; ``key`` is the text that a statement is held against."""

    key: str
    passage: str

    @classmethod
    def of_text(cls, text: str) -> "list[Candidate]":
        """Each sentence of a text."""
        return [cls(each, each) for each in sentences(text)]


def passage_for(statement: str, candidates: Sequence[Candidate]) -> str:
    """The passage, or the two, that share most with a statement; "" without candidates.

    If nothing is shared it is the first two.
    """
    chosen = places_of(statement, candidates)
    passages = [candidates[at].passage for at in chosen] or [each.passage for each in candidates[:MOST]]
    return " ".join(dict.fromkeys(passages))


def evidence_for(statement: str, sentences: Sequence[str]) -> str:
    """The sentence, or the two, that a statement rests on, word for word; "" if it shares nothing with any.

    Two that do not follow each other are parted by an ellipsis.
    """
    chosen = places_of(statement, [Candidate(each, each) for each in sentences])
    between = " " if chosen and chosen[-1] - chosen[0] == 1 else " … "
    return between.join(sentences[at] for at in chosen)


def places_of(statement: str, candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """The positions of the candidate, or the two, that share most with a statement; () if none shares any.

    What stands in few candidates counts for more.
    """
    keys = [_content(each.key) for each in candidates]
    common = Counter(token for key in keys for token in key)
    open_tokens = {token: _weight(token) / common[token] for token in _content(statement) if token in common}
    whole = sum(open_tokens.values())
    chosen: list[int] = []
    while len(chosen) < MOST and open_tokens:
        gains = [sum(open_tokens.get(token, 0.0) for token in key) for key in keys]
        best = max(range(len(gains)), key=lambda at: (gains[at], -at))
        if gains[best] < (WORTH_A_SECOND * whole if chosen else 1e-9):
            break
        chosen.append(best)
        open_tokens = {token: by for token, by in open_tokens.items() if token not in keys[best]}
    return tuple(sorted(chosen))


def _weight(token: str) -> float:
    """Numbers are rare and survive translation; two signs of a script without spaces are half a word."""
    if token[0].isdigit():
        return 3.0
    return 1.0 if token.isascii() or len(token) > 2 else 0.3


@lru_cache(maxsize=512)
def _content(text: str) -> frozenset[str]:
    """What says what a text is about: stems, names and numbers, pairs of signs in scripts without spaces."""
    plain = normalise(text)
    tokens = {each for each in content_stems(plain) if not each.isdigit()}
    tokens |= {stem(run.casefold()) for run in LATIN_RUN.findall(plain) if len(run) > 2}
    tokens |= {number.replace(",", ".") for number in _NUMBER.findall(plain)}
    tokens |= {run[at : at + 2] for run in CJK_RUN.findall(plain) for at in range(len(run) - 1)}
    return frozenset(tokens)
