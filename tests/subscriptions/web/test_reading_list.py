"""The reading list, its notes, its exports and its feed."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bibtexparser.entrypoint import parse_string
from lxml import etree

from subscriptions.models import FollowedPaper, SavedPaper
from subscriptions.privacy import portability
from subscriptions.readers import follows, saved
from subscriptions.readers.links import FEED, token
from tests.factories import NOW, make_paper, make_subscriber
from tests.subscriptions.visitors import act

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def list_path(reader, *more: str) -> str:
    return "/".join([f"/my-data/{token(reader, 'my-data')}/papers", *more, ""])


def feed_path(reader) -> str:
    return f"/saved/{token(reader, FEED)}.atom"


def titles_on(page) -> list[str]:
    return re.findall(r'<h2><a [^>]*dir="ltr">([^<]*)</a></h2>', page.content.decode())


@pytest.fixture
def reader():
    return make_subscriber(queries=[])


def keep(reader, title: str, *, days: int = 0, note: str = "", **fields) -> SavedPaper:
    paper = make_paper(title=title, **fields)
    saved.save(reader, paper, now=NOW - timedelta(days=days))
    SavedPaper.objects.filter(paper=paper).update(note=note)
    return SavedPaper.objects.get(paper=paper)


def test_an_empty_list_says_how_it_fills(client, reader):
    page = client.get(list_path(reader))
    assert page.status_code == 200
    assert b"Nothing is saved yet." in page.content
    assert b"paperpost.bib" not in page.content
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_the_newest_stand_first_and_a_long_list_has_pages(client, reader):
    for number in range(60):
        keep(reader, f"Paper {number}", days=number)
    first, last = client.get(list_path(reader)), client.get(f"{list_path(reader)}?page=3")
    assert titles_on(first) == [f"Paper {number}" for number in range(25)]
    assert titles_on(last) == [f"Paper {number}" for number in range(50, 60)]
    assert b'rel="next"' in first.content
    assert b'rel="next"' not in last.content
    for odd in ("0", "-1", "99", "x", "9" * 40):
        assert client.get(f"{list_path(reader)}?page={odd}").status_code == 200


def test_the_queries_of_a_page_do_not_grow_with_the_list(client, reader, django_assert_max_num_queries):
    for number in range(30):
        keep(reader, f"Paper {number}")
    with django_assert_max_num_queries(8):
        client.get(list_path(reader))


def test_nobody_sees_the_list_of_another(client, reader):
    other = make_subscriber()
    row = keep(other, "Not yours", note="private")
    assert b"Not yours" not in client.get(list_path(reader)).content
    for act_on in ("note", "remove"):
        act(client, list_path(reader, act_on), {"saved": row.pk, "note": "changed"})
    row.refresh_from_db()
    assert row.note == "private"


def test_a_note_is_kept_as_it_was_written_and_shown_as_text(client, reader):
    row = keep(reader, "Gloves that feel")
    note = "<script>alert(1)</script>\nSecond line & more ملاحظة"
    page = act(client, list_path(reader, "note"), {"saved": row.pk, "note": note})
    row.refresh_from_db()
    assert row.note == note
    assert b"<script>alert" not in page.content
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.content.decode()
    act(client, list_path(reader, "note"), {"saved": row.pk, "note": "x" * 9000 + "\0"})
    row.refresh_from_db()
    assert len(row.note) == saved.LONGEST_NOTE
    act(client, list_path(reader, "note"), {"saved": row.pk, "note": ""})
    row.refresh_from_db()
    assert row.note == ""


def test_a_removed_paper_is_put_back_with_its_note_and_date(client, reader):
    row = keep(reader, "Gloves that feel", note="Mine.")
    page = act(client, list_path(reader, "remove"), {"saved": row.pk}).content.decode()
    assert not SavedPaper.objects.exists()
    assert "Gloves that feel" in page
    (removed,) = re.findall(r'name="removed" value="([^"]+)"', page)
    stranger = make_subscriber()
    assert act(client, list_path(stranger, "restore"), {"removed": removed}).status_code == 410
    assert act(client, list_path(reader, "restore"), {"removed": removed + "x"}).status_code == 410
    for _twice in range(2):
        assert act(client, list_path(reader, "restore"), {"removed": removed}).status_code == 200
    back = SavedPaper.objects.get()
    assert (back.note, back.saved_at, back.subscriber) == ("Mine.", NOW, reader)


@pytest.mark.parametrize("page", ["note", "remove", "restore", "follow", "feed"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_visit_changes_nothing(client, reader, page, method):
    row = keep(reader, "Gloves that feel", note="Mine.")
    follows.follow_paper(reader, row.paper, now=NOW)
    address = feed_path(reader)
    visited = list_path(reader, page)
    answer = getattr(client, method)(f"{visited}?saved={row.pk}&stop=1&note=x")
    assert (answer.status_code, answer["Location"]) == (302, visited.removesuffix(f"{page}/"))
    row.refresh_from_db()
    assert row.note == "Mine."
    assert FollowedPaper.objects.exists()
    assert feed_path(reader) == address


def test_words_of_titles_and_notes_are_found(client, reader):
    keep(reader, "Gloves that feel", note="For the haptics talk.")
    keep(reader, "Graphs at scale")
    assert titles_on(client.get(f"{list_path(reader)}?q=HAPTICS")) == ["Gloves that feel"]
    assert titles_on(client.get(f"{list_path(reader)}?q=graphs")) == ["Graphs at scale"]
    empty = client.get(f"{list_path(reader)}?q=%00nothing")
    assert empty.status_code == 200
    assert b"No saved paper has these words" in empty.content


def test_follows_are_seen_and_ended_on_the_list(client, reader):
    row = keep(reader, "Gloves that feel")
    follows.follow_author(reader, "Ada Lovelace", now=NOW)
    act(client, list_path(reader, "follow"), {"paper": row.paper.arxiv_id})
    page = client.get(list_path(reader)).content.decode()
    assert "Ada Lovelace" in page.partition('id="follows"')[2]
    assert "Gloves that feel" in page.partition('id="follows"')[2]
    act(client, list_path(reader, "follow"), {"paper": row.paper.arxiv_id, "stop": "1"})
    page = act(client, list_path(reader, "follow"), {"author": "Ada Lovelace"}).content.decode()
    reader.refresh_from_db()
    assert (FollowedPaper.objects.count(), reader.queries) == (0, [])
    assert "You do not follow any author" in page


def test_the_exports_hold_all_pages_and_the_notes(client, reader):
    for number in range(30):
        keep(reader, f"Paper {number} of {{many}} & 100%", note="To read\nagain" if number == 7 else "")
    base = list_path(reader)
    bib = client.get(f"{base}paperpost.bib")
    assert bib["Content-Disposition"] == 'attachment; filename="paperpost.bib"'
    library = parse_string(bib.content.decode())
    assert (len(library.entries), len({entry.key for entry in library.entries})) == (30, 30)
    assert not library.failed_blocks
    assert [entry["annote"] for entry in library.entries if "annote" in entry] == ["To read again"]
    items = json.loads(client.get(f"{base}paperpost.json").content)
    assert [item["title"] for item in items][:2] == ["Paper 29 of {many} & 100%", "Paper 28 of {many} & 100%"]
    assert client.get(f"{base}paperpost.ris").content.decode().count("\r\nER  - \r\n") == 30
    assert client.get(f"{base}paperpost.md").content.decode().count("\n- [") == 29
    assert client.get(f"{base}paperpost.exe").status_code == 404
    assert client.get(f"/my-data/{token(reader, 'vote')}/papers/paperpost.bib").status_code == 404


def found(feed, path):
    """What ``path`` selects, as a list."""
    nodes = feed.xpath(path, namespaces=ATOM)
    assert isinstance(nodes, list)
    return nodes


def test_the_feed_is_atom_and_holds_what_was_saved_without_notes(client, reader):
    hostile = "Gloves <b>that</b> & \x00\x0b feel"
    keep(reader, "Old", days=3)
    keep(reader, hostile.replace("\0", ""), note="A secret note.", authors=["Ada Lovelace", "Łukasz Kaiser"])
    answer = client.get(feed_path(reader))
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.content)
    assert feed.xpath("a:entry/a:title/text()", namespaces=ATOM) == ["Gloves <b>that</b> & feel", "Old"]
    for needed in ("a:id", "a:title", "a:updated", "a:link[@rel='self']"):
        assert len(found(feed, needed)) == 1, needed
    for needed in ("a:id", "a:title", "a:updated", "a:link", "a:author/a:name", "a:summary"):
        assert len(found(feed, f"a:entry[1]/{needed}")) == 1, needed
    assert feed.xpath("string(a:entry[1]/a:author/a:name)", namespaces=ATOM) == "Ada Lovelace, Łukasz Kaiser"
    assert str(found(feed, "a:link[@rel='self']/@href")[0]).endswith(feed_path(reader))
    assert b"secret" not in answer.content
    assert str(reader.public_id).encode() not in answer.content
    assert reader.email.encode() not in answer.content


def test_an_empty_feed_is_a_feed(client, reader):
    feed = etree.fromstring(client.get(feed_path(reader)).content)
    assert feed.xpath("a:entry", namespaces=ATOM) == []
    assert len(found(feed, "a:updated")) == 1


def test_who_has_the_feed_gets_304_until_it_changes(client, reader):
    keep(reader, "First", days=1)
    first = client.get(feed_path(reader))
    assert first.status_code == 200
    assert "no-store" not in first["Cache-Control"]
    by_tag = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    by_date = {"HTTP_IF_MODIFIED_SINCE": first["Last-Modified"]}
    assert [client.get(feed_path(reader), **known).status_code for known in (by_tag, by_date)] == [304, 304]
    second = keep(reader, "Second")
    assert [client.get(feed_path(reader), **known).status_code for known in (by_tag, by_date)] == [200, 200]
    changed = client.get(feed_path(reader))
    saved.remove(reader, second.pk, now=NOW + timedelta(minutes=1))
    assert client.get(feed_path(reader), HTTP_IF_MODIFIED_SINCE=changed["Last-Modified"]).status_code == 200


def test_the_empty_feed_does_not_change_with_the_clock(client, reader):
    with time_machine.travel(NOW, tick=False):
        first = client.get(feed_path(reader))
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        again = client.get(feed_path(reader), HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304


def test_a_renewed_address_ends_the_old_one_and_no_other_link(client, reader):
    row = keep(reader, "Gloves that feel")
    old, kept = feed_path(reader), token(reader, "vote")
    page = act(client, list_path(reader, "feed")).content.decode()
    assert client.get(old).status_code == 410
    assert feed_path(reader) != old
    assert feed_path(reader) in page
    assert client.get(feed_path(reader)).status_code == 200
    assert client.get(f"/vote/{kept}/?paper={row.paper.arxiv_id}").status_code == 200


def test_the_address_of_the_feed_opens_nothing_else(client, reader):
    keep(reader, "Gloves that feel")
    held = token(reader, FEED)
    for page in ("preferences", "vote", "my-data", "digests", "unsubscribe", "confirm", "undo", "arrive"):
        assert client.get(f"/{page}/{held}/").status_code == 404
    for purpose in ("preferences", "vote", "my-data", "view", "unsubscribe"):
        assert client.get(f"/saved/{token(reader, purpose)}.atom").status_code == 404
    assert client.post(feed_path(reader)).status_code == 405
    assert client.get(f"/saved/{held[:-2]}.atom").status_code == 404


def test_the_export_has_it_and_erasure_leaves_nothing(client, reader):
    row = keep(reader, "Gloves that feel", note="Mine.")
    follows.follow_paper(reader, row.paper, now=NOW)
    address = feed_path(reader)
    everything = portability.everything_about(reader)
    assert everything["saved_papers"] == [
        {"paper": row.paper.arxiv_id, "note": "Mine.", "at": NOW.isoformat()}
    ]
    assert everything["followed_papers"] == [{"paper": row.paper.arxiv_id, "at": NOW.isoformat()}]
    assert f"saved_papers,{NOW.isoformat()},note,Mine." in portability.as_csv(reader)
    portability.erase(reader, now=datetime.now(UTC))
    assert (SavedPaper.objects.count(), FollowedPaper.objects.count()) == (0, 0)
    assert client.get(address).status_code == 410
