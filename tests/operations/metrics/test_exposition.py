"""What Prometheus reads: right numbers, at a constant price, and nothing of a reader."""

import time
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kombu import Connection
from prometheus_client.parser import text_string_to_metric_families

from newsletter.models import IntakeDay, SetAside, SourceHealth
from newsletter.models.states import IntakeState, Source
from operations.metrics.catalogue import CATALOGUE
from operations.metrics.exposition import exposition
from operations.metrics.task_runs import SENDS, record_run
from operations.models import Alarm
from operations.tasks import record_queue_heartbeat
from subscriptions.delivery import day_holds
from subscriptions.delivery.holds import hold_sending
from subscriptions.models import Delivery
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
def broker(settings, valkey):
    """An empty broker of this test's own."""
    settings.REDIS_URL = valkey
    with redis.Redis.from_url(valkey) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture(autouse=True)
def no_broker(settings):
    settings.REDIS_URL = NOBODY


def read() -> dict[str, float]:
    """The values by name and labels, as they are written: ``name{label="value"}``."""
    cache.clear()
    values = {}
    for family in text_string_to_metric_families(exposition().decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            values[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return values


def send(number: int, *, state: str, days_ago: int = 0, seconds_ago: int = 0) -> None:
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            subscriber=make_subscriber(),
            day=now.date() - timedelta(days=days_ago),
            language="en",
            state=state,
            created_at=now - timedelta(seconds=seconds_ago),
        )
        for _ in range(number)
    )


def test_digests_are_counted_by_day_and_state():
    send(3, state="sent")
    send(2, state="deferred", days_ago=1, seconds_ago=7200)
    send(1, state="deferred", seconds_ago=60)
    send(4, state="sent", days_ago=5)
    values = read()
    assert values['paperpost_deliveries{day="today",state="sent"}'] == 3
    assert values['paperpost_deliveries{day="yesterday",state="deferred"}'] == 2
    assert values['paperpost_deliveries{day="yesterday",state="sent"}'] == 0
    assert sum(value for name, value in values.items() if name.startswith("paperpost_deliveries{")) == 6
    age = values['paperpost_deliveries_oldest_age_seconds{state="deferred"}']
    assert age == pytest.approx(7200, abs=60)
    assert values["paperpost_readers_active"] == 10


def test_what_a_paused_day_kept_back_is_as_old_as_its_resumption():
    send(1, state="queued", seconds_ago=7200)
    now = timezone.now()
    day_holds.pause(now.date(), now=now - timedelta(seconds=3600))
    day_holds.resume(now.date(), now=now - timedelta(seconds=600))
    age = read()['paperpost_deliveries_oldest_age_seconds{state="queued"}']
    assert age == pytest.approx(600, abs=60)


def test_days_sources_and_what_needs_a_person_are_told():
    now = timezone.now()
    IntakeDay.objects.create(source=Source.ARXIV, day=now.date(), state=IntakeState.FAILED, at=now)
    SourceHealth.objects.create(
        source=Source.HUGGINGFACE,
        last_good_day=now.date() - timedelta(days=15),
        last_success_at=now - timedelta(hours=3),
        circuit_open_until=now + timedelta(hours=1),
    )
    SetAside.objects.create(stage="choosing", item="reader 4", reason="?", first_at=now, last_at=now)
    SetAside.objects.create(stage="messages", item="", reason="?", first_at=now, last_at=now)
    Alarm.objects.create(kind="queue", subject="send", sentence="Nobody serves it.", due_at=now)
    Alarm.objects.create(
        kind="queue", subject="notices", sentence="For a moment.", due_at=now + timedelta(hours=1)
    )
    Alarm.objects.create(
        kind="queue", subject="fetch", sentence="Nobody served it.", due_at=now, ended_at=now
    )
    hold_sending("bounces", "Too many came back.")
    values = read()
    assert values['paperpost_intake_days{source="arxiv",state="failed"}'] == 1
    assert values['paperpost_source_days_behind{source="huggingface"}'] == 10
    assert values['paperpost_source_left_alone{source="huggingface"}'] == 1
    age = values['paperpost_source_success_age_seconds{source="huggingface"}']
    assert age == pytest.approx(3 * 3600, abs=60)
    assert values['paperpost_set_aside{stage="choosing",state="waiting"}'] == 1
    assert values['paperpost_stage_down{stage="messages"}'] == 1
    assert values['paperpost_alarms_open{kind="queue"}'] == 1
    assert values['paperpost_sending_held{kind="bounces"}'] == 1
    assert values['paperpost_sending_held{kind="complaints"}'] == 0
    assert values['paperpost_silent{name="beat"}'] == 1


def test_of_a_dead_broker_that_alone_is_told():
    values = read()
    assert values["paperpost_broker_up"] == 0
    assert not any(name.startswith(("paperpost_queue_", "paperpost_task_")) for name in values)


def test_queues_are_as_deep_and_as_old_as_their_messages(broker, settings):
    with Connection(settings.REDIS_URL) as connected:
        begun = time.time()
        options: dict[str, Any] = {"queue": "send", "connection": connected}
        for _ in range(3):
            record_queue_heartbeat.apply_async(("send",), **options)
    record_queue_heartbeat("send")
    broker.lpush("fetch", "no message of ours")
    values = read()
    assert values['paperpost_queue_messages{queue="send"}'] == 3
    assert 0 < values['paperpost_queue_oldest_age_seconds{queue="send"}'] <= time.time() - begun + 1
    assert values['paperpost_queue_messages{queue="fetch"}'] == 1
    assert values['paperpost_queue_oldest_age_seconds{queue="fetch"}'] == 0
    assert values['paperpost_queue_messages{queue="notices"}'] == 0
    assert values["paperpost_broker_up"] == 1


def test_runs_of_tasks_are_counted_over_all_processes(broker, monkeypatch):
    clock = time.time()
    record_run(SENDS, seconds=6.1, failed=False, items=600)
    record_run(SENDS, seconds=0.05, failed=True, items=0)
    record_run(SENDS, seconds=7200, failed=False, items=0)
    monkeypatch.setattr(time, "time", lambda: clock + 10)
    values = read()
    task = f'task="{SENDS}"'
    assert values[f'paperpost_task_seconds_bucket{{le="0.1",{task}}}'] == 1
    assert values[f'paperpost_task_seconds_bucket{{le="10.0",{task}}}'] == 2
    assert values[f'paperpost_task_seconds_bucket{{le="+Inf",{task}}}'] == 3
    assert values[f"paperpost_task_seconds_count{{{task}}}"] == 3
    assert values[f"paperpost_task_seconds_sum{{{task}}}"] == pytest.approx(7206.15)
    assert values[f"paperpost_task_failures_total{{{task}}}"] == 1
    assert values[f"paperpost_task_items_total{{{task}}}"] == 600
    assert values["paperpost_sending_per_second"] == 10
    assert broker.hlen("paperpost:metrics:task-runs") == 6


def test_a_task_does_not_fail_because_it_cannot_be_counted():
    record_run(SENDS, seconds=1, failed=False, items=1)


def test_every_metric_is_in_the_catalogue_and_has_its_labels(broker):
    record_run(SENDS, seconds=1, failed=False, items=1)
    send(1, state="queued")
    families = list(text_string_to_metric_families(exposition().decode()))
    names = {metric.name.removesuffix("_total") for metric in CATALOGUE.values()}
    assert {family.name for family in families} == names
    for metric in CATALOGUE.values():
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.help.endswith(".")


def test_a_look_costs_the_same_whatever_there_is(broker, settings):
    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            exposition()
        return len(captured)

    few = queries()
    send(30, state="queued")
    send(30, state="sent", days_ago=1)
    now = timezone.now()
    SetAside.objects.bulk_create(
        SetAside(stage="choosing", item=f"reader {number}", reason="?", first_at=now, last_at=now)
        for number in range(30)
    )
    assert queries() == few <= 27
    with CaptureQueriesContext(connection) as captured:
        exposition()
    assert len(captured) <= few - 8  # counts over many rows are kept for some seconds


def test_nothing_of_a_reader_is_in_it(broker):
    reader = make_subscriber(email="ada.lovelace@example.org")
    now = timezone.now()
    SetAside.objects.create(
        stage="messages",
        item=f"delivery of {reader.email}",
        owner=f"reader {reader.pk}",
        reason=f"{reader.email}: no message",
        first_at=now,
        last_at=now,
    )
    Alarm.objects.create(kind="bounces", subject=reader.email, sentence=f"{reader.email} bounced", due_at=now)
    SourceHealth.objects.create(source=Source.ARXIV, last_error=f"told {reader.email}")
    text = exposition().decode()
    assert "@" not in text
    assert "ada" not in text
    assert str(reader.public_id) not in text
