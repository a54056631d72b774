"""Who does what: for each word of an English text, whose doing its clause tells of.

A small closed-class grammar (``data/en.toml`` [english.clauses]), no parser. A sentence is cut where a
conjunction or a relative begins another clause; the noun phrase that begins a clause is its subject;
participles that follow ("…, reducing cost") keep it.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from newsletter.grounding.boundaries import compile_words
from newsletter.grounding.lexicons import english


class Agent(Enum):
    """Whose doing a clause tells of."""

    OWN = "own"  # the paper's own work: its method, its authors
    OTHERS = "others"  # what there was before, or what is studied
    GAUGE = "gauge"  # the paper's own benchmark, data set or study: what it shows is others' doing
    NOBODY = ""  # not told, or a finding without a doer


class Doer(NamedTuple):
    """Who it is, and the first word, in lower case, of the name where the clause has one."""

    agent: Agent
    name: str = ""


NOBODY = Doer(Agent.NOBODY)
_LISTS = english().clauses
_DETERMINERS, _AUTHORS = frozenset(_LISTS.determiners), frozenset(_LISTS.authors)
_OWN_NOUNS, _NEW = frozenset(_LISTS.own_nouns), frozenset(_LISTS.new)
_OTHERS, _KINDS = frozenset(_LISTS.others), frozenset(_LISTS.kinds)
_FINDINGS, _GAUGES = frozenset(_LISTS.findings), frozenset(_LISTS.gauges)
_OPENERS, _SAYING = frozenset(_LISTS.openers), _LISTS.saying
_VERBS, _PREPOSITIONS = frozenset(_LISTS.verbs), frozenset(_LISTS.prepositions)
_ADVERBS = frozenset(_LISTS.adverbs)
_ENDS = frozenset(".;:!?")
_STOPS = _ENDS | {","}
_RELATIVES = frozenset({"which", "who"})
_LONGEST_SUBJECT = 10  # words
_PREDICATE = 12  # words in which a clause says what its subject is or does


def doers_of(tokens: Sequence[str]) -> tuple[Doer, ...]:
    """For each token the doer of its clause. Tokens are words and stops in order, in their own case."""
    result: list[Doer] = []
    doer = NOBODY
    begins = True
    for at, token in enumerate(tokens):
        if begins and token not in _STOPS:
            doer, begins = _subject(tokens[at : at + _LONGEST_SUBJECT], before=doer), False
            if doer.agent is Agent.OWN and _gauges(tokens[at : at + _PREDICATE]):
                doer = Doer(Agent.GAUGE)
        result.append(doer)
        if token in _ENDS:
            doer, begins = NOBODY, True
        elif _opens_clause(tokens, at):
            begins = True
    return tuple(result)


def _gauges(clause: Sequence[str]) -> bool:
    """Whether it measures rather than performs: "X is a benchmark …", "The paper investigates …"."""
    return not _GAUGES.isdisjoint(token.lower() for token in clause)


def _opens_clause(tokens: Sequence[str], at: int) -> bool:
    lower = tokens[at].lower()
    if lower in _OPENERS:
        return True
    if lower == "that":  # after a verb of saying; after other words it is a relative and keeps the doer
        return at > 0 and tokens[at - 1].lower().startswith(_SAYING)
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if lower in _RELATIVES:  # "which GARDO addresses", but not "which is addressed"
        return is_name(following) or following.lower() in _DETERMINERS
    # "…, with models failing", ", and a new method …": a subject of its own after a comma.
    after_comma = at > 0 and tokens[at - 1] == ","
    return after_comma and (lower == "with" or (lower == "and" and following.lower() in _DETERMINERS))


def _subject(phrase: Sequence[str], *, before: Doer) -> Doer:
    """What the noun phrase is that a clause begins with; ``before`` where it has no subject of its own."""
    head = list(_head(phrase))
    if head and (_is_named(head) or _is_introduced(phrase, after=len(head))):
        return Doer(Agent.OWN, head[0].lower())
    lower = [token.lower() for token in head]
    goes_on = not head or lower[0].endswith(("ing", "ly")) or lower[0] in _ADVERBS
    if goes_on and not _OTHERS.intersection(lower[:1]):
        return before
    return Doer(_described(lower, named=any(map(is_name, head))))


def _described(phrase: Sequence[str], *, named: bool) -> Agent:
    """Who a noun phrase without a name at its front is."""
    if _AUTHORS.intersection(phrase[:3]):
        return Agent.OWN
    if _OTHERS.intersection(phrase) and not _NEW.intersection(phrase):
        return Agent.OTHERS
    if _FINDINGS.intersection(phrase[:2]):
        return Agent.NOBODY
    if phrase[0] in _DETERMINERS or _NEW.intersection(phrase):
        own = named or not _OWN_NOUNS.isdisjoint(phrase) or not _NEW.isdisjoint(phrase)
        return Agent.OWN if own else Agent.NOBODY
    return Agent.OTHERS if any(map(_is_plural, phrase)) else Agent.NOBODY


def _is_introduced(phrase: Sequence[str], *, after: int) -> bool:
    """ "Spatia, a framework": one capitalised word and what it is."""
    following = [token.lower() for token in phrase[after : after + 2]]
    return after == 1 and phrase[0][0].isupper() and following in ([",", "a"], [",", "an"], [",", "the"])


def _is_named(head: Sequence[str]) -> bool:
    """A name in the singular: "TC-AE …", "Mixed Advantage Policy Optimization …", "OpenVision 2 …"."""
    if is_name(head[0]):  # in "LLM-based agents" a name stands before, and others are meant
        return len(head) == 1 or head[1].lower() not in _KINDS
    run = 0
    while run < len(head) and head[run][0].isupper():
        run += 1
    return run > 1 and not _is_plural(head[run - 1].lower())


def _head(phrase: Sequence[str]) -> Iterator[str]:
    for token in phrase:
        lower = token.lower()
        if lower in _PREPOSITIONS or lower in _VERBS or not token[0].isalnum():
            return
        yield token


def _is_plural(word: str) -> bool:
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ics"))


def is_name(token: str) -> bool:
    """Capitals inside or with digits: "TC-AE", "GPT-4", "FlashSampling"; not the plural of an acronym."""
    if not token or (token.endswith("s") and token[:-1].isupper()):
        return False
    return any(letter.isupper() for letter in token[1:]) or (
        token[0].isupper() and any(letter.isdigit() for letter in token)
    )


_HEAD_OF_TITLE = compile_words(r"([^\s:]+)(?: [^\s:]+){0,3}:")
_PRESENTED = compile_words(
    r"\b(?:we|paper|work|report|study)(?:,? [a-z]+,?)? (?:propose|introduce|present|develop|describe|release|"
    r"build|construct|design|create|call|name|term)s?((?:[^.;:]|\.(?=\w)){0,160})",
    ignore_case=True,
)
_NAME = compile_words(r"[A-Za-z][A-Za-z0-9]*(?:[-_+][A-Za-z0-9]+)*")


@lru_cache(maxsize=512)
def own_names(source: str) -> frozenset[str]:
    """What a normalised source calls its own work: the head of its title, and what follows "we propose …"."""
    head = _HEAD_OF_TITLE.match(source)
    names = {head.group(1).lower()} if head else set()
    for presented in _PRESENTED.finditer(source):
        names.update(name.lower() for name in _NAME.findall(presented.group(1)) if is_name(name))
    return frozenset(names)
