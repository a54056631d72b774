"""How long it takes to find who had a paper, in a ledger of a million digests.

100,000 readers get ten papers in full and twenty in one line on each of ten days (times SCALE); one paper
stands in every eighth digest of one day, another in every eighth of all days. For both: to count who had it,
and to write down who is told. ``corrections.reach_day_ms`` is what an editor waits for; the other figures are
the worst that a task does. DATABASE=sqlite or DATABASE=postgres measures one alone.
"""

import json
import os
import random
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.admin import _world

ROOT = Path(__file__).resolve().parent.parent
SCALE = float(os.environ.get("SCALE", "1"))
READERS, DAYS = int(100_000 * SCALE), 10
VARIANTS = 48  # different digests of a day
FULL, LINES, POOL = 10, 20, 400
LANGUAGES = ("en", "ko", "ja", "zh-Hans")


def main() -> int:
    """Print the figures, one JSON object a line."""
    if os.environ.get("CORRECTIONS_BENCHMARK_IN"):
        measure(os.environ["CORRECTIONS_BENCHMARK_IN"])
        return 0
    chosen = os.environ.get("DATABASE", "")
    for name in [chosen] if chosen else ["sqlite", "postgres"]:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.corrections"],
            cwd=ROOT,
            env={**os.environ, "CORRECTIONS_BENCHMARK_IN": name},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(f"corrections: the measurement on {name} failed.\n")
            return 1
        print(done.stdout.strip())
    return 0


def measure(name: str) -> None:
    """Build the ledger, and print what was measured."""
    with _world(name):
        one_day, all_days = build()
        from newsletter.models import Correction
        from subscriptions.corrections import owing
        from subscriptions.corrections.reach import reach_of
        from subscriptions.models import Delivery, OwedCorrection

        rows = Delivery.objects.count()
        now = datetime.now(UTC)
        for paper, label in ((one_day, "day"), (all_days, "all_days")):
            start = time.perf_counter()
            reached = reach_of(paper)
            took = time.perf_counter() - start
            readers = sum(len(reach.readers) for reach in reached.values())
            figure(f"corrections.reach_{label}_ms", took * 1000, name, readers=readers, deliveries=rows)
            tracemalloc.start()
            reach_of(paper)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            figure(f"corrections.reach_{label}_mb", peak / 1e6, name, unit="MB")
            for language in LANGUAGES:
                Correction.objects.create(
                    paper_id=paper,
                    language=language,
                    state="confirmed",
                    to_revision=2,
                    created_at=now,
                    confirmed_at=now,
                )
            start = time.perf_counter()
            found = owing.gather(now=now)
            figure(
                f"corrections.gather_{label}_ms", (time.perf_counter() - start) * 1000, name, readers=found
            )
        start = time.perf_counter()
        told = OwedCorrection.objects.untold().filter(subscriber__in=range(1, 1001)).count()
        figure("corrections.untold_of_1000_ms", (time.perf_counter() - start) * 1000, name, told=told)


def figure(name: str, value: float, database: str, *, unit: str = "ms", **about: Any) -> None:
    """One line of JSON."""
    measured = {"name": name, "value": round(value, 1), "unit": unit, "database": database, "scale": SCALE}
    print(json.dumps(measured | about), flush=True)


def build() -> tuple[int, int]:
    """The rows, in bulk; returns the papers of one day and of all days."""
    from django.db import connection

    from newsletter.models import MailedPaper, Paper
    from subscriptions.models import Delivery, Subscriber
    from subscriptions.picks import Pick, Picks, for_topic
    from subscriptions.stored_picks import write_picks

    now = datetime.now(UTC)
    today = now.date()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    Paper.objects.bulk_create(
        (
            Paper(
                arxiv_id=f"2601.{at:05d}",
                title=f"A study of subject {at}",
                published_at=now - timedelta(days=at // POOL),
                updated_at=now,
            )
            for at in range(POOL * DAYS)
        ),
        batch_size=2000,
    )
    papers = list(Paper.objects.order_by("-pk").values_list("pk", flat=True))
    Subscriber.objects.bulk_create(
        (
            Subscriber(
                email=f"reader{at}@example.org", state="active", language=LANGUAGES[at % len(LANGUAGES)]
            )
            for at in range(READERS)
        ),
        batch_size=5000,
    )
    chosen = random.Random(1)
    ours = papers[0], papers[1]
    table, source = (connection.ops.quote_name(model._meta.db_table) for model in (Delivery, Subscriber))
    adapt = connection.ops.adapt_datetimefield_value
    for number, day in enumerate(days):
        pool = papers[2 + number * POOL : 2 + (number + 1) * POOL]
        for variant in range(VARIANTS):
            named = chosen.sample(pool, FULL + LINES)
            if variant % 8 == 0:
                named[3] = ours[1]
                named[4] = ours[0] if number == 0 else named[4]
            picks = Picks(
                papers=tuple([Pick(paper, (for_topic(1 + paper % 9),)) for paper in named[:FULL]]),
                also=tuple(named[FULL:]),
                day=day,
                new=60,
                topics=(1, 2, 3),
                editions=(1, 2, 3),
            )
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} (subscriber_id, day, state, reason, picks, language, message_id,"
                    " subject, attempts, reply, created_at, revisions) "
                    f"SELECT id, %s, 'sent', '', %s, language, '', 'Robots and 9 more', 1, '250 ok', %s, '' "
                    f"FROM {source} WHERE id %% {VARIANTS} = {variant}",
                    [day, write_picks(picks), adapt(now)],
                )
    for paper, since in ((ours[0], days[0]), (ours[1], days[-1])):
        MailedPaper.objects.create(paper_id=paper, since=since, until=days[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return ours


if __name__ == "__main__":
    sys.exit(main())
