"""The HTTP side: a threaded server on the loopback address, a log of its requests, a hook for faults."""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from services.sources import announcements
from services.sources.atom import CONTENT_TYPE, QueryApi
from services.sources.daily import DailyPapers, Rows
from services.sources.papers import EASTERN, Paper, Shelf, submission_window

if TYPE_CHECKING:
    from services.sample import Sample
    from services.sample.loading import Part


class LogEntry(NamedTuple):
    """One request: ``time`` in seconds of ``time.monotonic``, the method, and the path with its query."""

    time: float
    method: str
    path: str


@dataclass(frozen=True)
class Request:
    """What a fault hook sees. ``path`` is without the query; header names are in lower case."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Response:
    """An answer. ``missing_bytes`` > 0 promises that many more bytes than come; ``hang_up`` closes without a
    word.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    missing_bytes: int = 0
    hang_up: bool = False


A_MOMENT = timedelta(hours=1)  # before the cut-off of a day

Hook = Callable[[Request], Response | None]
Pictures = Callable[[str], bytes | None]
Pages = Callable[[str], tuple[bytes, str] | None]


class SourceServer:
    """arXiv and Hugging Face on one local port, from records in memory.

    ``papers`` are dicts ``{id, version?, title, abstract, authors, categories, published, updated, comment?,
    doi?, journal_ref?}``; ``listings`` (day -> ids) overrule the submission windows in feeds and listing
    pages; ``daily`` maps a day to rows of Hugging Face's API or to a recorded body; ``pictures`` draws
    ``/pictures/NAME.png``; ``pages`` gives body and content type of any other path. ``today`` is the day of
    the feeds, by default the present one in New York; it may be set while the server runs. ``before`` sees
    every request first; what it returns, unless None, is the answer. ``busiest`` is the greatest number of
    requests that were ever under way at once.
    """

    def __init__(  # noqa: PLR0913 - each caller names the one or two that it needs
        self,
        *,
        papers: Iterable[Mapping[str, Any]] = (),
        daily: Mapping[date, Rows | bytes] | None = None,
        listings: Mapping[date, Sequence[str]] | None = None,
        today: date | None = None,
        pictures: Pictures | None = None,
        pages: Pages | None = None,
        before: Hook | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        listings = dict(listings or {})
        listed = {arxiv_id: day for day in sorted(listings, reverse=True) for arxiv_id in listings[day]}
        shelf = Shelf(Paper.from_record(record, listed=listed.get(record["id"])) for record in papers)
        self.today = today
        self.before = before
        self.log: list[LogEntry] = []
        self.busiest = 0
        self.url = ""
        self._busy = 0
        self._counting = threading.Lock()
        self._api = QueryApi(shelf)
        self._announcements = announcements.Announcements(shelf, listings)
        self._daily = DailyPapers(dict(daily or {}))
        self._pictures = pictures
        self._pages = pages
        self._address = (host, port)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def from_sample(
        cls, sample: "Sample", *, day: date | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> Self:
        """Serve the bundled sample as what comes on ``day``, by default its own, and on the day after.

        Papers keep their true dates; only listings and queries find them on the days on which they are shown.
        """
        from services.sample.pages import page_of  # drawing needs Pillow, serving records does not
        from services.sample.pictures import draw_picture

        first = day or sample.day
        days: dict[Part, date] = {"first": first, "second": first + timedelta(days=1)}
        return cls(
            papers=[
                {**paper, "submitted": (submission_window(days[paper["shown"]])[1] - A_MOMENT).isoformat()}
                for paper in sample.papers
            ],
            daily={on: sample.daily(part, day=on) for part, on in days.items()},
            listings={on: sample.listed(part) for part, on in days.items()},
            today=first,
            pictures=draw_picture,
            pages=page_of,
            host=host,
            port=port,
        )

    def start(self) -> Self:
        """Listen and answer in a thread of its own; ``url`` is set from here on."""
        self._server = _Server(self._address, self)
        host, port = self._server.server_address[:2]
        self.url = f"http://{host!s}:{port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sources", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; a request under way is not waited for."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    def wait(self) -> None:
        """Block until the server stops."""
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def respond(self, request: Request, *, target: str, base: str) -> Response:
        """Log the request and answer it; ``base`` is the address under which the client sees us."""
        with self._counting:
            self.log.append(LogEntry(time.monotonic(), request.method, target))
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            answer = self.before(request) if self.before is not None else None
            return answer or self._route(request, base)
        finally:
            with self._counting:
                self._busy -= 1

    def _route(self, request: Request, base: str) -> Response:
        path = request.path
        if path == "/api/query":
            status, body = self._api.answer(request.parameters, now=datetime.now(UTC))
            return Response(status, body, CONTENT_TYPE)
        if path == "/api/daily_papers":
            status, body = self._daily.answer(request.parameters, base=base)
            return Response(status, body, "application/json; charset=utf-8")
        if match := re.fullmatch(r"/(atom|rss)/([^/]+)", path):
            return self._feed(*match.groups())
        if match := re.fullmatch(r"/list/([^/]+)/new", path):
            return self._listing(match[1])
        if match := re.fullmatch(r"/pictures/([\w.-]+)\.png", path):
            picture = self._pictures(match[1]) if self._pictures is not None else None
            if picture is not None:
                return Response(200, picture, "image/png", {"Cache-Control": "max-age=86400"})
        if self._pages is not None and (page := self._pages(path)) is not None:
            return Response(200, *page)
        return Response(404, json.dumps({"error": "Not found"}).encode(), "application/json; charset=utf-8")

    def _feed(self, form: str, subjects: str) -> Response:
        day = self._day()
        try:
            items = self._announcements.of(day, subjects)
        except announcements.UnknownSubjectError:
            return Response(400, b"Bad archive or category specification.")
        write = announcements.atom if form == "atom" else announcements.rss
        return Response(200, write(subjects, day, items), f"application/{form}+xml; charset=utf-8")

    def _listing(self, subject: str) -> Response:
        day = self._day()
        try:
            items = self._announcements.of(day, subject)
        except announcements.UnknownSubjectError:
            return Response(404, b"No such archive.")
        return Response(200, announcements.listing(subject, day, items), "text/html; charset=utf-8")

    def _day(self) -> date:
        return self.today or datetime.now(EASTERN).date()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # an idle keep-alive connection must not hold up a shutdown

    def __init__(self, address: tuple[str, int], owner: SourceServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are the tests' doing, and no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """The log is a list that tests read; nothing goes to the terminal."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            parameters=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        base = f"http://{request.headers.get('host') or self.server.owner.url.removeprefix('http://')}"
        answer = self.server.owner.respond(request, target=self.path, base=base)
        if answer.hang_up:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) + answer.missing_bytes))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        if answer.missing_bytes:
            self.close_connection = True
