"""The query API through the real ``arxiv`` package: what was recorded, and what goes wrong."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import arxiv
import pytest
from lxml import etree

from newsletter.arxiv.identifiers import squeeze
from newsletter.errors import SourceError
from newsletter.sources.arxiv import Arxiv, day_query, endpoint, record_of
from newsletter.sources.http import FetchLimits, fetch
from services.sources import Response, SourceServer
from tests.newsletter.sources import faults
from tests.newsletter.sources.faults import Clock, DripServer, Script, gate_with

ATOM = {
    "a": "http://www.w3.org/2005/Atom",
    "x": "http://arxiv.org/schemas/atom",
    "o": "http://a9.com/-/spec/opensearch/1.1/",
}
QUERY = "cat:cs.CL"


def papers(count, **fields):
    return [
        {
            "id": f"2603.{number:05d}",
            "title": f"Paper {number}",
            "abstract": f"About the number {number}.",
            "authors": ["Ada Lovelace", "Grace Hopper"],
            "categories": ["cs.CL"],
            "published": f"2026-03-17T{number % 24:02d}:{number % 60:02d}:00Z",
            **fields,
        }
        for number in range(1, count + 1)
    ]


def true_body(server):
    """The first page as the server gives it, asked for without a gate."""
    query = f"search_query={QUERY}&start=0&max_results=100&sortBy=submittedDate&sortOrder=ascending"
    return fetch(f"{server.url}/api/query?{query}", accept="*/*").body


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(clock, tmp_path):
    def build(url, *, page_size=100, **options):
        return Arxiv(gate=gate_with(clock, tmp_path, **options), base_url=url, page_size=page_size)

    return build


# -- what was recorded ------------------------------------------------------------------------------------


def recordings(recorded):
    index = json.loads((recorded / "arxiv_api" / "index.json").read_text())
    return [(entry, (recorded / "arxiv_api" / entry["file"]).read_bytes()) for entry in index]


def test_all_recorded_responses_are_read_field_by_field_through_the_real_client(recorded, client):
    responses = recordings(recorded)
    assert len(responses) == 40
    entries = 0
    for index, body in responses:
        if index["http_status"] == 400:
            continue
        root = etree.fromstring(body)
        # Byte for byte but for the count: what was recorded is one page, the rest of its query is not ours.
        count = str(len(root.findall("a:entry", ATOM))).encode()
        body = re.sub(rb"(totalResults[^>]*>)\d+(?=<)", rb"\g<1>" + count, body)
        served = Response(body=body, content_type="application/atom+xml")
        with SourceServer(before=faults.always(served)) as server:
            found = client(server.url, page_size=1000, caches=False).search(index["file"])
        assert found.problems == ()
        nodes = {
            node.findtext("a:id", default="", namespaces=ATOM).split("/abs/")[1].rpartition("v")[0]: node
            for node in root.findall("a:entry", ATOM)
        }
        assert {paper.arxiv_id for paper in found.papers} == set(nodes)
        for paper in found.papers:
            entries += 1
            node = nodes[paper.arxiv_id]

            def text(path, node=node):
                return squeeze(node.findtext(path, namespaces=ATOM))

            assert text("a:id").endswith(f"/{paper.arxiv_id}v{paper.version}")
            assert paper.title == text("a:title")
            assert paper.abstract == text("a:summary")
            assert list(paper.authors) == [
                squeeze(who.text) for who in node.findall("a:author/a:name", ATOM) if who.text
            ]
            (primary,) = node.findall("x:primary_category", ATOM)
            assert paper.primary_category == primary.get("term")
            assert set(paper.categories) == {one.get("term") for one in node.findall("a:category", ATOM)}
            assert paper.comment == text("x:comment")
            assert paper.doi == text("x:doi")
            assert paper.journal_ref == text("x:journal_ref")
            assert paper.published_at == datetime.fromisoformat(text("a:published"))
            assert paper.updated_at == datetime.fromisoformat(text("a:updated"))
    assert entries == 365, "366 entries were recorded, one of them the error entry"


def test_the_recorded_error_entry_names_what_arxiv_did_not_like(recorded, client):
    ((_, body),) = [one for one in recordings(recorded) if one[0]["http_status"] == 400]
    for code in (400, 200):  # it has been seen under both
        answer = Response(status=code, body=body, content_type="application/atom+xml")
        with SourceServer(before=faults.always(answer)) as server:
            with pytest.raises(SourceError, match="incorrect id format for abc") as caught:
                client(server.url).search(f"abc {code}")
            assert len(server.log) == 1
        assert not caught.value.transient


def test_two_documents_in_one_are_refused_whole(recorded, client):
    body = (recorded / "arxiv_api" / "not_one_document" / "two_responses_concatenated.xml").read_bytes()
    with (
        SourceServer(before=lambda _: Response(body=body)) as server,
        pytest.raises(SourceError, match="broken document where Atom was due"),
    ):
        client(server.url).search(QUERY)


# -- conversion -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry_id", "expected"),
    [
        ("http://arxiv.org/abs/2403.03206v2", ("2403.03206", 2)),
        ("https://arxiv.org/abs/0808.0539v10", ("0808.0539", 10)),
        ("http://arxiv.org/abs/astro-ph/0601001v1", ("astro-ph/0601001", 1)),
        ("http://arxiv.org/abs/math.GT/0309136v1", ("math.GT/0309136", 1)),
        ("http://arxiv.org/abs/cond-mat/9901001", ("cond-mat/9901001", 1)),
    ],
)
def test_ids_lose_address_and_version(entry_id, expected):
    now = datetime.now(UTC)
    record = record_of(arxiv.Result(entry_id, updated=now, published=now, title="T"))
    assert (record.arxiv_id, record.version) == expected


@pytest.mark.parametrize(
    "entry_id", ["http://arxiv.org/abs/", "http://arxiv.org/abs/2413.00001v1", "x", "٢٤٠٣.٠٣٢٠٦"]
)
def test_what_is_no_id_is_refused_by_name(entry_id):
    with pytest.raises(SourceError, match="whose id is none"):
        record_of(arxiv.Result(entry_id))


@pytest.mark.parametrize(
    "base",
    [
        "https://a.example",
        "https://a.example/",
        "https://a.example/api/query",
        "https://a.example/api/query?",
    ],
)
def test_the_endpoint_may_be_given_with_or_without_its_path(base):
    assert endpoint(base) == "https://a.example/api/query?{}"


def test_a_days_query_names_categories_and_minutes_in_gmt():
    start = datetime.fromisoformat("2026-03-16T14:00:00-04:00")
    end = datetime.fromisoformat("2026-03-17T13:59:00-04:00")
    assert day_query({"cs.LG", "cs.CL"}, start=start, end=end) == (
        "(cat:cs.CL OR cat:cs.LG) AND submittedDate:[202603161800 TO 202603171759]"
    )


# -- paging -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "page_size"), [(250, 100), (2300, 1000), (100, 100), (1, 100)])
def test_all_pages_are_read_and_nothing_is_cut(client, count, page_size):
    with SourceServer(papers=papers(count)) as server:
        found = client(server.url, page_size=page_size).search(QUERY)
        assert len(server.log) == -(-count // page_size)
    assert len({paper.arxiv_id for paper in found.papers}) == found.total == count


def test_more_than_the_api_can_give_is_refused_before_paging(client):
    with (
        SourceServer(before=lambda _: faults.empty_page(30_001)) as server,
        pytest.raises(SourceError, match="more than the 30000") as caught,
    ):
        client(server.url).search(QUERY)
    assert not caught.value.transient


def test_fewer_papers_than_were_counted_is_an_error_and_no_short_day(client):
    with SourceServer(papers=papers(20)) as server:
        body = true_body(server).replace(b">20</opensearch:totalResults>", b">21</opensearch:totalResults>")
        overlapping = Response(body=body, content_type="application/atom+xml")
        server.before = Script(overlapping, overlapping)  # the second page is the first one again
        with pytest.raises(SourceError, match="counted 21 papers and gave 20"):
            client(server.url, page_size=20).search(QUERY)


# -- what goes wrong --------------------------------------------------------------------------------------

PASSING = {
    "429 with Retry-After": lambda body: faults.status(429, Retry_After="20"),
    "429 without Retry-After": lambda body: faults.status(429),
    "503": lambda body: faults.status(503),
    "406": lambda body: faults.status(406),
    "HTML with 200": lambda body: faults.html_with_200(),
    "empty first page that counts papers": lambda body: faults.empty_page(150),
    "truncated against its length": faults.cut,
    "truncated without a word": faults.cut_without_a_word,
    "dropped connection": lambda body: faults.dropped(),
    "nothing at all": lambda body: Response(body=b""),
    "XML of another kind": lambda body: Response(body=b"<rss version='2.0'><channel/></rss>"),
}


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_goes_by_costs_time_and_no_paper(client, clock, fault, page):
    with SourceServer(papers=papers(150)) as server:
        body = true_body(server)
        server.before = Script(*[None] * page, fault(body), fault(body))
        clock.slept.clear()
        found = client(server.url).search(QUERY)
        assert len(found.papers) == 150
        starts = [parse_qs(urlsplit(entry.path).query)["start"][0] for entry in server.log[1:]]
        assert sorted(starts) == sorted(["0", "100"] + [str(100 * page)] * 2)
    assert len(clock.slept) >= 3
    assert min(clock.slept) >= 3.0, "the gate was not kept"


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_stays_ends_in_a_reason(client, fault):
    with SourceServer(papers=papers(150)) as server:
        body = true_body(server)
        server.before = Script(fault(body), forever=True)
        with pytest.raises(SourceError, match="given up after 5 attempts") as caught:
            client(server.url).search(QUERY)
    assert caught.value.transient


def test_an_empty_later_page_is_asked_for_again_and_then_reported(client):
    with SourceServer(papers=papers(150)) as server:
        server.before = lambda request: (
            faults.empty_page(150) if request.parameters["start"] == "100" else None
        )
        with pytest.raises(SourceError, match="counts 150 papers and sent a page without any"):
            client(server.url).search(QUERY)


def test_an_empty_answer_is_believed_only_where_it_may_be_empty(client, clock):
    with SourceServer() as server:
        assert client(server.url).search(QUERY).papers == ()
        assert len(server.log) == 1
        with pytest.raises(SourceError, match="no papers where there must be some; given up after 5"):
            client(server.url).search(QUERY, expect_papers=True)
        assert len(server.log) == 6


def test_an_empty_answer_that_fills_up_is_taken(client):
    with SourceServer(papers=papers(3), before=Script(faults.empty_page(0))) as server:
        assert len(client(server.url).search(QUERY, expect_papers=True).papers) == 3


def test_a_slow_drip_ends(client):
    with DripServer() as server, pytest.raises(SourceError, match=r"did not finish its answer within 0\.3 s"):
        client(server.url, limits=FetchLimits(read=1, total=0.3), attempts=2).search(QUERY)
    assert server.connections == 2


def test_entries_without_date_or_id_are_named_and_the_others_kept(client):
    with SourceServer(papers=papers(4)) as server:
        body = true_body(server)
        date = b"<published>2026-03-17T02:02:00Z</published>"
        assert date in body
        server.before = Script(Response(body=body.replace(date, b"<published>yesterday</published>")))
        found = client(server.url).search(QUERY)
    assert [paper.arxiv_id for paper in found.papers] == ["2603.00001", "2603.00003", "2603.00004"]
    assert len(found.problems) == 1
    assert "2603.00002" in found.problems[0]


def test_outside_entities_are_never_read(client, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    with SourceServer(papers=papers(1)) as honest:
        body = true_body(honest)
    head, _, rest = body.partition(b"?>")
    evil = head + b'?><!DOCTYPE feed [<!ENTITY x SYSTEM "file://%s">]>' % str(secret).encode() + rest
    evil = evil.replace(b"<title>Paper 1</title>", b"<title>Paper &x;</title>")
    assert b"&x;" in evil
    with SourceServer(before=Script(Response(body=evil))) as server:
        found = client(server.url).search(QUERY)
    assert "SECRET" not in repr(found)


# -- by id ------------------------------------------------------------------------------------------------


def test_ids_are_looked_up_in_lots_and_what_is_missing_is_named(client):
    ids = [f"2603.{number:05d}" for number in range(1, 421)]
    with SourceServer(papers=papers(410)) as server:
        found = client(server.url).lookup([*ids, "abc", "2603.00001"])
        lots = [parse_qs(urlsplit(entry.path).query)["id_list"][0].count(",") + 1 for entry in server.log]
    assert lots == [200, 200, 20]
    assert len(found.papers) == 410
    assert set(found.missing) == {"abc", *ids[410:]}


def test_an_id_with_a_version_finds_its_paper(client):
    with SourceServer(papers=papers(2)) as server:
        found = client(server.url).lookup(["2603.00001v1"])
    assert [paper.arxiv_id for paper in found.papers] == ["2603.00001"]
    assert found.missing == ()


def test_one_id_that_arxiv_dislikes_does_not_cost_the_others(client):
    def dislike(request):
        if "hep-xx/0601001" not in request.parameters["id_list"]:
            return None
        body = (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>'
            b"<id>https://arxiv.org/api/errors#incorrect_id_format_for_hep-xx/0601001</id><title>Error</title>"
            b"<summary>incorrect id format for hep-xx/0601001</summary></entry></feed>"
        )
        return Response(status=400, body=body, content_type="application/atom+xml")

    with SourceServer(papers=papers(3), before=dislike) as server:
        found = client(server.url).lookup(["2603.00001", "hep-xx/0601001", "2603.00003"])
    assert [paper.arxiv_id for paper in found.papers] == ["2603.00001", "2603.00003"]
    assert found.missing == ("hep-xx/0601001",)
    assert "hep-xx/0601001" in found.problems[0]


def test_what_arxiv_does_not_have_is_not_asked_for_twice_a_day(client, clock):
    with SourceServer(papers=papers(1)) as server:
        for _ in range(2):
            assert client(server.url).lookup(["2603.00001", "2603.09999"]).missing == ("2603.09999",)
            assert client(server.url).lookup(["2603.09999"]).missing == ("2603.09999",)
        assert len(server.log) == 1 + 1  # the second asks for the one that is there
        clock.moment = datetime(2026, 3, 19, 5, 0, tzinfo=UTC)
        client(server.url).lookup(["2603.09999"])
        assert len(server.log) == 3
