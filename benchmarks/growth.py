"""What a year takes on disk, and whether letting go of what is old ever keeps a sender waiting.

A ledger of 4,000,000 digests (40 days of 100,000 readers) is written a row after the other into the tables as
they are migrated, so that indexes are as full as in use; half of it is older than its period. Then ``prune``
runs, while another process does what a sender does: it claims rows, and settles them, two transactions a
batch. ``growth.longest_wait_ms`` is the longest of these while rows are deleted, ``…_idle_ms`` without.

``growth.year_gb`` follows from the bytes of a row: what is kept of deliveries and calls of models for their
periods, and a year of papers and summaries, which stay. SQLite is measured with a tenth of the rows: it has
one writer, so there everybody waits for a transaction that deletes.
"""

import json
import logging
import multiprocessing
import os
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks._growth_rows import NOW, copy_rows, fill_readers, first_reader, insert_rows

SCALE = float(os.environ.get("SCALE", "1"))
READERS = max(500, int(100_000 * SCALE))
SHARE_ON_SQLITE = 0.1
LONGEST = 120.0  # seconds that one prune may take
BATCH = 200  # rows of a sender's transaction
IDLE = 5.0  # seconds

# A year of a large installation, for the law of growth.
YEAR_READERS = 100_000
ANNOUNCED_A_DAY, DAYS_ANNOUNCED = 600, 250  # papers
SUMMARIES_A_DAY = 150 * 16  # of those that digests show, in all languages
CALLS_A_SUMMARY = 1.6
EVENTS_A_DELIVERY = 0.01

WORDS = 30_000  # of a language
SAMPLE = 2000  # papers, summaries, calls and events whose rows are measured


def main() -> int:
    """Print the figures, one JSON object a line; 1 if one misses its goal."""
    logging.disable(logging.WARNING)
    is_good = True
    for measure in (on_postgres, on_sqlite):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paperpost-growth-")))
            folder.chmod(0o755)  # PostgreSQL runs as a user of its own
            is_good &= run_one(measure, prepare(stack, folder, measure))
    return 0 if is_good else 1


def prepare(stack: ExitStack, folder: Path, measure: Any) -> dict[str, str]:
    """The settings of a process that measures."""
    url = f"sqlite:///{folder / 'growth.sqlite3'}"
    if measure is on_postgres:
        from tests.postgres import start_postgres

        postgres = start_postgres(folder / "postgres")
        stack.callback(postgres.cleanup)
        url = postgres.get_uri()
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": "",
        "DEBUG": "0",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": url,
    }


def run_one(work: Any, environment: dict[str, str]) -> bool:
    """Do ``work`` in a process of its own; whether it says that all goals are met."""
    context = multiprocessing.get_context("spawn")
    results: Any = context.Queue()
    process = context.Process(target=_run, args=(work, environment, results))
    process.start()
    process.join()
    return process.exitcode == 0 and bool(results.get(timeout=10))


def _run(work: Any, environment: dict[str, str], results: Any) -> None:
    begin(environment)
    results.put(work(environment))


def begin(environment: dict[str, str]) -> None:
    """Have this process use the database of ``environment``."""
    os.environ.update(environment)
    import django

    django.setup()
    logging.disable(logging.WARNING)


# -- both databases ---------------------------------------------------------------------------------------


def on_postgres(environment: dict[str, str]) -> bool:
    """Bytes of a delivery, the year, and the longest wait on PostgreSQL."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill_readers(READERS)
    count = copy_rows(READERS)
    sizes = {name: table_bytes(name) for name in ("subscriptions_delivery", "subscriptions_subscriber")}
    of_delivery = sizes["subscriptions_delivery"] / count
    say("growth.rows", count, "deliveries", scale=SCALE)
    say("growth.bytes_per_delivery", round(of_delivery), "bytes", heap=round(heap_bytes() / count))
    is_small = say_year(of_delivery, sizes["subscriptions_subscriber"] / READERS)
    return prune_beside_a_sender(environment, "growth.") and is_small


def on_sqlite(environment: dict[str, str]) -> bool:
    """The same on SQLite, with fewer rows."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    readers = max(200, int(READERS * SHARE_ON_SQLITE))
    fill_readers(readers)
    before = file_bytes()
    count = insert_rows(readers)
    say("growth.sqlite_bytes_per_delivery", round((file_bytes() - before) / count), "bytes", rows=count)
    return prune_beside_a_sender(environment, "growth.sqlite_")


def say(name: str, value: float, unit: str, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}), flush=True)


def say_year(of_delivery: float, of_reader: float) -> bool:
    """The law of growth: what is kept after a year. Whether it is as small as it should be."""
    from subscriptions.periods import current_periods

    periods = current_periods()
    paper, summary, call, event = content_bytes()
    kept = YEAR_READERS * min(periods.deliveries, 365)
    calls = SUMMARIES_A_DAY * CALLS_A_SUMMARY * DAYS_ANNOUNCED * periods.model_calls / 365
    parts = {
        "deliveries": kept * of_delivery,
        "events": kept * EVENTS_A_DELIVERY * event,
        "calls": calls * call,
        "papers": ANNOUNCED_A_DAY * DAYS_ANNOUNCED * paper,
        "summaries": SUMMARIES_A_DAY * DAYS_ANNOUNCED * summary,
        "readers": YEAR_READERS * of_reader,
    }
    year = sum(parts.values()) / 1e9
    shares = {f"{name}_gb": round(size / 1e9, 2) for name, size in parts.items()}
    say("growth.year_gb", round(year, 2), "GB", goal="<= 15", days_kept=periods.deliveries, **shares)
    say("growth.year_unpruned_gb", round(year + (365 * YEAR_READERS - kept) * of_delivery / 1e9, 1), "GB")
    return year <= 15


def prune_beside_a_sender(environment: dict[str, str], prefix: str) -> bool:
    """Prune while another process sends; whether that one never waited for a second."""
    from operations.pruning.run import prune
    from subscriptions.models import Delivery

    context = multiprocessing.get_context("spawn")
    stop, waits = context.Event(), context.Queue()
    sender = context.Process(target=send, args=(environment, stop, waits))
    sender.start()
    idle = waits.get(timeout=120)
    before, began = Delivery.objects.count(), time.monotonic()
    report = prune(NOW, seconds=LONGEST)
    seconds = time.monotonic() - began
    stop.set()
    longest, batches = waits.get(timeout=120), waits.get(timeout=120)
    sender.join()
    pruned = report.counts["deliveries"]
    assert Delivery.objects.count() == before - pruned
    say(f"{prefix}pruned_per_second", round(pruned / seconds), "rows/s", rows=pruned, left=before - pruned)
    say(f"{prefix}longest_wait_idle_ms", round(idle * 1000), "ms")
    say(f"{prefix}longest_wait_ms", round(longest * 1000), "ms", goal="<= 1000", sender_batches=batches)
    return bool(longest <= 1.0)


def send(environment: dict[str, str], stop: Any, waits: Any) -> None:
    """What a sender asks of the ledger: claim a batch, settle it. The longest transaction, idle and after."""
    begin(environment)
    import uuid

    from django.db import transaction

    from subscriptions.models import Delivery

    keys = list(Delivery.objects.order_by("-pk").values_list("pk", flat=True)[: 20 * BATCH])

    def batch(number: int) -> float:
        rows = Delivery.objects.filter(pk__in=keys[number % 20 * BATCH :][:BATCH])
        longest = 0.0
        for fields in (
            {"state": "sending", "lease": uuid.uuid4(), "lease_until": NOW},
            {"state": "sent", "lease": None, "lease_until": None, "settled_at": NOW},
        ):
            began = time.monotonic()
            with transaction.atomic():
                rows.update(**fields)
            longest = max(longest, time.monotonic() - began)
        return longest

    began, idle, count = time.monotonic(), 0.0, 0
    while time.monotonic() < began + IDLE:
        idle, count = max(idle, batch(count)), count + 1
    waits.put(idle)
    longest, count = 0.0, 0
    while not stop.is_set():
        longest, count = max(longest, batch(count)), count + 1
    waits.put(longest)
    waits.put(count)


# -- sizes ------------------------------------------------------------------------------------------------


def table_bytes(name: str) -> int:
    return _number("SELECT pg_total_relation_size(%s::regclass)", name)


def heap_bytes() -> int:
    return _number("SELECT pg_relation_size(%s::regclass)", "subscriptions_delivery")


def file_bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(connection.settings_dict["NAME"]).stat().st_size


def _number(statement: str, *values: Any) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def content_bytes() -> tuple[float, float, float, float]:
    """Bytes of a paper with what search needs, a summary with its revision, a model's call, and an event."""
    from newsletter.models import MailedPaper, Paper, Summary, SummaryAttempt, SummaryRevision
    from newsletter.search.index import index_changes
    from subscriptions.models import DeliveryEvent

    before = _newsletter_bytes()
    chance = random.Random(2)
    papers = Paper.objects.bulk_create(paper(number, chance) for number in range(SAMPLE))
    MailedPaper.objects.bulk_create(MailedPaper(paper=paper, since=NOW.date()) for paper in papers)
    index_changes(now=NOW)
    of_papers = _newsletter_bytes() - before
    rows = Summary.objects.bulk_create(summary(paper, chance) for paper in papers)
    SummaryRevision.objects.bulk_create(
        SummaryRevision(paper=row.paper, language="ko", number=1, words=row.words, author="model", at=NOW)
        for row in rows
    )
    call = {"prompt_version": "s12", "fingerprint": "x" * 32, "model": "m", "at": NOW}
    SummaryAttempt.objects.bulk_create(
        SummaryAttempt(summary=row, answer=text(1600, chance), **call) for row in rows
    )
    event = {"subscriber_id": first_reader(), "kind": "soft", "source": "mailbox", "at": NOW}
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(event_id=f"{number:064d}", detail=text(150, chance), **event)
        for number in range(SAMPLE)
    )
    summaries = table_bytes("newsletter_summary") + table_bytes("newsletter_summaryrevision")
    calls, events = table_bytes("newsletter_summaryattempt"), table_bytes("subscriptions_deliveryevent")
    return of_papers / SAMPLE, summaries / SAMPLE, calls / SAMPLE, events / SAMPLE


def text(length: int, chance: random.Random) -> str:
    """Words of about ``length`` letters together, few of them often and many seldom, as in any language."""
    return " ".join(f"{int(WORDS ** chance.random()) * 7919:x}" for _ in range(length // 6))


def paper(number: int, chance: random.Random) -> Any:
    from newsletter.models import Paper

    return Paper(
        arxiv_id=f"2604.{number:05d}",
        title=text(80, chance),
        abstract=text(1300, chance),
        authors=[text(20, chance) for _ in range(6)],
        categories=["cs.LG", "cs.AI"],
        primary_category="cs.LG",
        published_at=NOW,
    )


def summary(paper: Any, chance: random.Random) -> Any:
    from newsletter.models import Summary

    return Summary(
        paper=paper,
        language="ko",
        state="ready",
        author="model",
        title=text(60, chance),
        sentence=text(140, chance),
        takeaways=[{"text": text(130, chance), "evidence": text(110, chance)} for _ in range(4)],
        keywords=["one", "two", "three"],
        written_at=NOW,
    )


def _newsletter_bytes() -> int:
    return _number(
        "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables WHERE relname LIKE %s",
        "newsletter_%",
    )


if __name__ == "__main__":
    raise SystemExit(main())
