"""The check "direction" across languages: does a takeaway point where its (English) evidence points?

Words cannot be lined up across languages, but what they say can: up or down, better or worse, faster or
slower, and whether something is denied. Scores: 2 for a denial without ground, 1.5 for a turned direction.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from newsletter.grounding import words
from newsletter.grounding.boundaries import WordPattern, compile_words
from newsletter.grounding.direction_words import (
    CONCORD,
    CONJUNCTIONS,
    DEFEATS,
    DENIALS,
    GOES_ON,
    HARDSHIP,
    LACKS,
    NEGATORS,
    OPPOSITE,
    REPEATED,
    SENSES,
    UNDOINGS,
    WITHOUT,
    WORDS,
)
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.lexicons import english, lexicon
from newsletter.grounding.terms import has_terms, shared_anchors, subjects

# What also speaks for a sense, in the evidence: rising accuracy is an improvement, a saving is a gain.
_ALLIES = {
    "up": ("good",),
    "down": ("bad", "fast", "slow"),
    "good": ("up", "fast"),
    "bad": ("down", "slow"),
    "fast": ("good", "down"),
    "slow": ("bad", "up"),
}


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


@lru_cache(maxsize=32)
def _no_denial(language: str) -> WordPattern:
    """Where nothing is denied, whatever the words look like: "not only", French "ne … que"."""
    direction = lexicon(language).direction
    patterns = direction.no_denial if direction else ()
    return compile_words("|".join(patterns) or r"(?!)", ignore_case=True)


@lru_cache(maxsize=4096)
def senses(text: str, *, language: str) -> Mapping[str, tuple[str, ...]]:
    """The words of each sense that a normalised text holds; senses that it lacks are left out."""
    bare = _no_denial(language).sub(" ", text)
    result: dict[str, tuple[str, ...]] = {}
    for sense, pattern in _patterns(language).items():
        hits = tuple(match.group() for match in pattern.finditer(bare if sense in {"not", "bad"} else text))
        if hits:
            result[sense] = hits
    return MappingProxyType(result)


def _any_word(patterns: Iterable[str], *others: str) -> re.Pattern[str]:
    """One of the patterns between the boundaries of words, or one of the others anywhere."""
    return re.compile("|".join((rf"\b(?:{'|'.join(patterns)})\b", *others)), re.IGNORECASE)


_DENIALS = english().denials
_GROUNDS = _any_word(_DENIALS.outright, r"n't\b", r"(?<![\d.])0(?:\.0+)?%")  # each denies by itself
_SOFT_NOT = _any_word(_DENIALS.within_words)
_HARDLY, _HARD = _any_word(_DENIALS.hardly), _any_word(_DENIALS.hard)
_CLAUSAL_NOT = _any_word(_DENIALS.of_clauses, r"\b(?:does|do|is|are|was|were|did|can)n't\b")
_CLAUSES = re.compile(
    r"[;:]\s|\s-\s|,?\s(?:that|which|who|but|while|whereas|although|though|because|if|when|where|whose)\s"
    r"|,?\s(?:than|to)\s"
    r"|,\s(?=(?:and\s)?(?:we|it|this|these|they|the|an?|our|with|yet|so|as|\w+ing)\s)|,?\s(?=without\s)",
    re.IGNORECASE,
)


def suspect_direction_across(text: str, evidence: str, *, language: str) -> Iterator[Suspicion]:
    """``text`` in any language against its English evidence; both normalised."""
    if language not in WORDS:
        return
    claimed, grounded = senses(text, language=language), _senses_of_evidence(evidence)
    yield from _denials(claimed, text, evidence, language)
    for sense, opposite in OPPOSITE.items():
        if sense not in claimed or sense in grounded or opposite not in grounded:
            continue
        if opposite in claimed or "not" in claimed or "not" in grounded:
            continue  # the text has both, or a denial turns one of them: no verdict
        if sense in {"up", "good", "fast"} and any(ally in grounded for ally in _ALLIES[sense]):
            continue
        if sense == "up" and "fast" in claimed and "fast" in grounded:
            continue  # "more quickly" is no more of anything
        if sense == "bad" and _grounds(evidence).any:
            continue  # what "remains difficult" or "cannot" be done may be told as a struggle
        message = (
            f"“{claimed[sense][0]}” points the other way than “{grounded[opposite][0]}” in the evidence."
        )
        yield Suspicion("direction", 1.5, (claimed[sense][0],), message, "sense")
        return
    yield from _lost_ground(claimed, grounded, is_hard=_grounds(evidence).any)


_UNDER = re.compile(r"\bunder (?!\d)", re.IGNORECASE)  # "under this philosophy" nothing goes down


@lru_cache(maxsize=4096)
def _senses_of_evidence(evidence: str) -> Mapping[str, tuple[str, ...]]:
    result = dict(senses(_UNDER.sub(" ", evidence), language="en"))
    if _SOFT_NOT.search(evidence):
        result.setdefault("not", ("un-",))
    return MappingProxyType(result)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A part of an evidence: how often it denies outright, by which words ("un-"), and whether as a whole."""

    text: str
    outright: int
    within: tuple[str, ...]
    denied: str


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What an evidence allows to be denied: by its clauses, whether something goes hardly or with hardship,
    and any defeat.
    """

    clauses: tuple[_Clause, ...]
    hardly: bool
    hard: bool
    defeat: bool

    @property
    def any(self) -> bool:
        return self.hardly or self.hard or any(each.outright or each.within for each in self.clauses)


@lru_cache(maxsize=4096)
def _grounds(evidence: str) -> _Grounds:
    plain = _no_denial("en").sub(" ", evidence)
    parts = [part for sentence in words.sentences(plain) for part in _CLAUSES.split(sentence)]
    clauses = []
    for part in parts:
        denied = _CLAUSAL_NOT.search(part)
        within = tuple(match.group() for match in _SOFT_NOT.finditer(part))
        clauses.append(_Clause(part, len(_GROUNDS.findall(part)), within, denied.group() if denied else ""))
    return _Grounds(
        clauses=tuple(clauses),
        hardly=_HARDLY.search(plain) is not None,
        hard=_HARD.search(plain) is not None,
        defeat=_pattern_of("defeats", "en").search(evidence) is not None,
    )


@lru_cache(maxsize=64)
def _pattern_of(kind: str, language: str) -> WordPattern:
    table = {
        "denials": DENIALS,
        "concord": CONCORD,
        "defeats": DEFEATS,
        "lacks": LACKS,
        "hardship": HARDSHIP,
        "undoings": UNDOINGS,
        "without": WITHOUT,
    }[kind]
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
    rf"(?<![.;:!?।])[.;:!?।]+\s|,\s(?!(?:{'|'.join(GOES_ON)})\b)"
    rf"|\s(?:{'|'.join(CONJUNCTIONS)})\s(?=(?:\w+\s){{0,2}}?(?:{'|'.join(NEGATORS)})\b)",
    ignore_case=True,
)


_ALIKE, _ALIKE_REST = 6, 4  # letters
_ROMANCE = frozenset({"es", "fr", "it", "pt-BR"})


def _is_said_alike(word: str, text: str, language: str) -> bool:
    """Whether a text says an English "un-" or "non-" by no denial, or not at all.

    It does where it has a relative of the word: "nonperturbatif" for "non-perturbative". Written apart
    ("non lineare") that looks like a denial, in the Romance languages only before a relative of the rest.
    """
    plain = text.lower().replace("-", "")
    letters = word.lower().replace("-", "")
    if letters.startswith("non") and language in _ROMANCE:
        return letters[3 : 3 + _ALIKE_REST] not in plain or letters[:_ALIKE] in plain
    return letters[:_ALIKE] in plain


def _lost_ground(
    claimed: Mapping[str, tuple[str, ...]], grounded: Mapping[str, tuple[str, ...]], *, is_hard: bool
) -> Iterator[Suspicion]:
    """A fall or a loss that the evidence, which speaks of a rise or a gain, does not know.

    ``is_hard``: something is denied there, or goes hardly, which may be told as bad.
    """
    if "not" in claimed or "not" in grounded:
        return
    rises = grounded.get("up") or grounded.get("good")
    for sense in ("bad", "down", "slow"):
        against = grounded.get("fast") if sense == "slow" else rises
        backed = {"bad": ("bad", "down", "slow"), "down": ("down", "bad", "fast"), "slow": ("slow", "bad")}[
            sense
        ]
        mixed = {"bad": ("good", "up"), "down": ("up", "good", "fast"), "slow": ("fast",)}[sense]
        if sense == "bad" and is_hard:
            continue
        if sense in claimed and against and not any(each in grounded for each in backed):
            if any(each in claimed for each in mixed):
                continue
            message = f"The evidence knows no “{claimed[sense][0]}”; it says “{against[0]}”."
            yield Suspicion("direction", 1.5, (claimed[sense][0],), message, "sense")
            return


def _denials(
    claimed: Mapping[str, tuple[str, ...]],
    text: str,
    evidence: str,
    language: str,
) -> Iterator[Suspicion]:
    grounds = _grounds(evidence)
    hardship = _pattern_of("hardship", language).search(text)
    if hardship and not grounds.any:
        message = f"“{hardship.group()}” denies something that the evidence does not deny."
        yield Suspicion("direction", 2.0, (hardship.group(),), message, "sense")
        return
    bare = _pattern_of("hardship", language).sub(" ", _no_denial(language).sub(" ", text))
    without = _pattern_of("without", language)
    denials = [*without.findall(bare), *_denying(without.sub(" ", bare), language)]
    lacks = len(_pattern_of("lacks", language).findall(bare))
    allowed = _allowed(text, grounds, lacks, language, single=len(denials) == 1)
    if not allowed and not hardship and (grounds.hard or (grounds.hardly and language not in HARDSHIP)):
        allowed = 1
    undoings = _pattern_of("undoings", language).findall(bare)
    if denials and len(denials) + len(undoings) > allowed:
        word = denials[-1]
        message = f"“{word}” denies something that the evidence does not deny."
        yield Suspicion("direction", 2.0, (word,), message, "sense")
        return
    defeat = _pattern_of("defeats", language).search(bare)
    if defeat and not grounds.defeat and not allowed:
        message = f"The evidence speaks of no defeat such as “{defeat.group()}”."
        yield Suspicion("direction", 1.6, (defeat.group(),), message, "sense")
        return
    if language != "en" and not denials and not hardship:
        yield from _lost_denials(claimed, text, grounds, evidence, language)


_CLOSE = 3  # names, numbers and subjects that a text shares with a clause
_OWN_SUBJECTS = 2  # of a clause that plainly speaks of something else


def _allowed(text: str, grounds: _Grounds, lacks: int, language: str, *, single: bool) -> int:
    """How often a text may deny something: as often as the clauses that it may be about do.

    Where a text with a single denial is plainly about some clause, another one that only speaks of other
    subjects grounds nothing.
    """
    shared = [shared_anchors(text, each.text, language=language) for each in grounds.clauses]
    plain = single and has_terms(language) and language != "en" and max(map(len, shared), default=0) >= _CLOSE
    outright, within = 0, 0
    for clause, common in zip(grounds.clauses, shared, strict=True):
        own = len(subjects(clause.text, language="en")) if plain and not common else 0
        if own < _OWN_SUBJECTS:
            outright += clause.outright
        if not own:
            within += sum(not _is_said_alike(word, text, language) for word in clause.within)
    return outright + max(0, within - lacks)


def _lost_denials(
    claimed: Mapping[str, tuple[str, ...]], text: str, grounds: _Grounds, evidence: str, language: str
) -> Iterator[Suspicion]:
    """A text without a denial about what its evidence denies."""
    grounded = _senses_of_evidence(evidence)
    turned = "not" in claimed or any(sense in claimed and sense not in grounded for sense in ("bad", "down"))
    denied = [each for each in grounds.clauses if each.denied]
    if not denied or turned or len(text) <= _SHORT:
        return
    rest = [each for each in grounds.clauses if not each.denied]
    if not rest or _closeness(text, denied, language) > _closeness(text, rest, language):
        word = denied[0].denied
        message = f"The evidence says “{word}”; the text does not."
        yield Suspicion("direction", 1.2, (word,), message, "sense")


_SHORT = 8  # characters, which say too little


def _closeness(text: str, clauses: Iterable[_Clause], language: str) -> int:
    """How much of what a text names, counts and speaks of stands in one of some English clauses."""
    return max(len(shared_anchors(text, clause.text, language=language)) for clause in clauses)
