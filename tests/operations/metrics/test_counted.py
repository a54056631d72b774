"""Gauges over many rows: a task counts them, and a look at /metrics reads what it found."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import SummaryAttempt
from operations.metrics import counted
from operations.metrics.counted import KEPT_TIMES, OUTDATED, count_due
from operations.metrics.exposition import exposition
from operations.models import EventTally, GaugeCount
from operations.tasks import count_events
from subscriptions.models import Delivery, Vote
from tests.factories import make_paper, make_subscriber, make_summary

pytestmark = pytest.mark.django_db
# Tables that grow with readers, papers and years.
LARGE = (
    *("newsletter_paper", "newsletter_readingcall", "newsletter_summary", "newsletter_summaryattempt"),
    *("subscriptions_consentevent", "subscriptions_delivery", "subscriptions_deliveryevent"),
    *("subscriptions_subscriber", "subscriptions_vote"),
)
SENT_TODAY = 'paperpost_deliveries{day="today",state="sent"}'


@pytest.fixture(autouse=True)
def first_look(settings):
    """No look before, and no broker."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    cache.clear()


def read(now=None) -> dict[str, float]:
    """The gauges of readers and digests, as a process shows them that never looked before."""
    cache.clear()
    now = now or timezone.now()
    return {",".join((sample.name, *sample.labels)): sample.value for sample in counted.counted(now)}


def send(days: int = 1) -> None:
    """A digest sent today, and on each of the days before."""
    now = timezone.now()
    reader = make_subscriber()
    Delivery.objects.bulk_create(
        Delivery(
            subscriber=reader,
            day=now.date() - timedelta(days=ago),
            language="en",
            state="sent",
            created_at=now,
        )
        for ago in range(days)
    )


def test_a_look_shows_what_the_task_counted():
    send()
    count_events()
    send()
    values = read()
    assert values["paperpost_readers_active"] == 1
    assert values["paperpost_deliveries,today,sent"] == 1
    assert f"{SENT_TODAY} 1.0" in exposition().decode()
    GaugeCount.objects.update(seconds=0)  # so that it is counted anew at once
    count_events()
    values = read()
    assert values["paperpost_readers_active"] == 2
    assert values["paperpost_deliveries,today,sent"] == 2
    assert values["paperpost_deliveries,yesterday,sent"] == 0


def test_what_takes_long_to_count_is_counted_seldom():
    now = timezone.now().replace(hour=12)
    count_due(now)
    GaugeCount.objects.filter(name="readers").update(seconds=10)
    send()
    count_due(now + timedelta(seconds=10 * KEPT_TIMES - 1))
    assert GaugeCount.objects.get(name="readers").counted_at == now
    assert GaugeCount.objects.get(name="deliveries").counted_at > now
    count_due(now + timedelta(seconds=10 * KEPT_TIMES))
    assert GaugeCount.objects.get(name="readers").counted_at > now


def test_what_was_counted_before_midnight_is_not_shown_after_it():
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    send(days=2)
    send()
    before = midnight - timedelta(seconds=1)
    count_due(before)
    assert read(before)["paperpost_deliveries,today,sent"] == 1
    values = read(midnight)
    assert values["paperpost_deliveries,today,sent"] == 2
    assert values["paperpost_deliveries,yesterday,sent"] == 1
    count_due(midnight)
    assert GaugeCount.objects.get(name="deliveries-of-yesterday").counted_at == midnight


def test_where_the_task_does_not_run_a_look_counts_by_itself():
    send()
    assert read()["paperpost_readers_active"] == 1
    count_due(timezone.now() - timedelta(seconds=OUTDATED + 1))
    send()
    assert read()["paperpost_readers_active"] == 2
    assert GaugeCount.objects.get(name="readers").counts[0] == ["paperpost_readers_active", [], 1]


def test_what_a_process_kept_before_midnight_is_not_shown_after_it():
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    send()
    read(midnight - timedelta(seconds=1))
    values = {sample.labels: sample.value for sample in counted.counted(midnight)}
    assert values["today", "sent"] == 1


def test_a_clock_that_was_set_back_freezes_no_gauge():
    now = timezone.now().replace(hour=12)
    count_due(now + timedelta(hours=3))
    send()
    assert read(now)["paperpost_readers_active"] == 1
    count_due(now)
    assert set(GaugeCount.objects.values_list("counted_at", flat=True)) == {now}


def test_what_cannot_be_counted_is_logged_and_stops_nothing(monkeypatch, caplog):
    def fails(_now):
        raise ValueError("no such number")

    count_events()  # from here on events are counted
    Vote.objects.create(subscriber=make_subscriber(), paper=make_paper(), value=1, at=timezone.now())
    monkeypatch.setitem(counted.COUNTS, "readers", (fails, 0.0))
    GaugeCount.objects.all().delete()
    count_events()
    assert "The gauges of readers cannot be counted." in caplog.text
    assert set(GaugeCount.objects.values_list("name", flat=True)) == set(counted.COUNTS) - {"readers"}
    assert EventTally.objects.get(name="votes").seen_to == Vote.objects.get().pk


def test_two_ticks_do_not_count_at_once(monkeypatch):
    asked: list[str] = []

    def another_process_has_it(name):
        asked.append(name)
        return nullcontext(False)

    monkeypatch.setattr(counted, "run_lock", another_process_has_it)
    count_events()
    assert asked == ["gauge-counts"]
    assert not GaugeCount.objects.exists()


def test_what_another_version_stored_is_not_shown():
    strange = [["paperpost_gone", [], 1], ["paperpost_readers_active", ["new"], 2]]
    count_due(timezone.now())
    row = GaugeCount.objects.get(name="readers")
    GaugeCount.objects.filter(name="readers").update(counts=[*row.counts, *strange])
    strange = [["paperpost_gone_total", [], 1], ["paperpost_votes_total", ["more", "new"], 2]]
    EventTally.objects.create(
        name="votes", counted_to=1, seen_to=1, counts=[*strange, ["paperpost_votes_total", ["more"], 7]]
    )
    text = exposition().decode()
    assert "paperpost_gone" not in text
    assert 'paperpost_votes_total{value="more"} 7.0' in text
    assert "paperpost_readers_active 0.0" in text


def test_a_first_look_goes_through_no_large_table():
    send(days=1000)
    Delivery.objects.filter(pk=Delivery.objects.latest("pk").pk).update(state="deferred")
    summary, now = make_summary(make_paper()), timezone.now()
    SummaryAttempt.objects.bulk_create(
        SummaryAttempt(summary=summary, model="m", at=now - timedelta(days=ago)) for ago in range(1000)
    )
    count_events()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        exposition()
    statements = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(statements) <= 23
    of_large = [each for each in statements if any(f'"{table}"' in each for table in LARGE)]
    assert len(of_large) == 7  # the oldest digest in four states, summaries that are not ready, tokens
    for statement in of_large:
        assert not goes_through(statement), statement


def goes_through(statement: str) -> list[str]:
    """The steps of the plan of ``statement`` that read one of :data:`LARGE` from one end to the other."""
    kind = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of few rows all are read, whatever there is
        cursor.execute(f"{kind} {statement}")
        steps = [str(row[-1]).strip(" ->") for row in cursor.fetchall()]
    of_large = [step for step in steps if any(table in step for table in LARGE)]
    assert of_large, steps
    return [step for step in of_large if step.startswith(("SCAN", "Seq Scan")) or "_pkey" in step]
