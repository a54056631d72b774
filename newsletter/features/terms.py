"""The words and word pairs of a paper, hashed into buckets. Pure.

Hashing needs no dictionary that grows and has to be kept; two terms share a bucket so rarely that it does not
matter (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", arXiv:0902.2206).
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 20

Buckets = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]

_MOST_WORDS = 3000  # of one paper: an abstract has about 200
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_DULL_WORDS = (
    "a an the of and or in on for to with by from as is are was were be been being we our us it its this "
    "that these those which can at into via using use used based than then such also not no but their "
    "they has have had more most both between over under through while where when how what who will may "
    "one two each all any other new show shows propose proposed method methods paper results result "
    "approach however "
)
_DULL = frozenset(_DULL_WORDS.split())


def tokens(text: str) -> list[str]:
    """The words of ``text`` in small letters, without those that say nothing of a paper's subject."""
    words = (match.group() for match in _WORD.finditer(text.lower()))
    return [word for word in words if len(word) > 1 and word not in _DULL][:_MOST_WORDS]


def count_terms(title: str, abstract: str) -> tuple[Buckets, Weights]:
    """The buckets of a paper's words and pairs of neighbouring words, ascending, each with 1 + ln(times)."""
    counts: Counter[int] = Counter()
    for text in (title, abstract):
        counts.update(_bucket(term) for term in _terms(text))
    buckets = np.fromiter(counts.keys(), dtype=np.uint32, count=len(counts))
    times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
    order = np.argsort(buckets)
    return buckets[order], (1 + np.log(times[order])).astype(np.float32)


def spell(bucket: int, *texts: str) -> str:
    """The word or pair of ``texts`` that fell into ``bucket``; "" if none did."""
    return next((term for text in texts for term in _terms(text) if _bucket(term) == bucket), "")


def spellings(*texts: str) -> dict[int, str]:
    """Every word and pair of ``texts`` by its bucket, as :func:`spell` would give it."""
    return {_bucket(term): term for text in reversed(texts) for term in reversed([*_terms(text)])}


def _terms(text: str) -> Iterator[str]:
    words = tokens(text)
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def _bucket(term: str) -> int:
    return crc32(term.encode()) & (BUCKETS - 1)
