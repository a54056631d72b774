"""Whatever bytes a source sends, the readers raise ``SourceError`` or give records, and nothing else."""

import json
import random

import pytest
from arxiv import _feed
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import SourceError
from newsletter.sources.arxiv import read_page, record_of
from newsletter.sources.feed import read_feed
from newsletter.sources.http import FEED, FetchedResponse, fetch
from newsletter.sources.huggingface import read_body, read_rows
from newsletter.sources.listing import read_listing
from services.sources import SourceServer
from tests.newsletter.sources.test_feed import DAY, PAPERS

PATHS = {
    "query": "/api/query?search_query=cat:cs.CL&max_results=10",
    "atom": "/atom/cs.CL",
    "rss": "/rss/cs.CL",
    "listing": "/list/cs/new",
}


@pytest.fixture(scope="module")
def documents():
    with SourceServer(papers=PAPERS, today=DAY) as server:
        return {name: fetch(server.url + path, accept=FEED).body for name, path in PATHS.items()}


def read_query(body):
    for result in _feed.parse(read_page(body).body).results:
        record_of(result)


SHARDS = (b"\x00", b"<", b"&", b"]]>", b"<!--", b"\xff\xfe", b'"', b"</entry>")
READERS = {"query": read_query, "atom": read_feed, "rss": read_feed, "listing": read_listing}


@pytest.mark.parametrize("name", PATHS)
def test_damaged_documents_raise_the_documented_error_or_nothing(documents, name):
    chance = random.Random(20260318)
    whole = documents[name]
    refused = 0
    for _ in range(400):
        body = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            place = chance.randrange(len(body))
            kind = chance.randrange(3)
            if kind == 0:
                body[place] = chance.randrange(256)
            elif kind == 1:
                del body[place : place + chance.randrange(1, 60)]
            else:
                body[place:place] = chance.choice(
                    (b"\x00", b"<", b"&", b"]]>", b"<!--", b"\xff\xfe", b'"', b"</entry>")
                )
        try:
            READERS[name](bytes(body))
        except SourceError:
            refused += 1
    assert refused or name == "listing"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["paper", "id", "title", "authors", "name", "upvotes", "mediaUrls", "thumbnail", "publishedAt",
             "submittedOnDailyAt", "organization", "ai_keywords", "githubRepo", "error"]
        ),
        inner | st.sampled_from(["2603.00001", "2026-03-18T01:00:00Z", "https://a.example/x.mp4"]),
        max_size=6,
    ),
    max_leaves=30,
)  # fmt: skip


@pytest.mark.slow
@given(JSON)
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(value):
    try:
        rows = read_body(
            FetchedResponse(url="https://a.example", status=200, body=json.dumps(value).encode())
        )
        for paper in read_rows(rows, day=DAY).papers:
            assert paper.arxiv_id
    except SourceError:
        return


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(body):
    for read in (read_query, read_feed, read_listing):
        try:
            read(body)
        except SourceError:
            continue
