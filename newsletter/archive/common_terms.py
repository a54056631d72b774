"""What two papers are both about, in the words of one of them. Pure."""

import re
from collections.abc import Iterator, Sequence

from newsletter.features.terms import spellings

MOST_NAMED = 3
_WORDS_THAT_SAY_LITTLE = (
    "achieve achieves across address available benchmark benchmarks challenge challenges code com compared "
    "consistently data dataset datasets demonstrate different effective efficient enable evaluate evaluation "
    "experiment experiments extensive framework github high http https improve introduce key large learning "
    "model models novel outperforms performance present problem require research significantly specific "
    "state-of-the-art study system systems task tasks training work www"
)
_SAYS_LITTLE = frozenset(_WORDS_THAT_SAY_LITTLE.split())
_WORDS_BETWEEN = (
    "allows among baselines become because before been best does during even existing first further good "
    "including investigate leading many multiple often only out real recent recently same several single "
    "some standard still such three types up use used uses various well whether within without years yet"
)
_SAYS_NOTHING = frozenset(_WORDS_BETWEEN.split())


class PaperTerms:
    """The terms of a paper's clean texts as they may be named; each is looked up once."""

    def __init__(self, title: str, abstract: str) -> None:
        self._text = f"{title}\n{abstract}"
        self._spelled = spellings(title, abstract)
        self._named: dict[int, str] = {}

    def common(self, buckets: Sequence[int]) -> tuple[str, ...]:
        """At most :data:`MOST_NAMED` of the terms in ``buckets``, which are the most telling first, as they
        stand in the texts: a pair of words before one of its words, and no word twice.
        """
        terms = filter(None, (self._name(bucket) for bucket in buckets))
        named: list[str] = []
        for term in sorted(terms, key=_words, reverse=True):
            if not any(_has_a_word_of(term, other) for other in named):
                named.append(term)
        return tuple(named[:MOST_NAMED])

    def _name(self, bucket: int) -> str:
        if bucket not in self._named:
            term = self._spelled.get(bucket, "")
            self._named[bucket] = _as_it_stands(term, self._text) if _says_something(term) else ""
        return self._named[bucket]


def _words(term: str) -> int:
    return term.count(" ")


def _says_something(term: str) -> bool:
    words = term.split()
    telling = [word for word in words if word not in _SAYS_LITTLE]
    if not telling or not all(any(map(str.isalpha, word)) for word in words):
        return False
    return not _SAYS_NOTHING.intersection(words)


def _has_a_word_of(term: str, other: str) -> bool:
    """Whether they have a word in common, in the singular or the plural."""
    return bool(set(_stems(term)) & set(_stems(other)))


def _stems(term: str) -> Iterator[str]:
    return (word.removesuffix("s") for word in term.lower().split())


def _as_it_stands(term: str, text: str) -> str:
    """The term as it is written where it has the fewest capitals; empty where it does not stand there."""
    pattern = r"(?<!\w)" + " ".join(map(re.escape, term.split())) + r"(?!\w)"
    written = [match.group() for match in re.finditer(pattern, text, re.IGNORECASE)]
    return min(written, key=lambda each: sum(map(str.isupper, each)), default="")
