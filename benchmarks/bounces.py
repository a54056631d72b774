"""Recorded bounces, complaints, replies and webhook payloads: is each judged as is known to be right?

``bounces.accuracy`` is over all mails with a recorded expectation and all payloads, by five verdicts: hard,
soft, complaint, auto-reply, none; a refusal that is the sender's own fault counts as soft there. A hard
bounce that is doubtful is right if the reader is gone, because it acts when it comes again, and if not,
because it does nothing the first time; ``bounces.strict_accuracy`` counts it as one that acts at once.
``bounces.wrongly_suppressed`` counts the readers who would lose their subscription by one report though they
are not gone.

``bounces.leave_one_vendor_out`` says what to expect of servers that nobody has seen. Each vendor's mails are
judged without the phrases that only this vendor's mails have: without what may have been learned from them.
``bounces.unseen_strict`` and ``bounces.unseen_wrongly_suppressed`` are as above, in that run. The misses are
listed on stderr.
"""

import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

import django

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from subscriptions.feedback.names import without_names  # noqa: E402 - Django first
from subscriptions.feedback.phrases import FAMILIES, Family  # noqa: E402 - Django first
from subscriptions.feedback.reports import read  # noqa: E402 - Django first
from tests.subscriptions.feedback.recorded_mail import Case, forms, mails, payloads  # noqa: E402 - Django first

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "mail"


def main() -> int:
    """Print the figures; misses go to standard error."""
    if not RECORDED.is_dir():
        sys.stderr.write(
            "bounces: the recorded mails (../shared/data/mail) are not here; nothing is measured.\n"
        )
        return 0
    everything: list[Case] = []
    for name, read_cases in (("mails", mails), ("forms", forms), ("payloads", payloads)):
        cases = list(read_cases(RECORDED))
        everything += cases
        figure(f"bounces.accuracy_{name}", share(cases), "share", count=len(cases))
    report_misses("miss", everything)
    wrong = sum(case.wrongly_suppressed for case in everything)
    figure("bounces.accuracy", share(everything), "share", goal=">= 0.97", count=len(everything))
    figure("bounces.strict_accuracy", strict_share(everything), "share", count=len(everything))
    figure("bounces.wrongly_suppressed", wrong, "readers", goal="0")
    unseen = list(leave_one_vendor_out(RECORDED))
    report_misses("unseen", unseen)
    wrong = sum(case.wrongly_suppressed for case in unseen)
    figure("bounces.leave_one_vendor_out", share(unseen), "share", goal=">= 0.96", count=len(unseen))
    figure("bounces.unseen_strict", strict_share(unseen), "share", count=len(unseen))
    figure("bounces.unseen_wrongly_suppressed", wrong, "readers", goal="0")
    return 0


def leave_one_vendor_out(folder: Path) -> Iterator[Case]:
    """Each mail judged with the phrases that do not rest on its vendor alone."""
    vendors_of = phrases_by_vendor(folder)
    for vendor in sorted(set().union(*vendors_of.values())):
        families = without_vendor(vendor, vendors_of)
        for read_cases in (mails, forms):
            yield from read_cases(folder, families=families, only=partial(is_of_vendor, vendor))


def is_of_vendor(vendor: str, name: str) -> bool:
    """Whether a recorded mail's file is of a vendor."""
    return vendor_of(name) == vendor


def vendor_of(name: str) -> str:
    """``lhost-exim`` of "bsd/lhost-exim-02.eml", ``simple`` of "simple_01.txt"."""
    return re.sub(r"[-_]\d+$", "", Path(name).stem)


def phrases_by_vendor(folder: Path) -> Mapping[str, set[str]]:
    """The vendors in whose mails each phrase stands; all of them under the empty phrase."""
    vendors: dict[str, set[str]] = defaultdict(set)
    for path in sorted((*(folder / "sisimai").rglob("*.eml"), *(folder / "flufl_bounce").glob("*.txt"))):
        vendor = vendor_of(path.name)
        vendors[""].add(vendor)
        for report in read(path.read_bytes()).reports:
            report_text = f"{report.diagnostic}\n{report.own}\n{report.words}"
            text = " ".join(without_names(report_text, recipient=report.recipient).split())
            for phrase in {phrase for family in FAMILIES for phrase in family.phrases}:
                if _compiled(phrase).search(text):
                    vendors[phrase].add(vendor)
    return vendors


@cache
def _compiled(phrase: str) -> re.Pattern[str]:
    return re.compile(phrase, re.IGNORECASE)


def without_vendor(vendor: str, vendors_of: Mapping[str, set[str]]) -> list[Family]:
    """The families of phrases without those that stand in this vendor's mails alone."""
    return [
        Family(
            family.reason,
            family.kind,
            [phrase for phrase in family.phrases if vendors_of.get(phrase, set()) != {vendor}],
        )
        for family in FAMILIES
    ]


def share(cases: list[Case]) -> float:
    """The share (0-1) of cases that were judged right."""
    return round(sum(case.right for case in cases) / len(cases), 4)


def strict_share(cases: list[Case]) -> float:
    """The share (0-1) of cases that were judged right at once, doubtful ones not counted."""
    return round(sum(case.strictly_right for case in cases) / len(cases), 4)


def report_misses(heading: str, cases: Iterable[Case]) -> None:
    """Tell on standard error which cases were judged wrongly."""
    for case in cases:
        if not case.right or case.wrongly_suppressed:
            sys.stderr.write(f"{heading}: {case.name}: expected {case.expected}, found {case.reasons}\n")


def figure(name: str, value: float, unit: str, **more: object) -> None:
    """Print one figure as a line of JSON."""
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}))


if __name__ == "__main__":
    sys.exit(main())
