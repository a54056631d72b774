"""Which name has which part: names of a paper put in one another's place, within English.

Each name may stand in the source and the statement still be wrong: "VLA introduces a framework" where the
source introduces another by means of VLA. Five ways in which an exchanged name betrays itself:

1. It does what the paper's own work does, and the work's own name is not there.
2. It stands in one run of capitals with a word that it never stands beside in the source.
3. It stands in brackets after words that it abbreviates neither by its letters nor in the source.
4. It stands twice in a row, or is said to do something with itself.
5. It is a plural, and its verb is not.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from newsletter.grounding import words
from newsletter.grounding.boundaries import compile_words
from newsletter.grounding.findings import Suspicion
from newsletter.grounding.lexicons import english
from newsletter.grounding.names import names

_TOKEN = compile_words(r"[^\W_]+(?:[-./+'_][^\W_]+)*\+*|[.,;:!?()]")
_STOPS = frozenset(".;:!?")

_LISTS = english().roles
_OWN_DOING = frozenset(_LISTS.own_doing)  # not what any system may be found to do ("GPT-4o achieves 45 %")
_DOING = _OWN_DOING | frozenset(_LISTS.doing)
_DISAGREEING = frozenset(word for word in _DOING if word.endswith("s")) - frozenset(_LISTS.nouns_too)
_NAMING, _PREPOSITIONS = frozenset(_LISTS.naming), frozenset(_LISTS.prepositions)
_NO_DOERS = frozenset(_LISTS.no_doers) | words.STOP_WORDS
_ARTICLES = frozenset({"a", "an", "the"})

_PRESENTED = compile_words(
    r"\b(?:we|paper|work|report|study|article|research|project|and|to)(?:,? [a-z]+,?){0,3}? "
    r"(?:propose|introduce|present|develop|describe|release|build|construct|design|create|call|name|term|offer|provide|curate|contribute|unveil|explore|establish|"
    r"formulate|report|investigate|study|devise|train|advance|argue)\w*(?=((?:[^.;:]|\.(?=\w)){0,250}))",
    ignore_case=True,
)
_HEAD_OF_TITLE = compile_words(r"([^\s:,]+)(?: [^\s:]+){0,3}:")
_MOST_PRESENTED = 45  # words after "we present" among which a name is looked for


def suspect_roles(text: str, source: str) -> Iterator[Suspicion]:
    """Names of ``text`` that have another name's part in ``source``; both normalised and in English.

    The score is 2: each is as sure as a name that the source lacks.
    """
    tokens = _tokens(text)
    sure = _sure_names(text)
    exchanged = [
        *_alien_doers(tokens, sure, text, source),
        *_alien_runs(tokens, sure, source),
        *_alien_acronyms(tokens, sure, source),
        *_doubled(tokens, sure),
        *_disagreeing(tokens),
    ]
    for name in dict.fromkeys(exchanged):
        yield Suspicion("name", 2.0, (name,), f"The source does not say this of “{name}”.")


@lru_cache(maxsize=1024)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text))


@lru_cache(maxsize=1024)
def _sure_names(text: str) -> frozenset[str]:
    return frozenset(name for name, sure in names(text) if sure)


def _key(name: str) -> str:
    lower = name.lower()
    return lower[:-1] if lower.endswith("s") and len(lower) > 3 else lower


def _is_plural_acronym(token: str) -> bool:
    return len(token) > 2 and token.endswith("s") and token[:-1].isupper()


def _is_marked(token: str) -> bool:
    """Whether a token is surely a name by itself: "ROME", "OpenNovelty", not "LLMs" or "Arabic-focused"."""
    plain = any(part.islower() and len(part) > 3 for part in token.split("-"))
    return any(map(str.isupper, token[1:])) and not (plain or token[0].isdigit() or _is_plural_acronym(token))


# 1. Doers


def _alien_doers(tokens: Sequence[str], sure: frozenset[str], text: str, source: str) -> Iterator[str]:
    own = _head_of_title(source)
    if own and own in text.lower():
        return
    doers, capitals = _doers(source), _capitals(source)
    for at, token in enumerate(tokens[:-1]):
        if not (token in sure or (token[0].isupper() and _begins(tokens, at))):
            continue
        key = _key(token)
        if key in doers or key not in capitals or token.lower() in _NO_DOERS:
            continue
        if _is_presented(tokens, at):
            yield token


def _begins(tokens: Sequence[str], at: int) -> bool:
    return at == 0 or tokens[at - 1] in _STOPS


def _is_presented(tokens: Sequence[str], at: int) -> bool:
    """ "X introduces …", "X is a …", "X, a …", "called X"."""
    if at and tokens[at - 1].lower() in _NAMING:
        return True
    if not (_begins(tokens, at) or tokens[at - 1].lower() in {"which", "while"}):
        return False
    following = tokens[at + 1]
    if following in {"is", "was", ","}:
        return at + 2 < len(tokens) and tokens[at + 2].lower() in _ARTICLES
    return following in _OWN_DOING


@lru_cache(maxsize=512)
def _head_of_title(source: str) -> str:
    """The name before the title's colon, in lower case, where the abstract has it, too, or it is marked."""
    match = _HEAD_OF_TITLE.match(source)
    if not match or match.end() > 90:
        return ""
    head = match.group(1)
    is_name = any(map(str.isupper, head[1:])) or any(map(str.isdigit, head)) or head in source[match.end() :]
    return head.lower() if is_name else ""


@lru_cache(maxsize=512)
def _capitals(source: str) -> frozenset[str]:
    return frozenset(_key(token) for token in _tokens(source) if token[0].isupper() or token[0].isdigit())


@lru_cache(maxsize=512)
def _doers(source: str) -> frozenset[str]:
    """The names that a source lets do something or presents as its own."""
    head, colon, _ = source[:90].partition(":")
    doers = {_key(token) for token in _tokens(head)} if colon and len(head.split()) <= 4 else set()
    for match in _PRESENTED.finditer(source):
        doers.update(_presented(_tokens(match.group(1))[:_MOST_PRESENTED]))
    tokens = _tokens(source)
    for at, token in enumerate(tokens[:-1]):
        if not _may_be_name(token):
            continue
        following = tokens[min(at + 2, len(tokens) - 1)] if tokens[at + 1] == ")" else tokens[at + 1]
        before = tokens[at - 1].lower() if at else ""
        explained = following == "," and tokens[min(at + 2, len(tokens) - 1)].lower() in _ARTICLES
        appositive = before == following == "," or explained
        if (
            appositive
            or following in _DOING
            or following.endswith(("ly", "ing", "ed"))
            or before in {"our", *_NAMING}
        ):
            doers.add(_key(token))
    return frozenset(doers)


def _presented(tokens: Sequence[str]) -> Iterator[str]:
    """The names after "we present": before any preposition, after a comma or "called", or in brackets."""
    direct = True
    for at, token in enumerate(tokens):
        direct = direct and (at == 0 or token.lower() not in _PREPOSITIONS)
        before = tokens[at - 1].lower() if at else ""
        if _may_be_name(token) and (direct or before in {"(", ",", "as", *_NAMING}):
            yield _key(token)


def _may_be_name(token: str) -> bool:
    return any(map(str.isupper, token)) or any(map(str.isdigit, token))


# 2. Runs


_NEAR = 3  # words apart that may still belong to one name


def _alien_runs(tokens: Sequence[str], sure: frozenset[str], source: str) -> Iterator[str]:
    for at, (one, other) in enumerate(pairwise(tokens)):
        if not (one[0].isupper() and other[0].isupper()) or sure.isdisjoint((one, other)):
            continue
        if not (_is_marked(one) or (_is_marked(other) and not _begins(tokens, at))):
            continue
        if words.STOP_WORDS.isdisjoint((one.lower(), other.lower())) and _never_meet(one, other, source):
            yield f"{one} {other}"


def _never_meet(one: str, other: str, source: str) -> bool:
    """Whether a source has both of two words, but nowhere near each other."""
    places = _places(source)
    first, second = places.get(_key(one), ()), places.get(_key(other), ())
    return bool(first and second) and not any(abs(a - b) <= _NEAR for a in first for b in second)


@lru_cache(maxsize=512)
def _places(source: str) -> dict[str, list[int]]:
    table: dict[str, list[int]] = {}
    for at, token in enumerate(_tokens(source)):
        table.setdefault(_key(token), []).append(at)
    return table


# 3. Acronyms

_EXPANSION = 7  # words before a bracket that its acronym may stand for


def _alien_acronyms(tokens: Sequence[str], sure: frozenset[str], source: str) -> Iterator[str]:
    for at in range(1, len(tokens) - 2):
        name = tokens[at + 1]
        if tokens[at] != "(" or tokens[at + 2] != ")" or name not in sure:
            continue
        before = tokens[max(0, at - _EXPANSION) : at]
        if not _abbreviates(name, before) and not _stands_by(name, tokens[at - 1], source):
            yield name


def _abbreviates(name: str, before: Sequence[str]) -> bool:
    """Whether the name's letters are initials, in this order, of the words before it."""
    letters = [letter for letter in name.lower().removesuffix("s") if letter.isalpha()]
    initials = "".join(part[0] for token in before for part in token.lower().split("-") if part)
    if len(letters) <= 2:
        return not letters or letters[0] in initials
    remaining = iter(initials)
    return all(letter in remaining for letter in letters)


def _stands_by(name: str, word: str, source: str) -> bool:
    """Whether the source has the word, or a relative of it, within four words of the name."""
    tokens = _tokens(source)
    stem = words.stem(word.lower())
    for at in _places(source).get(_key(name), ()):
        if any(words.stem(token.lower()) == stem for token in tokens[max(0, at - 4) : at + 5]):
            return True
    return False


# 4. and 5.


def _doubled(tokens: Sequence[str], sure: frozenset[str]) -> Iterator[str]:
    for one, other in pairwise(tokens):
        if one == other and one in sure:
            yield one
    keys = Counter(_key(token) for token in tokens if token in sure and _is_marked(token))
    if len(tokens) < 2 or not (tokens[1] in _DOING or tokens[1] == ","):
        return
    first = _key(tokens[0])
    if keys[first] > 1 and not any(first in key for key in keys if key != first):
        yield tokens[0]


def _disagreeing(tokens: Sequence[str]) -> Iterator[str]:
    for at, token in enumerate(tokens[:-1]):
        if _is_plural_acronym(token) and _begins(tokens, at) and tokens[at + 1] in _DISAGREEING:
            yield token
