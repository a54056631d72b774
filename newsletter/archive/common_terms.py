"""What two papers are both about, in the words of one of them. Pure."""

from collections.abc import Iterator, Sequence

from newsletter.features.terms import spellings

MOST_NAMED = 3
_ALONE = (
    "across benchmark benchmarks code com data dataset datasets different effective efficient evaluation "
    "extensive framework github high http https key large learning model models novel performance problem "
    "reasoning research specific state-of-the-art study system systems task tasks training work www"
)
_EVEN_IN_A_PAIR = (
    "achieve achieves address allows among approaches available baselines because become been before best "
    "cannot challenge challenges compared demonstrate demonstrated demonstrates does due during enable "
    "enables evaluate even existing experiment experiments first further good guide improve improves "
    "including introduce introduces investigate lead leading leads learn many multiple often only out "
    "outperforms possess present real recent require same several significant single some standard still "
    "strong such suffer suffers three train trained types up use used uses various well whether within "
    "without years yet"
)
_SAYS_LITTLE_ALONE = frozenset(_ALONE.split())
_SAYS_NOTHING = frozenset(_EVEN_IN_A_PAIR.split())
_NO_ADVERBS = frozenset(["anomaly", "assembly", "family", "supply"])


class PaperTerms:
    """The terms of a paper's clean texts as they may be named; each is looked up once."""

    def __init__(self, title: str, abstract: str) -> None:
        self._text = f"{title}\n{abstract}"
        lowered = self._text.lower()
        self._lowered = lowered
        if len(lowered) != len(self._text):  # a few letters have no small one of one sign
            self._text = lowered
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
            self._named[bucket] = self._as_it_stands(term) if _says_something(term) else ""
        return self._named[bucket]

    def _as_it_stands(self, term: str) -> str:
        """As it is written where it has the fewest capitals; empty where it does not stand there."""
        written = []
        at = self._lowered.find(term)
        while at >= 0:
            end = at + len(term)
            if not self._text[at - 1 : at].isalnum() and not self._text[end : end + 1].isalnum():
                written.append(self._text[at:end])
            at = self._lowered.find(term, end)
        return min(written, key=lambda each: sum(map(str.isupper, each)), default="")


def _words(term: str) -> int:
    return term.count(" ")


def _says_something(term: str) -> bool:
    words = term.split()
    if all(word in _SAYS_LITTLE_ALONE for word in words):
        return False
    return all(any(map(str.isalpha, word)) and not _is_of_no_use(word) for word in words)


def _is_of_no_use(word: str) -> bool:
    return word in _SAYS_NOTHING or (word.endswith("ly") and word not in _NO_ADVERBS)


def _has_a_word_of(term: str, other: str) -> bool:
    """Whether they have a word in common, in the singular or the plural."""
    return bool(set(_stems(term)) & set(_stems(other)))


def _stems(term: str) -> Iterator[str]:
    return (word.removesuffix("s") for word in term.lower().split())
