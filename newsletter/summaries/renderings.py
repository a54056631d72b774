"""The check of a rendering against its English statement: every number and every name stands in it. Pure.

The other checks ask whether what is said is the source's; this one asks whether something was lost or
translated that must stand there. It holds nothing against a true translation: a number may be written in any
notation of its language, a small one in words, and acronyms that languages have of their own are left alone.
"""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from newsletter.grounding import Finding, Source, numerals, words
from newsletter.grounding.boundaries import LATIN, MARKS
from newsletter.grounding.lexicons import lexicons
from newsletter.grounding.names import COMMON, FAMOUS
from newsletter.grounding.numbers import is_supported, known_quantities
from newsletter.grounding.quantities import Quantity, quantities
from newsletter.grounding.units import PERCENT, POINTS, TIMES
from newsletter.records import SummaryDraft
from newsletter.summaries.phrases import generic_acronyms, small_numbers, words_too


def check_rendering(
    draft: SummaryDraft, originals: Mapping[str, str], *, language: str, source: Source
) -> Iterator[Finding]:
    """What statements of a rendering lack of their English ones, which ``originals`` has by their text."""
    statements = [("title", draft.title), ("sentence", draft.sentence)]
    statements += [(f"takeaways[{at}].text", each.text) for at, each in enumerate(draft.takeaways)]
    for field, text in statements:
        english = originals.get(text, "")
        for number in lost_numbers(english, text, language=language):
            yield Finding("number", "failed", field, (number,), f"“{number}” of the English is missing.")
        for name in lost_names(english, text, title=source.title, abstract=source.abstract):
            yield Finding("name", "failed", field, (name,), f"“{name}” must stand here as in the English.")


def lost_numbers(english: str, rendering: str, *, language: str) -> tuple[str, ...]:
    """Numbers of an English statement that its rendering lacks, as they are written in English.

    What English writes in words need not be a number elsewhere ("two-stage", "one of three"): only what
    stands there in figures is sought.
    """
    source = words.normalise(english)
    rendered_quantities = quantities(words.normalise(rendering), language=language)
    sought = [each for each in known_quantities(source) if not each.spelled]
    figures = _figures(rendering)
    return tuple(
        each.written
        for each in sought
        if not any(
            is_supported(quantity, (each,), source, language=language) for quantity in rendered_quantities
        )
        and not _stands_in_figures(each, figures)
        and not _stands_in_words(each, rendering.casefold(), language)
    )


_SPECIAL = frozenset({PERCENT, POINTS, TIMES})
_LARGEST_IN_WORDS = 12
# A tenth, a hundredth and so on, where English counts how many times less.
_PARTS = re.compile("(?P<whole>[十百千万萬億亿]{1,2}|[십백천만억]{1,2}) ?(?:分之一|分の一|분의 ?일)")
_SCALES = {
    "十": 10,
    "십": 10,
    "百": 100,
    "백": 100,
    "千": 1000,
    "천": 1000,
    "万": 10**4,
    "萬": 10**4,
    "만": 10**4,
}


def _stands_in_words(quantity: Quantity, rendering: str, language: str) -> bool:
    """Whether a number that English has in figures is one that the rendering may say in words."""
    value = quantity.readings[0]
    if any(
        math.prod(_SCALES.get(each, 10**8) for each in match["whole"]) == value
        for match in _PARTS.finditer(rendering)
    ):
        return True
    if quantity.unit in _SPECIAL or value != int(value) or not 1 <= value <= _LARGEST_IN_WORDS:
        return False
    small = small_numbers(language)
    if value == 1 or (value == 2 and small.has_dual):
        return True
    stems = small.stems.get(int(value), ())
    spelled = (word for word, known in numerals.WORDS.get(language, {}).items() if known == value)
    return any(word in rendering for word in (*stems, *spelled))


_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")


def _figures(text: str) -> frozenset[str]:
    """Numerals in one notation: "14.056", "14,056" and "14 056" are one, "3,5" and "3.5" another."""
    plain = re.sub(r"(?<=\d)[\s\u00a0\u202f'](?=\d{3}(?!\d))", "", words.normalise(text))
    return frozenset(_in_one_notation(each) for each in _FIGURE.findall(plain))


def _in_one_notation(numeral: str) -> str:
    return _GROUPS.sub("", numeral).replace(",", ".")


def _stands_in_figures(quantity: Quantity, figures: frozenset[str]) -> bool:
    """The same figures, where the rules would rather read a name's part or another unit."""
    written = _FIGURE.match(quantity.written.lstrip("+-±~≈<>≤≥× "))
    return written is not None and _in_one_notation(written.group()) in figures


_PIECE = re.compile(rf"[{LATIN}{MARKS}0-9]+")
_TOKEN = re.compile(rf"[{LATIN}][{LATIN}{MARKS}0-9_]*(?:[-+./@'][{LATIN}{MARKS}0-9+]+)*")
# After these an English sentence gives a method its name.
_NAMING = re.compile(
    r"\b(?:called|named|dubbed|termed)\s+(?P<name>[A-Z][A-Za-z0-9]+)\b"
    r"|\b(?:[Ww]e|[Aa]uthors?|paper|work)\s+(?:propose|present|introduce|develop|release)s?\s+(?P<own>[A-Z][A-Za-z0-9]+),"
)
_TRANSLATED = (
    COMMON
    | generic_acronyms()
    | frozenset(form for each in lexicons().values() for forms in each.acronyms.values() for form in forms)
)


def lost_names(english: str, rendering: str, *, title: str = "", abstract: str = "") -> tuple[str, ...]:
    """Names of methods, models and data sets of an English statement that its rendering lacks.

    A name has capitals inside, figures beside capitals, capitals only, or is introduced as one; what stands
    before the title's colon is one where the abstract writes it so amid a sentence. Particles and endings may
    be joined to it; another script, or a translation, is not it.
    """
    plain = words.normalise(rendering)
    squeezed, pieces = _squeezed(plain), frozenset(_PIECE.findall(plain.casefold()))
    named = required_names(words.normalise(english), title=title, abstract=words.normalise(abstract))
    return tuple(dict.fromkeys(name for name in named if not _stands(_squeezed(name), squeezed, pieces)))


_SHORT = 4  # letters; short names are parts of other words, written small


def _stands(name: str, text: str, pieces: frozenset[str]) -> bool:
    if len(name) <= _SHORT:
        return name in text or name.casefold() in pieces
    return name.casefold() in text.casefold()


@lru_cache(maxsize=512)
def required_names(english: str, *, title: str = "", abstract: str = "") -> tuple[str, ...]:
    """The names of a normalised English statement that every language writes as they are."""
    named = [match.group("name") or match.group("own") for match in _NAMING.finditer(english)]
    head = title.partition(":")[0].strip() if ":" in title else ""
    if head in _PIECE.findall(english) and _is_named(head, f"{abstract} {english}"):
        named.append(head)
    for token in _TOKEN.findall(english):
        for piece in _PIECE.findall(token.removesuffix("'s")):
            bare = _singular(piece)
            if _is_written_as_a_name(bare) and bare.lower() not in _TRANSLATED:
                named.append(bare)
    return tuple(dict.fromkeys(named))


def _is_named(word: str, text: str) -> bool:
    """Whether a text writes a word with a capital amid a sentence and never without: no "Attention"."""
    if not word[:1].isupper() or word.lower() in _PIECE.findall(text):
        return False
    before = [part.rstrip() for part in text.split(word)[:-1]]
    return any(part and part[-1] not in ".!?:…" for part in before)


def _singular(piece: str) -> str:
    """ "LLM" of "LLMs"; "ImageNets" is left alone, since a name may end so."""
    return piece[:-1] if re.fullmatch(r"[A-Z0-9]{2,}s", piece) else piece


def _is_written_as_a_name(piece: str) -> bool:
    has_capital = any(letter.isupper() for letter in piece)
    return (
        any(letter.isupper() for letter in piece[1:])
        or (has_capital and any(letter.isdigit() for letter in piece))
        or (piece[0].isupper() and piece.lower() in FAMOUS - words_too())
    )


def _squeezed(text: str) -> str:
    """Letters and figures only: "Qwen 3" and "Qwen-3" are one name."""
    return "".join(letter for letter in text if letter.isalnum())
