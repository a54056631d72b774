"""How many queries and how long each page of the desk takes, on a database as large as it may become.

75,000 papers, 200,000 subscribers and 2 million deliveries (times SCALE) are built in bulk on SQLite and on
PostgreSQL, each in a process of its own; then each page is asked for in this process, without a server, once
to warm it and seven times to measure. ``admin.median_ms_max`` is the slowest page's median on the slower
database. DATABASE=sqlite or DATABASE=postgres measures one alone.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._statements import statements_of

ROOT = Path(__file__).resolve().parent.parent
SCALE = float(os.environ.get("SCALE", "1"))
PAPERS, READERS, DAYS = int(75_000 * SCALE), int(200_000 * SCALE), 10
TOPICS, ENTRIES = 20, 60
TIMES = 7
PAGE = 50  # rows of a list


def main() -> int:
    """Print the figures, one JSON object a line."""
    if os.environ.get("DESK_BENCHMARK_IN"):
        measure(os.environ["DESK_BENCHMARK_IN"])
        return 0
    chosen = os.environ.get("DATABASE", "")
    pages: list[dict[str, Any]] = []
    for name in [chosen] if chosen else ["sqlite", "postgres"]:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.admin"],
            cwd=ROOT,
            env={**os.environ, "DESK_BENCHMARK_IN": name},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(f"admin: the measurement on {name} failed.\n")
            return 1
        pages += json.loads(done.stdout.splitlines()[-1])
    slowest = max(pages, key=lambda page: page["ms"])
    busiest = max(pages, key=lambda page: page["queries"])
    about = {"scale": SCALE, "papers": PAPERS, "subscribers": READERS, "deliveries": READERS * DAYS}
    figures = [
        ("admin.queries_max", busiest["queries"], "queries", "<= 30", busiest),
        ("admin.median_ms_max", slowest["ms"], "ms", "<= 300", slowest),
    ]
    for name, value, unit, goal, page in figures:
        measured = {"name": name, "value": value, "unit": unit, "goal": goal}
        print(json.dumps(measured | {"page": page["page"], "database": page["database"]} | about))
    for page in pages:
        name = f"admin.{page['page']}_ms"
        measured = {"name": name, "value": page["ms"], "unit": "ms", "queries": page["queries"]}
        print(json.dumps(measured | {"database": page["database"]}))
    return 0


@contextmanager
def _world(name: str) -> Iterator[None]:
    """Django on an empty database of that kind."""
    with tempfile.TemporaryDirectory(prefix="paperpost-desk-") as folder:
        server = None
        os.environ.update(ENV_FILE="", VAR_DIR=folder, DEBUG="1", SECRET_KEY="x", DATABASE_URL="")
        if name == "postgres":
            from tests.postgres import start_postgres

            server = start_postgres(Path(folder) / "postgres")
            os.environ["DATABASE_URL"] = server.get_uri()
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        settings.DEBUG = False  # else every query is kept
        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0, interactive=False)
        try:
            yield
        finally:
            connections.close_all()
            if server is not None:
                server.cleanup()


def measure(name: str) -> None:
    """Build, ask for every page, and print what was found as one line of JSON."""
    with _world(name):
        build()
        from django.contrib.auth.models import User
        from django.db import connection
        from django.test import Client

        client = Client()
        client.force_login(User.objects.create_superuser("owner", "owner@example.org", "a long password"))
        figures = []
        for page, path in pages().items():
            queries = statements_of(connection, partial(_asked, client, path))
            took = []
            for _ in range(TIMES):
                start = time.perf_counter()
                queries = max(queries, statements_of(connection, partial(_asked, client, path)))
                took.append(time.perf_counter() - start)
            ms = round(statistics.median(took) * 1000, 1)
            figures.append({"page": page, "database": name, "ms": ms, "queries": queries})
        print(json.dumps(figures))


def _asked(client: Any, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"admin: {path} answered {answer.status_code}")


def build() -> None:
    """The rows, in bulk."""
    from django.db import connection

    from newsletter.models import Announcement, Edition, Entry, Paper, Summary, SummaryAttempt, Topic
    from subscriptions.digests.demand import publish_demand
    from subscriptions.models import ConsentEvent, Delivery, DeliveryEvent, Subscriber, Subscription

    now = datetime.now(UTC)
    today = now.date()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    topics = list(Topic.objects.order_by("position")[:TOPICS])
    Paper.objects.bulk_create(
        (
            Paper(
                arxiv_id=f"{2601 + at // 100_000}.{at % 100_000:05d}",
                title=f"A study of subject {at} and of what follows from it",
                abstract="We study it in depth. Our method reaches 91.5% on the test set. " * 8,
                authors=["Ada Lovelace", "Emmy Noether"],
                categories=["cs.LG", "cs.AI"],
                primary_category="cs.LG",
                votes=at % 90,
                published_at=now - timedelta(minutes=at),
            )
            for at in range(PAPERS)
        ),
        batch_size=2000,
    )
    newest = list(Paper.objects.order_by("-pk").values_list("pk", flat=True)[: TOPICS * ENTRIES * DAYS])
    share = max(len(newest) // DAYS, 1)
    Announcement.objects.bulk_create(
        (
            Announcement(paper_id=pk, source="arxiv", kind="new", day=days[min(at // share, DAYS - 1)])
            for at, pk in enumerate(newest)
        ),
        batch_size=5000,
    )
    summaries = Summary.objects.bulk_create(
        (
            Summary(
                paper_id=pk,
                language=code,
                state="held" if at % 500 == 0 else "ready",
                author="model",
                sentence="What it found.",
                takeaways=[{"text": "It is so.", "evidence": "We study it in depth."}] * 4,
                written_at=now,
            )
            for at, pk in enumerate(newest)
            for code in ("en", "ko")
        ),
        batch_size=2000,
    )
    SummaryAttempt.objects.bulk_create(
        (
            SummaryAttempt(
                summary=row, prompt_version="1", model="m", at=now - timedelta(hours=at % 300), cost="0.0004"
            )
            for at, row in enumerate(summaries)
        ),
        batch_size=5000,
    )
    editions = Edition.objects.bulk_create(
        Edition(topic=topic, day=day, composed_at=now, state="draft" if day == today else "frozen")
        for day in days
        for topic in topics
    )
    Entry.objects.bulk_create(
        (
            Entry(
                edition=edition,
                paper_id=newest[(number * ENTRIES + at) % len(newest)],
                position=at + 1,
                matched=["study"],
            )
            for number, edition in enumerate(editions)
            for at in range(min(ENTRIES, len(newest)))
        ),
        batch_size=5000,
    )
    Subscriber.objects.bulk_create(
        (
            Subscriber(
                email=f"reader{at}@example.org",
                state="active" if at % 20 else "unsubscribed",
                language=("en", "ko", "ja", "zh-Hans")[at % 4],
                confirmed_at=now - timedelta(hours=at % 5000),
                next_due_at=now + timedelta(minutes=at % 1440) if at % 20 else None,
            )
            for at in range(READERS)
        ),
        batch_size=5000,
    )
    readers = list(Subscriber.objects.order_by("pk").values_list("pk", flat=True))
    Subscription.objects.bulk_create(
        (
            Subscription(subscriber_id=pk, topic=topics[(at + more) % len(topics)], created_at=now)
            for at, pk in enumerate(readers)
            for more in (0, 7)
        ),
        batch_size=10_000,
    )
    ConsentEvent.objects.bulk_create(
        (ConsentEvent(subscriber_id=pk, kind="confirmed", at=now) for pk in readers), batch_size=10_000
    )
    for day in days:
        states = "CASE WHEN id %% 997 = 0 THEN 'uncertain' WHEN id %% 311 = 0 THEN 'failed' ELSE 'sent' END"
        table, source = (connection.ops.quote_name(m._meta.db_table) for m in (Delivery, Subscriber))
        adapt = connection.ops.adapt_datetimefield_value
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (subscriber_id, day, state, reason, picks, language, message_id,"
                " subject, attempts, reply, created_at) "
                f"SELECT id, %s, {states}, '', '', language, '', 'Robots and 9 more', 1, '250 ok', %s "
                f"FROM {source}",
                [day, adapt(now)],
            )
    DeliveryEvent.objects.bulk_create(
        (
            DeliveryEvent(subscriber_id=pk, kind="soft", source="smtp", event_id=str(pk), at=now)
            for pk in readers[:: max(len(readers) // 2000, 1)]
        ),
        batch_size=2000,
    )
    publish_demand()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def pages() -> dict[str, str]:
    """Every page of the desk, by a short name."""
    from django.urls import reverse

    from newsletter.models import Edition, Paper, Summary
    from subscriptions.models import Subscriber

    def of(name: str, *arguments: object) -> str:
        return reverse(f"admin:{name}", args=arguments)

    edition = Edition.objects.order_by("pk").first()
    summary = Summary.objects.order_by("-pk").first()
    reader = Subscriber.objects.order_by("-pk").first()
    paper = Paper.objects.filter(entries__edition=edition).first()
    assert edition is not None
    assert summary is not None
    assert reader is not None
    assert paper is not None
    readers, deliveries = of("subscriptions_subscriber_changelist"), of("subscriptions_delivery_changelist")
    return {
        "today": of("index"),
        "editions": of("newsletter_edition_changelist"),
        "edition": of("newsletter_edition_change", edition.pk),
        "day": of("newsletter_edition_day", edition.day),
        "log": of("newsletter_editionchange_changelist"),
        "summaries": of("newsletter_summary_changelist"),
        "summaries_held": of("newsletter_summary_changelist") + "?state__exact=held",
        "summary": of("newsletter_summary_change", summary.pk),
        "papers": of("newsletter_paper_changelist"),
        "papers_search": of("newsletter_paper_changelist") + "?q=2601.00",
        "paper": of("newsletter_paper_change", paper.pk),
        "topics": of("newsletter_topic_changelist"),
        "tester": of("newsletter_topic_tester") + "?query=study",
        "sources": of("newsletter_intakeday_changelist"),
        "source_health": of("newsletter_sourcehealth_changelist"),
        "readings": of("newsletter_reading_changelist"),
        "costs": of("newsletter_summaryattempt_changelist"),
        "glossary": of("newsletter_glossaryterm_changelist"),
        "settings": of("newsletter_daysettings_change", 1),
        "audit": of("admin_logentry_changelist"),
        "staff": of("auth_user_changelist"),
        "rosters": of("subscriptions_subscriber_roster"),
        "suppressed": of("subscriptions_suppression_changelist"),
        "subscribers": readers,
        "subscribers_search": f"{readers}?q=reader77@example.org",
        "subscribers_topic": f"{readers}?topic={edition.topic_id}&language=ko&state__exact=active",
        "subscribers_bounced": f"{readers}?bounce=7",
        "subscriber": of("subscriptions_subscriber_change", reader.pk),
        "deliveries": deliveries,
        "deliveries_failed": f"{deliveries}?state=failed",
        "deliveries_last": f"{deliveries}?p={max(READERS // PAGE, 1)}",
        "subscribers_last": f"{readers}?p={max(READERS // PAGE, 1)}",
        "papers_last": of("newsletter_paper_changelist") + f"?p={max(PAPERS // PAGE, 1)}",
        "consent": of("subscriptions_consentevent_changelist"),
        "consent_last": of("subscriptions_consentevent_changelist") + f"?p={max(READERS // PAGE, 1)}",
        "bounces": of("subscriptions_deliveryevent_changelist"),
        "preview": of("subscriptions_delivery_preview") + f"?edition={edition.pk}",
        "preview_mail": of("subscriptions_delivery_preview_mail") + f"?edition={edition.pk}",
        "preview_reader": of("subscriptions_delivery_preview") + f"?reader={reader.pk}",
        "reach": of("subscriptions_delivery_reach", paper.pk),
    }


if __name__ == "__main__":
    sys.exit(main())
