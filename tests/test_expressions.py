"""No expression that sees a stranger's mail takes more than linear time: found by looking, not by a list."""

# ruff: noqa: E501
import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from re import _parser as parser  # what the patterns are made of
from typing import Any

import regex

import newsletter
import subscriptions

ROOT = Path(__file__).parents[1]
PACKAGES = (newsletter, subscriptions)
SOURCES = [
    path
    for package in PACKAGES
    for path in sorted(Path(package.__path__[0]).rglob("*.py"))
    if not {"migrations", "management"} & set(path.parts)
]
LENGTH = 8_000  # characters: more than grows unseen
FLOOR = 0.01  # seconds: what is faster is fast enough, and cannot be measured
MOST_GROWTH = 3.0  # twice the text
# What strangers write to us, and the border. Elsewhere expressions see shorter texts, and not all are linear.
LOOKED_AT = (
    *("subscriptions.addresses", "subscriptions.feedback.prose", "subscriptions.feedback.reports"),
    *("subscriptions.feedback.statuses", "subscriptions.feedback.texts", "subscriptions.feedback.webhooks"),
    *("subscriptions.feedback.bounds", "subscriptions.feedback.envelopes", "newsletter.border"),
)
AT_START = {"match", "fullmatch", "pattern"}
PUMPS = (
    *(
        "-",
        "1,",
        "aaaa@",
        "1% ",
        "(",
        ")",
        "[",
        "<",
        ">",
        " ",
        "\n",
        "\t",
        "\n ",
        '"',
        "'",
        "=",
        ".",
        "a.",
        "a-",
    ),
    *(
        "a",
        "a ",
        "A",
        "0",
        "1",
        "1.",
        "1 ",
        "\\",
        "\\a",
        "{",
        "}",
        "$",
        "^",
        "_",
        "|*>-",
        ":",
        "a:",
        "a: b\n",
    ),
    *(
        "5.1.1 ",
        "550 ",
        "<a ",
        "=?a?q?",
        "http://a",
        "<think>",
        "```",
        "é",
        "한",
        "א",
        "，",
        "a@b.c ",
        "%",
        "±",
    ),
)


def modules() -> Iterator[Any]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in found.name and ".management." not in found.name:
                yield importlib.import_module(found.name)


def patterns_in(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif depth < 3 and isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from patterns_in(each, depth + 1)
    elif depth < 3 and isinstance(value, dict):
        for each in value.values():
            yield from patterns_in(each, depth + 1)


def all_patterns() -> dict[str, Any]:
    """Every compiled expression at a module's top, also within tables, once."""
    found: dict[Any, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(patterns_in(value)):
                found.setdefault(pattern, f"{module.__name__}.{name}[{number}]")
    return {name: pattern for pattern, name in found.items()}


def uses() -> dict[str, set[str]]:
    """How each name is used as an expression, over all sources: {"_NAME": {"match"}}."""
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(node.value.id, set()).add(node.attr)
    return found


# -- texts that an expression is slow on ----------------------------------------------------------------------


def example_of(parsed: Any) -> str:
    """A text that a part of an expression matches, roughly."""
    return "".join(_example(code, argument) for code, argument in parsed)


def _example(code: Any, argument: Any) -> str:
    name = str(code)
    if name == "LITERAL":
        return chr(argument)
    if name == "NOT_LITERAL":
        return "a" if argument != ord("a") else "b"
    if name == "ANY":
        return "a"
    if name == "IN":
        return _member(argument)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return example_of(argument[2]) * max(argument[0], 1 if argument[1] else 0)
    if name == "SUBPATTERN":
        return example_of(argument[3])
    if name == "ATOMIC_GROUP":
        return example_of(argument)
    if name == "BRANCH":
        return example_of(argument[1][0])
    return ""


def _member(items: Any) -> str:
    candidates = "a1 -.,A@\n_(<é한" if str(items[0][0]) == "NEGATE" else ""
    for code, argument in items:
        if str(code) == "LITERAL" and not candidates:
            return chr(argument)
        if str(code) == "RANGE" and not candidates:
            return chr(argument[0])
        if str(code) == "CATEGORY" and not candidates:
            return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(
                str(argument), "a-"
            )[0]
    excluded = {chr(argument) for code, argument in items if str(code) == "LITERAL"}
    return next((each for each in candidates if each not in excluded), "a")


def pumps_of(parsed: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(what comes first, what is repeated), for each repetition in an expression."""
    for code, argument in parsed:
        name = str(code)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            if argument[1] > 50:
                yield before, example_of(argument[2])
            yield from pumps_of(argument[2], before)
        elif name == "SUBPATTERN":
            yield from pumps_of(argument[3], before)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from pumps_of(branch, before)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from pumps_of(argument[1], before)
        before += _example(code, argument)


def slow_texts(pattern: Any) -> Iterator[str]:
    """Units that are repeated to make a text; each also with what would have to come before it."""
    yield from PUMPS
    if isinstance(pattern.pattern, bytes):
        return
    try:
        parsed = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE & ~regex.V1 & ~regex.V0 & 0xFF)
    except (re.error, OverflowError, ValueError):
        return  # what only ``regex`` reads
    for before, unit in pumps_of(parsed):
        if unit:
            yield unit
            yield before + unit
            yield before + unit * 50


def text_of(unit: str, length: int, pattern: Any) -> Any:
    text = (unit * (length // len(unit) + 1))[:length] + "\x01"
    return text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text


def seconds(pattern: Any, unit: str, length: int, *, tries: int = 1, anchored: bool = False) -> float:
    """The least time of several: a loaded machine only ever adds to it."""
    text = text_of(unit, length, pattern)
    least = float("inf")
    for _ in range(tries):
        began = time.process_time()
        if anchored:
            pattern.match(text)
            pattern.fullmatch(text)
        else:
            for _ in pattern.finditer(text):
                pass
        least = min(least, time.process_time() - began)
    return least


def test_every_expression_takes_linear_time():
    found = {
        name: pattern
        for name, pattern in (all_patterns() | inline_patterns()).items()
        if name.replace("/", ".").startswith(LOOKED_AT)
    }
    assert len(found) > 20
    used = uses()
    slow = {}
    for name, pattern in found.items():
        anchored = (
            bool(methods := used.get(name.rpartition(".")[2].partition("[")[0])) and methods <= AT_START
        )
        for unit in dict.fromkeys(slow_texts(pattern)):
            if grew := growth(pattern, unit, anchored=anchored):
                slow[name] = (unit[:60], grew)
                break
    assert not slow


def growth(pattern: Any, unit: str, *, anchored: bool) -> float:
    """How many times longer twice the text takes, where that is more than it may be; else 0."""
    length = LENGTH // 16
    while length < LENGTH and seconds(pattern, unit, length, anchored=anchored) < FLOOR:
        length *= 4  # what is slow is not measured at its slowest
    once = seconds(pattern, unit, length, anchored=anchored)
    if once < FLOOR:
        return 0.0
    once = min(once, seconds(pattern, unit, length, tries=2, anchored=anchored))
    twice = seconds(pattern, unit, 2 * length, tries=3, anchored=anchored)
    return round(twice / once, 1) if once > FLOOR and twice > MOST_GROWTH * once else 0.0


# -- none that is not looked at ---------------------------------------------------------------------------------

CALLS = {"search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"}


def inline_calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Where an expression is used that no module holds: ``re.search("…", text)``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("re", "regex")
            and node.func.attr in CALLS
        ):
            yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def pattern_of(call: ast.Call) -> Any:
    """The expression of a call, compiled; None if it is made while the program runs."""
    given = [each.value for each in call.keywords if each.arg == "flags"] + call.args[3:]
    flags = " ".join(ast.unparse(each) for each in [*given, *call.args[2:3]])
    value = sum(flag for flag in (re.IGNORECASE, re.MULTILINE, re.DOTALL) if flag.name in flags)
    try:
        return re.compile(ast.literal_eval(call.args[0]), value)
    except ValueError:
        return None


def inline_patterns() -> dict[str, Any]:
    found = {name: pattern_of(call) for path in SOURCES for name, call in inline_calls(path)}
    return {name: pattern for name, pattern in found.items() if pattern is not None}
