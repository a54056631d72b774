"""arXiv's query language: ``cat:cs.CL AND (ti:"language model" OR abs:agent) ANDNOT au:smith``.

Fields, operators and dates follow https://info.arxiv.org/help/api/user-manual.html#query_details. AND and
ANDNOT bind closer than OR; words side by side are joined by OR, as Lucene does where nothing is said.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import translate

from services.sources.papers import Paper, Shelf, plain

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) |
        (?P<operator>(?:ANDNOT|AND|OR)(?=[\s(]|$)) |
        (?:(?P<field>[A-Za-z]+):)?
        (?:(?P<span>\[[^\]]*\]) | "(?P<phrase>[^"]*)" | (?P<group>(?=\()) | (?P<word>[^\s()"\[\]]+))
    )""",
    re.VERBOSE,
)
_SPAN = re.compile(r"\[\s*(\d{8}(?:\d{2}){0,3}|\*)\s+TO\s+(\d{8}(?:\d{2}){0,3}|\*)\s*\]")
_DATES = {"submitteddate": "submitted", "lastupdateddate": "updated"}
_WORDS = ("ti", "au", "abs", "co", "jr", "all")


class MalformedQueryError(ValueError):
    """The query does not parse; the message says what and where."""


@dataclass(frozen=True)
class _Token:
    kind: str
    field: str
    value: str
    at: int


Found = Callable[[Shelf, frozenset[int]], set[int]]
"""A parsed query: given the shelf and the numbers still in question, the numbers that match."""


def search(shelf: Shelf, query: str) -> set[int]:
    """The numbers of the papers that match; MalformedQueryError."""
    return _Parser(_tokens(query)).parse()(shelf, shelf.everything)


def _tokens(query: str) -> list[_Token]:
    tokens, at = [], 0
    while query[at:].strip():
        match = _TOKEN.match(query, at)
        if match is None:
            raise MalformedQueryError(f"unexpected {query[at:].strip()[0]!r} at {at}")
        kinds = ("open", "close", "operator", "span", "phrase", "group", "word")
        kind = next(kind for kind in kinds if match[kind] is not None)
        tokens.append(_Token(kind, (match["field"] or "").lower(), match[kind], at))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def parse(self) -> Found:
        found = self.alternatives("all")
        if self.at < len(self.tokens):
            raise MalformedQueryError(f"unexpected {self.tokens[self.at].value!r}")
        return found

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def alternatives(self, field: str) -> Found:
        parts = [self.conjunction(field)]
        while (token := self.peek()) is not None and token.kind != "close":
            if token.kind == "operator":
                self.at += 1
            parts.append(self.conjunction(field))
        return _either(parts)

    def conjunction(self, field: str) -> Found:
        found = self.term(field)
        while (token := self.peek()) is not None and token.value in ("AND", "ANDNOT"):
            if token.kind != "operator":
                break
            self.at += 1
            following = self.term(field)
            found = _both(found, following) if token.value == "AND" else _without(found, following)
        return found

    def term(self, field: str) -> Found:
        token = self.peek()
        if token is None or token.kind in ("close", "operator"):
            raise MalformedQueryError("a term is missing at " + (f"{token.at}" if token else "the end"))
        self.at += 1
        if token.kind == "group":
            field = token.field or field
            token = self.tokens[self.at]
            self.at += 1
        if token.kind == "open":
            found = self.alternatives(field)
            closing = self.peek()
            if closing is None:
                raise MalformedQueryError("a closing parenthesis is missing")
            self.at += 1
            return found
        return _leaf(token.field or field, token)


def _either(parts: list[Found]) -> Found:
    def found(shelf: Shelf, among: frozenset[int]) -> set[int]:
        return set().union(*(part(shelf, among) for part in parts))

    return parts[0] if len(parts) == 1 else found


def _both(left: Found, right: Found) -> Found:
    return lambda shelf, among: right(shelf, frozenset(left(shelf, among)))


def _without(left: Found, right: Found) -> Found:
    def found(shelf: Shelf, among: frozenset[int]) -> set[int]:
        kept = left(shelf, among)
        return kept - right(shelf, frozenset(kept))

    return found


def _leaf(field: str, token: _Token) -> Found:
    if field in _DATES:
        return _dated(_DATES[field], token)
    if token.kind == "span":
        raise MalformedQueryError(f"{field}: takes no range")
    if field == "cat":
        return _in_category(token.value)
    if field == "id":
        wanted = re.sub(r"v\d+$", "", token.value)
        return lambda shelf, among: {shelf.position[wanted]} & among if wanted in shelf.position else set()
    if field in _WORDS:
        return _worded(field, token.value)
    raise MalformedQueryError(f"unknown field {field!r}")


def _in_category(pattern: str) -> Found:
    matches = re.compile(translate(pattern.casefold())).match

    def found(shelf: Shelf, among: frozenset[int]) -> set[int]:
        return set().union(*(numbers & among for name, numbers in shelf.by_category.items() if matches(name)))

    return found


def _worded(field: str, value: str) -> Found:
    if "*" in value or "?" in value:
        starred = " ".join(value.casefold().split())
        matches = re.compile(re.escape(starred).replace(r"\*", r"\w*").replace(r"\?", r"\w")).search

        def contains(paper: Paper) -> bool:
            return matches(paper.words[field]) is not None
    else:
        wanted = plain(value)

        def contains(paper: Paper) -> bool:
            return wanted in paper.words[field]

    return lambda shelf, among: {number for number in among if contains(shelf.latest[number])}


def _dated(attribute: str, token: _Token) -> Found:
    span = _SPAN.fullmatch(token.value)
    if span is None:
        raise MalformedQueryError(f"not a range of YYYYMMDDHHMM: {token.value!r}")
    start, end = _bound(span[1], last=False), _bound(span[2], last=True)
    return lambda shelf, among: shelf.between(attribute, start, end) & among


def _bound(digits: str, *, last: bool) -> datetime:
    """The first, or the last, second that the given digits (UTC) stand for."""
    if digits == "*":
        return datetime.max.replace(tzinfo=UTC) if last else datetime.min.replace(tzinfo=UTC)
    fill = "235959" if last else "000000"
    try:
        return datetime.strptime(digits + fill[len(digits) - 8 :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedQueryError(f"no such date: {digits}") from None
