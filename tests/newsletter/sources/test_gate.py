"""The gate on a clock that nobody waits for; one test at the end watches real time and real processes."""

import json
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from lib.redis_clients import redis_client
from newsletter.errors import SourceError
from newsletter.sources.gate import Gate, arxiv_gate, epoch
from newsletter.sources.http import ATOM
from newsletter.sources.locks import FileLock, RedisLock, acquire_all
from newsletter.sources.policy import RatePolicy
from newsletter.sources.stores import FileStore, RedisStore
from services.sources import Response, SourceServer
from tests.newsletter.sources.faults import Clock, Script, dropped, gate_with, html_with_200, status

GOOD = Response(body=b"good")


def only_good(answer):
    if answer.body != b"good":
        raise SourceError("That was no good.", transient=True)


def ask(gate, server, path="/api/query?x=1", check=only_good, **options):
    return gate.fetch(f"{server.url}{path}", accept=ATOM, check=check, **options)


def served(*answers):
    return SourceServer(before=Script(*answers, GOOD, path="/"))


def test_three_seconds_pass_between_the_end_of_a_request_and_the_next(tmp_path):
    clock = Clock()
    gate = gate_with(clock, tmp_path)
    with SourceServer(before=lambda _: GOOD) as server:
        for number in range(4):
            ask(gate, server, f"/api/query?x={number}")
        assert len(server.log) == 4
    assert len(clock.slept) == 3
    assert all(3.0 <= wait <= 3.1 for wait in clock.slept)


def test_the_same_query_is_asked_once_a_day(tmp_path):
    clock = Clock()
    with SourceServer(before=lambda _: GOOD) as server:
        for _ in range(3):
            assert ask(gate_with(clock, tmp_path), server).body == b"good"
        assert len(server.log) == 1
        clock.moment = datetime(2026, 3, 19, 3, 59, tzinfo=UTC)
        ask(gate_with(clock, tmp_path), server)
        assert len(server.log) == 1
        clock.moment = datetime(2026, 3, 19, 4, 0, tzinfo=UTC)  # midnight in New York
        ask(gate_with(clock, tmp_path), server)
        assert len(server.log) == 2


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-19T03:59:00+00:00", "2026-03-18"),  # summer time
        ("2026-03-19T04:00:00+00:00", "2026-03-19"),
        ("2026-01-15T04:59:00+00:00", "2026-01-14"),  # winter time
        ("2026-01-15T05:00:00+00:00", "2026-01-15"),
        ("2026-01-01T02:00:00+00:00", "2025-12-31"),
    ],
)
def test_the_day_on_which_nothing_is_asked_twice_is_new_yorks(moment, day):
    assert epoch(datetime.fromisoformat(moment)) == day


def test_an_answer_that_may_change_soon_is_not_kept(tmp_path):
    gate = gate_with(Clock(), tmp_path)
    with SourceServer(before=lambda _: GOOD) as server:
        ask(gate, server, cacheable=lambda _: False)
        ask(gate, server, cacheable=lambda _: False)
        assert len(server.log) == 2


@pytest.mark.parametrize(
    "fault",
    [status(429), status(503), status(406), status(500), html_with_200(), dropped(), Response(body=b"")],
)
def test_what_may_go_by_is_asked_again_after_a_longer_pause_each_time(tmp_path, fault):
    clock = Clock()
    with served(fault, fault, fault) as server:
        assert ask(gate_with(clock, tmp_path), server).body == b"good"
        assert len(server.log) == 4
    assert [round(wait) for wait in clock.slept] == [3, 6, 12]


def test_the_pause_is_drawn_from_the_whole_range_but_never_below_the_interval(tmp_path):
    clock = Clock()
    with served(status(503), status(503)) as server:
        ask(gate_with(clock, tmp_path, jitter=min), server)
    assert clock.slept == [3.0, 3.0]


@pytest.mark.parametrize("after", ["40", "Wed, 18 Mar 2026 12:00:40 GMT"])
def test_retry_after_is_honoured_by_every_process(tmp_path, after):
    clock = Clock()
    with served(status(429, Retry_After=after)) as server:
        with pytest.raises(SourceError, match="429") as caught:
            ask(gate_with(clock, tmp_path, attempts=1), server)
        assert caught.value.retry_after == 40
        ask(gate_with(clock, tmp_path), server, "/api/query?another=1")  # another process
    assert 39.9 <= sum(clock.slept) <= 40.1


def test_a_wait_beyond_all_patience_is_refused_with_the_time_it_would_take(tmp_path):
    clock = Clock()
    with served(status(429, Retry_After="7200")) as server:
        with pytest.raises(SourceError, match="stayed shut") as caught:
            ask(gate_with(clock, tmp_path), server)
        assert len(server.log) == 1
    assert caught.value.transient
    assert 7190 < (caught.value.retry_after or 0) <= 7200


@pytest.mark.parametrize("code", [400, 404, 410])
def test_a_wrong_question_is_not_repeated_and_does_not_count_against_the_source(tmp_path, code):
    gate = gate_with(Clock(), tmp_path)
    with served(status(code)) as server:
        with pytest.raises(SourceError, match=f"HTTP {code}") as caught:
            ask(gate, server)
        assert len(server.log) == 1
    assert not caught.value.transient
    assert gate.health().failures == 0


def test_the_last_failure_says_how_often_it_was_tried(tmp_path):
    with served(*[status(503)] * 9) as server, pytest.raises(SourceError, match="HTTP 503; given up after 5"):
        ask(gate_with(Clock(), tmp_path), server)


def test_the_circuit_opens_after_many_failures_in_a_row_and_lets_one_request_try_later(tmp_path):
    clock = Clock()
    gate = gate_with(clock, tmp_path, opens_after=6)
    with served(*[status(503)] * 7) as server:
        with pytest.raises(SourceError, match="503"):
            ask(gate, server)
        with pytest.raises(SourceError, match="failed 6 times in a row and is left alone until") as caught:
            ask(gate, server)
        assert len(server.log) == 6
        assert caught.value.transient
        health = gate.health()
        assert (health.failures, health.requests_today) == (6, 6)
        assert health.open_until == clock.now() + timedelta(seconds=caught.value.retry_after or 0)

        with pytest.raises(SourceError, match="left alone"):
            ask(gate_with(clock, tmp_path), server)  # another process
        assert len(server.log) == 6

        clock.sleep(901)
        with pytest.raises(SourceError, match="failed 7 times in a row"):
            ask(gate, server)
        assert len(server.log) == 7

        clock.sleep(901)
        assert ask(gate, server).body == b"good"
        assert gate.health().open_until is None
        assert gate.health().failures == 0


def test_a_clock_that_is_set_back_shuts_the_gate_for_no_longer_than_the_pause(tmp_path):
    clock = Clock()
    with SourceServer(before=lambda _: GOOD) as server:
        ask(gate_with(clock, tmp_path, caches=False), server)
        clock.moment -= timedelta(hours=3)
        ask(gate_with(clock, tmp_path, caches=False), server)
        assert len(server.log) == 2
    assert 3.0 <= sum(clock.slept) <= 3.1


def test_a_circuit_that_opened_before_the_clock_was_set_back_is_closed(tmp_path):
    clock = Clock()
    gate = gate_with(clock, tmp_path, opens_after=1, attempts=1)
    with served(status(503)) as server:
        with pytest.raises(SourceError, match="503"):
            ask(gate, server)
        assert gate.health().open_until
        clock.moment -= timedelta(hours=3)
        assert ask(gate, server).body == b"good"


def test_each_hop_of_a_redirect_waits_for_its_turn(tmp_path):
    clock = Clock()
    moved = Response(status=301, headers={"Location": "/api/query?y=2"})
    with served(moved) as server:
        ask(gate_with(clock, tmp_path), server)
        assert [entry.path for entry in server.log] == ["/api/query?x=1", "/api/query?y=2"]
    assert [round(wait) for wait in clock.slept] == [3]


def test_redirects_in_circles_end(tmp_path):
    moved = Response(status=302, headers={"Location": "/api/query?x=1"})
    with SourceServer(before=lambda _: moved) as server, pytest.raises(SourceError, match="in circles"):
        ask(gate_with(Clock(), tmp_path), server)


def test_a_kept_answer_that_is_damaged_is_asked_for_again(tmp_path):
    gate = gate_with(Clock(), tmp_path)
    with SourceServer(before=lambda _: GOOD) as server:
        ask(gate, server)
        for path in (tmp_path / "kept").iterdir():
            path.write_bytes(path.read_bytes()[:-4])
        assert ask(gate, server).body == b"good"
        assert len(server.log) == 2


def test_what_is_kept_stays_below_the_limit(tmp_path):
    store = FileStore(tmp_path, limit=50_000)
    for number in range(20):
        store.put(f"k{number}", bytes(10_000), seconds=60)
        os.utime(store._path(f"k{number}"), (time.time() + number - 100,) * 2)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 51_000
    assert store.get("k19") is not None
    assert store.get("k0") is None


def at_once(acquired):
    """The lock that was acquired without waiting."""
    assert not isinstance(acquired, float), f"the lock is taken for {acquired} s"
    return acquired


def test_only_one_holds_the_lock(tmp_path):
    locks = (FileLock(tmp_path / "gate"),)
    held = at_once(acquire_all(locks))
    assert isinstance(acquire_all(locks), float)
    held.release(pause=None)
    at_once(acquire_all(locks)).release(pause=None)


def test_a_lock_file_with_nonsense_in_it_does_not_shut_the_gate(tmp_path):
    (tmp_path / "gate").write_text("rubbish")
    at_once(acquire_all((FileLock(tmp_path / "gate"),))).release(pause=None)


def test_a_lock_file_that_cannot_be_opened_is_an_error_with_its_name(tmp_path):
    (tmp_path / "gate").mkdir()
    with pytest.raises(SourceError, match="gate cannot be opened"):
        acquire_all((FileLock(tmp_path / "gate"),))


# -- Redis ------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_there(valkey, settings):
    settings.REDIS_URL = valkey
    client = redis_client(valkey)
    client.flushdb()
    yield client
    client.flushdb()


def test_machines_take_turns_through_redis(redis_there):
    one = RedisLock(redis_there, prefix="t:", lease=30)
    other = RedisLock(redis_there, prefix="t:", lease=30)
    first = at_once(one.try_acquire())
    assert isinstance(other.try_acquire(), float)
    assert first.is_held()
    assert first.release(pause=0.3)
    wait = other.try_acquire()
    assert isinstance(wait, float)
    assert 0.2 < wait <= 0.3
    time.sleep(wait)
    second = at_once(other.try_acquire())
    assert second.token > first.token


def test_a_holder_that_was_frozen_past_its_lease_changes_nothing(redis_there):
    lock = RedisLock(redis_there, prefix="t:", lease=0.2)
    frozen = at_once(lock.try_acquire())
    time.sleep(0.25)
    present = at_once(lock.try_acquire())
    assert not frozen.is_held()
    assert not frozen.release(pause=60)
    assert present.is_held()
    assert present.release(pause=None)
    assert not isinstance(lock.try_acquire(), float), "the frozen holder's pause must not count"


def test_answers_and_circuit_are_shared_through_redis(redis_there, tmp_path):
    def machine(name):
        return Gate(
            name="arXiv",
            locks=(FileLock(tmp_path / name), RedisLock(redis_there, prefix="t:", lease=30)),
            store=RedisStore(redis_there, prefix="t:"),
            policy=RatePolicy(interval=0.0, base=0.0),
        )

    with SourceServer(before=lambda _: GOOD) as server:
        ask(machine("a"), server)
        ask(machine("b"), server)
        assert len(server.log) == 1
        assert machine("c").health().requests_today == 1
    with served(*[status(503)] * 5) as server, pytest.raises(SourceError):
        ask(machine("a"), server, "/other")
    assert machine("b").health().failures == 5


def test_redis_keeps_no_more_answers_than_its_budget(redis_there):
    store = RedisStore(redis_there, prefix="t:", limit=20_000)
    for number in range(5):
        store.put(f"k{number}", os.urandom(9_000), seconds=60)
    assert [store.get(f"k{number}") is not None for number in range(5)] == [True, True, False, False, False]


def test_without_a_redis_that_others_may_use_the_gate_stays_shut(settings):
    settings.REDIS_URL = "redis://redis.invalid:6379/0"
    with SourceServer(before=lambda _: GOOD) as server:
        with pytest.raises(SourceError, match="needs Redis, which other machines may be using") as caught:
            ask(arxiv_gate(), server)
        assert server.log == []
    assert caught.value.transient


@pytest.mark.parametrize("url", ["redis+socket:///nowhere/valkey.sock", "redis://127.0.0.1:9/0"])
def test_without_a_redis_of_this_machine_the_lock_file_is_enough(settings, url):
    settings.REDIS_URL = url
    with SourceServer(before=lambda _: GOOD) as server:
        assert ask(arxiv_gate(), server).body == b"good"


# -- the gate proper --------------------------------------------------------------------------------------


def fetch_from_a_process(url, folder, numbers):
    gate = Gate(
        name="arXiv",
        locks=(FileLock(folder / "gate"),),
        store=FileStore(folder / "kept"),
        policy=RatePolicy(interval=3.0),
    )
    for number in numbers:
        gate.fetch(f"{url}/api/query?x={number}", accept=ATOM, check=only_good)


@pytest.mark.processes
def test_three_processes_at_once_keep_three_seconds_and_one_at_a_time(tmp_path):
    """Also that they share answers: x=0 is wanted by all of them and asked for once."""

    def slowly(_):
        time.sleep(0.2)
        return GOOD

    context = multiprocessing.get_context("fork")
    with SourceServer(before=slowly) as server:
        workers = [
            context.Process(target=fetch_from_a_process, args=(server.url, tmp_path, [0, number]))
            for number in (1, 2, 3)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0]
        assert sorted(entry.path[-1] for entry in server.log) == ["0", "1", "2", "3"]
        times = [entry.time for entry in server.log]
        assert server.busiest == 1
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 3.2, gaps  # 0.2 s under way, then three seconds of rest


@pytest.mark.processes
def test_a_worker_killed_in_the_middle_of_a_request_leaves_the_gate_open(tmp_path):
    asked = multiprocessing.get_context("fork").Event()
    release: list[bool] = []

    def hold(request):
        if request.parameters.get("x") == "1":
            asked.set()
            while not release:
                time.sleep(0.02)
        return GOOD

    with SourceServer(before=hold) as server:
        worker = multiprocessing.get_context("fork").Process(
            target=fetch_from_a_process, args=(server.url, tmp_path, [1])
        )
        worker.start()
        assert asked.wait(10)
        worker.kill()
        worker.join(10)
        gate = Gate(
            name="arXiv",
            locks=(FileLock(tmp_path / "gate"),),
            store=FileStore(tmp_path / "kept"),
            policy=RatePolicy(interval=0.0, patience=5),
        )
        assert ask(gate, server, "/api/query?x=2").body == b"good"
        release.append(True)


def test_the_numbers_that_the_operator_sees_survive_the_process(tmp_path):
    clock = Clock()
    with served(status(503)) as server:
        ask(gate_with(clock, tmp_path), server)
    assert gate_with(clock, tmp_path).health().requests_today == 2
    clock.sleep(86400)
    assert gate_with(clock, tmp_path).health().requests_today == 0
    assert json.dumps(gate_with(clock, tmp_path).recall("nothing")) == "null"
