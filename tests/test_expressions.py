"""No expression takes more than linear time, whatever text it sees: found by looking, not by a list."""

import ast
import importlib
import os
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from re import _parser as parser  # what the patterns are made of
from typing import Any

import pytest
import regex

import config
import newsletter
import operations
import services
import subscriptions
from newsletter.grounding import numerals, registers, senses
from newsletter.grounding.numbers import suspect_context, suspect_numbers
from newsletter.grounding.quantities import quantities, spelled
from newsletter.readings.tables import _value_pattern
from subscriptions.feedback import names

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PACKAGES = (config, newsletter, operations, services, subscriptions)
SOURCES = [
    path
    for package in PACKAGES
    for path in sorted(Path(package.__path__[0]).rglob("*.py"))
    if "migrations" not in path.parts
]
LENGTH = 8_000  # characters: more than grows unseen
GLANCE = 2_000  # characters in which a quadratic expression takes some milliseconds
FAST = 0.0015  # seconds for a glance
FLOOR = 0.01  # seconds: what is faster is fast enough, and cannot be measured
MOST_GROWTH = 3.0  # twice the text
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

# What texts have much of. Every expression is also pumped with what it repeats itself.
EVERYDAY = ("-", "1,", "(", " ", "\n ", '"', ".", "a", "a ", "1 ", "<a ", "한")
THOROUGH = "HOSTILE_INPUTS" in os.environ  # all pumps: a minute and more

# Expressions that may take longer, and why nobody is harmed.
EXCEPTIONS: dict[str, str] = {}

# Expressions that are made while the program runs, by their function, and why they are linear.
_BETWEEN = "a text that was escaped, between looks to its sides"
MADE = {
    "newsletter/desk/evidence.py::marked": "a quotation's words, with white space between",
    "newsletter/desk/evidence.py::singled_out": "words that were escaped, one beside the other",
    "newsletter/rendering/evidence.py::_find": "a quotation's words, with white space between",
    "newsletter/readings/tables.py::_in_prose": _BETWEEN,
    "newsletter/readings/tables.py::_value_pattern": "pumped below",
    "newsletter/readings/tables.py::occurs": _BETWEEN,
    "newsletter/sources/fulltext/pages.py::_tidy": "one accent and one letter",
    "newsletter/llm/failures.py::_any_of": "called for constants only, which are pumped",
    "newsletter/grounding/boundaries.py::compile_words": "tables of words, which are pumped",
    "newsletter/grounding/evidence.py::locate": "a quotation's words, with white space between",
    "newsletter/grounding/languages.py::_is_word_of": _BETWEEN,
    "newsletter/grounding/toml_records.py::_pattern": "compiled to see whether it can be",
    "newsletter/grounding/names.py::_stands_together": "bounded between escaped words",
    "newsletter/grounding/numbers.py::is_supported": "one of our own words",
    "newsletter/grounding/numbers.py::_stands_verbatim": _BETWEEN,
    "newsletter/grounding/numbers.py::_is_digits_of_name": _BETWEEN,
    "newsletter/grounding/senses.py::_any_word": "called for constants only, which are pumped",
    "newsletter/grounding/words.py::normalise": "a TeX command that was escaped",
    "newsletter/text/glossary.py::terms_in": _BETWEEN,
    "operations/doctor/spf.py::value": "one of the delimiters of a macro, escaped",
    "services/sources/query.py::_in_category": "the demonstration's own server, with names of categories",
    "services/sources/query.py::_worded": "the demonstration's own server, with titles of its sample",
    "subscriptions/addresses.py::without_addresses": "an address that was escaped",
    "subscriptions/feedback/faults.py::__post_init__": "held by the family, which is pumped",
    "subscriptions/feedback/names.py::_domain": "pumped below",
    "subscriptions/feedback/names.py::_word": "pumped below",
    "subscriptions/feedback/reports.py::_fields": "a field's name that was escaped, and the lines after it",
    "subscriptions/feedback/texts.py::own_lines": "an address that was escaped",
    "subscriptions/feedback/verdicts.py::_by_status": "a status of three numbers",
}


# -- all of them ----------------------------------------------------------------


def modules() -> Iterator[Any]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:
                yield importlib.import_module(module.name)


def patterns_in(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from patterns_in(each, depth + 1)
    elif depth < 4 and isinstance(value, dict):
        for each in value.values():
            yield from patterns_in(each, depth + 1)
    elif depth < 4 and is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from patterns_in(getattr(value, field.name, None), depth + 1)


def all_patterns() -> dict[str, Any]:
    """Every compiled expression at a module's top, also within tables, once, and what is made of words."""
    found: dict[Any, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(patterns_in(value)):
                found.setdefault(pattern, f"{module.__name__}.{name}[{number}]")
    for name, value in made_patterns().items():
        for number, pattern in enumerate(patterns_in(value)):
            found.setdefault(pattern, f"{name}[{number}]")
    return {name: pattern for pattern, name in found.items()}


def made_patterns() -> dict[str, Any]:
    languages = ("en", "ko", "ja", "ru", "ar", "he")
    kinds = ("denials", "defeats", "lacks")
    return {
        "tables._value_pattern": _value_pattern("8.4 1"),
        "spelled._multiples": [spelled._multiples(each) for each in languages],
        "spelled._table_pattern": [
            spelled._table_pattern(each) for each in languages if each in numerals.WORDS
        ],
        "spelled._positional_pattern": [spelled._positional_pattern(each) for each in languages],
        "registers._address": [found for each in languages if (found := registers._address(each))],
        "registers._endings": [
            pattern
            for each in languages
            if (endings := registers._endings(each))
            for pattern in (endings[0], *endings[1].values())
        ],
        "senses._patterns": [senses._patterns(each) for each in languages],
        "senses._pattern_of": [senses._pattern_of(kind, each) for kind in kinds for each in languages],
        "names._domain": names._domain("example.org"),
        "names._word": names._word("reader"),
    }


def uses() -> dict[str, set[str]]:
    """How each name is used as an expression: {"newsletter.text.tex.parser._OWN_NAME": {"fullmatch"}}.

    A private name is its module's own; of others all sources are looked at.
    """
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = node.value.id
                found.setdefault(f"{module}.{name}" if name.startswith("_") else name, set()).add(node.attr)
    return found


# -- texts that an expression is slow on ----------------------------------------------------------------


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
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
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
        elif name == "ATOMIC_GROUP":
            yield from pumps_of(argument, before)
        before += _example(code, argument)


def literals_of(parsed: Any) -> set[str]:
    """The signs that an expression names, also within its groups."""
    found: set[str] = set()
    for code, argument in parsed:
        if str(code) == "LITERAL":
            found.add(chr(argument))
        elif isinstance(argument, tuple | list):
            for each in argument:
                found |= literals_of(each) if isinstance(each, parser.SubPattern) else set()
    return found


def slow_texts(pattern: Any) -> Iterator[tuple[str, str]]:
    """(what comes first, what is repeated after it) to make a text."""
    for unit in PUMPS if THOROUGH else EVERYDAY:
        yield "", unit
    if isinstance(pattern.pattern, bytes):
        return
    try:
        parsed = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE & ~regex.V1 & ~regex.V0 & 0xFF)
    except (re.error, OverflowError, ValueError):
        return  # what only ``regex`` reads
    signs = sorted(literals_of(parsed))[:6]
    for before, unit in pumps_of(parsed):
        if unit:
            yield "", unit
            yield "", before + unit
            yield before, unit
        for sign in signs if before else ():
            yield before, sign


def text_of(before: str, unit: str, length: int, pattern: Any) -> Any:
    text = before + (unit * (length // len(unit) + 1))[:length] + "\x01"
    return text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text


def least_seconds(work: Callable[[], object], *, tries: int) -> float:
    """The least time of several that this process took: a loaded machine only ever adds to it."""
    least = float("inf")
    for _ in range(tries):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


def seconds(pattern: Any, pump: tuple[str, str], length: int, *, tries: int = 1, anchored: bool) -> float:
    text = text_of(*pump, length, pattern)

    def look() -> None:
        if anchored:
            pattern.match(text)
            pattern.fullmatch(text)
        else:
            for _ in pattern.finditer(text):
                pass

    return least_seconds(look, tries=tries)


def growth(pattern: Any, pump: tuple[str, str], *, anchored: bool) -> float:
    """How many times longer twice the text takes, where that is more than it may be; else 0."""
    length = GLANCE // 4
    if seconds(pattern, pump, length, anchored=anchored) < FLOOR:
        length = GLANCE
        if seconds(pattern, pump, length, anchored=anchored) < FAST:
            return 0.0
    if seconds(pattern, pump, length, anchored=anchored) < FLOOR:
        length = LENGTH  # what is slow is not measured at its slowest
    for _ in range(2):  # what only seemed slow is looked at once more
        once = seconds(pattern, pump, length, tries=3, anchored=anchored)
        twice = seconds(pattern, pump, 2 * length, tries=3, anchored=anchored)
        if once < FLOOR or twice <= MOST_GROWTH * once:
            return 0.0
    return round(twice / once, 1)


def test_every_expression_takes_linear_time():
    found = all_patterns() | {name: pattern for name, pattern, _ in inline_patterns()}
    at_start = {name for name, _, is_at_start in inline_patterns() if is_at_start}
    assert len(found) > 350
    used = uses()
    slow = {}
    for name, pattern in found.items():
        constant = name.partition("[")[0]
        methods = used.get(constant) or used.get(constant.rpartition(".")[2], set())
        anchored = name in at_start or bool(methods and methods <= AT_START)
        for pump in dict.fromkeys(slow_texts(pattern)):
            if constant not in EXCEPTIONS and (grew := growth(pattern, pump, anchored=anchored)):
                slow[name] = (pump, grew)
                break
    assert not slow


@pytest.mark.parametrize(
    ("expression", "pump"),
    [
        ("-+$", ("", "-")),
        (r"\s*(?:,|;)", ("", " ")),
        (r"<[^<>\s]+@[^<>\s]+>", ("<", "@")),
        ("(a|aa)*b", ("", "a")),
    ],
)
def test_an_expression_that_is_slow_is_noticed(expression: str, pump: tuple[str, str]):
    pattern = re.compile(expression)
    if expression != "(a|aa)*b":  # exponential: never to be run
        # One measure of few milliseconds may hit a busy moment; five do not.
        assert any(growth(pattern, pump, anchored=False) for _ in range(5))
    assert pump in set(slow_texts(pattern))


# -- none that is not looked at ----------------------------------------------------------------

CALLS = {"search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split", "compile"}


def inline_calls() -> Iterator[tuple[str, str, ast.Call]]:
    """(place, function, call) where an expression is used that no module holds: ``re.search("…", text)``."""
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _calls_within(tree, str(path.relative_to(ROOT)), function="")


def _calls_within(node: ast.AST, path: str, *, function: str) -> Iterator[tuple[str, str, ast.Call]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        function = node.name
    if _is_call(node) and (function or node.func.attr != "compile"):  # type: ignore[attr-defined]
        yield f"{path}:{node.lineno}", f"{path}::{function}", node  # type: ignore[attr-defined, misc]
    for each in ast.iter_child_nodes(node):
        yield from _calls_within(each, path, function=function)


def _is_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("re", "regex")
        and node.func.attr in CALLS
    )


def pattern_of(call: ast.Call) -> Any:
    """The expression of a call, compiled; None if it is made while the program runs."""
    given = [each.value for each in call.keywords if each.arg == "flags"] + call.args[1:]
    flags = " ".join(ast.unparse(each) for each in given)
    value = sum(flag.value for flag in (re.IGNORECASE, re.MULTILINE, re.DOTALL) if str(flag.name) in flags)
    try:
        return re.compile(ast.literal_eval(call.args[0]), value)
    except ValueError:
        return None


def inline_patterns() -> Iterator[tuple[str, Any, bool]]:
    """(place, expression, whether it is looked for at the start only)."""
    for place, _, call in inline_calls():
        if (pattern := pattern_of(call)) is not None:
            yield place, pattern, call.func.attr in AT_START  # type: ignore[attr-defined]


def test_every_expression_that_is_made_while_the_program_runs_is_listed_with_its_reason():
    assert {function for _, function, call in inline_calls() if pattern_of(call) is None} == set(MADE)


# -- what counts numbers in a model's answer ----------------------------------------------------------------

COUNTED = (
    "1% ",
    "2 ",
    "1,",
    "1",
    "1-",
    "$1 ",
    "%1",
    "1 of 2 ",
    "A1-",
    "10^",
    "one ",
    "三",
    "百",
    "일",
    "1 to ",
)
LANGUAGES = ("en", "ko", "ja", "ar")


@pytest.mark.parametrize("unit", COUNTED)
def test_counting_numbers_takes_linear_time(unit: str):
    for language in LANGUAGES:
        for tries in (1, 2, 4):  # what only seemed slow is looked at again
            once, twice = (seconds_to_count(unit, length, language, tries) for length in (1_250, 2_500))
            if twice < max(0.2, MOST_GROWTH * once):
                break
        else:
            pytest.fail(f"{language}: {once:.3f} s, and for twice the text {twice:.3f} s")


def seconds_to_count(unit: str, length: int, language: str, tries: int) -> float:
    text, source = (unit * length)[:length], ("3" + unit) * (length // (len(unit) + 1))

    def count() -> None:
        quantities.cache_clear()
        quantities(text, language=language)
        list(suspect_numbers(text, source, language=language))
        list(suspect_context(text, text, language=language))

    return least_seconds(count, tries=tries)


@pytest.mark.parametrize(
    "text",
    ["9" * 500, "三" * 500, "일" * 500 + "개", "10^" + "9" * 5000, "9" * 59 + "^30", "9" * 400 + "분의 1"],
)
def test_numbers_that_nothing_can_hold_are_none(text: str):
    for language in LANGUAGES:
        quantities(text, language=language)
        list(suspect_numbers(text, text[::-1], language=language))
        list(suspect_numbers(text, "12 of 30", language=language))
