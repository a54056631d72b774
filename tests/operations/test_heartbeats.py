"""Signs of life: one row each, known by all, and never in the way of beat."""

import errno
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from celery import Celery
from celery.schedules import crontab, schedule
from django.db import OperationalError

from operations import heartbeats
from operations.beat import LivelyScheduler, SignsOfLife
from operations.models import Heartbeat
from operations.queues import served_queues
from operations.tasks import record_queue_heartbeat
from tests.factories import NOW
from tests.test_queues import served

pytestmark = pytest.mark.django_db


class SetClock:
    """A clock that the test sets. Celery keeps the function that it asks by its name."""

    shows = NOW
    sent: ClassVar[list[str]] = []  # the names of what beat sent meanwhile

    @classmethod
    def now(cls) -> datetime:
        return cls.shows


def test_every_served_queue_is_known_and_those_never_seen_too():
    assert set(served_queues()) == served()
    assert heartbeats.last_beat() is None
    assert heartbeats.queue_beats() == dict.fromkeys(served_queues())
    heartbeats.record_beat(at=NOW)
    heartbeats.record_queue("send", waited=1.25, at=NOW)
    assert heartbeats.last_beat() == NOW
    assert heartbeats.queue_beats() == dict.fromkeys(served_queues()) | {"send": NOW}


def test_a_sign_of_life_costs_one_statement_and_leaves_one_row(django_assert_num_queries):
    later = NOW + timedelta(minutes=1)
    with django_assert_num_queries(2):
        heartbeats.record_queue("send", waited=1.25, at=NOW)
        heartbeats.record_queue("send", waited=-0.5, at=later)  # the clocks of two machines differ
    row = Heartbeat.objects.get()
    assert (row.name, row.beat_at, row.detail["waited"]) == ("queue:send", later, 0.0)


def test_silence_begins_after_five_ticks(settings):
    settings.TICK_SECONDS = 60
    assert heartbeats.is_silent(None, NOW)
    assert not heartbeats.is_silent(NOW - timedelta(minutes=5), NOW)
    assert heartbeats.is_silent(NOW - timedelta(minutes=5, seconds=1), NOW)
    assert not heartbeats.is_silent(NOW + timedelta(minutes=1), NOW)  # another machine's clock
    assert heartbeats.is_silent(NOW + timedelta(hours=1), NOW)  # a clock was set back


def test_a_message_without_its_time_is_a_sign_of_life_too():
    record_queue_heartbeat("fetch")
    assert "waited" not in Heartbeat.objects.get(name="queue:fetch").detail


def test_a_database_that_fails_or_hangs_does_not_stop_beat(tmp_path):
    calls, tried, hangs = [], threading.Semaphore(0), threading.Event()

    def record():
        calls.append(1)
        tried.release()
        if len(calls) == 1:
            raise OperationalError("the database is away")
        hangs.wait(30)

    signs = SignsOfLife(tmp_path / "beat-tick", every=0, record=record)
    for _ in range(2):
        signs.leave()
        assert tried.acquire(timeout=30)
    for _ in range(1000):  # while the second is still waiting
        signs.leave()
    hangs.set()
    assert tried.acquire(timeout=30)  # all of these are one row
    assert len(calls) == 3
    assert (tmp_path / "beat-tick").stat().st_mode & 0o777 == 0o600


def test_signs_of_life_are_left_once_a_tick_and_a_full_disk_is_no_matter(tmp_path):
    calls = []
    signs = SignsOfLife(tmp_path / "is not there" / "beat-tick", every=3600, record=lambda: calls.append(1))
    for _ in range(1000):
        signs.leave()
    assert len(calls) <= 1


@pytest.fixture
def beat(tmp_path, monkeypatch):
    """A scheduler that goes by the clock of :class:`SetClock`, and sends into its list."""
    monkeypatch.setattr(SetClock, "shows", NOW)
    monkeypatch.setattr(SetClock, "sent", [])
    monkeypatch.setattr(
        LivelyScheduler, "apply_entry", lambda _, entry, producer: SetClock.sent.append(entry.name)
    )
    monkeypatch.setattr(LivelyScheduler, "producer", None)
    app = Celery(set_as_current=False)
    app.conf.beat_schedule = {
        "tick": {"task": "tick", "schedule": schedule(60, nowfun=SetClock.now)},
        "hourly": {"task": "hourly", "schedule": crontab(minute=25, nowfun=SetClock.now)},
    }
    scheduler = LivelyScheduler(app, schedule_filename=str(tmp_path / "schedule"))
    scheduler._signs = SignsOfLife(tmp_path / "beat-tick", every=3600, record=lambda: None)
    yield scheduler
    scheduler.close()


def pass_minutes(count: int, beat: LivelyScheduler) -> Counter[str]:
    """How often each task was sent while the clock went on by ``count`` minutes."""
    SetClock.sent.clear()
    for _ in range(count):
        SetClock.shows += timedelta(minutes=1)
        while not beat.tick():
            pass
    return Counter(SetClock.sent)


def test_beat_goes_on_when_the_clock_is_set_back(beat):
    assert pass_minutes(60, beat) == {"tick": 60, "hourly": 1}
    SetClock.shows += timedelta(hours=3)
    assert pass_minutes(5, beat)["tick"] == 5
    SetClock.shows -= timedelta(hours=3)
    counts = pass_minutes(60, beat)
    assert counts["tick"] >= 59, counts
    assert counts["hourly"] == 1, counts


def test_beat_goes_on_when_its_schedule_cannot_be_written(beat):
    class FullDisk(dict):
        def __setitem__(self, *_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    written = beat._store.dict
    beat._store.dict = FullDisk({key: written[key] for key in written.keys()})  # noqa: SIM118 - a dbm
    assert pass_minutes(3, beat)["tick"] == 3
    beat.sync()
    assert pass_minutes(3, beat)["tick"] == 3
    beat._store.dict = written
    beat.sync()
    assert beat._store["entries"]["tick"].total_run_count == 6
