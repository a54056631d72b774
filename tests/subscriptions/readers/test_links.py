"""Signed links: each opens its own page, for its own reader, in its own time, and nothing else."""

import base64
import uuid
from datetime import datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.models import Subscriber
from subscriptions.readers import links
from subscriptions.readers.links import LASTING, PASSING, LinkError, reader_links, subscriber_of, token
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
PURPOSES = (*LASTING, *PASSING)


def refusal(text: str, purpose: str, now: datetime | None = None) -> str:
    with pytest.raises(LinkError) as refused:
        subscriber_of(text, purpose, now=now or timezone.now())
    return refused.value.kind


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_opens_its_own_page_for_its_own_reader(purpose):
    reader, _other = make_subscriber(), make_subscriber()
    assert subscriber_of(token(reader, purpose), purpose, now=timezone.now()) == reader


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_opens_no_other_page(purpose):
    made = token(make_subscriber(), purpose)
    for other in PURPOSES:
        if other != purpose:
            assert refusal(made, other) == "foreign"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_single_bit_can_be_changed(purpose):
    made = token(make_subscriber(), purpose)
    raw = base64.urlsafe_b64decode(made + "==")
    for place in range(len(raw) * 8):
        bent = bytearray(raw)
        bent[place // 8] ^= 1 << (place % 8)
        text = base64.urlsafe_b64encode(bytes(bent)).rstrip(b"=").decode()
        for wanted in PURPOSES:
            with pytest.raises(LinkError):
                subscriber_of(text, wanted, now=timezone.now())


def test_a_truncated_or_lengthened_link_is_broken():
    made = token(make_subscriber(), "unsubscribe")
    for text in ("", made[:-1], made[:20], made + "A", made + "=", f" {made}", made.replace("-", "+") + "/"):
        assert refusal(text, "unsubscribe") == "broken"


@pytest.mark.parametrize("purpose", PASSING)
def test_passing_links_end(purpose):
    made = token(make_subscriber(), purpose)
    soon, late = (
        timezone.now() + PASSING[purpose] / 2,
        timezone.now() + PASSING[purpose] + timedelta(minutes=1),
    )
    assert subscriber_of(made, purpose, now=soon)
    assert refusal(made, purpose, now=late) == "expired"


def test_what_a_passing_link_changes_uses_it_up():
    reader = make_subscriber(state="pending", confirmed_at=None)
    confirm = token(reader, "confirm")
    Subscriber.objects.update(state="active", confirmed_at=timezone.now())
    assert refusal(confirm, "confirm") == "used"
    Subscriber.objects.update(new_email="new@example.org")
    reader.refresh_from_db()
    move = token(reader, "email-confirm")
    Subscriber.objects.update(new_email="other@example.org")
    assert refusal(move, "email-confirm") == "used"


def test_a_mails_links_are_those_of_the_row():
    reader = make_subscriber(links_epoch=3)
    made = reader_links(reader.public_id, 3)
    for url, purpose in ((made.preferences, "preferences"), (made.vote, "vote"), (made.view, "view")):
        assert url.endswith(f"/{token(reader, purpose)}/")
        assert subscriber_of(url.split("/")[-2], purpose, now=timezone.now()) == reader
    assert made.one_click == made.unsubscribe


def test_a_mails_links_cost_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        reader_links(uuid.uuid4(), 0)


def test_an_erased_readers_link_is_expired_not_an_error():
    reader = make_subscriber()
    made = token(reader, "preferences")
    reader.delete()
    assert refusal(made, "preferences") == "expired"


def test_links_survive_a_change_of_the_secret_while_the_old_one_is_kept():
    reader = make_subscriber()
    made = token(reader, "unsubscribe")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        assert refusal(made, "unsubscribe") == "broken"
    from django.conf import settings as present

    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[present.SECRET_KEY]):
        assert subscriber_of(made, "unsubscribe", now=timezone.now()) == reader


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=120)
    | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_no_text_is_a_link(text):
    for purpose in PURPOSES:
        with pytest.raises(LinkError):
            subscriber_of(text, purpose, now=timezone.now())


def test_a_link_is_short_enough_for_one_line_of_a_mail():
    assert len(links.address("unsubscribe", token(make_subscriber(), "unsubscribe"))) < 110
