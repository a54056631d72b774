"""The check "name": every name, acronym and method of a text occurs in the source."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from newsletter.grounding import words
from newsletter.grounding.acronyms import PLACE_NAMES, english_forms
from newsletter.grounding.boundaries import LATIN, MARKS
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.lexicons import common, lexicons
from newsletter.languages import language as language_of

_NAMES = common().names
COMMON = frozenset(_NAMES.known)
NAMED_METHODS = frozenset(_NAMES.methods)
FAMOUS = frozenset(_NAMES.famous)
_LETTER = f"{LATIN}{MARKS}"
_NAME = re.compile(
    rf"[{LATIN}][{_LETTER}0-9_]*(?:[-+./@'][{_LETTER}0-9+]+)*[+]*"
    rf"|(?<!\d)\d+[{LATIN}][{_LETTER}0-9-]*"
)
_PIECE = re.compile(rf"[{_LETTER}0-9]+")
# French and Italian write articles, prepositions and conjunctions onto what follows: L'ImageNet, sull'IA.
_ELIDED = {
    code: re.compile(each.names.elided, re.IGNORECASE)
    for code, each in lexicons().items()
    if each.names.elided
}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…]\s+[\"'(«„¿¡]*\s?|[\"'(«„¿¡‹]\s?|\s-\s|[。！？।:]\s*)$")


@lru_cache(maxsize=32768)
def _is_name(piece: str) -> bool:
    """Capitals inside, capitals only, or letters with digits: what no ordinary word has."""
    return (
        any(letter.isupper() for letter in piece[1:])
        or (any(letter.isdigit() for letter in piece) and any(letter.isupper() for letter in piece))
        or (len(piece) > 1 and piece.isupper())
    )


def names(text: str, *, language: str = "en", title: bool = False) -> Iterator[tuple[str, bool]]:
    """Names of a normalised text, and of each whether it is sure to be one.

    Unsure are words that only begin with a capital where a sentence does, unless another capital follows
    ("Radial Attention"), which is proof in English alone: elsewhere any preposition or verb may stand before
    a name ("Sur ImageNet"). In languages of other scripts a Latin word is foreign wherever it stands. German
    writes every noun with a capital and joins nouns by hyphens ("Multi-Agenten-Pipeline"), so there only
    capitals inside a word count, and models that everybody knows. In a title any word may begin with one.
    """
    elided = _ELIDED.get(language)
    for match in _NAME.finditer(text):
        token = match.group().removesuffix("'s").rstrip(".'")
        if elided is not None:
            token = elided.sub("", token, count=1) if elided.match(token) else token
        counted = _COUNTED.fullmatch(token)
        if counted and match.end() < len(text) and text[match.end()] > "\u2e80":
            token = counted.group(1)  # "GPU1枚" is one GPU
        pieces = _PIECE.findall(token)
        if not pieces:
            continue
        if any(_is_name_in(piece, language) for piece in pieces) or (
            language != "de" and sum(piece[0].isupper() for piece in pieces) > 1
        ):
            yield token, True
        elif token[0].isupper() and language != "de":
            starts = _SENTENCE_START.search(text[max(0, match.start() - 4) : match.start()])
            proper = starts is None or (
                language == "en" and _CAPITAL_NEXT.match(text, match.end()) is not None
            )
            proper = proper and not (language != "en" and _is_of_the_language(text, match.span()))
            proper = proper or "Latin" not in language_of(language).scripts
            yield token, proper and len(token) > 1 and not title


_CAPITALISED_BEFORE = re.compile(rf"(?:[A-Z\u00c0-\u00de][{_LETTER}]{{1,40}}\s){{0,3}}$")
_CAPITALISED_AFTER = re.compile(rf"(?:\s[A-Z\u00c0-\u00de][{_LETTER}]{{1,40}}){{0,3}}")


def _is_of_the_language(text: str, span: tuple[int, int]) -> bool:
    """Whether capitalised words hold a letter that English lacks: "Amanecer Cósmico" is a translation."""
    before = _CAPITALISED_BEFORE.search(text[max(0, span[0] - 125) : span[0]])
    after = _CAPITALISED_AFTER.match(text, span[1])
    parts = (before.group() if before else "", text[slice(*span)], after.group() if after else "")
    return not "".join(parts).isascii()


def _is_name_in(piece: str, language: str) -> bool:
    return _is_name(piece) or (language != "en" and piece[0].isupper() and piece.lower() in FAMOUS)


_COUNTED = re.compile(r"([A-Z]{2,40}s?)\d{1,3}")
_CAPITAL_NEXT = re.compile(r" [A-Z][a-z]")


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What names of a source may be made of, in lower case.

    ``run`` are its parts run together and ``bounds`` says how many of them end before a place in it;
    ``initials`` are the first letters of its words.
    """

    pieces: frozenset[str]
    stems: frozenset[str]
    run: str
    bounds: Mapping[int, int]
    initials: str

    def has(self, name: str) -> bool:
        """Whether a name is a piece, or up to five neighbouring parts run together."""
        if name in self.pieces:
            return True
        at = self.run.find(name) if name else -1
        while at >= 0:
            first, last = self.bounds.get(at), self.bounds.get(at + len(name))
            if first is not None and last is not None and last - first <= _PARTS_OF_NAME:
                return True
            at = self.run.find(name, at + 1)
        return False


_PARTS_OF_NAME = 5


@lru_cache(maxsize=512)
def _vocabulary(source: str) -> _Vocabulary:
    pieces = _PIECE.findall(source)
    parts = [part.lower() for piece in pieces for part in _PART.findall(piece)]
    every = frozenset(piece.lower() for piece in pieces) | frozenset(parts)
    ends = accumulate(map(len, parts), initial=0)
    return _Vocabulary(
        pieces=every,
        stems=frozenset(words.stem(piece) for piece in every),
        run="".join(parts),
        bounds={end: count for count, end in enumerate(ends)},
        initials="".join(word[0] for word in words.words(source) if word not in _LINKING),
    )


_LINKING = frozenset({"of", "the", "and", "for", "in", "with", "a", "an", "to", "on", "by"})


def suspect_names(
    text: str, source: str, *, language: str = "en", title: bool = False
) -> Iterator[Suspicion]:
    """Names of ``text`` that ``source`` lacks; both normalised.

    The score is 2 for what is surely a name, 0.6 for a capitalised word at the start of a sentence.
    """
    vocabulary = _vocabulary(source)
    halves = _translated_halves(text, source) if language != "en" else frozenset()
    for name, sure in names(text, language=language, title=title):
        if _stands_verbatim(name, source):
            continue
        if name in halves:
            continue
        missing = [
            piece
            for piece in _PIECE.findall(name)
            if _is_brought_in(piece, vocabulary, language)
            or (
                not _is_known(piece, vocabulary, ordinary=not _is_name(piece))
                and not _is_known_as(piece, vocabulary, language)
            )
        ]
        if not missing and _is_version(name):
            missing = [name]
        elif language == "de":  # the rest of a compound are nouns
            missing = [piece for piece in missing if _is_name_in(piece, language)]
            if not missing:
                continue
        if (
            vocabulary.has(_squeezed(name))
            or _initials(name) in vocabulary.pieces
            or (not missing and _stands_together(name, source))
        ):
            continue
        missing = missing or _PIECE.findall(name)
        if not any(_is_name(piece) or piece[0].isupper() for piece in missing):
            continue  # "CLIP-like" where CLIP is known: the rest is ordinary words
        yield Suspicion("name", 2.0 if sure else 0.6, (name,), f"The source never mentions “{name}”.")


_NAME_AND_NUMBER = re.compile(r"([A-Za-z]{2,20})-?\d+(?:\.\d+)*")


def _is_version(name: str) -> bool:
    """Whether a name is a common one and a number, which together are not common: GPT-5."""
    match = _NAME_AND_NUMBER.fullmatch(name)
    return match is not None and name.lower() not in COMMON and match.group(1).lower() in COMMON


_PROPER = rf"[{LATIN}][{_LETTER}-]{{1,40}}"
_PROPER_PAIR = re.compile(rf"(?<![{_LETTER}])(?=({_PROPER})(?:\s(?:d[aeiou]s?\s|d')?)({_PROPER}))")


@lru_cache(maxsize=512)
def _proper_pairs(text: str) -> frozenset[tuple[str, str]]:
    pairs = (match.groups() for match in _PROPER_PAIR.finditer(text))
    return frozenset((one, other) for one, other in pairs if one[0].isupper() and other[0].isupper())


def _translated_halves(text: str, source: str) -> frozenset[str]:
    """Words that translate half of a proper noun whose other half stays: "Arco Sunburst"."""
    untranslated = {word for pair in _proper_pairs(source) for word in pair if not _is_name(word)}
    halves = set()
    for pair in _proper_pairs(text):
        for own, other in (pair, pair[::-1]):
            if other in untranslated and not (_is_name(own) or own.lower() in FAMOUS):
                halves.add(own)
    return frozenset(halves)


def _stands_verbatim(name: str, source: str) -> bool:
    """Whether the source has the name letter by letter, not within a longer word or number."""
    at = source.find(name)
    while at >= 0:
        around = source[at - 1 : at] + source[at + len(name) : at + len(name) + 1]
        if not any(map(str.isalnum, around)):
            return True
        at = source.find(name, at + 1)
    return False


def _stands_together(name: str, source: str) -> bool:
    """Whether the capitalised parts of a joined name follow each other closely in the source, in this order.

    "RL-Agent" is not known only because RL and agents are.
    """
    parts = [piece.lower() for piece in _PIECE.findall(name) if piece[0].isupper()]
    if len(parts) < 2 or all(part in COMMON for part in parts):
        return True
    between = r"\w{0,40}\W{1,40}(?:\w{1,40}\W{1,40}){0,2}?\w{0,40}?"
    near = between.join(re.escape(part.removesuffix("s")) for part in parts)
    return re.search(near, source.lower()) is not None


def _is_brought_in(piece: str, vocabulary: _Vocabulary, language: str) -> bool:
    """Whether a translation has a method's acronym of which its source has neither letters nor words."""
    plain = piece.lower().removesuffix("s")
    return (
        language != "en"
        and plain in NAMED_METHODS
        and plain not in vocabulary.initials
        and not any(vocabulary.has(form) for form in (plain, plain + "s"))
    )


def _is_known_as(acronym: str, vocabulary: _Vocabulary, language: str) -> bool:
    """Whether the source has what a language's own acronym stands for: AI for KI or IA, DNA for ADN."""
    if language != "en" and acronym.lower() in PLACE_NAMES:
        return True
    return any(form in COMMON or vocabulary.has(form) for form in english_forms(acronym, language=language))


def _initials(name: str) -> str:
    """ "moe" of "Mixture-of-Experts"; of a name without a hyphen nothing, which is no piece."""
    pieces = _PIECE.findall(name)
    return "".join(piece[0] for piece in pieces).lower() if len(pieces) > 2 else ""


def _squeezed(name: str) -> str:
    return "".join(_PIECE.findall(name)).lower()


_SHORTEST_EPONYM = 4  # letters


def _is_known(piece: str, vocabulary: _Vocabulary, *, ordinary: bool) -> bool:
    lower = piece.lower()
    singular = lower.removesuffix("s")
    if lower in COMMON or singular in COMMON or lower.isdigit():
        return True
    if any(vocabulary.has(form) for form in (lower, singular, lower + "s")):
        return True
    if len(lower) >= _SHORTEST_EPONYM and any(vocabulary.has(lower + ending) for ending in ("ian", "ean")):
        return True  # Bayes of "Bayesian"
    if ordinary:
        return words.stem(lower) in vocabulary.stems or lower in words.STOP_WORDS
    return len(singular) >= 4 and piece.removesuffix("s").isupper() and singular in vocabulary.initials
