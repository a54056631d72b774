"""The public feeds: right by the rules of their formats, stable, bounded, and without what is not public."""

import re
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from newsletter.feeds import listings
from newsletter.models import Edition, Entry, Paper, Publication, Summary, SummaryRevision, Topic
from tests import feed_rules
from tests.factories import DAY, NOW, make_correction, make_edition, make_paper, make_summary, make_topic
from tests.feed_rules import ATOM, RFC_3339

pytestmark = pytest.mark.django_db

CHECKS = {"atom": feed_rules.check_atom, "rss": feed_rules.check_rss, "json": feed_rules.check_json}
HOSTILE = "]]> <script>alert(1)</script> & \x01\x0b\ufffe\U0001f9ea נייר \u202e ܀ \"q\" 'r'"


@pytest.fixture
def topic() -> Topic:
    return make_topic("shirts", names={"en": "Shirts", "ko": "로봇"})


@pytest.fixture
def paper(topic: Topic) -> Paper:
    made = make_paper(title="Folding shirts", organisation="Example Lab")
    make_summary(made, "ko", title="셔츠 접기", sentence="로봇이 셔츠를 접습니다.")
    make_edition(topic, [made])
    return made


def read(client, path: str):
    """A feed, checked by its format's rules and parsed by feedparser or as JSON."""
    answer = client.get(path)
    assert answer.status_code == 200
    ending = path.rpartition(".")[2]
    checked = CHECKS[ending](answer.content)
    if ending == "json":
        return checked
    parsed = feedparser.parse(answer.content, response_headers={"content-type": answer["Content-Type"]})
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def contents_of(feed: bytes, ending: str) -> list[str]:
    """The HTML of the entries."""
    if ending == "json":
        return [item["content_html"] for item in feed_rules.check_json(feed)["items"]]
    name = "{http://purl.org/rss/1.0/modules/content/}encoded" if ending == "rss" else f"{ATOM}content"
    return [element.text for element in feed_rules.parse_xml(feed).iter(name)]


@pytest.mark.parametrize("path", ["/feeds/shirts/ko", "/feeds/all/ko", f"/feeds/day/{DAY}/ko"])
def test_each_format_has_the_whole_summary(client, paper, path):
    (atom,) = read(client, f"{path}.atom").entries
    (rss,) = read(client, f"{path}.rss").entries
    (item,) = read(client, f"{path}.json")["items"]
    for entry in (atom, rss):
        assert entry.title == "셔츠 접기"
        assert entry.link.endswith(f"/papers/{paper.arxiv_id}/ko/")
        assert entry.content[0].value.count("Takeaway") == 3
        assert "로봇이 셔츠를 접습니다." in entry.content[0].value
        assert entry.summary == "로봇이 셔츠를 접습니다."
        assert [tag.term for tag in entry.tags] == ["로봇"]
    assert [author.name for author in atom.authors] == ["Ada Lovelace", "Emmy Noether"]
    contents = [contents_of(client.get(f"{path}.{ending}").content, ending) for ending in CHECKS]
    assert contents == [[item["content_html"]]] * 3
    assert "초록과 대조" in item["content_html"] or "언어 모델" in item["content_html"]
    assert item["_paperpost"]["identifier"] == f"arxiv:{paper.arxiv_id}"
    assert item["id"] == atom.id == rss.id


def test_a_feed_says_what_it_is_and_where(client, paper, settings):
    feed = read(client, "/feeds/shirts/ko.atom").feed
    assert feed.title == f"로봇 · {settings.SITE_NAME}"
    links = {link.rel: link.href for link in feed.links}
    assert links["self"] == f"{settings.SITE_URL}/feeds/shirts/ko.atom"
    assert links["alternate"] == f"{settings.SITE_URL}/topics/shirts/ko/"
    kinds = [client.get(f"/feeds/all/en.{ending}")["Content-Type"] for ending in CHECKS]
    assert kinds == [f"application/{kind}; charset=utf-8" for kind in ("atom+xml", "rss+xml", "feed+json")]


@pytest.mark.parametrize("ending", CHECKS)
def test_hostile_words_stay_words(client, ending, settings):
    settings.SITE_NAME = "<b>&\x02]]>"
    made = make_paper(title=HOSTILE, abstract=f"{HOSTILE}. We study it.", authors=[HOSTILE, "A & B"])
    make_summary(made, "en", sentence=f"It says {HOSTILE}.", takeaways=[{"text": HOSTILE, "evidence": ""}])
    make_edition(make_topic("t", names={"en": HOSTILE}), [made])
    answer = client.get(f"/feeds/t/en.{ending}")
    CHECKS[ending](answer.content)
    (html,) = contents_of(answer.content, ending)
    assert "]]&gt;" in html
    assert "<script" not in html
    assert "\u202e" not in answer.content.decode()


def test_an_edit_changes_the_moment_and_never_the_id(client, paper):
    before = read(client, "/feeds/shirts/ko.json")
    later = NOW + timedelta(days=9)
    row = Summary.objects.get()
    row.sentence = "로봇이 옷을 갭니다."
    row.save()
    SummaryRevision.objects.keep(row, at=later)
    Paper.objects.update(title="Another title", version=2)
    Topic.objects.update(names={"ko": "다른 이름"})
    after = read(client, "/feeds/shirts/ko.json")
    assert after["items"][0]["id"] == before["items"][0]["id"]
    assert after["_paperpost"]["id"] == before["_paperpost"]["id"]
    assert after["items"][0]["date_modified"] == later.isoformat()
    assert after["items"][0]["date_published"] == before["items"][0]["date_published"]
    assert after["_paperpost"]["changed_at"] == later.isoformat()


def test_ids_are_of_one_installation_whatever_its_address(client, paper, settings):
    first = read(client, "/feeds/shirts/ko.json")["items"][0]["id"]
    settings.SITE_URL = "https://moved.example"
    assert read(client, "/feeds/shirts/ko.json")["items"][0]["id"] == first
    assert read(client, "/feeds/shirts/en.json")["items"][0]["id"] != first
    Publication.objects.all().delete()
    assert read(client, "/feeds/shirts/ko.json")["items"][0]["id"] != first


def test_a_correction_is_told_and_moves_the_entry(client, paper):
    at = datetime(2026, 4, 1, 12, tzinfo=UTC)
    make_correction(paper, "ko", at=at, old="절반입니다.", right="3분의 1입니다.")
    (item,) = read(client, "/feeds/shirts/ko.json")["items"]
    assert "<del>절반입니다.</del>" in item["content_html"]
    assert "3분의 1입니다." in item["content_html"]
    assert item["date_modified"] == at.isoformat()


def test_what_is_not_listed_is_in_no_feed(client, topic):
    hidden, withdrawn, seen = make_paper(), make_paper(is_withdrawn=True), make_paper()
    make_edition(topic, [hidden, withdrawn, seen]).entries.filter(paper=hidden).update(is_hidden=True)
    make_edition(topic, [make_paper()], day=DAY + timedelta(days=1), state=Edition.State.DRAFT)
    for path in ("/feeds/shirts/en.json", "/feeds/all/en.json", f"/feeds/day/{DAY}/en.json"):
        assert [item["title"] for item in read(client, path)["items"]] == [seen.title]


def test_a_feed_holds_the_newest_once_each_and_no_more(client, topic, monkeypatch):
    monkeypatch.setattr(listings, "NEWEST", 3)
    papers = [make_paper() for _ in range(6)]
    make_edition(topic, papers[:2])
    make_edition(make_topic("other"), papers[:2])
    make_edition(topic, papers[2:6], day=DAY - timedelta(days=1))
    for path in ("/feeds/shirts/en.atom", "/feeds/all/en.atom"):
        titles = [entry.title for entry in read(client, path).entries]
        assert titles == [paper.title for paper in papers[:3]]


def test_a_topic_without_papers_has_a_feed_that_is_right(client, topic):
    for ending in CHECKS:
        assert not read(client, f"/feeds/shirts/en.{ending}").get("entries")
    first = client.get("/feeds/shirts/en.atom").content
    assert client.get("/feeds/shirts/en.atom").content == first
    assert RFC_3339.fullmatch(feed_rules.parse_xml(first).findtext(f"{ATOM}updated"))


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nothing/en.atom",
        "/feeds/all/tlh.atom",
        "/feeds/all/en.xml",
        "/feeds/day/2020-01-01/en.atom",
        "/feeds/day/2026-99-99/en.atom",
        "/feeds/../en.atom",
    ],
)
def test_what_is_not_there_is_not_found(client, paper, path):
    assert client.get(path).status_code == 404


def test_who_has_it_gets_it_no_second_time_until_it_changes(client, paper):
    path = "/feeds/shirts/ko.atom"
    seen = client.get(path)
    by_etag = client.get(path, headers={"if-none-match": seen["ETag"]})
    by_moment = client.get(path, headers={"if-modified-since": seen["Last-Modified"]})
    assert (by_etag.status_code, by_moment.status_code) == (304, 304)
    assert by_moment["Last-Modified"] == seen["Last-Modified"]
    other = {"if-none-match": '"other"', "if-modified-since": seen["Last-Modified"]}
    assert client.get(path, headers=other).status_code == 200
    older = make_paper(is_withdrawn=True)
    make_edition(Topic.objects.get(slug="shirts"), [older], day=DAY - timedelta(days=1))
    assert client.get(path, headers={"if-modified-since": seen["Last-Modified"]}).status_code == 304
    for is_withdrawn in (False, True):  # as a fetch finds out: no editor acts, and no moment moves
        before = client.get(path)
        Paper.objects.filter(pk=older.pk).update(is_withdrawn=is_withdrawn)
        for held in ({"if-none-match": before["ETag"]}, {"if-modified-since": before["Last-Modified"]}):
            assert client.get(path, headers=held).status_code == 200
    Entry.objects.update(is_hidden=True)
    assert client.get(path, headers={"if-none-match": seen["ETag"]}).status_code == 200
    assert client.get(path, headers={"if-modified-since": seen["Last-Modified"]}).status_code == 200


def test_a_day_that_lists_nothing_has_neither_a_page_nor_a_feed(client, paper):
    Paper.objects.update(is_withdrawn=True)
    for path in (f"/archive/{DAY}/en/", *(f"/feeds/day/{DAY}/en.{ending}" for ending in CHECKS)):
        assert client.get(path).status_code == 404


def test_the_number_of_queries_does_not_grow(client, topic, django_assert_max_num_queries):
    make_edition(topic, [make_paper() for _ in range(55)])
    make_edition(topic, [make_paper()], day=DAY - timedelta(days=1))
    for path in ("/feeds/shirts/en.atom", "/feeds/all/en.json", f"/feeds/day/{DAY}/en.rss"):
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200


def test_nothing_here_names_the_host_that_asked(client, paper):
    answer = client.get("/feeds/all/ko.atom", headers={"host": "testserver", "x-forwarded-host": "evil.test"})
    assert b"evil.test" not in answer.content
    assert b"http://testserver" not in answer.content


def test_the_list_of_feeds_leads_to_each(client, paper, settings):
    opml = feed_rules.parse_xml(client.get("/feeds/ko.opml").content)
    assert (opml.tag, opml.get("version"), opml.findtext("head/title") != "") == ("opml", "2.0", True)
    outlines = {outline.get("text"): outline for outline in opml.iter("outline")}
    assert len(outlines) == Topic.objects.active().count() + 1
    shirts = outlines[f"로봇 · {settings.SITE_NAME}"]
    assert shirts.get("type") == "rss"
    assert shirts.get("htmlUrl") == f"{settings.SITE_URL}/topics/shirts/ko/"
    assert client.get(shirts.get("xmlUrl").removeprefix(settings.SITE_URL)).status_code == 200
    assert client.get("/feeds/tlh.opml").status_code == 404


def test_a_page_has_the_feeds_for_people(client, paper):
    page = client.get("/feeds/?language=ko").content.decode()
    for path in ("/feeds/shirts/ko.atom", "/feeds/all/ko.rss", "/feeds/shirts/ko.json", "/feeds/ar.opml"):
        assert f'href="{path}"' in page
    assert '<link rel="alternate" type="application/rss+xml"' in page


@pytest.mark.parametrize(
    "page", [f"/archive/{DAY}/ko/", "/topics/shirts/ko/", "/today/ko/", "/feeds/?language=ko"]
)
def test_pages_announce_the_feeds_of_what_they_list(client, paper, page):
    head = client.get(page).content.decode().partition("</head>")[0]
    paths = re.findall(r'<link rel="alternate" type="[^"]+" title="[^"]+" href="(/[^"]+)">', head)
    assert len(paths) >= 3
    for path in paths:
        assert client.get(path).status_code == 200
