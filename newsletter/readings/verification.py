"""Whether what a model notes about a paper stands there. Pure.

A statement lives only if the paper has its evidence, and if every check of a summary holds against the
section that it comes from. A row of results lives only if its number stands by its method: in a table in one
row under the metric, in prose in one sentence or the next.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rapidfuzz import fuzz

from newsletter import grounding
from newsletter.grounding import Finding, Source, evidence, hygiene
from newsletter.readings.answers import Claim, ClaimedResult
from newsletter.readings.chunks import Chunk
from newsletter.readings.facts import FIELDS, Facts, Result, Statement
from newsletter.readings.prompts import MAX_STATEMENT
from newsletter.readings.tables import line_at, occurs, value_near_method
from newsletter.sources.fulltext.document import Passage
from newsletter.text.readable import readable

LIKENESS = 88.0  # of a quotation and the passage, 0-100
LONGEST_EVIDENCE = 900  # characters
SECTION_TEXT = 14_000  # characters of the section that a statement is held against
MAX_CELL = 80  # characters of a method, a metric, a value


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, and why, in a sentence fit for a repair request and for the editor."""

    text: str
    reason: str


@dataclass(slots=True)
class Verified:
    """What stood the checks, and what did not."""

    facts: Facts
    refused: list[Refusal] = field(default_factory=list)


def verify(
    claims: Sequence[Claim], results: Sequence[ClaimedResult], chunk: Chunk, paper: Source
) -> Verified:
    """The claims about a chunk that the chunk supports, with the chunk's own words as evidence.

    ``paper`` is the title and the abstract, in which a statement's words may stand besides.
    """
    checker = _Checker(chunk, paper)
    statements: list[Statement] = []
    rows: list[Result] = []
    refused: list[Refusal] = []
    for claim in claims:
        statement = checker.statement(claim)
        if isinstance(statement, Refusal):
            refused.append(statement)
        else:
            statements.append(statement)
    for result in results:
        row = checker.result(result)
        if isinstance(row, Refusal):
            refused.append(row)
        else:
            rows.append(row)
    return Verified(Facts(tuple(statements), tuple(rows)), refused)


class _Checker:
    """The passages of a chunk, in which claims are looked up."""

    def __init__(self, chunk: Chunk, paper: Source) -> None:
        self.passages: dict[str, list[Passage]] = {}
        for each in chunk.passages:
            self.passages.setdefault(each.anchor, []).append(each)
        self.all = chunk.passages
        self.headings = dict(chunk.headings)
        self.paper = paper

    def statement(self, claim: Claim) -> Statement | Refusal:
        text = readable(claim.text)
        if claim.field not in FIELDS:
            return Refusal(claim.text, f"“{claim.field}” is no field.")
        if not text or len(text) > MAX_STATEMENT + 100:
            return Refusal(claim.text, "The text is empty or too long.")
        place = self.find(claim.passage, claim.evidence)
        if place is None:
            return Refusal(text, "Its evidence does not stand in the paper.")
        passage, start, end = place
        source = replace(self.paper, text=self.around(passage))
        shown = passage.text[start:end]
        failed = grounding.failed(grounding.check_text(text, source, language="en", evidence=shown))
        if failed:
            return Refusal(text, reasons(failed))
        if _is_copy_of_title(text, self.paper.title):
            return Refusal(text, "This only repeats the title.")
        heading = self.headings.get(passage.section, "")
        return Statement("", claim.field, text, shown, passage.anchor, heading, start, end)

    def result(self, claim: ClaimedResult) -> Result | Refusal:
        cells_text = f"{claim.method} | {claim.metric} | {claim.value} | {claim.data}"
        cells = [readable(each) for each in (claim.method, claim.metric, claim.value, claim.data)]
        if not all(cells[:3]) or any(len(each) > MAX_CELL for each in cells):
            return Refusal(cells_text, "A row of results needs a method, a metric and a value, each short.")
        if not re.search(r"\d", claim.value):
            return Refusal(cells_text, "The value is no number.")
        if any(grounding.failed(_hygiene(each)) for each in cells if each):
            return Refusal(cells_text, "A cell holds markup or a placeholder.")
        method, metric, value, data = cells
        candidates = self.passages.get(claim.passage.strip("[] "), [])
        for passage in (*candidates, *self.all):
            start = value_near_method(passage.text, method=method, metric=metric, value=value, data=data)
            if start is not None:
                heading = self.headings.get(passage.section, "")
                if data and not occurs(data, f"{heading} {self.around(passage)}"):
                    return Refusal(cells_text, f"The paper does not speak of “{data}” there.")
                row = line_at(passage.text, start)
                return Result("", method, metric, value, data, row, passage.anchor, heading)
        return Refusal(cells_text, f"“{value}” does not stand by “{method}” under “{metric}” in the paper.")

    def find(self, anchor: str, quotation: str) -> tuple[Passage, int, int] | None:
        """The passage with the quotation, and where it stands; where the model says, else anywhere."""
        if len(quotation) > LONGEST_EVIDENCE:
            return None
        named = self.passages.get(anchor.strip("[] "), [])
        for passage in (*named, *self.all):
            exact = evidence.locate(quotation, passage.text)
            if exact is not None and len(quotation.split()) >= 3:
                return passage, *_whole(passage.text, *exact)
        for passage in (*named, *self.all):
            if evidence.likeness(quotation, passage.text) >= LIKENESS:
                near = fuzz.partial_ratio_alignment(quotation.lower(), passage.text.lower())
                if near is not None:
                    return passage, *_whole(passage.text, near.dest_start, near.dest_end)
        return None

    def around(self, passage: Passage) -> str:
        """The passage and the rest of its section, as much as is held against one statement."""
        rest = [each.text for each in self.all if each.section == passage.section and each is not passage]
        return "\n".join([passage.text, *rest])[:SECTION_TEXT]


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, extended to whole words."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _hygiene(text: str) -> Iterable[Finding]:
    return hygiene.check_hygiene(text, text, field="cell")


def reasons(findings: Iterable[Finding]) -> str:
    """Why something was refused, in one line."""
    return " ".join(
        f"{each.message}" + (f" ({', '.join(each.words[:3])})" if each.words else "") for each in findings
    )[:500]


def _is_copy_of_title(text: str, title: str) -> bool:
    return bool(title) and fuzz.ratio(text.lower(), title.lower()) > 92


def as_json(refused: Iterable[Refusal]) -> list[dict[str, Any]]:
    """Refusals for the ledger."""
    return [{"text": each.text[:400], "reason": each.reason} for each in refused]
