"""A reader's life through the pages: sign up, confirm, change, leave, come back."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from subscriptions.models import ConsentEvent, SignUp, Subscriber, Suppression
from subscriptions.readers.links import token
from tests.factories import make_paper, make_subscriber
from tests.subscriptions.visitors import act, form, link_in

pytestmark = pytest.mark.django_db


def sign_up(client: Client, **fields: object) -> Subscriber:
    assert act(client, "/", form(**fields)).status_code == 302
    return Subscriber.objects.get(email__iexact=str(fields.get("email", "ada@example.org")))


def test_a_sign_up_waits_until_the_button_on_the_page_of_the_mailed_link_is_pressed(client):
    reader = sign_up(client)
    assert reader.state == "pending"
    assert not SignUp.objects.exists()
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    link = link_in(message, "confirm")

    assert client.get(link).status_code == client.head(link).status_code == 200
    reader.refresh_from_db()
    assert reader.state == "pending"

    assert act(client, link).status_code == 200
    reader.refresh_from_db()
    assert reader.state == "active"
    assert reader.next_due_at is not None
    assert reader.confirmed_at is not None
    assert reader.next_due_at > reader.confirmed_at, "there was nothing to send, and the welcome says so"
    assert [topic.slug for topic in reader.topics.all()] == ["diffusion-models"]
    assert (reader.time_zone, reader.hour, reader.size) == ("Europe/Berlin", 7, 10)
    assert mail.outbox[1].subject.startswith("Welcome")


def test_the_proof_of_consent_says_when_what_and_from_where_and_no_address(client):
    reader = sign_up(client)
    act(client, link_in(mail.outbox[0], "confirm"), REMOTE_ADDR="203.0.113.7")
    signed_up, confirmed = ConsentEvent.objects.filter(subscriber=reader).order_by("pk")
    assert (signed_up.kind, confirmed.kind) == ("signed-up", "confirmed")
    assert signed_up.text_version == confirmed.text_version != ""
    assert len(confirmed.origin_hash) == 64
    assert "203.0.113.7" not in str(vars(confirmed))


def test_a_confirmation_link_works_once(client):
    sign_up(client)
    link = link_in(mail.outbox[0], "confirm")
    act(client, link)
    again = act(client, link)
    assert again.status_code == 410
    assert b"has already been used" in again.content
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_a_confirmation_link_ends_after_a_week(client):
    sign_up(client)
    link = link_in(mail.outbox[0], "confirm")
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert act(client, link).status_code == 410
    assert Subscriber.objects.get().state == "pending"


def test_a_reader_who_signs_up_again_keeps_everything_and_gets_the_preferences_link(client):
    reader = make_subscriber("ada@example.org", hour=5)
    answer = act(client, "/", form(email="ADA@example.org", hour="9"))
    assert answer.status_code == 302
    reader.refresh_from_db()
    assert (reader.state, reader.hour) == ("active", 5)
    assert link_in(mail.outbox[0], "preferences")


@pytest.mark.parametrize("state", ["unsubscribed", "suppressed"])
def test_a_form_for_somebody_who_left_changes_nothing_before_it_is_confirmed(client, state):
    reader = make_subscriber("ada@example.org", state=state, next_due_at=None, language="en", hour=5)
    before = Subscriber.objects.values().get()
    act(client, "/", form(language="ko", hour="9", topics=["robotics"], keywords="quantum"))
    assert Subscriber.objects.values().get() == before
    assert not reader.topics.exists()
    link = link_in(mail.outbox[0], "confirm")
    assert "Paperpost 구독" in mail.outbox[0].subject
    page = client.get(link).content.decode()
    assert "quantum" in page
    assert '<html lang="ko"' in page
    assert act(client, link).status_code == 200
    reader.refresh_from_db()
    assert (reader.state, reader.language, reader.hour, reader.queries) == ("active", "ko", 9, ["quantum"])
    assert [topic.slug for topic in reader.topics.all()] == ["robotics"]


def test_each_confirmation_holds_what_its_own_form_said(client):
    act(client, "/", form(hour="7"))
    act(client, "/", form(hour="23", topics=["robotics"]))
    mine, strangers = (link_in(message, "confirm") for message in mail.outbox)
    assert "Diffusion" in client.get(mine).content.decode()
    assert act(client, mine).status_code == 200
    reader = Subscriber.objects.get()
    assert (reader.hour, reader.topics.get().slug) == (7, "diffusion-models")
    assert act(client, strangers).status_code == 410
    act(client, f"/unsubscribe/{token(reader, 'unsubscribe')}/")
    assert act(client, mine).status_code == 410, "it was used before"


def test_who_complained_after_the_form_cannot_be_confirmed(client):
    reader = sign_up(client)
    Suppression.objects.keep_out(reader.email, reason=Suppression.Reason.COMPLAINED, at=timezone.now())
    assert act(client, link_in(mail.outbox[0], "confirm")).status_code == 410
    assert Subscriber.objects.get().state == "pending"


def test_one_click_unsubscribing_needs_no_cookie_no_token_of_a_form_and_no_page():
    reader = make_subscriber()
    client = Client(enforce_csrf_checks=True)
    path = f"/unsubscribe/{token(reader, 'unsubscribe')}/"
    answer = client.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    reader.refresh_from_db()
    assert (reader.state, reader.next_due_at) == ("unsubscribed", None)
    assert ConsentEvent.objects.get(subscriber=reader).detail == {"how": "one-click"}
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize("page", ["confirm", "unsubscribe", "preferences", "vote", "undo"])
def test_looking_at_a_link_changes_nothing(client, page):
    reader = make_subscriber(state="unsubscribed" if page == "undo" else "active")
    before = list(Subscriber.objects.values())
    purpose = page
    for _ in range(2):
        client.get(f"/{page}/{token(reader, purpose)}/")
        client.head(f"/{page}/{token(reader, purpose)}/")
    assert list(Subscriber.objects.values()) == before
    assert not ConsentEvent.objects.exists()


def test_leaving_can_be_undone_from_the_page_that_says_goodbye(client):
    reader = make_subscriber()
    page = act(client, f"/unsubscribe/{token(reader, 'unsubscribe')}/")
    undo = page.content.decode().split('action="')[1].split('"')[0]
    assert act(client, undo).status_code == 200
    reader.refresh_from_db()
    assert reader.state == "active"
    assert reader.next_due_at is not None
    assert reader.next_due_at > timezone.now()
    assert act(client, undo).status_code == 410


def undo_after(client: Client, reader: Subscriber) -> str:
    page = act(client, f"/unsubscribe/{token(reader, 'unsubscribe')}/")
    return page.content.decode().split('action="')[1].split('"')[0]


def test_leaving_can_be_undone_for_a_day_and_once(client):
    reader = make_subscriber()
    first = undo_after(client, reader)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert act(client, first).status_code == 410
    assert act(client, first).status_code == 200
    second = undo_after(client, reader)
    assert act(client, first).status_code == 410, "it belongs to a leaving that was undone"
    assert Subscriber.objects.get().state == "unsubscribed"
    assert act(client, second).status_code == 200


def test_a_goodbye_mail_that_comes_late_has_what_is_left_of_the_day(client):
    reader = make_subscriber()
    act(client, f"/unsubscribe/{token(reader, 'unsubscribe')}/")
    reader.refresh_from_db()
    with time_machine.travel(timezone.now() + timedelta(hours=20)):
        late = token(reader, "undo")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert act(client, f"/undo/{late}/").status_code == 410
    assert act(client, f"/undo/{late}/").status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=ISO-8859-1",
        "application/x-www-form-urlencoded; charset=zlib",
        "application/x-www-form-urlencoded; charset=undefined",
        "multipart/form-data",
        "multipart/form-data; boundary=e",
    ],
)
def test_one_click_looks_at_no_body_under_any_server(content_type):
    reader = make_subscriber()
    body = b"List-Unsubscribe=One-Click" + b"&f=1" * 1500 + b"x" * 3_000_000
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", f"/unsubscribe/{token(reader, 'unsubscribe')}/", body, content_type
    )
    assert answer.status_code == 200
    assert vars(answer.wsgi_request)["_read_started"] is False
    assert Subscriber.objects.get().state == "unsubscribed"


def test_a_page_behind_a_link_says_no_more_to_any_method(client):
    reader = make_subscriber()
    for call in (client.get, client.post, client.put, client.options, client.delete):
        answer = call(f"/unsubscribe/{token(reader, 'unsubscribe')}/")
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]


def test_an_old_mails_link_still_unsubscribes_after_new_links_were_asked_for(client):
    reader = make_subscriber()
    leave, choose = token(reader, "unsubscribe"), token(reader, "preferences")
    Subscriber.objects.update(links_epoch=1)
    assert client.get(f"/preferences/{choose}/").status_code == 410
    assert act(client, f"/unsubscribe/{leave}/").status_code == 200
    assert Subscriber.objects.get().state == "unsubscribed"


def test_preferences_are_saved_and_the_next_digest_is_due_at_the_new_hour(client):
    reader = make_subscriber(time_zone="UTC")
    with time_machine.travel("2026-03-18 10:00:00+00:00"):
        answer = act(
            client,
            f"/preferences/{token(reader, 'preferences')}/",
            form(topics=["robotics"], language="ko", time_zone="Asia/Seoul", hour="21"),
        )
    assert (answer.status_code, answer["Location"][-16:]) == (302, "?done=saved#done")
    reader.refresh_from_db()
    assert (reader.language, reader.time_zone, reader.hour) == ("ko", "Asia/Seoul", 21)
    assert [topic.slug for topic in reader.topics.all()] == ["robotics"]
    assert f"{reader.next_due_at:%F %R}" == "2026-03-18 12:00"


def test_a_vote_is_cast_by_the_button_and_not_by_the_link(client):
    reader, paper = make_subscriber(), make_paper()
    path = f"/vote/{token(reader, 'vote')}/?paper={paper.arxiv_id}&value=-1"
    assert client.get(path).status_code == 200
    assert not reader.votes.exists()
    act(client, path, {"value": "-1"})
    act(client, path, {"value": "1"})
    assert [vote.value for vote in reader.votes.all()] == [1]
    act(client, path, {"value": "0"})
    assert not reader.votes.exists()
