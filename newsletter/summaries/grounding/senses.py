"""The check "direction" across languages: does a takeaway point where its (English) evidence points?

Words cannot be lined up across languages, but what they say can: up or down, better or worse, faster or
slower, and whether something is denied. Scores: 2 for a denial without ground, 1.5 for a turned direction.
"""

# ruff: noqa: E501

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.boundaries import WordPattern, compile_words
from newsletter.summaries.grounding.direction_words import (
    CONCORD,
    DEFEATS,
    DENIALS,
    LACKS,
    OPPOSITE,
    REPEATED,
    SENSES,
    WORDS,
)
from newsletter.summaries.grounding.findings import Suspicion
from newsletter.summaries.grounding.lexicons import lexicon

# What also speaks for a sense, in the evidence: rising accuracy is an improvement, a saving is a gain.
_ALLIES = {"up": ("good",), "down": ("bad", "fast", "slow"), "good": ("up", "fast"), "bad": ("down", "slow"), "fast": ("good", "down"), "slow": ("bad", "up")}  # fmt: skip


@lru_cache(maxsize=64)
def _patterns(language: str) -> dict[str, WordPattern]:
    writing = lexicon(language).writing
    lists = WORDS.get(language, {})
    result: dict[str, WordPattern] = {}
    # Arabic and Hebrew join conjunctions and the article to the front of a word.
    joined = writing.prefixes
    for sense in SENSES:
        # What can begin anywhere, and what only begins a word: a look at the boundary spares most places.
        anywhere: list[str] = []
        at_start: list[str] = []
        for entry in lists.get(sense, ()):
            whole = entry.endswith("$") and writing.spaces
            core = re.escape(entry.removesuffix("$"))
            run_on = not writing.spaces or (writing.joins_words and not whole)
            free = run_on or core.startswith(("n't", "n'"))
            end = r"(?!\w)" if whole else ""
            (anywhere if free else at_start).append(core + end)
        groups = [words.by_first_letter(anywhere)] if anywhere else []
        if at_start:
            groups.append(rf"(?<!\w){joined}{words.by_first_letter(at_start)}")
        result[sense] = compile_words("|".join(groups) or r"(?!)", ignore_case=True)
    return result


_NO_ENGLISH_DENIAL = ("not only", "not just", "no less", "nothing but", "if not", "whether or not")


@lru_cache(maxsize=32)
def _no_denial(language: str) -> WordPattern:
    """Where nothing is denied, whatever the words look like: "not only", French "ne … que"."""
    direction = lexicon(language).direction
    patterns = direction.no_denial if direction else _NO_ENGLISH_DENIAL
    return compile_words("|".join(patterns) or r"(?!)", ignore_case=True)


@lru_cache(maxsize=4096)
def senses(text: str, *, language: str) -> Mapping[str, tuple[str, ...]]:
    """The words of each sense that a normalised text holds; senses that it lacks are left out."""
    bare = _no_denial(language).sub(" ", text)
    found: dict[str, tuple[str, ...]] = {}
    for sense, pattern in _patterns(language).items():
        hits = tuple(match.group() for match in pattern.finditer(bare if sense == "not" else text))
        if hits:
            found[sense] = hits
    return MappingProxyType(found)


_CLAUSAL_NOT = re.compile(
    r"\b(?:not|cannot|never|n't)\b|\b(?:does|do|is|are|was|were|did|can)n't\b", re.IGNORECASE
)
_GROUNDS = re.compile(
    r"\b(?:not|no|never|cannot|none|nor|neither|without|fail\w*|unable|lack\w*|hardly|rarely|absen\w*|free|instead|unlike|avoid\w*|few|prevent\w*|impossible|refus\w*|miss\w*|difficult\w*|hard|rather"
    r"|remain\w* (?:an? )?(?:open|challeng\w*)|yet to|elusive|regardless|except|marginal\w*|negligibl\w*|vanish\w*|ignor\w*|overlook\w*|neglect\w*|omit\w*"
    r"|eliminat\w*|obviat\w*|exclud\w*|rul\w+ out|discard\w*|forgo\w*|dispens\w*|independent\w* of|irrespective)\b|n't\b",
    re.IGNORECASE,
)
_SOFT_NOT = re.compile(
    r"\b(?:un(?:like|able|seen|supervised|labell?ed|known|changed|paired|necessary|stable|reliable|aware|affected|trained|explored|resolved|solved|clear|certain|tested|observed|attainable|available|published|used|touched|expected)\w*|under-?(?:explored|studied|used|utili[sz]ed|investigated|developed)|non-?\w+|in(?:dependent|efficient|sufficient|visible|capable|consistent|feasible|tractable|accurate|adequate|accessible|complete|correct|ability)\w*|im(?:practical|perfect)\w*|\w+-free|\w+less)\b",
    re.IGNORECASE,
)


def suspect_direction_across(text: str, evidence: str, *, language: str) -> Iterator[Suspicion]:
    """``text`` in any language against its English evidence; both normalised."""
    if language not in WORDS:
        return
    said, held = senses(text, language=language), _held(evidence)
    yield from _denials(said, text, evidence, language)
    for sense, opposite in OPPOSITE.items():
        if sense not in said or sense in held or opposite not in held:
            continue
        if opposite in said or "not" in said or "not" in held:
            continue  # the text has both, or a denial turns one of them: no verdict
        if sense in {"up", "good", "fast"} and any(ally in held for ally in _ALLIES[sense]):
            continue
        message = f"“{said[sense][0]}” points the other way than “{held[opposite][0]}” in the evidence."
        yield Suspicion("direction", 1.5, (said[sense][0],), message, "sense")
        return
    yield from _lost_ground(said, held)


@lru_cache(maxsize=4096)
def _held(evidence: str) -> Mapping[str, tuple[str, ...]]:
    held = dict(senses(evidence, language="en"))
    if _SOFT_NOT.search(evidence):
        held.setdefault("not", ("un-",))
    return MappingProxyType(held)


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What an evidence allows to be denied: how often outright, by which words ("un-"), and any defeat."""

    outright: int
    within: tuple[str, ...]
    defeat: bool
    denied: str
    clauses: int


@lru_cache(maxsize=4096)
def _grounds(evidence: str) -> _Grounds:
    plain = _no_denial("en").sub(" ", evidence)
    denied = _CLAUSAL_NOT.search(plain)
    return _Grounds(
        outright=len(_GROUNDS.findall(plain)),
        within=tuple(_SOFT_NOT.findall(evidence)),
        defeat=_pattern_of("defeats", "en").search(evidence) is not None,
        denied=denied.group() if denied else "",
        clauses=len(words.sentences(evidence)) + evidence.count(",") + evidence.count(";"),
    )


@lru_cache(maxsize=64)
def _pattern_of(kind: str, language: str) -> WordPattern:
    table = {"denials": DENIALS, "concord": CONCORD, "defeats": DEFEATS, "lacks": LACKS}[kind]
    return compile_words(table.get(language, "(?!)"), ignore_case=kind != "lacks")


def _denying(text: str, language: str) -> list[str]:
    """The words that deny, one for each thing denied.

    Spanish, French, Portuguese, Italian and Russian say one denial with several words, and some languages
    repeat it for each member of a list: within a clause such words count once.
    """
    if language not in REPEATED:
        return _pattern_of("denials", language).findall(text)
    result: list[str] = []
    for clause in _CLAUSE_END.split(text):
        denials = _pattern_of("denials", language).findall(clause)
        repeats = _pattern_of("concord", language).findall(clause)
        if not denials:
            # "ni A, ni B" after a comma goes on with the denial before it.
            denials = [] if result else repeats
        result += denials[:1]
    return result


_CLAUSE_END = compile_words(
    r"(?<![.;:!?।])[.;:!?।]+\s|,\s(?!(?:ni|nem|né|ни|न|ולא|ولا|maupun|cũng)\b)"
    r"|\s(?:pero|mais|ma|mas|но|а|लेकिन|पर|אבל|لكن|nhưng|tetapi|y|et|e|и|और)\s(?=(?:\w+\s){0,2}?(?:no|ne|n'|não|non|не|नहीं|לא|لا|لم|không|tidak)\b)",
    ignore_case=True,
)


_ALIKE = 6  # letters


def _is_said_alike(word: str, text: str) -> bool:
    """Whether a text has a relative of an English word: "nonperturbatif" needs no denial for "non-perturbative".

    Written apart ("non lineare") it is what looks like one.
    """
    beginning = word.lower().replace("-", "")[:_ALIKE]
    return beginning in text.lower().replace("-", "")


def _lost_ground(
    said: Mapping[str, tuple[str, ...]], held: Mapping[str, tuple[str, ...]]
) -> Iterator[Suspicion]:
    """A fall or a loss that the evidence, which speaks of a rise or a gain, does not know."""
    if "not" in said or "not" in held:
        return
    rises = held.get("up") or held.get("good")
    for sense in ("bad", "down", "slow"):
        against = held.get("fast") if sense == "slow" else rises
        backed = {"bad": ("bad", "down", "slow"), "down": ("down", "bad", "fast"), "slow": ("slow", "bad")}[
            sense
        ]
        mixed = {"bad": ("good", "up"), "down": ("up", "good", "fast"), "slow": ("fast",)}[sense]
        if sense in said and against and not any(each in held for each in backed):
            if any(each in said for each in mixed):
                continue
            message = f"The evidence knows no “{said[sense][0]}”; it says “{against[0]}”."
            yield Suspicion("direction", 1.5, (said[sense][0],), message, "sense")
            return


def _denials(
    said: Mapping[str, tuple[str, ...]],
    text: str,
    evidence: str,
    language: str,
) -> Iterator[Suspicion]:
    bare = _no_denial(language).sub(" ", text)
    denials = _denying(bare, language)
    lacks = len(_pattern_of("lacks", language).findall(text))
    grounds = _grounds(evidence)
    within = [word for word in grounds.within if not _is_said_alike(word, text)]
    allowed = grounds.outright + max(0, len(within) - lacks)
    if len(denials) > allowed:
        word = denials[-1]
        message = f"“{word}” denies something that the evidence does not deny."
        yield Suspicion("direction", 2.0, (word,), message, "sense")
        return
    defeat = _pattern_of("defeats", language).search(text)
    if defeat and not grounds.defeat and not allowed:
        message = f"The evidence speaks of no defeat such as “{defeat.group()}”."
        yield Suspicion("direction", 1.6, (defeat.group(),), message, "sense")
        return
    turned = any(sense in said for sense in ("not", "bad", "down"))
    if grounds.denied and not turned and grounds.clauses <= 2 and language != "en" and len(text) > 8:
        message = f"The evidence says “{grounds.denied}”; the text does not."
        yield Suspicion("direction", 1.2, (grounds.denied,), message, "sense")
