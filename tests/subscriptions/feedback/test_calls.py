"""A mail service's call, whatever is in it: never a 500, and an odd event costs no other."""

import base64
import json
from typing import Any

import pytest
from anymail import urls
from django.test import Client
from django.urls import include, path
from hypothesis import given
from hypothesis import strategies as st

from config.webhooks import addresses
from newsletter.models import SetAside
from subscriptions.feedback import webhooks
from subscriptions.feedback.events import record
from subscriptions.feedback.return_paths import tag
from subscriptions.models import DeliveryEvent, Subscriber
from tests.subscriptions.abuse.test_abuse import look
from tests.subscriptions.delivery.ledger import queue_one

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]
NAMES = {str(found.name) for found in urls.urlpatterns}
# Without Amazon SES, whose view needs a package that is not installed.
SERVICES = sorted(name.removesuffix("_tracking_webhook") for name in NAMES if "tracking" in name)
SERVICES.remove("amazon_ses")
SERVICES.remove("postal")  # whose key is one of RSA
WITHOUT_SIGNATURES = ["brevo", "mailjet", "postmark", "sparkpost", "sendgrid"]
SECRET = "name:a-long-random-password"
urlpatterns = [path("calls/", include([view for service in SERVICES for view in addresses(service)]))]
KEYS = {
    "WEBHOOK_SECRET": SECRET,
    **dict.fromkeys(
        ("MAILGUN_API_KEY", "MANDRILL_API_KEY", "MANDRILL_WEBHOOK_KEY", "UNISENDER_GO_API_KEY"), "k"
    ),
    "MAILERSEND_SIGNING_SECRET": "k",
}
ODD = {
    "list": b"[]",
    "list of nothing": b"[null]",
    "list of lists": b"[[[]]]",
    "null": b"null",
    "number": b"7",
    "text": b'"text"',
    "broken": b'{"event": "bounce"',
    "empty": b"",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"event":' * 50_000,
    "no text": b"\xff\xfe\x00",
    "NUL": json.dumps([{"event": "bounce\0", "sg_event_id": "\0", "timestamp": 1}]).encode(),
    "half a pair": b'[{"event": "bounce", "sg_event_id": "\\ud83d", "timestamp": 1, "reason": "\\ude00"}]',
    "wrong kinds": json.dumps({"event": {}, "RecordType": [], "ts": "x", "id": {}}).encode(),
    "huge number": b'[{"event": "bounce", "timestamp": ' + b"9" * 4000 + b"}]",
    "far time": b'[{"event": "bounce", "timestamp": 99999999999, "sg_event_id": "f"}]',
    "large": b'[{"event": "' + b"x" * 10_000_000 + b'"}]',
}


@pytest.fixture(autouse=True)
def doors(settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.ANYMAIL = KEYS


def call(service: str, body: bytes, *, kind: str = "application/json") -> Any:
    password = base64.b64encode(SECRET.encode()).decode()
    client = Client(raise_request_exception=False, headers={"authorization": f"Basic {password}"})
    return client.generic("POST", f"/calls/{service}/tracking/", body, content_type=kind)


def bounced(number: int, delivery: int, **more: Any) -> dict[str, Any]:
    return {
        "event": "bounce",
        "type": "bounce",
        "email": "reader@example.org",
        "timestamp": 1773800000,
        "sg_event_id": f"event{number}",
        "sg_message_id": f"m{number}",
        "reason": "550 5.1.1 no such user",
        "delivery": tag(delivery),
        **more,
    }


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("service", SERVICES)
def test_an_odd_call_is_refused_or_means_nothing(service: str, name: str, caplog):
    for kind in ("application/json", "application/x-www-form-urlencoded", "application/json; charset=zlib"):
        answer = call(service, ODD[name], kind=kind)
        assert answer.status_code in (200, 400, 404, 413), kind
    assert not [record for record in caplog.records if record.exc_info and "anymail" not in record.name]


@pytest.mark.parametrize("service", WITHOUT_SIGNATURES)
@pytest.mark.parametrize("name", ["null", "number", "text", "broken", "no text", "deep", "large"])
def test_what_holds_no_event_is_a_bad_call(service: str, name: str):
    assert call(service, ODD[name]).status_code == (413 if name == "large" else 400)


def test_a_stranger_is_refused_whatever_the_body():
    for body in (b"[]", b"null", b"\xff"):
        answer = Client(raise_request_exception=False).generic("POST", "/calls/sendgrid/tracking/", body)
        assert answer.status_code == 400


def test_odd_events_of_a_batch_cost_no_other():
    delivery = queue_one()
    batch: list[object] = [None, [], bounced(1, delivery.pk), {"event": 7, "timestamp": "x"}, "text", {}]
    assert call("sendgrid", json.dumps(batch).encode()).status_code == 200
    assert DeliveryEvent.objects.count() == 1
    assert Subscriber.objects.get().state == "suppressed"


def test_an_event_that_cannot_be_kept_is_set_aside_and_the_others_are_kept(monkeypatch):
    delivery = queue_one()

    def fail_for_one(feedback):
        if feedback[0].event_id == "event1":
            raise ValueError("odd")
        return record(feedback)

    monkeypatch.setattr(webhooks, "record", fail_for_one)
    batch = [bounced(number, delivery.pk) for number in range(3)]
    assert call("sendgrid", json.dumps(batch).encode()).status_code == 200
    assert DeliveryEvent.objects.count() == 2
    assert SetAside.objects.get().item == "event event1"


def test_what_no_database_keeps_is_kept_as_it_can_be():
    delivery = queue_one()
    batch = [bounced(1, delivery.pk, sg_event_id="a\0\ud83d", reason="550 5.1.1 \0\ud83d no such user")]
    assert call("sendgrid", json.dumps(batch).encode()).status_code == 200
    assert DeliveryEvent.objects.get().event_id == "a\ufffd\ufffd"


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event", "type", "timestamp", "RecordType", "ID", "msys", "sg_event_id"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("service", SERVICES)
def test_any_bytes_may_be_posted(service: str):
    @look(20)
    @given(body=st.binary(max_size=300) | trees.map(json.dumps).map(str.encode))
    def post(body: bytes) -> None:
        assert call(service, body).status_code in (200, 400, 404)

    post()
