"""The announcement feed and the listing page."""

from datetime import date

import pytest

from newsletter.errors import SourceError
from newsletter.sources import listing
from newsletter.sources.feed import AnnouncementFeed, is_stale, join, read_feed
from newsletter.sources.http import FEED, fetch
from newsletter.sources.listing import ListingPage, read_listing
from services.sources import Response, SourceServer
from tests.newsletter.sources import faults
from tests.newsletter.sources.faults import Clock, Script, gate_with

DAY = date(2026, 3, 18)


def paper(number, **fields):
    return {
        "id": f"2603.{number:05d}",
        "title": f"On $x < {number}$ & more",
        "abstract": f"About {number}: Abstract: twice.",
        "authors": ["Ada Lovelace", "José Álvarez"],
        "categories": ["cs.CL", "cs.AI"],
        "published": "2026-03-17T10:00:00Z",
        **fields,
    }


PAPERS = [
    paper(1, license="http://creativecommons.org/licenses/by/4.0/"),
    paper(2, categories=["stat.ML", "cs.CL"]),
    paper(3, version=3, published="2025-01-01T00:00:00Z", updated="2026-03-17T09:00:00Z"),
    paper(
        4,
        version=2,
        categories=["math.ST", "cs.CL"],
        published="2025-01-01T00:00:00Z",
        updated="2026-03-17T09:00:00Z",
    ),
    paper(5, categories=["hep-th"]),
]
KINDS = {"2603.00001": "new", "2603.00002": "cross", "2603.00003": "replace", "2603.00004": "replace-cross"}


@pytest.fixture
def gate(tmp_path):
    return gate_with(Clock(), tmp_path)


@pytest.mark.parametrize("form", ["", "/atom", "/rss"])
def test_both_forms_of_the_feed_say_who_was_announced_how(gate, form):
    with SourceServer(papers=PAPERS, today=DAY) as server:
        feed = AnnouncementFeed(gate=gate, base_url=server.url + form).announced({"cs.CL", "cs.AI"}, day=DAY)
        assert server.log[0].path == f"{form or '/atom'}/cs.AI+cs.CL"
    items = {item.arxiv_id: item for item in feed.items}
    assert {name: item.kind for name, item in items.items()} == KINDS
    assert feed.problems == ()
    first = items["2603.00001"]
    assert (first.version, first.day, first.title) == (1, DAY, "On $x < 1$ & more")
    assert first.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert first.abstract == "About 1: Abstract: twice."
    assert first.authors == ("Ada Lovelace", "José Álvarez")
    assert first.categories == ("cs.CL", "cs.AI")
    assert items["2603.00003"].version == 3


def test_items_of_another_day_are_no_announcement_of_this_one(gate):
    with SourceServer(papers=PAPERS, today=DAY) as server:
        feed = AnnouncementFeed(gate=gate, base_url=server.url)
        assert feed.announced({"cs.CL"}, day=date(2026, 3, 19)).items == ()
        feed.announced({"cs.CL"}, day=date(2026, 3, 19))
        assert len(server.log) == 2, "a feed that is not renewed yet must be asked again"
        feed.announced({"cs.CL"}, day=DAY)
        feed.announced({"cs.CL"}, day=DAY)
        assert len(server.log) == 3


def test_a_feed_as_long_as_its_limit_is_read_in_parts(gate):
    many = [paper(number, categories=["cs.CL"]) for number in range(1, 1501)]
    many += [paper(number, categories=["cs.AI"]) for number in range(1501, 3001)]
    with SourceServer(papers=many, today=DAY) as server:
        feed = AnnouncementFeed(gate=gate, base_url=server.url).announced({"cs.AI", "cs.CL"}, day=DAY)
        assert len(server.log) == 3
    assert len(feed.items) == 3000


def test_a_stale_feed_is_known_by_its_contents_whatever_its_date_says():
    with SourceServer(papers=[paper(number) for number in range(1, 11)], today=DAY) as server:
        items = read_feed(fetch(f"{server.url}/atom/cs.CL", accept=FEED).body).items
    ids = [item.arxiv_id for item in items]
    assert {item.day for item in items} == {DAY}
    assert is_stale(items, announced_before=ids)
    assert is_stale(items, announced_before=ids[:9])
    assert not is_stale(items, announced_before=ids[:8])
    assert not is_stale(items[:3], announced_before=ids)
    assert not is_stale([], announced_before=ids)


@pytest.mark.parametrize("fault", [faults.html_with_200(), Response(body=b""), Response(body=b"<a/>")])
def test_a_feed_that_is_none_is_asked_for_again(gate, fault):
    with SourceServer(papers=PAPERS, today=DAY, before=Script(fault, path="/atom")) as server:
        assert AnnouncementFeed(gate=gate, base_url=server.url).announced({"cs.CL"}, day=DAY).items
        assert len(server.log) == 2


def test_items_that_make_no_sense_are_named_and_left_out():
    body = b"""<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom"><channel>
      <item><guid>oai:arXiv.org:2603.00001v1</guid><pubDate>Wed, 18 Mar 2026 00:00:00 -0400</pubDate>
        <arxiv:announce_type>new</arxiv:announce_type></item>
      <item><guid>oai:arXiv.org:2603.00002v1</guid><pubDate>Wed, 18 Mar 2026 00:00:00 -0400</pubDate>
        <arxiv:announce_type>sale</arxiv:announce_type></item>
      <item><guid>nothing</guid></item>
      <item><guid>oai:arXiv.org:2603.00003v1</guid><pubDate>one day</pubDate>
        <arxiv:announce_type>new</arxiv:announce_type></item>
      </channel></rss>"""
    feed = read_feed(body)
    assert [item.arxiv_id for item in feed.items] == ["2603.00001"]
    assert len(feed.problems) == 3


def test_of_two_kinds_the_news_counts():
    first, second = (
        read_feed(
            b'<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><item>'
            b"<guid>oai:arXiv.org:2603.00001v1</guid><pubDate>Wed, 18 Mar 2026 00:00:00 -0400</pubDate>"
            b"<arxiv:announce_type>%s</arxiv:announce_type></item></channel></rss>" % kind
        )
        for kind in (b"cross", b"new")
    )
    assert [item.kind for item in join([first, second]).items] == ["new"]


@pytest.mark.parametrize("depth", [5, 100_000])
def test_a_feed_made_to_hurt_does_not(depth):
    bomb = b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 1000 + b'"><!ENTITY b "' + b"&a;" * depth + b'">]>'
    with pytest.raises(SourceError):
        read_feed(b"<?xml version='1.0'?>" + bomb + b"<r>&b;</r>")


def test_the_listing_page_is_a_third_way(gate):
    with SourceServer(papers=PAPERS, today=DAY) as server:
        page = ListingPage(gate=gate, base_url=server.url).announced({"cs"}, day=DAY)
        other = ListingPage(gate=gate, base_url=server.url).announced({"cs"}, day=date(2026, 3, 17))
    kinds = {
        name: kind.removesuffix("-cross") if kind.startswith("replace") else kind
        for name, kind in KINDS.items()
    }
    assert {item.arxiv_id: item.kind for item in page.items} == kinds
    assert other.items == ()
    first = page.items[0]
    assert (first.title, first.abstract) == ("On $x < 1$ & more", "About 1: Abstract: twice.")
    assert first.authors == ("Ada Lovelace", "José Álvarez")
    assert first.categories == ("cs.CL", "cs.AI")


@pytest.mark.parametrize("body", [b"", b"   ", b"<html><body><p>Down for maintenance</p></body></html>"])
def test_a_listing_page_that_says_no_day_is_no_listing(gate, body):
    with (
        SourceServer(before=lambda _: Response(body=body, content_type="text/html")) as server,
        pytest.raises(SourceError, match="listing page"),
    ):
        ListingPage(gate=gate, base_url=server.url).announced({"cs"}, day=DAY)


def test_a_listing_that_was_cut_says_so():
    body = b"""<html><body><h3>Showing new listings for Wednesday, 18 March 2026</h3>
      <dl id='articles'><h3>New submissions (showing 1 of 900 entries)</h3>
      <dt><a href ="/abs/2603.00001" title="Abstract" id="2603.00001">arXiv:2603.00001</a></dt>
      <dd><div class='meta'><div class='list-title mathjax'>Title: One</div></div></dd></dl></body></html>"""
    day, feed = read_listing(body)
    assert day == DAY
    assert [(item.arxiv_id, item.title) for item in feed.items] == [("2603.00001", "One")]
    assert len(feed.problems) == 1
    assert "shows 1 of 900" in feed.problems[0]


def _page_of(request):
    """Three entries to a page: a section that is continued says so in its heading, as on arXiv."""
    skip = int(request.parameters["skip"]) // listing.PAGE_SIZE * 3
    rows = "".join(
        f"<dt><a href='/abs/2603.{number:05d}'>arXiv:2603.{number:05d}</a></dt>"
        f"<dd><div class='list-title'>Title: Number {number}</div></dd>"
        for number in range(skip, min(skip + 3, 7))
    )
    body = (
        "<html><body><h3>Showing new listings for Wednesday, 18 March 2026</h3>"
        "<div class='paging'>Total of 5000 entries</div>"
        f"<dl><h3>New submissions (showing 3 of 7 entries)</h3>{rows}</dl></body></html>"
    )
    return Response(200, body.encode(), "text/html")


def test_a_long_listing_is_read_page_by_page_and_what_is_missing_is_said(gate):
    with SourceServer(before=_page_of) as server:
        page = ListingPage(gate=gate, base_url=server.url).announced({"cs"}, day=DAY)
        asked = [entry.path for entry in server.log]
    assert [item.title for item in page.items] == [f"Number {number}" for number in range(7)]
    assert [path.partition("?")[2] for path in asked] == [
        "skip=0&show=2000",
        "skip=2000&show=2000",
        "skip=4000&show=2000",
    ]
    assert page.problems == ("arXiv's listing pages show 7 of 5000 papers.",)
