"""Nobody can probe who reads, fill mailboxes, or make a page fail, redirect or speak script."""

import base64
import hashlib
import os
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import redis
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client, RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from lib import counting
from lib.redis_clients import shared_client
from subscriptions.abuse import throttling
from subscriptions.models import ConsentEvent, Delivery, SignUp, Subscriber, Subscription, Suppression
from subscriptions.readers.links import LASTING, PASSING, token
from subscriptions.web.forms import stamp
from tests.factories import DAY, NOW, make_paper, make_picks, make_subscriber
from tests.subscriptions.visitors import act, form

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]
PAGES = {
    "confirm": "confirm",
    "unsubscribe": "unsubscribe",
    "undo": "undo",
    "preferences": "preferences",
    "vote": "vote",
    "view": "digests",
    "my-data": "my-data",
    "email-confirm": "arrive",
}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "//evil.example",
    "https://evil.example",
    "\r\nBcc: all@example.org",
    "' OR 1=1 --",
    "{{ 7*7 }}",
    "%s%n%(x)s",
    "\0",
    "\ud7ff\ufffe",
    "A" * 5000,
    "٣",
    "-1",
    "1e9",
    "null",
    "\u202e\u2066",
]
nasty = st.sampled_from(HOSTILE) | st.text(max_size=60)
FIELDS = (
    *("email", "topics", "language", "time_zone", "hour", "cadence", "weekday", "size", "website", "shown"),
    *("keywords", "authors", "categories", "shared", "until", "resume", "topic", "value", "List-Unsubscribe"),
    *("altcha", "cadence"),
)
posts = st.dictionaries(st.sampled_from(FIELDS), nasty | st.lists(nasty, max_size=3), max_size=8)
asked = st.dictionaries(st.sampled_from(("language", "done", "paper", "value")), nasty, max_size=3).map(
    lambda fields: urlencode(fields, errors="ignore")
)
# All that a reader's links open, with the purpose of the token that stands for {}.
DOORS = {f"/{page}/{{}}/": purpose for purpose, page in PAGES.items()} | {
    f"/digests/{{}}/{DAY}/": "view",
    "/vote/{}/digest/": "vote",
    "/my-data/{}/paperpost.json": "my-data",
    "/my-data/{}/paperpost.csv": "my-data",
    "/my-data/{}/address/": "my-data",
    "/my-data/{}/erase/": "my-data",
    "/unsubscribe/{}/less/": "unsubscribe",
    **{
        f"/preferences/{{}}/{button}/": "preferences"
        for button in ("pause", "catch-up", "address", "links", "erase", "my-data")
    },
}
# The suite takes a short look. HOSTILE_INPUTS=10000 gives that many to each form and each view.
LONG_LOOK = int(os.environ.get("HOSTILE_INPUTS", "0"))


def look(short: int) -> settings:
    return settings(
        max_examples=LONG_LOOK or short,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


def rows() -> list[list[dict[str, Any]]]:
    """All that could change, as it stands."""
    models: tuple[type[Model], ...] = (
        Subscriber, Subscription, ConsentEvent, SignUp, Delivery, Suppression,
    )  # fmt: skip
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@contextmanager
def taken_back() -> Iterator[None]:
    """What an example does is gone before the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def only_read(execute: Any, sql: str, *arguments: Any) -> Any:
    """Around each statement of a page that is looked at: it reads, or marks where to go back to."""
    assert sql.split(maxsplit=1)[0] in ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return execute(sql, *arguments)


def behind(door: str) -> str:
    """The address of ``door``, up to its query, for a reader to whom it opens."""
    purpose = DOORS[door]
    state = {"confirm": "pending", "undo": "unsubscribed"}.get(purpose, "active")
    reader = make_subscriber(
        state=state, confirmed_at=None if state == "pending" else NOW, new_email="new@example.org"
    )
    paper = make_paper()
    picks = make_picks(paper)
    Delivery.objects.create(
        subscriber=reader, day=DAY, state="sent", language="en", picks=picks, created_at=NOW
    )
    return f"{door.format(token(reader, purpose))}?paper={paper.arxiv_id}&"


def assert_harmless(answer: Any) -> None:
    assert answer.status_code < 500
    if "Location" in answer:
        assert re.match(r"/(?!/)", answer["Location"])
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("path", ["/", "/preview/"])
@look(60)
@given(fields=posts, valid=st.booleans())
def test_no_sign_up_form_breaks_the_page(client, path, fields, valid):
    with taken_back():
        assert_harmless(client.post(path, form() | fields if valid else fields))


@pytest.mark.parametrize("path", ["/", "/try/", "/check-mail/", "/archive/"])
@look(30)
@given(query=nasty, kind=nasty, language=nasty)
def test_no_query_string_breaks_a_page(client, path, query, kind, language):
    with connection.execute_wrapper(only_read):
        assert_harmless(client.get(path, {"q": query, "kind": kind, "language": language, "done": query}))


@pytest.mark.parametrize("page", PAGES.values())
@look(12)
@given(text=nasty)
def test_no_invented_link_opens_or_breaks_anything(client, page, text):
    for path in (
        f"/{page}/{quote(text, safe='', errors='ignore')}/",
        f"/{page}/{quote(text, errors='ignore')}",
    ):
        for call in (client.get, client.head, client.post):
            answer = call(path)
            assert_harmless(answer)
            assert answer.status_code in (301, 302, 404, 410)


@pytest.mark.parametrize("door", DOORS)
def test_no_form_behind_a_link_breaks(client, door):
    path = behind(door)

    @look(8)
    @given(fields=posts, asked=asked)
    def press(fields, asked):
        with taken_back():
            assert_harmless(client.post(path + asked, fields))

    press()


@pytest.mark.parametrize("door", DOORS)
def test_no_look_behind_a_link_breaks_or_changes_anything(client, door):
    path = behind(door)
    before = rows()

    @look(6)
    @given(asked=asked)
    def peep(asked):
        for call in (client.get, client.head):
            assert_harmless(call(path + asked))

    with connection.execute_wrapper(only_read):
        peep()
    assert rows() == before


def test_looking_changes_nothing_whatever_the_link_is_for(client):
    reader = make_subscriber(state="pending", confirmed_at=None, new_email="new@example.org")
    before = rows()
    for purpose, page in PAGES.items():
        path = f"/{page}/{token(reader, purpose)}/"
        for call in (client.get, client.head, client.options):
            assert call(path).status_code < 500
    for more in ("pause", "catch-up", "links", "address", "erase", "paperpost.json", "paperpost.csv"):
        tail = more if "." in more else f"{more}/"
        for call in (client.get, client.head):
            assert call(f"/preferences/{token(reader, 'preferences')}/{tail}").status_code < 400
            if more not in ("pause", "catch-up", "links"):
                assert call(f"/my-data/{token(reader, 'my-data')}/{tail}").status_code < 400
    assert rows() == before
    assert not mail.outbox


def test_a_link_for_one_page_is_refused_kindly_by_all_others(client):
    reader = make_subscriber()
    before = rows()
    for purpose in (*LASTING, *PASSING):
        for other, page in PAGES.items():
            if other != purpose:
                answer = client.post(f"/{page}/{token(reader, purpose)}/")
                assert answer.status_code == 404
                assert b"another page" in answer.content
    assert rows() == before


def test_a_past_digest_needs_no_inline_style(client):
    answer = client.get(behind(f"/digests/{{}}/{DAY}/"))
    page = answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert page.count("data-look=") > 20
    assert " style=" not in page
    for sheet in re.findall(r"<style[^>]*>(.*?)</style>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in answer["Content-Security-Policy"]


def test_pages_behind_links_are_kept_by_nobody(client):
    answer = client.get(f"/preferences/{token(make_subscriber(), 'preferences')}/")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies


def test_no_page_may_load_or_run_anything_from_elsewhere(client):
    reader = make_subscriber()
    for path in ("/", "/archive/", f"/preferences/{token(reader, 'preferences')}/"):
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        page = answer.content.decode()
        assert " style=" not in page
        assert "<style" not in page
        # A block of data does not run, and says so by its type (HTML, 4.12.1).
        assert not re.search(r'<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)', page)
        assert not re.search(r"\son\w+=", page)
        assert not [address for address in _loaded(page) if address and not re.match(r"\?|/(?!/)", address)]


NAMES_A_PAGE = {"alternate", "canonical", "next", "prev"}  # links of the head that load nothing


def _loaded(page):
    """The addresses that a browser loads with a page, or sends its forms to."""
    for element in html.fromstring(page).iter("*"):
        kinds = set(element.get("rel", "").lower().split())
        if element.tag == "link" and (not kinds or kinds - NAMES_A_PAGE):
            yield element.get("href", "")
        for name in ("src", "poster", "data", "action", "formaction"):
            if (address := element.get(name)) is not None:
                yield address
        for candidate in filter(None, element.get("srcset", "").split(",")):
            yield candidate.split()[0]


@pytest.mark.any_database
@pytest.mark.parametrize(
    "loading",
    [
        '<link rel="stylesheet" href="https://cdn.example/a.css">',
        '<link rel="alternate stylesheet" href="https://cdn.example/a.css">',
        '<link href="https://cdn.example/a.css">',
        "<link rel=preconnect href=//cdn.example>",
        '<img srcset="/a.png 1x, https://cdn.example/b.png 2x">',
        "<script src='https://cdn.example/a.js'></script>",
        '<form action="https://cdn.example/"></form>',
    ],
)
def test_what_a_page_loads_from_elsewhere_is_noticed(loading):
    assert any("cdn.example" in address for address in _loaded(f"<html><head></head>{loading}</html>"))
    assert not list(
        _loaded('<link rel="canonical" href="https://x.example/"><a href="https://x.example/">x</a>')
    )


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(client):
    answer = act(client, "/", form(website="https://spam.example"))
    assert answer.status_code == 302
    assert not SignUp.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize("shown", ["", "1", "now", "1700000000.0:forged", stampless := "🙂"])
def test_a_form_that_was_never_shown_is_asked_once_more_with_all_that_was_typed(client, shown):
    answer = act(client, "/", form(shown=shown))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "press the button again" in page
    assert 'value="ada@example.org"' in page
    assert re.search(r'value="diffusion-models" checked', page)
    assert not Subscriber.objects.exists()


def test_a_form_that_lay_open_for_days_is_taken_at_the_second_press(client):
    old = act(client, "/", form(shown=stamp(timezone.now() - timedelta(days=3))))
    assert old.status_code == 422
    (fresh,) = re.findall(r'name="shown" value="([^"]+)"', old.content.decode())
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        assert act(client, "/", form(shown=fresh)).status_code == 302


def test_what_is_wrong_is_said_first_with_a_way_to_each_place(client):
    page = act(client, "/", form(email="half@", topics=[], time_zone="Nowhere")).content.decode()
    (summary,) = re.findall(r'<div class="banner problems" role="alert"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert re.findall(r'href="#([a-z]+)"', summary) == ["zone", "email"]
    for place in ("zone", "email"):
        assert f'id="{place}"' in page


def test_an_office_is_asked_about_once(client):
    answer = act(client, "/", form(email="info@example.org"))
    assert b"Several people" in answer.content
    assert act(client, "/", form(email="info@example.org", shared="info@example.org")).status_code == 302


def test_a_lost_cookie_costs_no_typing():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/", form())
    assert answer.status_code == 403
    page = answer.content.decode()
    assert 'value="ada@example.org"' in page
    assert "csrfmiddlewaretoken" in page


@pytest.fixture
def limits(valkey, settings):
    settings.REDIS_URL = valkey
    shared_client(valkey).flushdb()
    return settings


def test_one_network_may_ask_only_so_often(client, limits):
    limits.SIGNUPS_PER_NETWORK = 3
    for number in range(3):
        answer = act(client, "/", form(email=f"a{number}@example.org"), REMOTE_ADDR=f"203.0.113.{number}")
        assert answer.status_code == 302
    answer = act(client, "/", form(email="late@example.org"), REMOTE_ADDR="203.0.113.99")
    assert answer.status_code == 429
    assert 'value="late@example.org"' in answer.content.decode()
    assert act(client, "/", form(email="else@example.org"), REMOTE_ADDR="198.51.100.1").status_code == 302


def test_all_together_may_ask_only_so_often(client, limits):
    limits.SIGNUPS_OVERALL = 2
    answers = [
        act(client, "/", form(email=f"a{number}@example.org"), REMOTE_ADDR=f"10.0.{number}.1").status_code
        for number in range(3)
    ]
    assert answers == [302, 302, 429]


def test_limits_hold_when_redis_hung_up_and_forgot_how_to_count(client, limits, valkey):
    limits.SIGNUPS_OVERALL = 2
    answers = []
    for number in range(3):
        answers.append(act(client, "/", form(email=f"a{number}@example.org")).status_code)
        with redis.Redis.from_url(valkey) as other:
            other.script_flush()
            other.client_kill_filter(_type="normal", skipme=True)
    assert answers == [302, 302, 429]


def test_one_mailbox_gets_at_most_three_a_day_whoever_asks(client, limits):
    for number in range(6):
        answer = act(client, "/", form(email="Ada@example.org"), REMOTE_ADDR=f"10.0.{number}.1")
        assert answer.status_code == 302
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("address", ["victim+{}@example.org", "v{}ictim@gmail.com"])
def test_one_mailbox_is_one_however_it_is_written(client, limits, address):
    for number in range(15):
        tag = "." * (number % 2) if "gmail" in address else str(number)
        answer = act(client, "/", form(email=address.format(tag)), REMOTE_ADDR=f"10.0.{number}.1")
        assert answer.status_code == 302
    assert len(mail.outbox) == 3


def test_a_site_with_many_networks_may_four_times_as_much(client, limits):
    limits.SIGNUPS_PER_NETWORK = 2
    answers = [
        act(
            client, "/", form(email=f"a{number}@example.org"), REMOTE_ADDR=f"2001:db8:1:{number}::1"
        ).status_code
        for number in range(9)
    ]
    assert answers == [302] * 8 + [429]
    other = act(client, "/", form(email="b@example.org"), REMOTE_ADDR="2001:db8:2::1")
    assert other.status_code == 302


@pytest.mark.parametrize(
    ("hops", "forwarded", "believed"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_the_configured_number_of_proxies_is_believed(settings, hops, forwarded, believed):
    settings.PROXY_HOPS = hops
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    assert throttling.client_ip(request) == believed


def test_without_redis_a_sign_up_waits_in_the_database(client, settings, django_capture_on_commit_callbacks):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert client.post("/", form()).status_code == 302
    assert SignUp.objects.get().email == "ada@example.org"


SCRIPT = counting._COUNT


@pytest.fixture
def without_redis(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    counting.own_counts.cache_clear()
    return settings


def test_while_redis_is_away_each_process_keeps_the_limits(client, without_redis, caplog):
    without_redis.SIGNUPS_PER_NETWORK = 2
    answers = [client.post("/", form(email=f"a{number}@example.org")).status_code for number in range(4)]
    assert answers == [302, 302, 429, 429]
    other = client.post("/", form(email="b@example.org"), REMOTE_ADDR="198.51.100.1")
    assert other.status_code == 302
    said = [record.message for record in caplog.records if record.name == "lib.counting"]
    assert len(said) == 1
    assert "by itself" in said[0]


def test_redis_counts_again_once_it_answers(without_redis, valkey, monkeypatch, caplog):
    caplog.set_level("INFO")
    without_redis.LOOKS_PER_NETWORK = 1
    monkeypatch.setattr(counting, "LOOK_AGAIN", 0)
    assert throttling.admit_look(ip="203.0.113.5", now=NOW)
    assert not throttling.admit_look(ip="203.0.113.5", now=NOW)
    with monkeypatch.context() as once:
        once.setattr(counting, "_counter", lambda _url: shared_client(valkey).register_script(SCRIPT))
        shared_client(valkey).flushdb()
        assert throttling.admit_look(ip="203.0.113.5", now=NOW)
        assert not throttling.admit_look(ip="203.0.113.5", now=NOW)
    assert "Redis answers again" in caplog.text


def test_what_a_process_counts_by_itself_has_bounds(monkeypatch):
    monkeypatch.setattr(counting, "MOST_KEYS", 100)
    counts = counting.OwnCounts()
    for number in range(1000):
        counts.add(str(number))
    assert len(counts._counts) == 100
    assert counts.add("999") == 2


def test_nobody_can_tell_who_reads_by_what_the_form_answers(client, limits):
    """200 pairs of a known and an unknown address, in turns: body, status, headers and time are the same."""
    limits.SIGNUPS_PER_NETWORK = limits.SIGNUPS_OVERALL = 10_000
    known = [make_subscriber(f"known{number}@example.org").email for number in range(200)]
    took: dict[bool, list[float]] = {True: [], False: []}
    seen = set()
    client.post("/", form(email="first@example.org"))
    for number, address in enumerate(known):
        pair = [(True, address), (False, f"never{number}@example.org")]
        for is_known, email in pair if number % 2 else reversed(pair):
            data = form(email=email)
            began = time.perf_counter()
            answer = client.post("/", data)
            took[is_known].append(time.perf_counter() - began)
            own = ("Date", "X-Request-ID")  # of each request
            headers = {name: value for name, value in answer.headers.items() if name not in own}
            seen.add((answer.status_code, answer.content, str(headers)))
    assert len(seen) == 1
    known_median, other_median = (statistics.median(took[which]) for which in (True, False))
    spread = statistics.quantiles(took[True] + took[False], n=4)
    assert abs(known_median - other_median) < max(spread[2] - spread[0], 0.0005)


@pytest.mark.parametrize("state", ["none", "pending", "active", "paused", "unsubscribed", "suppressed"])
def test_a_sign_up_asks_the_database_the_same_whoever_it_is(client, django_assert_num_queries, state):
    if state != "none":
        make_subscriber("ada@example.org", state=state)
    client.post("/", form(email="warm@example.org"))
    with django_assert_num_queries(1):
        assert client.post("/", form()).status_code == 302


def test_a_preview_time_stamp_is_of_now(client):
    page = client.get("/").content.decode()
    shown = float(re.findall(r'name="shown" value="([\d.]+):', page)[0])
    assert abs(shown - timezone.now().timestamp()) < 5
