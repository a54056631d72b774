"""How well each language's checks tell true takeaways from false ones: ``make bench NAME=languages``.

True takeaways of the sets in ``benchmarks/true_sentences``, each within a draft with others of the same
paper, through :func:`check_summary`; and the same with one thing wrong. ``false_alarms`` is the share of true
takeaways that were refused, ``caught`` the share of wrong ones that were; both by half of the set, too.
``VERBOSE=1`` writes each false alarm and each miss with what was found to standard error (only of the half
"tune", which may be looked at; ``VERBOSE=all`` of both); ``CODES=de,fr`` measures these languages alone.
"""

import json
import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks._true_sentences import DATA, KINDS, Sentence, corruptions, draft, sets, sources
from newsletter.grounding import Finding, Others, check_summary

HALVES = ("tune", "report")
MOST_FALSE_ALARMS, LEAST_CAUGHT = 0.03, 0.95


@dataclass
class Tally:
    """Of one half or both: how many were tried and refused, by kind; "true" are the true ones."""

    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, *, refused: bool) -> None:
        """Count one text."""
        self.tried[kind] += 1
        self.refused[kind] += refused

    @property
    def false_alarms(self) -> float:
        """The share (0-1) of true takeaways that were refused."""
        return self.refused["true"] / max(1, self.tried["true"])

    @property
    def caught(self) -> float:
        """The share (0-1) of wrong takeaways that were refused."""
        return sum(self.refused[kind] for kind in KINDS) / max(1, sum(self.tried[kind] for kind in KINDS))

    def kinds(self) -> dict[str, float]:
        """The share (0-1) of refused ones by kind of mistake."""
        return {kind: round(self.refused[kind] / self.tried[kind], 3) for kind in KINDS if self.tried[kind]}


def look(sentence: Sentence, text: str) -> tuple[Finding, ...]:
    """What is found against a takeaway within its draft."""
    checked = draft(sentence, text)
    own = f"takeaways[{len(checked.takeaways) - 1}]"
    others = Others.of([source for paper, source in sources().items() if paper != sentence.paper])
    findings = check_summary(checked, sources()[sentence.paper], language=sentence.language, others=others)
    return tuple(each for each in findings if each.verdict == "failed" and each.field.startswith(own))


def tell(kind: str, sentence: Sentence, text: str, findings: tuple[Finding, ...]) -> None:
    """Write a false alarm or a miss to standard error, if that is wanted."""
    verbose = os.environ.get("VERBOSE", "")
    wrong = bool(findings) if kind == "true" else not findings
    if not verbose or not wrong or (sentence.half != "tune" and verbose != "all"):
        return
    heading = "FALSE ALARM" if kind == "true" else f"MISSED {kind}"
    reasons = "; ".join(f"{each.check}: {each.message}" for each in findings)
    where = f"{heading} {sentence.language} {sentence.paper}"
    sys.stderr.write(f"{where}\n  {text}\n  {reasons}\n  evidence: {sentence.evidence}\n")


def measure(code: str) -> dict[str, Tally]:
    """Try all sentences of a language, true and wrong: a tally for all and for each half."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for sentence in sets()[code].sentences:
        for kind, text in (("true", sentence.text), *corruptions(sentence)):
            findings = look(sentence, text)
            tell(kind, sentence, text, findings)
            for half in ("all", sentence.half):
                tallies[half].add(kind, refused=bool(findings))
    return tallies


def report(name: str, value: float, goal: str, **more: object) -> None:
    """Print one figure as a line of JSON."""
    line = {"name": f"languages.{name}", "value": round(value, 4), "unit": "share", "goal": goal, **more}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def report_language(code: str, tallies: dict[str, Tally]) -> None:
    """Print the figures of a language."""
    for half in ("all", *HALVES):
        tally, suffix = tallies[half], "" if half == "all" else f"_{half}"
        report(
            f"{code}.false_alarms{suffix}",
            tally.false_alarms,
            f"<= {MOST_FALSE_ALARMS}",
            tried=tally.tried["true"],
        )
        tried = {kind: tally.tried[kind] for kind in KINDS}
        report(f"{code}.caught{suffix}", tally.caught, f">= {LEAST_CAUGHT}", kinds=tally.kinds(), tried=tried)


def main() -> int:
    """Print the figures of all languages that are wanted, and the worst of them."""
    if not DATA.is_dir():
        sys.stderr.write(f"The recorded papers are not there ({DATA}): nothing is measured.\n")
        return 0
    wanted = [code for code in os.environ.get("CODES", "").split(",") if code] or list(sets())
    every = {}
    for code in wanted:
        every[code] = measure(code)
        report_language(code, every[code])
    report(
        "worst_false_alarms",
        max(each["all"].false_alarms for each in every.values()),
        f"<= {MOST_FALSE_ALARMS}",
    )
    report("worst_caught", min(each["all"].caught for each in every.values()), f">= {LEAST_CAUGHT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
