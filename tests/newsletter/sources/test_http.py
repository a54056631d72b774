import gzip
import time
import tracemalloc
import zlib
from datetime import UTC, datetime

import pytest

from newsletter.errors import SourceError
from newsletter.sources.http import ATOM, FetchedResponse, FetchLimits, fetch, redirect_target, retry_after
from newsletter.sources.inflating import PIECE, inflated
from services.sources import Response, SourceServer
from tests.newsletter.sources.faults import DripServer

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


def test_every_request_says_who_asks_and_what_is_wanted(settings):
    seen = []

    def look(request):
        seen.append(request)
        return Response(body=b"<feed/>")

    with SourceServer(before=look) as server:
        fetch(f"{server.url}/api/query", accept=ATOM)
    agent = seen[0].headers["user-agent"]
    assert agent == f"Paperpost/{settings.VERSION} ({settings.SITE_URL}; mailto:{settings.CONTACT_EMAIL})"
    assert seen[0].headers["accept"].startswith("application/atom+xml")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_server_that_drips_its_body_or_its_headers_is_left_in_time(head):
    with DripServer(head=head) as server:
        began = time.monotonic()
        with pytest.raises(SourceError, match=r"did not finish its answer within 0.4 s") as caught:
            fetch(server.url, accept=ATOM, limits=FetchLimits(read=5, total=0.4))
    assert time.monotonic() - began < 2
    assert caught.value.transient


def test_a_silent_server_is_left_after_the_read_limit():
    with (
        DripServer(head=b"", every=60) as server,
        pytest.raises(SourceError, match="did not answer") as caught,
    ):
        fetch(server.url, accept=ATOM, limits=FetchLimits(read=0.3, total=5))
    assert caught.value.transient


def test_an_answer_without_end_is_refused():
    big = Response(body=b"x" * 3_000_000)
    with SourceServer(before=lambda _: big) as server, pytest.raises(SourceError, match="more than 2 MB"):
        fetch(server.url, accept=ATOM, limits=FetchLimits(size=2 * 2**20))


def test_nobody_there_is_a_transient_failure_that_names_the_host():
    with pytest.raises(SourceError, match=r"127\.0\.0\.1") as caught:
        fetch("http://127.0.0.1:9/", accept=ATOM, limits=FetchLimits(connect=2))
    assert caught.value.transient


@pytest.mark.parametrize("url", ["ftp://arxiv.org/", "http://[", "nonsense"])
def test_an_address_that_is_none_is_a_permanent_failure(url):
    with pytest.raises(SourceError) as caught:
        fetch(url, accept=ATOM)
    assert not caught.value.transient


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("Wed, 18 Mar 2026 12:00:30 GMT", 30.0),
        ("Wed, 18 Mar 2026 11:00:00 GMT", 0.0),
        ("99999999999", 7 * 86400.0),
        ("-3", None),
        ("soon", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_or_nothing(text, seconds):
    assert retry_after({"retry-after": text}, now=NOW) == seconds


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("http://export.arxiv.org/api", "https://export.arxiv.org/api", "https://export.arxiv.org/api"),
        ("https://export.arxiv.org/a", "/b", "https://export.arxiv.org/b"),
    ],
)
def test_a_redirect_on_the_same_host_is_followed(url, location, target):
    assert redirect_target(FetchedResponse(url=url, status=301, headers={"location": location})) == target


@pytest.mark.parametrize(
    "location",
    [
        "https://login.hotel.example/",
        "http://export.arxiv.org/a",
        "https://export.arxiv.org:8443/a",
        "http://[",
    ],
)
def test_a_redirect_elsewhere_is_refused(location):
    answer = FetchedResponse(url="https://export.arxiv.org/a", status=302, headers={"location": location})
    with pytest.raises(SourceError, match="not followed"):
        redirect_target(answer)


# -- compressed bodies --------------------------------------------------------------------------------------

TEXT = b"hello " * 50_000


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:999], mtime=0) + gzip.compress(TEXT[999:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("identity", TEXT),
        ("", TEXT),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 65536, 10**7])
def test_a_compressed_body_is_unpacked_however_it_comes(encoding, body, size):
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    pieces = list(inflated(chunks, encoding))
    assert b"".join(pieces) == TEXT
    assert encoding in ("", "identity") or max(map(len, pieces)) <= PIECE


@pytest.mark.parametrize(
    ("encoding", "body", "what"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0), "not asked for"),
        ("br", b"x", "not asked for"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], "cut off"),
        ("gzip", b"no gzip", "broken"),
        ("deflate", zlib.compress(TEXT)[:-5], "cut off"),
        ("deflate", b"\x78", "cut off"),
    ],
)
def test_what_cannot_be_unpacked_is_told_of(encoding, body, what):
    answer = Response(body=body, headers={"Content-Encoding": encoding})
    with SourceServer(before=lambda _: answer) as server, pytest.raises(SourceError, match=what) as caught:
        fetch(f"{server.url}/api/query", accept=ATOM)
    assert caught.value.transient


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_body_that_grows_without_end_is_left_while_it_grows(layers):
    """A gigabyte of zeros in a megabyte; in two layers it is a few thousand bytes."""
    body = gzip.compress(bytes(300 * 2**20), 6)
    for _ in range(layers - 1):
        body = gzip.compress(body)
    answer = Response(body=body, headers={"Content-Encoding": ", ".join(["gzip"] * layers)})
    tracemalloc.start()
    with SourceServer(before=lambda _: answer) as server, pytest.raises(SourceError):
        fetch(f"{server.url}/api/query", accept=ATOM, limits=FetchLimits(size=2**20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20
