"""TOML tables as frozen dataclasses: each key is a field, and what does not fit is refused by name.

An unknown key, a missing one, an empty list, an entry that stands twice in a list and a pattern that does not
compile are refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import MappingProxyType, UnionType
from typing import Any, NewType, TypeVar, get_args, get_origin, get_type_hints

import regex

T = TypeVar("T")
Pattern = NewType("Pattern", str)


class RecordError(Exception):
    """Where in a file something is wrong, and what."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")


def read_record(value: object, kind: type[T], where: str = "") -> T:
    """A dataclass from a parsed table; ``where`` names the table in errors.

    Fields may be texts, numbers, flags, :data:`Pattern`, lists and tables of these, and other dataclasses. A
    key that is a word of Python ("not") has a "_" at its field's end. Raises :class:`RecordError`.
    """
    table = _table(value, where)
    hints = get_type_hints(kind)
    known = {each.name.removesuffix("_"): each for each in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise RecordError(
                _inside(where, key), f"there is no such key; there are {', '.join(sorted(known))}."
            )
    values = {}
    for key, each in known.items():
        if key in table:
            values[each.name] = _value(table[key], hints[each.name], _inside(where, key))
        elif each.default is MISSING and each.default_factory is MISSING:
            raise RecordError(_inside(where, key), "this is required.")
    return kind(**values)


def _inside(where: str, key: str) -> str:
    """ "[units] hours"; what stands at the top is a section."""
    if not where:
        return f"[{key}]"
    return f"{where} {key}"


def _value(value: object, kind: Any, where: str) -> Any:
    if get_origin(kind) is UnionType:
        kind = get_args(kind)[0]
    if is_dataclass(kind):
        return read_record(value, kind, where)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        return _list(value, get_args(kind)[0], where)
    if get_origin(kind) is Mapping:
        inner = get_args(kind)[1]
        entries = _table(value, where)
        if not entries:
            raise RecordError(where, "this is empty.")
        return MappingProxyType(
            {key: _value(each, inner, _inside(where, key)) for key, each in entries.items()}
        )
    return _SIMPLE[kind](value, where)


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RecordError(where, "this must be a table.")
    return value


def _list(value: object, kind: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise RecordError(where, "this must be a list that is not empty.")
    items = tuple(str(_SIMPLE[kind](each, where)) for each in value)
    seen: set[str] = set()
    for item in items:
        if item in seen:
            raise RecordError(where, f"“{item}” stands there twice.")
        seen.add(item)
    return items


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RecordError(where, f"{value!r} is no text.")
    return value


def _pattern(value: object, where: str) -> Pattern:
    text = _text(value, where)
    try:
        regex.compile(text)
    except regex.error as error:
        raise RecordError(where, f"the pattern {text!r} does not compile: {error}") from error
    return Pattern(text)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise RecordError(where, f"{value!r} is no number.")
    return float(value)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise RecordError(where, f"{value!r} is neither true nor false.")
    return value


_SIMPLE: Mapping[Any, Callable[[object, str], Any]] = {
    str: _text,
    Pattern: _pattern,
    float: _number,
    bool: _flag,
}
