"""What a reading knows, as values: statements with their evidence and a table of results. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

# The parts of a reading in the order in which they are read, and how many statements each may have.
FIELDS: Mapping[str, int] = {
    "background": 3,
    "earlier": 4,
    "idea": 3,
    "method": 8,
    "data": 4,
    "baselines": 4,
    "findings": 5,
    "limitations": 4,
    "significance": 3,
    "strengths": 3,
    "weaknesses": 3,
    "effort": 3,
    "audience": 2,
}
MOST_RESULTS = 12
CORE = frozenset({"idea", "method", "findings"})  # without one of these there is nothing to read
FEWEST = 3  # statements in all


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about the paper, in English. ``evidence`` are the paper's own words at ``anchor``,
    characters ``start`` to ``end`` of that passage; ``section`` is the heading it stands under."""

    id: str
    field: str
    text: str
    evidence: str
    anchor: str
    section: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """One number of the paper, written as the paper writes it; ``data`` is what it was measured on, or ""."""

    id: str
    method: str
    metric: str
    value: str
    data: str = ""
    evidence: str = ""
    anchor: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What every language says, in its own words."""

    statements: tuple[Statement, ...] = ()
    results: tuple[Result, ...] = ()

    def of(self, field: str) -> tuple[Statement, ...]:
        """The statements of one field, in their order."""
        return tuple(each for each in self.statements if each.field == field)

    @property
    def is_enough(self) -> bool:
        """Whether there is something to show: an idea, a method or a finding, and some more."""
        fields = {each.field for each in self.statements}
        return len(self.statements) >= FEWEST and bool(fields & CORE)

    def to_json(self) -> dict[str, Any]:
        """As :meth:`from_json` reads it."""
        return {
            "statements": [asdict(each) for each in self.statements],
            "results": [asdict(each) for each in self.results],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Missing keys are as good as empty ones."""
        return cls(
            statements=tuple(Statement(**each) for each in value.get("statements", ())),
            results=tuple(Result(**each) for each in value.get("results", ())),
        )


def merge(parts: Iterable[Facts]) -> Facts:
    """The facts of all parts of a paper, numbered anew, without repetitions."""
    statements: list[Statement] = []
    results: dict[tuple[str, str, str, str], Result] = {}
    for part in parts:
        for each in part.statements:
            if not any(_says_the_same(each, other) for other in statements):
                statements.append(each)
        for result in part.results:
            key = tuple(_folded(text) for text in (result.method, result.metric, result.data, result.value))
            results.setdefault(key, result)  # type: ignore[arg-type]
    order = list(FIELDS)
    statements.sort(key=lambda each: order.index(each.field))
    return Facts(
        statements=tuple(_numbered(each, "s", at) for at, each in enumerate(statements, 1)),
        results=tuple(_numbered(each, "r", at) for at, each in enumerate(results.values(), 1)),
    )


def keep(facts: Facts, wanted: Iterable[str]) -> Facts:
    """The facts with these ids, in this order within each field, as many as a field may have."""
    order = {name: at for at, name in enumerate(dict.fromkeys(wanted))}
    statements: list[Statement] = []
    for field, most in FIELDS.items():
        of_field = [each for each in facts.of(field) if each.id in order]
        of_field.sort(key=lambda each: order[each.id])
        statements += of_field[:most]
    results = sorted((each for each in facts.results if each.id in order), key=lambda each: order[each.id])
    return Facts(tuple(statements), tuple(results[:MOST_RESULTS]))


def first_ones(facts: Facts) -> Facts:
    """As many of each field as it may have, the first ones: the choice without a model's help."""
    return keep(facts, [*(each.id for each in facts.statements), *(each.id for each in facts.results)])


def is_too_many(facts: Facts) -> bool:
    """Whether a choice has to be made."""
    return len(facts.results) > MOST_RESULTS or any(
        len(facts.of(name)) > most for name, most in FIELDS.items()
    )


def _numbered(fact: Any, letter: str, at: int) -> Any:
    return type(fact)(**{**asdict(fact), "id": f"{letter}{at}"})


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def _says_the_same(statement: Statement, other: Statement) -> bool:
    places = [(each.field, each.anchor, each.evidence) for each in (statement, other)]
    if places[0] == places[1]:
        return True
    left, right = set(_folded(statement.text).split()), set(_folded(other.text).split())
    return bool(left) and len(left & right) >= 0.8 * max(len(left), len(right))
