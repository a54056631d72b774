"""The local source server speaks arXiv's and Hugging Face's formats, as the recordings show them."""

import gzip
import json
import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

import arxiv
import httpx
import pytest
from lxml import etree, html

from services.sources import Response, SourceServer
from services.sources.server import Request

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NS = {
    "a": "http://www.w3.org/2005/Atom",
    "x": "http://arxiv.org/schemas/atom",
    "o": "http://a9.com/-/spec/opensearch/1.1/",
}


def record(arxiv_id, *, published="2024-03-05T10:00:00Z", **fields):
    return {
        "id": arxiv_id,
        "title": f"Paper {arxiv_id}",
        "abstract": "We study walking robots.",
        "authors": ["Ada Lovelace", "Émile Du Châtelet"],
        "categories": ["cs.RO", "cs.LG"],
        "published": published,
        "updated": published,
        **fields,
    }


def ids(server, **parameters):
    answer = httpx.get(f"{server.url}/api/query", params={"max_results": 2000, **parameters})
    assert answer.status_code == 200, answer.text
    feed = etree.fromstring(answer.content)
    return [
        e.findtext("a:id", default="", namespaces=NS).removeprefix("http://arxiv.org/abs/")
        for e in feed.findall("a:entry", NS)
    ]


@pytest.fixture(scope="module")
def server():
    papers = [
        record(
            "2403.00001",
            title="Walking on <Mars> & Venus",
            categories=["cs.RO"],
            published="2024-03-04T18:59:59Z",
        ),
        record(
            "2403.00002",
            title="Diffusion for everything",
            categories=["cs.CV", "cs.AI"],
            version=3,
            published="2024-03-04T19:00:00Z",
            updated="2024-05-01T00:00:00Z",
        ),
        record(
            "2403.00003",
            abstract="A language model reads.",
            categories=["cs.CL"],
            published="2024-03-05T18:59:59Z",
            comment="CVPR 2024",
            doi="10.1000/xyz",
            journal_ref="J. Rob. 1 (2024)",
        ),
        record(
            "2403.00004",
            categories=["math.OC", "cs.LG"],
            published="2024-03-05T19:00:00Z",
            authors=["A. Del Maestro"],
        ),
        record("astro-ph/0601001", categories=["astro-ph"], published="2006-01-02T14:57:58Z"),
        record("2403.00005", version=1, published="2024-03-07T00:00:00Z"),
        record("2403.00005", version=2, published="2024-03-07T00:00:00Z", title="The second version"),
    ]
    daily: dict[date, list[dict[str, Any]] | bytes] = {
        date(2024, 3, 6): [
            {"paper": {"id": f"2403.0000{n}"}, "thumbnail": f"/pictures/{n}.png"} for n in range(5)
        ],
        date(2024, 3, 7): b'{"a recorded": "body"}',
        date(2024, 3, 8): gzip.compress(b"[{}, {}, {}]"),
    }
    with SourceServer(
        papers=papers, daily=daily, today=date(2024, 3, 6), pictures={"1": b"\x89PNG"}.get
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat:cs.RO", {"2403.00001v1", "2403.00005v2"}),
        ("cat:cs.*", {"2403.00001v1", "2403.00002v3", "2403.00003v1", "2403.00004v1", "2403.00005v2"}),
        ("cat:cs.* ANDNOT cat:cs.RO", {"2403.00002v3", "2403.00003v1", "2403.00004v1"}),
        ("cat:cs.CL OR cat:cs.RO AND ti:mars", {"2403.00001v1", "2403.00003v1"}),
        ("(cat:cs.CL OR cat:cs.RO) AND ti:mars", {"2403.00001v1"}),
        ('ti:"diffusion for"', {"2403.00002v3"}),
        ("diffusion", {"2403.00002v3"}),
        ("all:diffus*", {"2403.00002v3"}),
        ("ti:(diffusion OR mars)", {"2403.00001v1", "2403.00002v3"}),
        ('abs:"language model"', {"2403.00003v1"}),
        ("au:del_maestro", {"2403.00004v1"}),
        ("au:maestro_a", {"2403.00004v1"}),
        ('au:"emile du chatelet" AND cat:cs.CL', {"2403.00003v1"}),
        ("jr:rob AND co:cvpr", {"2403.00003v1"}),
        ("id:2403.00003v1", {"2403.00003v1"}),
        ("submittedDate:[202403041900 TO 202403051859]", {"2403.00002v3", "2403.00003v1"}),
        ("submittedDate:[20240304 TO 20240304]", {"2403.00001v1", "2403.00002v3"}),
        ("cat:cs.CV AND lastUpdatedDate:[20240501 TO *]", {"2403.00002v3"}),
        ("ti:nothinglikeit", set()),
    ],
)
def test_a_query_finds_what_it_says(server, query, expected):
    assert set(ids(server, search_query=query)) == expected


@pytest.mark.parametrize(
    "query", ["cat:cs.CL AND", "(cat:cs.CL", "cat:cs.CL)", "nonsense:x", "submittedDate:[a TO b]"]
)
def test_a_malformed_query_is_a_400_with_an_error_entry(server, query):
    answer = httpx.get(f"{server.url}/api/query", params={"search_query": query})
    assert answer.status_code == 400
    assert etree.fromstring(answer.content).findtext("a:entry/a:title", namespaces=NS) == "Error"


def test_ids_are_answered_in_the_asked_order_and_missing_ones_vanish(server):
    wanted = "2403.00003,9999.99999,2403.00001v1,2403.00001v7,astro-ph/0601001"
    assert ids(server, id_list=wanted) == ["2403.00003v1", "2403.00001v1", "astro-ph/0601001v1"]
    assert ids(server, id_list="2403.00005v1,2403.00005") == ["2403.00005v1", "2403.00005v2"]
    assert ids(server, id_list="2403.00001,2403.00003", search_query="cat:cs.CL") == ["2403.00003v1"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"id_list": "abc"},
        {"max_results": "2001"},
        {"start": "29999", "max_results": "2"},
        {"start": "-1"},
        {"start": "x"},
    ],
)
def test_bad_parameters_are_a_400(server, parameters):
    assert (
        httpx.get(f"{server.url}/api/query", params={"search_query": "all:a", **parameters}).status_code
        == 400
    )


def test_ten_results_are_the_default_and_sorting_is_obeyed():
    papers = [
        record(f"2403.{n:05}", published=f"2024-03-05T10:00:{n:02}Z", updated=f"2024-03-06T10:00:{59 - n}Z")
        for n in range(1, 31)
    ]
    with SourceServer(papers=papers) as server:
        answer = httpx.get(f"{server.url}/api/query?search_query=cat:cs.RO")
        feed = etree.fromstring(answer.content)
        assert len(feed.findall("a:entry", NS)) == 10
        assert feed.findtext("o:totalResults", namespaces=NS) == "30"
        newest = [f"2403.{n:05}v1" for n in range(30, 0, -1)]
        assert ids(server, search_query="cat:cs.RO", sortBy="submittedDate") == newest
        assert ids(server, search_query="cat:cs.RO", sortBy="lastUpdatedDate") == newest[::-1]
        assert (
            ids(server, search_query="cat:cs.RO", sortBy="submittedDate", sortOrder="ascending")
            == newest[::-1]
        )
        assert (
            ids(server, search_query="cat:cs.RO", sortBy="submittedDate", start=5, max_results=3)
            == newest[5:8]
        )


@pytest.mark.slow
def test_the_real_arxiv_client_pages_through_thousands():
    papers = [
        record(f"2403.{n:05}", published=f"2024-03-05T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z")
        for n in range(20_000)
    ]
    with SourceServer(papers=papers) as server:
        client = arxiv.Client(page_size=2000, delay_seconds=0)
        client.query_url_format = server.url + "/api/query?{}"
        query = "cat:cs.LG AND submittedDate:[202403050000 TO 202403050059]"
        search = arxiv.Search(query=query, max_results=None, sort_by=arxiv.SortCriterion.SubmittedDate)
        found = [result.get_short_id() for result in client.results(search)]
        assert found == [f"2403.{n:05}v1" for n in range(3599, -1, -1)]
        assert [entry.path.partition("&start=")[2] for entry in server.log] == [
            "0&max_results=2000",
            "2000&max_results=2000",
        ]
        first = next(client.results(search))
        assert first.pdf_url == "https://arxiv.org/pdf/2403.03599v1"
        assert [author.name for author in first.authors] == ["Ada Lovelace", "Émile Du Châtelet"]


def recorded_feeds():
    return sorted((DATA / "arxiv_api").glob("*.xml")) if DATA.is_dir() else []


def entry_fields(entry):
    """Every field of a recorded entry; links as they are today, whatever the year of the recording."""
    authors = entry.findall("a:author", NS)
    return {
        "id": entry.findtext("a:id", namespaces=NS),
        "title": entry.findtext("a:title", namespaces=NS),
        "summary": entry.findtext("a:summary", namespaces=NS),
        "published": entry.findtext("a:published", namespaces=NS),
        "updated": entry.findtext("a:updated", namespaces=NS),
        "categories": [c.get("term") for c in entry.findall("a:category", NS)],
        "primary": [c.get("term") for c in entry.findall("x:primary_category", NS)],
        "comment": entry.findtext("x:comment", namespaces=NS),
        "journal_ref": entry.findtext("x:journal_ref", namespaces=NS),
        "doi": entry.findtext("x:doi", namespaces=NS),
        "authors": [a.findtext("a:name", namespaces=NS) for a in authors],
        "affiliations": [[f.text for f in a.findall("x:affiliation", NS)] for a in authors],
        "links": {
            (k.get("rel"), k.get("title"), re.sub("^https?://(dx[.])?", "", k.get("href")))
            for k in entry.findall("a:link", NS)
        },
    }


def as_record(fields):
    arxiv_id, version = fields["id"].removeprefix("http://arxiv.org/abs/").rsplit("v", 1)
    return {
        "id": arxiv_id,
        "version": f"v{version}",
        "title": fields["title"],
        "abstract": fields["summary"],
        "authors": fields["authors"],
        "affiliations": fields["affiliations"],
        "categories": fields["categories"],
        "published": fields["published"],
        "updated": fields["updated"],
        "comment": fields["comment"],
        "doi": fields["doi"],
        "journal_ref": fields["journal_ref"],
    }


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="no recorded data in ../shared/data")
def test_every_recorded_entry_comes_back_field_by_field():
    compared = 0
    for path in recorded_feeds():
        entries = [entry_fields(e) for e in etree.parse(path).getroot().findall("a:entry", NS)]
        entries = [e for e in entries if "/abs/" in e["id"]]
        with SourceServer(papers=map(as_record, entries)) as server:
            wanted = ",".join(e["id"].removeprefix("http://arxiv.org/abs/") for e in entries)
            answer = httpx.get(f"{server.url}/api/query", params={"id_list": wanted, "max_results": 2000})
        served = [entry_fields(e) for e in etree.fromstring(answer.content).findall("a:entry", NS)]
        assert served == entries, path.name
        compared += len(served)
    assert compared > 300


@pytest.mark.skipif(not DATA.is_dir(), reason="no recorded data in ../shared/data")
@pytest.mark.parametrize(
    "name",
    [
        "malkreide__arxiv_feed__a57a2ce.xml",
        "xoengineering__atom-1207.7214__4fc3d5e.xml",
        "lukasschwab__id_abc_s0_m100_b79c8dcf6bc3__eb5ed1e.xml",
    ],
)
def test_the_document_has_the_recordings_bytes_but_for_feed_id_and_time(name):
    recording = (DATA / "arxiv_api" / name).read_text()
    entries = [entry_fields(e) for e in etree.fromstring(recording.encode()).findall("a:entry", NS)]
    papers = [as_record(e) for e in entries if "/abs/" in e["id"]]
    with SourceServer(papers=papers) as server:
        asked = re.search(
            r"search_query=(.*)&amp;id_list=(.*)&amp;start=0&amp;max_results=(\d+)</title>", recording
        )
        query, wanted, size = asked.groups() if asked else ("", "abc", "100")
        answer = httpx.get(
            f"{server.url}/api/query",
            params={"search_query": query, "id_list": wanted, "max_results": size, "sortOrder": "ascending"},
        )

    def settled(document):
        document = re.sub(r"<id>https://arxiv.org/api/[^#<]*</id>", "<id/>", document)
        document = re.sub(r"<opensearch:totalResults>\d+", "<opensearch:totalResults>", document)
        return re.sub(r"(?m)^(  |    (?=.*\n    <link href=\S*errors#))<updated>.*", "<updated/>", document)

    assert settled(answer.text) == settled(recording)


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_the_feeds_tell_new_papers_from_cross_lists(server, form):
    answer = httpx.get(f"{server.url}/{form}/cs.AI+cs.CL")
    assert answer.headers["content-type"].startswith(f"application/{form}+xml")
    kinds = [each.text for each in etree.fromstring(answer.content).iterfind(".//x:announce_type", NS)]
    found = re.findall(r"oai:arXiv\.org:([\w.]+)<", answer.text)
    assert dict(zip(found, kinds, strict=True)) == {"2403.00003v1": "new", "2403.00002v3": "cross"}
    assert "http://arxiv.org/licenses/nonexclusive-distrib/1.0/" in answer.text


def test_a_feed_follows_today_and_is_empty_on_a_weekend(server):
    server.today = date(2024, 3, 9)
    try:
        assert "<entry>" not in httpx.get(f"{server.url}/atom/cs").text
    finally:
        server.today = date(2024, 3, 6)
    assert httpx.get(f"{server.url}/atom/cs").text.count("<entry>") == 2
    assert httpx.get(f"{server.url}/atom/CS!").status_code == 400


def test_a_replacement_is_announced_as_one():
    papers = [
        record("2402.00001", version=2, published="2024-02-01T00:00:00Z", updated="2024-03-05T12:00:00Z")
    ]
    with SourceServer(papers=papers, today=date(2024, 3, 6)) as server:
        assert "<arxiv:announce_type>replace</" in httpx.get(f"{server.url}/atom/cs.RO").text
        assert "<arxiv:announce_type>replace-cross</" in httpx.get(f"{server.url}/rss/cs.LG").text


def test_listings_overrule_the_windows_and_date_the_undated():
    undated = {k: v for k, v in record("2503.11731").items() if k not in ("published", "updated")}
    listings = {date(2025, 3, 18): ["2503.11731", "2503.11731", "2503.99999"]}
    with SourceServer(papers=[undated], listings=listings, today=date(2025, 3, 18)) as server:
        page = html.fromstring(httpx.get(f"{server.url}/list/cs.RO/new").content)
        window = ids(server, search_query="submittedDate:[202503141800 TO 202503171800]")
    assert page.xpath("//dt/a[@title='Abstract']/@id") == ["2503.11731"]
    assert window == ["2503.11731v1"]
    with pytest.raises(ValueError, match="neither a date nor a listing day"):
        SourceServer(papers=[undated])


def test_the_listing_page_has_arxivs_structure(server):
    page = html.fromstring(httpx.get(f"{server.url}/list/cs.AI/new").content)
    assert "Wednesday, 6 March 2024" in page.findtext(".//h3", default="")
    assert [str(h.text).split(" (")[0] for h in page.iterfind(".//dl/h3")] == ["Cross submissions"]
    assert page.xpath("//dd//div[contains(@class,'list-title')]/text()") == ["Diffusion for everything"]
    assert page.xpath("//div[@class='list-authors']/a/text()") == ["Ada Lovelace", "Émile Du Châtelet"]


def test_the_daily_list_is_answered_by_day_with_pages(server):
    def rows(**parameters):
        return httpx.get(f"{server.url}/api/daily_papers", params=parameters).json()

    assert [row["paper"]["id"][-1] for row in rows(date="2024-03-06")] == list("01234")
    assert [row["paper"]["id"][-1] for row in rows(date="2024-03-06", limit=2, p=1)] == list("23")
    assert rows(date="2024-03-06")[0]["thumbnail"] == f"{server.url}/pictures/0.png"
    assert rows(date="2030-01-01") == []
    assert len(rows(date="2024-03-08")) == len(rows()) == 3


def test_a_recorded_body_passes_through_untouched(server):
    assert httpx.get(f"{server.url}/api/daily_papers?date=2024-03-07").content == b'{"a recorded": "body"}'


def test_a_mistyped_day_is_a_400_with_an_object(server):
    answer = httpx.get(f"{server.url}/api/daily_papers?date=2024-02-30")
    assert answer.status_code == 400
    assert set(json.loads(answer.content)) == {"error"}


def test_pictures_and_unknown_paths(server):
    assert httpx.get(f"{server.url}/pictures/1.png").content == b"\x89PNG"
    assert httpx.get(f"{server.url}/pictures/2.png").status_code == 404
    assert httpx.get(f"{server.url}/nowhere").status_code == 404


def test_a_fault_is_injected_before_the_answer_and_everything_is_logged():
    faults = iter([Response(503, b"busy", headers={"Retry-After": "7"}), Response(hang_up=True),
                   Response(body=b"half", missing_bytes=4), None])  # fmt: skip
    with SourceServer(before=lambda request: next(faults)) as server:
        url = f"{server.url}/api/daily_papers?date=2024-03-06"
        assert httpx.get(url).headers["retry-after"] == "7"
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
            httpx.get(url)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            httpx.get(url)
        assert httpx.get(url).json() == []
        assert [(entry.method, entry.path) for entry in server.log] == [
            ("GET", "/api/daily_papers?date=2024-03-06")
        ] * 4
        assert [e.time for e in server.log] == sorted(e.time for e in server.log)


def test_simultaneous_requests_are_counted():
    both = threading.Barrier(2, timeout=10)

    def meet(request: Request) -> None:
        both.wait()

    with SourceServer(before=meet) as server:
        threads = [threading.Thread(target=httpx.get, args=(server.url,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.busiest == 2
