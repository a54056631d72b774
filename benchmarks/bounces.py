"""Recorded bounces, complaints, replies and webhook payloads: is each judged as is known to be right?

``bounces.accuracy`` is over all mails with a recorded expectation and all payloads, by five verdicts: hard,
soft, complaint, auto-reply, none; a refusal that is the sender's own fault counts as soft there.
``bounces.wrongly_suppressed`` counts the readers who would lose their subscription though they are not gone.
The misses are listed on stderr.
"""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.subscriptions.recorded_mail import Case, forms, mails, payloads  # noqa: E402 - Django first

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "mail"


def main() -> int:
    if not RECORDED.is_dir():
        sys.stderr.write(
            "bounces: the recorded mails (../shared/data/mail) are not here; nothing is measured.\n"
        )
        return 0
    everything: list[Case] = []
    for name, read in (("mails", mails), ("forms", forms), ("payloads", payloads)):
        cases = list(read(RECORDED))
        everything += cases
        figure(f"bounces.accuracy_{name}", share(cases), "share", count=len(cases))
    for case in everything:
        if not case.right or case.wrongly_suppressed:
            sys.stderr.write(f"miss: {case.name}: expected {case.expected}, found {case.reasons}\n")
    wrong = sum(case.wrongly_suppressed for case in everything)
    figure("bounces.accuracy", share(everything), "share", goal=">= 0.97", count=len(everything))
    figure("bounces.wrongly_suppressed", wrong, "readers", goal="0")
    return 0


def share(cases: list[Case]) -> float:
    return round(sum(case.right for case in cases) / len(cases), 4)


def figure(name: str, value: float, unit: str, **more: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}))


if __name__ == "__main__":
    sys.exit(main())
