"""The machine: a disk without room, a clock that is off, zone data that cannot be read."""

import threading
import zoneinfo
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.db import connection

from operations.doctor import machine
from operations.doctor.machine import GIB, Room
from operations.findings import State

OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED
TEN_MINUTES = timedelta(minutes=10)


@contextmanager
def web_server(*, offset=timedelta()):
    """It answers with the date of a clock that is ``offset`` ahead."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response_only(200)
            self.send_header("Date", format_datetime(real_now() + offset, usegmt=True))
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def real_now():
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("room", "state"),
    [
        (Room(50 * GIB, 100 * GIB, 10_000, 20_000), OK),
        (Room(30 * GIB, 1000 * GIB), OK),
        (Room(15 * GIB, 1000 * GIB), WARNING),
        (Room(GIB, 10 * GIB), WARNING),
        (Room(GIB // 10, 10 * GIB), FAILED),
        (Room(0, 10 * GIB), FAILED),
        (Room(50 * GIB, 100 * GIB, 10, 20_000), FAILED),
    ],
)
def test_a_disk_is_judged_by_what_is_free(room, state, settings, tmp_path):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    findings = machine.disk(lambda _: room)
    assert {finding.state for finding in findings} == {state}
    assert str(tmp_path) in findings[0].sentence


def test_the_room_of_this_machine_is_what_the_system_says(tmp_path):
    room = machine.room_at(tmp_path)
    assert 0 < room.free <= room.size


@pytest.mark.django_db
def test_a_clock_is_compared_with_the_brokers_and_the_databases(valkey, settings):
    settings.REDIS_URL = valkey
    assert machine.clock().state is OK
    with time_machine.travel(datetime.now(UTC) + TEN_MINUTES, tick=True):
        finding = machine.clock()
    assert finding.state is FAILED
    assert "10.0 minutes ahead of that of the" in finding.sentence
    assert "set-ntp" in finding.remedy


@pytest.mark.django_db
def test_the_databases_clock_alone_is_enough_where_it_is_another_machine(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with time_machine.travel(datetime.now(UTC) - TEN_MINUTES, tick=True):
        finding = machine.clock()
    if connection.vendor == "postgresql":
        assert (finding.state, "behind that of the database" in finding.sentence) == (FAILED, True)
    else:
        assert (finding.state, "nothing to compare" in finding.sentence) == (WARNING, True)


@pytest.mark.parametrize(
    ("offset", "state"), [(timedelta(), OK), (timedelta(minutes=1), WARNING), (TEN_MINUTES, FAILED)]
)
@pytest.mark.django_db
def test_a_clock_is_compared_with_the_date_of_an_answer(settings, offset, state):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with web_server(offset=offset) as url:
        settings.HUGGINGFACE_URL = url
        finding = machine.clock()
    assert finding.state is state


@pytest.fixture
def zone_folder(tmp_path):
    yield tmp_path
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


def test_zone_data_that_is_broken_or_old_is_said(zone_folder):
    assert machine.zones().state is OK
    seoul = zone_folder / "Asia" / "Seoul"
    seoul.parent.mkdir()
    seoul.write_bytes(b"no zone")
    zoneinfo.reset_tzpath([str(zone_folder)])
    finding = machine.zones()
    assert finding.state is FAILED
    assert "Asia/Seoul" in finding.sentence
    with zoneinfo._common.load_tzdata("Asia/Seoul") as packaged:
        seoul.write_bytes(packaged.read())
    (zone_folder / "tzdata.zi").write_text("# version 2019b\n")
    finding = machine.zones()
    assert finding.state is WARNING
    assert "2019b" in finding.sentence
