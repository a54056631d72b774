"""Slow clients, large bodies and too many connections, before the real server."""

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from waitress.adjustments import Adjustments

from config import server
from config.request_limits import LARGEST_FORM
from subscriptions.models import Subscriber
from subscriptions.readers.links import token
from tests.server.conftest import ROOM, Site, read_all, status

IDLE, DRIPPING = 500, 100
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 5000\r\n\r\n"
)


@pytest.fixture(autouse=True)
def _files_enough() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(4096, soft), hard), hard))


@contextmanager
def crowd(site: Site) -> Iterator[None]:
    """500 connections that say nothing, 50 that drip a head and 50 that drip a body."""
    with ExitStack() as stack:
        clients = [stack.enter_context(site.connect()) for _ in range(IDLE + DRIPPING)]
        drips = clients[IDLE:]
        for number, client in enumerate(drips):
            client.sendall(HEAD if number % 2 else BODY)
        over = threading.Event()

        def drip() -> None:
            while not over.wait(0.2):
                for client in drips:
                    try:
                        client.send(b"x")
                    except OSError:
                        continue

        dripper = threading.Thread(target=drip)
        dripper.start()
        try:
            yield
        finally:
            over.set()
            dripper.join()


def test_a_crowd_of_slow_clients_keeps_nobody_waiting(site):
    site.get("/")
    with crowd(site):
        waits = []
        for _ in range(10):
            began = time.monotonic()
            assert status(site.get("/")) == 200
            waits.append(time.monotonic() - began)
    assert sorted(waits)[len(waits) // 2] <= 1, waits


def spooled(site: Site) -> int:
    """Bytes of files that the site's processes have open without a name."""
    found = 0
    for process in Path("/proc").iterdir():
        try:
            if b"config.wsgi" not in (process / "cmdline").read_bytes():
                continue
            for file in (process / "fd").iterdir():
                if "(deleted)" in str(file.readlink()):
                    found += file.stat().st_size
        except OSError:
            continue
    return found


def refused(site: Site, head: str, piece: bytes, times: int) -> bytes:
    """The answer to a body that is sent until nobody takes more of it."""
    with site.connect() as client:
        client.sendall(head.encode())
        try:
            for _ in range(times):
                client.sendall(piece)
        except OSError:
            pass
        return read_all(client)


FILE = "multipart/form-data; boundary=e\r\nCookie: csrftoken=x"


@pytest.mark.parametrize(
    "path", ["/", "/preview/", "/preferences/x/", "/admin/login/", "/nowhere", "/anymail/"]
)
def test_no_public_address_takes_a_large_body(site, path):
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FILE}\r\n"
    announced = refused(site, f"{head}Content-Length: 300000000\r\n\r\n", b"x" * 1_000_000, 20)
    assert status(announced) == 413
    chunk = b"%x\r\n%s\r\n" % (500_000, b"x" * 500_000)
    streamed = refused(site, f"{head}Transfer-Encoding: chunked\r\n\r\n", chunk, 20)
    assert status(streamed) == 413
    assert spooled(site) < 1_000_000


def test_a_file_is_taken_at_its_page_and_from_whoever_is_logged_in_alone(site):
    """A cookie proves nothing before its session is looked up, and a session opens one page."""
    key = site.log_in()
    body = b"x" * 1_000_000

    def answer(path: str, cookie: str) -> int:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=e\r\n"
            f"Cookie: sessionid={cookie}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return status(refused(site, head, body, 1))

    page = "/admin/subscriptions/subscriber/roster/"
    assert answer(page, "a" * 32) == 413
    assert answer("/admin/login/", key) == 413
    assert answer("/admin/subscriptions/subscriber/roster/x", key) == 413
    assert answer(page, key) != 413, "it is read, and refused for what it lacks"


def test_a_long_list_is_taken_behind_the_link_that_was_mailed_for_it_alone(site):
    reader = Subscriber(public_id=site.new_reader()[0], email="ada@example.org")
    body = b"x" * 5_200_000

    def answer(link: str, page: str = "import/") -> int:
        head = (
            f"POST /my-data/{link}/{page} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FILE}\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return status(refused(site, head, body, 1))

    mailed = token(reader, "my-data")
    assert answer(token(reader, "vote")) == 413
    assert answer(mailed[:-1] + "-") == 413
    assert answer(token(reader, "my-data", now=timezone.now() - timedelta(hours=2))) == 413
    assert answer(mailed, "address/") == 413
    assert answer(mailed) != 413, "it is read, and refused for what it lacks"


def test_who_asks_whether_to_go_on_is_told_no(site):
    head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n"
    answer = site.answer_to(head.encode())
    assert status(answer) == 413


def test_a_form_within_the_limit_is_read(site):
    body = b"keywords=" + b"x" * (LARGEST_FORM - 100)
    head = (
        "POST /preview/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    assert status(site.answer_to(head.encode(), body)) == 200


def test_a_head_that_never_ends_is_refused(site):
    head = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Long: y\r\n" * 5000
    assert status(site.answer_to(head)) == 431


def test_a_connection_serves_many_requests(site):
    with site.connect() as client:
        for _ in range(3):
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"status": "ok"}'):
                answer += client.recv(65536)


def test_who_takes_too_long_over_a_head_or_a_body_is_hung_up_on():
    request = server.Request(Adjustments())
    assert request.deadline == pytest.approx(request.began_at + server.HEAD_SECONDS)
    request.received(BODY)
    assert request.deadline == pytest.approx(request.began_at + server.HEAD_SECONDS + 5000 / server.SLOWEST)


def test_more_connections_than_there_is_room_for_keep_nobody_out(site):
    with ExitStack() as stack:
        for _ in range(2 * 2 * ROOM):
            stack.enter_context(site.connect())
        assert status(site.get("/health/live")) == 200
