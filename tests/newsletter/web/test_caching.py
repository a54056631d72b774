"""Public answers: kept for less than a minute, the same for everybody, poisoned by nobody."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import caches
from django.http import HttpResponse
from django.middleware.csrf import get_token

from newsletter.models import Entry
from newsletter.web import caching
from tests.factories import DAY, make_edition, make_paper, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("kept_pages")]
PAGE = f"/archive/{DAY}/en/"


@pytest.fixture
def paper():
    made = make_paper()
    make_edition(make_topic(), [made])
    return made


def test_a_page_is_made_once_and_then_answered_without_a_query(client, paper, django_assert_num_queries):
    first = client.get(PAGE)
    with django_assert_num_queries(0):
        again = client.get(PAGE)
        unchanged = client.get(PAGE, headers={"if-none-match": first["ETag"]})
        weakly = client.get(PAGE, headers={"if-none-match": f'"other", W/{first["ETag"]}'})
    assert again.content == first.content
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", first["ETag"])
    assert weakly.status_code == 304
    assert client.get(PAGE, headers={"if-none-match": '"other"'}).status_code == 200


def test_what_is_hidden_is_gone_within_a_minute_whoever_kept_it(client, paper):
    assert caching.KEPT_HERE + caching.KEPT_ELSEWHERE < 60
    with time_machine.travel("2026-03-10T08:00:00Z", tick=False) as clock:
        address = f"/papers/{paper.arxiv_id}/en/"
        seen = client.get(address)
        Entry.objects.update(is_hidden=True)
        clock.shift(caching.KEPT_HERE + 1)
        assert client.get(address, headers={"if-none-match": seen["ETag"]}).status_code == 404


def test_a_view_sees_no_parameter_that_is_not_in_the_address_of_its_page(client, paper):
    clean = client.get(PAGE)
    strange = client.get(f"{PAGE}?utm_source=x&page=2&topic=", headers={"x-forwarded-host": "evil.example"})
    assert strange.content == clean.content
    assert b"evil.example" not in strange.content


def test_the_browsers_language_has_a_page_of_its_own(client, paper):
    english = client.get("/archive/", headers={"accept-language": "en"})
    korean = client.get("/archive/", headers={"accept-language": "ko"})
    assert b'lang="ko"' in korean.content
    assert english.content != korean.content
    assert "Accept-Language" in korean["Vary"]


def test_a_kept_page_names_its_own_language_whatever_the_browser_prefers(client, paper):
    address = "/topics/" + paper.entries.get().edition.topic.slug + "/ko/"
    first, again = (client.get(address, headers={"accept-language": "en"}) for _ in range(2))
    held = {"accept-language": "en", "if-none-match": first["ETag"]}
    unchanged = client.get(address, headers=held)
    assert unchanged.status_code == 304
    assert [each["Content-Language"] for each in (first, again, unchanged)] == ["ko"] * 3


def test_a_page_is_as_old_as_what_it_was_made_of(rf):
    made = []
    with time_machine.travel("2026-03-10T08:00:00Z", tick=False) as clock:

        @caching.public_page()
        def view(request):
            made.append(request)
            clock.shift(10 if len(made) == 1 else caching.KEPT_HERE + 1)
            return HttpResponse(f"page {len(made)}")

        assert view(rf.get("/slow/")).content == b"page 1"
        clock.shift(caching.FRESH - 11)
        assert view(rf.get("/slow/")).content == b"page 1"
        clock.shift(2)
        assert view(rf.get("/slow/")).content == b"page 2"
        assert view(rf.get("/slow/")).content == b"page 3", "the second was too old to be kept"


@pytest.mark.parametrize("path", ["/", "/search/", "/archive/", "/feeds/", "/api/"])
def test_an_address_of_too_many_parameters_is_refused_in_a_sentence(client, caplog, path):
    answer = client.get(path, {f"a{number}": "1" for number in range(1500)})
    assert answer.status_code == 400
    assert "more than 1000 parameters" in answer.content.decode()
    assert [record for record in caplog.records if record.exc_info] == []


def test_staff_see_the_page_as_it_is_and_nobody_keeps_it(client, paper):
    client.force_login(User.objects.create_user("editor", is_staff=True))
    Entry.objects.all().delete()
    address = f"/papers/{paper.arxiv_id}/en/"
    seen = client.get(address)
    assert (seen.status_code, "no-store" in seen["Cache-Control"]) == (200, True)
    client.logout()
    assert client.get(address).status_code == 404


def test_a_page_is_compressed_for_who_asks_and_conditional_all_the_same(client, paper):
    plain = client.get(PAGE)
    asked = {"accept-encoding": "br;q=1, gzip"}
    first, again = client.get(PAGE, headers=asked), client.get(PAGE, headers=asked)
    assert first["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.content) == plain.content
    assert again.content == first.content
    assert len(first.content) < len(plain.content) / 2
    assert "Accept-Encoding" in plain["Vary"]
    assert first["ETag"] == f"W/{plain['ETag']}"
    for etag in (first["ETag"], plain["ETag"]):
        assert client.get(PAGE, headers={**asked, "if-none-match": etag}).status_code == 304
        assert client.get(PAGE, headers={"if-none-match": etag}).status_code == 304
    assert "Content-Encoding" not in client.get(PAGE, headers={"accept-encoding": "gzip;q=0, br"})


def test_what_is_large_is_not_kept(client, paper, monkeypatch):
    monkeypatch.setattr(caching, "LARGEST_KEPT", 100)
    first = client.get(PAGE)
    Entry.objects.update(is_hidden=True)
    assert client.get(PAGE).content != first.content


def test_what_is_large_is_kept_packed(client, paper, monkeypatch):
    whole = client.get(PAGE)
    caches["pages"].clear()
    monkeypatch.setattr(caching, "LARGEST_KEPT", len(whole.content) - 1)
    made = client.get(PAGE)
    Entry.objects.update(is_hidden=True)
    again = client.get(PAGE)
    assert made.content == again.content == whole.content
    assert (again["ETag"], again["Vary"]) == (made["ETag"], made["Vary"])
    assert client.get(PAGE, headers={"if-none-match": made["ETag"]}).status_code == 304


def test_of_many_requests_at_once_one_makes_the_page(rf):
    made, begun, may_go = [], threading.Event(), threading.Event()

    @caching.public_page()
    def view(request):
        made.append(request)
        begun.set()
        may_go.wait(10)
        return HttpResponse("a page")

    with ThreadPoolExecutor(20) as threads:
        answers = [threads.submit(view, rf.get("/many/")) for _ in range(20)]
        assert begun.wait(10)
        may_go.set()
        assert {answer.result().content for answer in answers} == {b"a page"}
    assert len(made) == 1


def test_while_one_thread_makes_a_page_anew_the_others_show_it_as_it_is(rf):
    made, begun, may_go = [], threading.Event(), threading.Event()
    may_go.set()

    @caching.public_page()
    def view(request):
        made.append(request)
        begun.set()
        may_go.wait(10)
        return HttpResponse(f"page {len(made)}")

    with time_machine.travel("2026-03-10T08:00:00Z", tick=False) as clock, ThreadPoolExecutor(1) as thread:
        assert view(rf.get("/stale/")).content == b"page 1"
        clock.shift(caching.FRESH + 1)
        begun.clear()
        may_go.clear()
        anew = thread.submit(view, rf.get("/stale/"))
        assert begun.wait(10)
        assert view(rf.get("/stale/")).content == b"page 1"
        may_go.set()
        assert anew.result().content == b"page 2"
        assert view(rf.get("/stale/")).content == b"page 2"


def test_a_forged_session_gets_the_kept_page_and_leaves_nothing_in_other_caches(
    client, paper, django_assert_max_num_queries
):
    whole = client.get(PAGE)
    client.cookies["sessionid"] = "forged"
    with django_assert_max_num_queries(1):
        forged = client.get(PAGE)
    assert forged.content == whole.content
    assert "private" in forged["Cache-Control"]
    assert "public" not in forged["Cache-Control"]


@pytest.mark.parametrize("own", ["cookie", "token"])
def test_what_is_one_readers_own_is_never_kept(rf, own, caplog):
    @caching.public_page()
    def view(request):
        response = HttpResponse(own)
        if own == "cookie":
            response.set_cookie("who", "me")
        else:
            get_token(request)
        return response

    for _ in range(2):
        answer = view(rf.get(f"/own/{own}/"))
        assert "no-store" in answer["Cache-Control"]
    assert "one reader's own" in caplog.text


def test_no_sign_in_a_path_is_taken_for_the_border_of_a_parameter(rf):
    @caching.public_page("q")
    def view(request):
        return HttpResponse(f"{request.path} {request.GET.get('q')}")

    for path, query in (
        ("/a/", {"q": "b\nen\n"}),
        ("/a/\nq=b", {}),
        ("/a/", {"q": "b"}),
        ("/a/\n", {"q": "b"}),
    ):
        request = rf.get("/", query)
        request.path = path
        assert view(request).content.decode() == f"{path} {query.get('q')}"
