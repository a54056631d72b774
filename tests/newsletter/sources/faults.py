"""What goes wrong at a source, to be served by the local server, and a clock that nobody has to wait for."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from newsletter.sources.gate import Gate
from newsletter.sources.http import FetchLimits
from newsletter.sources.locks import FileLock
from newsletter.sources.policy import RatePolicy
from newsletter.sources.stores import FileStore
from services.sources import Response
from services.sources.server import Request

HTML_PAGE = b"<!DOCTYPE html><html><head><title>arXiv</title></head><body>We are down.</body></html>"
EMPTY_FEED = (
    b"<?xml version='1.0' encoding='UTF-8'?>"
    b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
    b"<id>https://arxiv.org/api/x</id><title>arXiv Query</title><updated>2026-03-18T00:00:00Z</updated>"
    b"<opensearch:totalResults>%d</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex></feed>"
)


def status(code, **headers):
    return Response(status=code, body=b"no", headers={k.replace("_", "-"): v for k, v in headers.items()})


def always(response: Response) -> Callable[[Request], Response]:
    """A hook of the source server that answers each request with ``response``."""
    return lambda _: response


def html_with_200():
    return Response(body=HTML_PAGE, content_type="text/html")


def empty_page(total=0):
    return Response(body=EMPTY_FEED % total, content_type="application/atom+xml")


def cut(body):
    """A document whose connection ends in the middle, against its Content-Length."""
    return Response(body=body[: len(body) // 2], missing_bytes=len(body) - len(body) // 2)


def cut_without_a_word(body):
    """Half a document that claims to be whole: what a broken cache serves."""
    return Response(body=body[: len(body) // 2], content_type="application/atom+xml")


def dropped():
    return Response(hang_up=True)


class Script:
    """A ``before`` hook: the first requests to ``path`` get ``answers`` in turn, None meaning the truth."""

    def __init__(self, *answers, path="/api/query", forever=False):
        self.answers = list(answers)
        self.path = path
        self.forever = forever
        self.seen = []

    def __call__(self, request):
        if not request.path.startswith(self.path):
            return None
        self.seen.append(request)
        if not self.answers:
            return None
        answer = self.answers[0] if self.forever else self.answers.pop(0)
        return answer(request) if callable(answer) else answer


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    moment: datetime = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self):
        return self.moment

    def time(self):
        return self.moment.timestamp()

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


def gate_with(clock, folder, *, locks=True, caches=True, limits=None, jitter=max, **policy):
    """A gate on ``clock``; ``dice=max`` makes every wait as long as it may get."""
    return Gate(
        name="arXiv",
        locks=(FileLock(folder / "gate", clock=clock.time),) if locks else (),
        store=FileStore(folder / "kept", clock=clock.time),
        policy=RatePolicy(**policy),
        limits=limits or FetchLimits(connect=2, read=2, total=5),
        now=clock.now,
        sleep=clock.sleep,
        jitter=jitter,
        caches=caches,
    )


class DripServer:
    """Sends ``head`` at once and then a byte every ``every`` seconds until somebody hangs up."""

    def __init__(self, *, head=b"HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\n\r\n", every=0.02):
        self.head, self.every = head, every
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection):
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(self.head)
                while not self.stopped.wait(self.every):
                    connection.sendall(b"x")
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.listener.close()
