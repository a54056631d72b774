"""Parses the query language.

    diffusion models                 both words, in title or abstract
    "diffusion model"                side by side, in this order
    title:robot  abstract:"in vivo"  only there
    author:"Fei-Fei Li"              one author's name has all of these words; "F" stands for "Fei"
    cat:cs.CV  cat:cs.*  cat:hep-th  the category, the archive
    a OR b,  a AND NOT b,  -b        NOT binds first, then AND (which may be left out), then OR
    title:(robot OR "world model")   a field for several
    *                                every paper

Operators are written in capitals. Case, accents, a plural's ending and hyphens make no difference. Every
error is a :class:`QueryError` whose ``position`` is the offending character.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from newsletter.arxiv import taxonomy
from newsletter.errors import InvalidInput, QueryError
from newsletter.topics.matching.problems import problem
from newsletter.topics.matching.query import (
    Category,
    Everything,
    Field,
    Node,
    Query,
    Term,
    both,
    either,
    negated,
)
from newsletter.topics.matching.words import clean, split_words

MAX_LENGTH = 4000
MAX_TERMS = 400
MAX_PHRASE = 50
MAX_DEPTH = 40
# Writing out adds no more than 40 characters for each letter of a query: so many are never too long.
_SURELY_SHORT = MAX_LENGTH // 40

_FIELDS = {
    "title": Field.TITLE,
    "ti": Field.TITLE,
    "abstract": Field.ABSTRACT,
    "abs": Field.ABSTRACT,
    "author": Field.AUTHOR,
    "au": Field.AUTHOR,
    "all": Field.TEXT,
    "text": Field.TEXT,
    "cat": None,
    "category": None,
}
"""The names of fields, and None for the category, which is not looked for in words."""

# Keyboards of East Asian and European readers write these for ( ) : * and a blank.
_WIDE = str.maketrans("（）：＊\u3000", "():* ")
_MARKS = '"“”„‟＂'
_ALL_QUOTES = re.compile(f"[{_MARKS}「」『』«»]")
# Control characters that are no blanks, and halves of surrogate pairs: no database takes them.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_PLAIN = re.compile("[a-z0-9]+(?: [a-z0-9]+)*")
_TOKEN = re.compile(
    rf"""
    (?P<open>\() | (?P<close>\))
    | (?P<phrase> [{_MARKS}][^{_MARKS}]*[{_MARKS}] | 「[^「」]*」 | 『[^『』]*』 | «[^«»]*» | »[^«»]*« )
    | (?P<unclosed>[{_MARKS}「」『』«»])
    | (?P<minus>(?<![^\s(-])-(?=\S))          # directly before what it excludes, as in "robot -survey"
    | (?P<field>[^\s(){_MARKS}「」『』«»:]++):
    | (?P<run>[^\s(){_MARKS}「」『』«»:]+)
    | (?P<colon>:)
    """,
    re.VERBOSE,
)


class _Kind(StrEnum):
    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    FIELD = "field"
    WORDS = "words"
    STAR = "*"
    END = "end"


class _Token(NamedTuple):
    kind: _Kind
    text: str
    position: int
    quoted: bool = False


_SIGNS = {"(": _Kind.OPEN, ")": _Kind.CLOSE, "-": _Kind.NOT}
_OPERATORS = {"AND": _Kind.AND, "OR": _Kind.OR, "NOT": _Kind.NOT, "*": _Kind.STAR}


def parse_query(text: str) -> Query:
    """The query that ``text`` means. Raises :class:`QueryError` and nothing else, for any string."""
    if len(text) <= _SURELY_SHORT and _PLAIN.fullmatch(text):
        # A fast path for what readers write most.
        return Query(both([Term(word) for word in text.split(" ")]))
    _check_characters(text)
    query = Query(_Parser(_tokens(text)).query())
    if len(text) > _SURELY_SHORT and len(str(query)) > MAX_LENGTH:
        # Fields before brackets are written out: without this the canonical form might not parse again.
        raise problem("too-long-in-full", len(text) - 1, limit=MAX_LENGTH)
    return query


def topic_query(categories: Iterable[str], query: str) -> Query:
    """A topic's query: one of the categories (if there are any) and the query (if it is not blank).

    Raises :class:`QueryError` for a query that does not parse and for a category that arXiv does not have.
    """
    parts: list[Node] = []
    named: list[Node] = [Category(_category(pattern, 0)) for pattern in categories]
    if named:
        parts.append(either(named))
    if query.strip():
        parts.append(parse_query(query).root)
    return Query(both(parts))


class _Parser:
    """Recursive descent over the tokens; each level of brackets is one level of recursion."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._terms = 0
        self._depth = 0

    def query(self) -> Node:
        if self._kind() is _Kind.END:
            raise problem("empty")
        node = self._either(None)
        if self._kind() is not _Kind.END:
            raise problem("closes-none", self._at())
        return node

    def _kind(self) -> _Kind:
        return self._tokens[self._next].kind

    def _at(self) -> int:
        return self._tokens[self._next].position

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self, field: _Token | None) -> Node:
        parts = [self._both(field)]
        while self._kind() is _Kind.OR:
            operator = self._take()
            self._expect_operand(operator)
            parts.append(self._both(field))
        return either(parts)

    def _both(self, field: _Token | None) -> Node:
        parts = [self._unary(field)]
        while self._kind() not in (_Kind.OR, _Kind.CLOSE, _Kind.END):
            if self._kind() is _Kind.AND:
                self._expect_operand(self._take())
            parts.append(self._unary(field))
        return both(parts)

    def _unary(self, field: _Token | None) -> Node:
        negative = False
        while self._kind() is _Kind.NOT:
            self._expect_operand(self._take())
            negative = not negative
        node = self._operand(field)
        return negated(node) if negative else node

    def _operand(self, field: _Token | None) -> Node:
        token = self._take()
        if token.kind is _Kind.FIELD:
            if field is not None:
                raise problem("field-in-field", token.position, field=token.text, outer=field.text)
            if self._kind() not in (_Kind.WORDS, _Kind.OPEN):
                example = _example(token.text)
                raise problem("field-alone", token.position, field=token.text, example=example)
            return self._operand(token)
        if token.kind is _Kind.OPEN:
            return self._group(token, field)
        if token.kind is _Kind.WORDS:
            return self._leaf(token, field)
        if token.kind is _Kind.STAR and field is None:
            return Everything()
        raise _unexpected(token)

    def _group(self, opened: _Token, field: _Token | None) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise problem("too-deep", opened.position, limit=MAX_DEPTH)
        if self._kind() is _Kind.CLOSE:
            raise problem("empty-brackets", self._at())
        if self._kind() is _Kind.END:
            raise problem("never-closed", opened.position)
        node = self._either(field)
        if self._kind() is not _Kind.CLOSE:
            raise problem("never-closed", opened.position)
        self._take()
        self._depth -= 1
        return node

    def _leaf(self, token: _Token, field: _Token | None) -> Node:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise problem("too-many-terms", token.position, limit=MAX_TERMS)
        searched = Field.TEXT if field is None else _FIELDS[field.text.lower()]
        if searched is None:
            return Category(_category(token.text, token.position))
        if "*" in token.text and not token.quoted:
            raise problem("star-in-word", token.position + token.text.index("*"))
        length = 1 if token.text.isascii() and token.text.isalnum() else len(split_words(clean(token.text)))
        if not length:
            raise problem("no-letter", token.position, text=token.text[:20])
        if length > MAX_PHRASE:
            raise problem("long-phrase", token.position, limit=MAX_PHRASE)
        return Term(token.text, searched)

    def _expect_operand(self, operator: _Token) -> None:
        if self._kind() in (_Kind.CLOSE, _Kind.END):
            raise problem("operator-last", operator.position, operator=operator.kind.value)


def _tokens(text: str) -> list[_Token]:
    """The tokens of a text, and its end."""
    narrow = text if text.isascii() else text.translate(_WIDE)
    tokens = []
    for match in _TOKEN.finditer(narrow):
        group, position, word = match.lastgroup, match.start(), match.group()
        if group == "run":
            tokens.append(_Token(_OPERATORS.get(word, _Kind.WORDS), word, position))
        elif group == "phrase":
            # Wide signs inside a phrase are the reader's own.
            phrase = " ".join(_ALL_QUOTES.sub(" ", text[position + 1 : match.end() - 1]).split())
            tokens.append(_Token(_Kind.WORDS, phrase, position, quoted=True))
        elif group == "field":
            tokens.append(_Token(_Kind.FIELD, _field(word[:-1], position), position))
        elif group == "unclosed":
            raise problem("open-quote", position)
        elif group == "colon":
            raise problem("stray-colon", position)
        else:
            tokens.append(_Token(_SIGNS[word], word, position))
    tokens.append(_Token(_Kind.END, "", len(text)))
    return tokens


def _field(name: str, position: int) -> str:
    if name.lower() not in _FIELDS:
        raise problem("no-such-field", position, field=name[:30])
    return name.lower()


def _category(pattern: str, position: int) -> str:
    try:
        categories = taxonomy.expand(pattern)
    except InvalidInput as error:
        near = str(error.details.get("near", ""))
        code = "mistyped-category" if near else "no-such-category"
        raise problem(code, position, category=pattern.strip(), near=near) from error
    if len(categories) == 1:
        return categories[0]
    wanted = pattern.strip().lower()
    return wanted if wanted.startswith("grp_") else f"{taxonomy.archive_of(categories[0])}.*"


def _check_characters(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise problem("too-long", MAX_LENGTH, limit=MAX_LENGTH)
    if (match := _FORBIDDEN.search(text)) is not None:
        raise problem("character", match.start(), character=f"U+{ord(match.group()):04X}")


def _unexpected(token: _Token) -> QueryError:
    if token.kind is _Kind.CLOSE:
        return problem("nothing-before-bracket", token.position)
    if token.kind is _Kind.STAR:
        return problem("star-in-field", token.position)
    return problem("operator-first", token.position, operator=token.kind.value)


def _example(field: str) -> str:
    searched = _FIELDS[field]
    value = "cs.CV" if searched is None else '"Fei-Fei Li"' if searched is Field.AUTHOR else "robot"
    return f"{field}:{value}"
