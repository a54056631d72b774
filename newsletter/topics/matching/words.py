"""Text into words that can be compared: case, accents, plurals, hyphens and scripts without blanks.

A *term* is a word as it is compared; a *word* is what stands in the text. "Few-shot" and "fewshot" meet,
because a hyphenated word is there twice: as its parts, one after the other, and joined. Chinese, Japanese,
Korean and Thai are taken letter by letter, so that a query finds its characters wherever they stand side by
side.
"""

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain, pairwise

MAX_TEXT = 30_000
"""Characters of a text that are read; the longest recorded abstract has 3,488."""
MAX_WORD = 80
"""Characters of a word that are compared."""

Fold = Callable[[str], str]
"""Makes the term of a word: :func:`term_of` for prose, :func:`name_of` for names."""

# Combining marks of Latin, Greek, Cyrillic, Hebrew and Arabic; not those of Indic scripts, which are vowels.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_WORD = re.compile(f"(?:[^\\W_][{_MARKS}]*)+")
_ASCII_WORD = re.compile("[A-Za-z0-9]+")
_MARK = re.compile(f"[{_MARKS}\u0640]")
# Scripts written without blanks, or (Hangul) with endings glued to the word.
_LETTERWISE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    f"\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff][{_MARKS}]*"
)
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d")
# A full stop after three letters and before a capital: not those of "et al.", "e.g." and "Fig. 2".
_SENTENCE_END = re.compile("(?<=[\\w)\\]]{3})[.!?;](?=\\s+[^\\Wa-z0-9_])|[。！？；]")
_NOT_SHOWN = re.compile("[^\\w\\s'\u2019\u2010-\u2013-]+")
_POSSESSIVE = re.compile("(?<=\\w)['\u2019][sS]\\b")
_TEX_ACCENT = re.compile(r"""\\(?:["'`^~=.]\s*|[Hcvukrbd](?:\s+|(?=\{)))\{?\\?([A-Za-z])\}?""")

# Letters that Unicode does not decompose although readers without them type the plain ones.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_IRREGULAR = {
    "appendices": "appendix",
    "automata": "automaton",
    "bacteria": "bacterium",
    "bias": "bias",
    "biases": "bias",
    "children": "child",
    "crises": "crisis",
    "criteria": "criterion",
    "gas": "gas",
    "gases": "gas",
    "indices": "index",
    "lens": "lens",
    "lenses": "lens",
    "matrices": "matrix",
    "mice": "mouse",
    "news": "news",
    "nuclei": "nucleus",
    "phenomena": "phenomenon",
    "quanta": "quantum",
    "simplices": "simplex",
    "spectra": "spectrum",
    "strata": "stratum",
    "vertices": "vertex",
    "vortices": "vortex",
}
# Without the plural's "s" no rule tells "cache" from "batche" or "size" from "boxe": all lose the "e".
_SILENT_E = ("che", "she", "sse", "use", "xe", "ze", "oe")


def clean(text: str) -> str:
    """The text as it is searched: composed, without possessives and TeX accents, bounded in length."""
    text = text[:MAX_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\\" in text:
        text = _TEX_ACCENT.sub(r"\1", text)
    return _POSSESSIVE.sub("", text) if "'" in text or "\u2019" in text else text


def split_words(text: str, begin: int = 0, end: int = MAX_TEXT) -> list[tuple[int, int]]:
    """The offsets of the words of a cleaned text, or a stretch of it; letterwise scripts give each letter."""
    if text.isascii():
        return [match.span() for match in _ASCII_WORD.finditer(text, begin, end)]
    spans = []
    for match in _WORD.finditer(text, begin, end):
        start, stop = match.span()
        if text[start:stop].isascii():
            spans.append((start, stop))
            continue
        for letter in _LETTERWISE.finditer(text, start, stop):
            if letter.start() > start:
                spans.append((start, letter.start()))
            spans.append(letter.span())
            start = letter.end()
        if start < stop:
            spans.append((start, stop))
    return spans


@lru_cache(maxsize=1 << 16)
def term_of(word: str) -> str:
    """The term of one word of a title, an abstract or a query: folded, and singular if it is English."""
    return _singular(name_of(word))


@lru_cache(maxsize=1 << 16)
def name_of(word: str) -> str:
    """The term of one word of a person's name: case and accents folded, its final "s" kept."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKD", word).casefold().translate(_PLAIN)
    folded = unicodedata.normalize("NFKC", _MARK.sub("", unicodedata.normalize("NFKD", folded)))
    if len(folded) == 1 and "α" <= folded <= "ω":
        # "Lyman-α" and "Lyman alpha": a single Greek letter is read by its name.
        return unicodedata.name(folded).removeprefix("GREEK SMALL LETTER ").lower()
    return "".join(filter(str.isalnum, folded)) or folded or word


def _singular(term: str) -> str:
    if len(term) < 3 or not term.isascii():
        return term
    if term in _IRREGULAR:
        return _IRREGULAR[term]
    if term.endswith(("ysis", "esis")):
        return term[:-2] + "e"
    if term[-1] == "s" and not term.endswith(("ss", "us", "is")):
        if len(term) == 3 and term[1] in "aeiou":
            return term
        term = term[:-1]
    if len(term) > 3 and term.endswith("ie"):
        return term[:-2] + "y"
    return term[:-1] if len(term) > 3 and term.endswith(_SILENT_E) else term


class Words:
    """A text as terms, with the places where they stand.

    ``terms`` are in the text's order, "" for a pause between sentences or texts; ``first`` gives for each its
    first place among them, and ``joined`` for each compound written with hyphens the place of its first word
    with that after its last. ``starts`` and ``ends`` are the words' offsets in ``text``. Compact, because
    thousands of papers are kept at a time.
    """

    __slots__ = ("ends", "first", "joined", "starts", "terms", "text")

    def __init__(self, text: str, *, fold: Fold = term_of) -> None:
        self.text = ""
        self.terms: list[str] = []
        self.starts = array("I")
        self.ends = array("I")
        self.first: dict[str, int] = {}
        self.joined: dict[str, dict[int, int]] = {}
        self.extend(text, fold=fold)

    def __len__(self) -> int:
        return len(self.starts)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each two terms that follow one another, a compound both divided and joined; some more than once."""
        return chain(pairwise(self.terms), self._joined_pairs()) if self.joined else pairwise(self.terms)

    def _joined_pairs(self) -> Iterator[tuple[str, str]]:
        begins: dict[int, list[str]] = {}
        for term, spans in self.joined.items():
            for first, after in spans.items():
                begins.setdefault(first, []).append(term)
                if first:
                    yield self.terms[first - 1], term
                if after < len(self.terms):
                    yield term, self.terms[after]
        for term, spans in self.joined.items():
            for after in spans.values():
                for following in begins.get(after, ()):
                    yield term, following

    def extend(self, text: str, *, fold: Fold = term_of) -> None:
        """Append a text. No phrase reaches over the pause between, nor over that between sentences."""
        if self.terms:
            self.text += "\n"
        first, offset, begin = len(self.terms), len(self.text), 0
        text = clean(text)
        self.text += text
        for stop in (*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)):
            self._add(text, split_words(text, begin, stop), offset, fold)
            begin = stop
        if not _HYPHENS.isdisjoint(text):
            self._join(first, fold)

    def _add(self, text: str, spans: list[tuple[int, int]], offset: int, fold: Fold) -> None:
        if self.terms and spans:
            self.terms.append("")
            self.starts.append(offset + spans[0][0])
            self.ends.append(offset + spans[0][0])
        terms = [fold(text[start : min(end, start + MAX_WORD)]) for start, end in spans]
        for place, term in enumerate(terms, len(self.terms)):
            self.first.setdefault(term, place)
        self.terms += terms
        self.starts.extend([offset + start for start, _ in spans])
        self.ends.extend([offset + end for _, end in spans])

    def places(self, term: str, low: int = 0) -> Iterator[int]:
        """Where the term stands, from ``low`` on."""
        place = max(low, self.first.get(term, len(self.terms)))
        with suppress(ValueError):
            while True:
                place = self.terms.index(term, place)
                yield place
                place += 1

    def compounds(self, first: int = 0) -> list[tuple[int, int]]:
        """The (first, after last) word of each run of words that only hyphens divide."""
        text, starts, ends = self.text, self.starts, self.ends
        runs: list[tuple[int, int]] = []
        for place in range(first + 1, len(starts)):
            if starts[place] - ends[place - 1] == 1 and text[ends[place - 1]] in _HYPHENS:
                if runs and runs[-1][1] == place:
                    runs[-1] = (runs[-1][0], place + 1)
                else:
                    runs.append((place - 1, place + 1))
        return runs

    def surface(self, first: int, after: int) -> str:
        """The words from ``first`` to before ``after`` as they stand, without brackets and commas."""
        words = self.text[self.starts[first] : self.ends[after - 1]]
        return words if after == first + 1 else " ".join(_NOT_SHOWN.sub(" ", words).split())

    def joined_term(self, first: int, after: int, fold: Fold) -> str:
        """The term of a compound written as one word; empty for one too long to be a word."""
        word = "".join(self.text[self.starts[place] : self.ends[place]] for place in range(first, after))
        return fold(word) if len(word) <= MAX_WORD else ""

    def _join(self, first: int, fold: Fold) -> None:
        for run_first, run_after in self.compounds(first):
            pairs = [(place, place + 2) for place in range(run_first, run_after - 1)]
            if run_after - run_first > 2:
                pairs.append((run_first, run_after))
            for span in pairs:
                if term := self.joined_term(*span, fold):
                    self.joined.setdefault(term, {})[span[0]] = span[1]


def terms_of_name(name: str) -> frozenset[str]:
    """The parts of a person's name, and what hyphens join as one: "Fei-Fei Li" has fei, li and feifei."""
    if name.isascii() and _HYPHENS.isdisjoint(name) and "\\" not in name and "'" not in name:
        # Nearly all names, and a day has ten thousand.
        return frozenset(name_of(word[:MAX_WORD]) for word in _ASCII_WORD.findall(name[:MAX_TEXT]))
    words = Words(name, fold=name_of)
    return frozenset(words.first) | frozenset(words.joined)
