"""What a real model can write, and for whom: ``make bench NAME=floor``, by hand.

``OPENAI_BASE_URL``, ``OPENAI_API_KEY``, ``SUMMARY_MODEL``, ``SUMMARY_MODE`` and ``JUDGE_MODEL`` as in
production; without an endpoint nothing is measured. ``PAPERS`` (8) recorded papers of May 2026 are summarised
in ``LANGUAGES`` (``en,zh-Hans``) on a database of their own: ``floor.<code>.ready`` is the share of papers
that readers of a language would get as a summary and not as an extract, ``floor.<code>.takeaways`` how many
takeaways those have, ``floor.tokens_per_summary`` what a ready one took, everything counted. The summaries go
to standard error, to be read: whether a sentence reads well no figure says.
"""

import json
import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

PAPERS = int(os.environ.get("PAPERS", "8"))
LANGUAGES = os.environ.get("LANGUAGES", "en,zh-Hans").split(",")
DAY = date(2026, 3, 18)  # that the factories' papers were announced on


def settle_in(home: Path) -> None:
    """A place of its own, before Django reads its settings."""
    os.environ.update(
        ENV_FILE="",
        VAR_DIR=str(home),
        DEBUG="1",
        DATABASE_URL=f"sqlite:///{home / 'bench.sqlite3'}",
        REDIS_URL="",
        DAILY_TOKEN_BUDGET=str(10**9),
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    os.environ.setdefault("MODEL_TIMEOUT", "900")
    os.environ.setdefault("MODEL_CONCURRENCY", "2")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def measure() -> None:
    """Summarise the papers and print the figures; the summaries go to standard error."""
    from django.db.models import Sum

    from benchmarks.grounding import load
    from newsletter.models import Summary, SummaryAttempt
    from newsletter.summaries.service import summarise_day
    from tests.factories import make_paper

    for pair in [each for each in load() if each.day.startswith("2026-05")][:: 600 // PAPERS][:PAPERS]:
        make_paper(title=pair.source.title, abstract=pair.source.abstract)
    report = summarise_day(DAY, LANGUAGES)
    ready = Summary.objects.filter(state="ready", author="model")
    for code in LANGUAGES:
        rows = ready.filter(language=code)
        for row in rows.order_by("pk"):
            points = "".join(f"\n  - {each.text}" for each in row.draft.takeaways)
            sys.stderr.write(f"\n{code} {row.paper.title}\n  {row.sentence}{points}\n")
        others = Summary.objects.filter(language=code).exclude(pk__in=rows)
        say(f"{code}.ready", rows.count() / PAPERS, "share", reasons=[row.reason[:200] for row in others])
        takeaways = [len(row.takeaways) for row in rows]
        say(f"{code}.takeaways", sum(takeaways) / max(1, len(takeaways)), "takeaways")
    calls = SummaryAttempt.objects
    spent = calls.aggregate(asked=Sum("prompt_tokens"), said=Sum("completion_tokens"))
    tokens = (spent["asked"] or 0) + (spent["said"] or 0)
    purposes = {purpose: calls.filter(purpose=purpose).count() for purpose in SummaryAttempt.Purpose.values}
    say("tokens_per_summary", tokens / max(1, ready.count()), "tokens", calls=purposes, counts=report.counts)
    sys.stderr.write("".join(f"{problem}\n" for problem in report.problems))


def say(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one figure as a line of JSON."""
    line = {"name": f"floor.{name}", "value": round(value, 4), "unit": unit, "papers": PAPERS, **more}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def main() -> int:
    """Measure, if the environment names a model."""
    if not os.environ.get("OPENAI_BASE_URL") and not os.environ.get("OPENAI_API_KEY"):
        sys.stderr.write("No OPENAI_BASE_URL and no OPENAI_API_KEY: no model is measured.\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        settle_in(Path(folder))
        measure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
