"""Mail services behind Anymail: their answers as replies, several messages in one call, their webhooks."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
import requests
from anymail.backends.mailjet import EmailBackend as Mailjet
from anymail.backends.postmark import EmailBackend as Postmark
from anymail.backends.resend import EmailBackend as Resend
from anymail.exceptions import AnymailRequestsAPIError
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import include, path

from subscriptions.delivery import SendSetup, send
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.delivery.envelopes import Envelope, UnreachableError
from subscriptions.delivery.promise import Attempt, Checkpoint, Promise, outcome_of, outcomes_by_checkpoint
from subscriptions.delivery.services import AnymailTransport
from subscriptions.feedback.return_paths import tag
from subscriptions.models import Delivery, DeliveryEvent, Suppression
from tests.factories import NOW
from tests.subscriptions.delivery.ledger import build, queue, states

DATA = b"From: a@b.example\r\nTo: c@d.example\r\nMessage-ID: <1@b.example>\r\nSubject: x\r\n\r\nHello\r\n"


class Calls:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


class Service(BaseEmailBackend):
    """A backend in the place of a service's: answers as told."""

    send_defaults: ClassVar[dict[str, Any]] = {}

    def build_message_payload(self, message, defaults):
        return None

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.messages = []

    def open(self):
        return True

    def send_messages(self, messages):
        from anymail.message import AnymailStatus

        if isinstance(self.answer, Exception):
            raise self.answer
        self.messages += messages
        for message in messages:
            message.anymail_status = AnymailStatus()
            message.anymail_status.status = {self.answer}
            message.anymail_status.message_id = "m-1"
        return len(messages)


def service_error(status):
    """As Anymail raises it: with the service's answer, or without one."""
    response = None
    if status is not None:
        response = requests.Response()
        response.status_code, response.reason = status, "because"
    return AnymailRequestsAPIError("it failed", response=response)


@pytest.mark.parametrize(
    ("answer", "code", "in_doubt"),
    [
        ("queued", 250, False),
        ("rejected", 550, False),
        (service_error(429), 451, False),
        (service_error(503), 451, False),
        (service_error(500), 0, True),
        (service_error(502), 0, True),
        (service_error(504), 0, True),
        (service_error(422), 554, False),
        (service_error(None), 0, True),
    ],
)
def test_a_services_answer_as_a_reply(answer, code, in_doubt):
    backend = Service(answer)
    envelope = Envelope("bounces+x@b.example", "c@d.example", DATA, tag="tagged")
    reply = AnymailTransport(backend).send(envelope, before_body=Calls())
    assert (reply.code, reply.in_doubt) == (code, in_doubt)
    if backend.messages:
        (message,) = backend.messages
        assert message.metadata == {"delivery": "tagged"}
        assert message.extra_headers["Message-ID"] == "<1@b.example>"
        assert message.to == ["c@d.example"]
        assert message.envelope_sender == "bounces+x@b.example"


@pytest.mark.parametrize(
    ("backend", "takes"),
    [
        (Postmark(server_token="x"), False),
        (Resend(api_key="x"), False),
        (Mailjet(api_key="x", secret_key="x"), True),
    ],
)
def test_the_envelopes_sender_is_chosen_where_the_service_lets_us(backend, takes):
    """A service that has its own refuses every message that names another."""
    transport = AnymailTransport(backend)
    transport._open()
    assert transport.takes_envelope is takes
    transport.close()


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("7200", 7200, 7200),
        ("Wed, 18 Mar 2126 09:00:00 GMT", 3e8, 1e10),
        ("soon", 0, 0),
        ("²", 0, 0),
        ("", 0, 0),
    ],
)
def test_a_busy_services_wish_is_heard(said, least, most):
    error = service_error(429)
    error.response.headers["Retry-After"] = said
    reply = AnymailTransport(Service(error)).send(Envelope("", "c@d.example", DATA), before_body=Calls())
    assert least <= reply.wait <= most
    outcome = outcome_of(reply, Attempt(1, 1), now=NOW, promise=Promise.AT_MOST_ONCE)
    assert outcome.retry_at is not None
    waits = outcome.retry_at - NOW
    assert timedelta(seconds=min(least, 8 * 3600)) <= waits <= timedelta(hours=8)


def test_a_service_that_does_not_let_us_in_touches_no_message():
    with pytest.raises(UnreachableError, match="let us in"):
        AnymailTransport(Service(service_error(401))).send(
            Envelope("", "c@d.example", DATA), before_body=Calls()
        )


# -- several in one call --------------------------------------------------


class Api:
    """A service's API on this machine: what it was asked, and what it answers by path and recipients."""

    def __init__(self):
        self.asked: list[tuple[str, list[str]]] = []
        self.refused: set[str] = set()
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = outer.answer(self.path, body)
                sent = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path, body):
        messages = body if isinstance(body, list) else [body]
        people = [message["To"] if "To" in message else message["to"][0] for message in messages]
        self.asked.append((path, people))
        if self.status != 200:
            return self.status, {"ErrorCode": 10, "Message": "no"}
        if path.startswith("/emails"):
            if self.refused & set(people):
                return 422, {"message": "Invalid `to` field"}
            ids = [{"id": f"id-{person}"} for person in people]
            return 200, {"data": ids} if path.endswith("batch") else ids[0]
        answers: list[dict[str, Any]] = [
            {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{person}'."}
            if person in self.refused
            else {"ErrorCode": 0, "Message": "OK", "MessageID": f"id-{person}", "To": person}
            for person in people
        ]
        return 200, answers if isinstance(body, list) else answers[0]


@pytest.fixture
def api() -> Iterator[Api]:
    found = Api()
    yield found
    found.server.shutdown()
    found.server.server_close()


SERVICES = [
    (lambda api: Postmark(server_token="x", api_url=api.url), "/email/batch", "/email"),
    (lambda api: Resend(api_key="x", api_url=api.url), "/emails/batch", "/emails"),
]


def envelopes(count: int) -> list[Envelope]:
    return [
        Envelope("a@b.example", f"r{n}@d.example", DATA.replace(b"Hello", b"%d" % n)) for n in range(count)
    ]


@pytest.mark.parametrize(("service", "batch_path", "path"), SERVICES)
def test_many_messages_are_one_call_where_the_service_has_one(service, batch_path, path, api):
    calls = Calls()
    transport = AnymailTransport(service(api))
    replies = transport.send_all(envelopes(5), before_body=calls)
    transport.close()
    assert [str(reply) for reply in replies] == [f"250 id id-r{n}@d.example" for n in range(5)]
    assert api.asked == [(batch_path, [f"r{n}@d.example" for n in range(5)])]
    assert calls.count == 1


@pytest.mark.parametrize(("service", "batch_path", "path"), SERVICES)
def test_one_bad_address_does_not_hold_up_the_others(service, batch_path, path, api):
    api.refused = {"r1@d.example"}
    transport = AnymailTransport(service(api))
    replies = transport.send_all(envelopes(3), before_body=Calls())
    transport.close()
    assert [reply.accepted for reply in replies] == [True, False, True]
    assert 500 <= replies[1].code < 600
    accepted = [who for path_asked, people in api.asked for who in people if path_asked == path]
    assert len(accepted) == len(set(accepted)), "nobody is asked for twice alone"


@pytest.mark.parametrize(("service", "batch_path", "path"), SERVICES)
def test_a_service_in_trouble_takes_none_of_a_call(service, batch_path, path, api):
    api.status = 503
    transport = AnymailTransport(service(api))
    assert {reply.code for reply in transport.send_all(envelopes(3), before_body=Calls())} == {451}
    api.status = 401
    with pytest.raises(UnreachableError):
        transport.send_all(envelopes(3), before_body=Calls())
    transport.close()


@pytest.mark.django_db
def test_the_ledger_is_the_same_for_calls_of_many(api, tmp_path):
    rows = queue(60)
    bad = rows[30].subscriber.email
    api.refused = {bad}
    transport = AnymailTransport(Postmark(server_token="x", api_url=api.url))
    setup = SendSetup(build=build, transport=transport, checkpoints=FileCheckpoints(tmp_path))
    run = send(seconds=60, setup=setup)
    assert run.counts == {"sent": 59, "failed": 1}
    assert [len(people) for _, people in api.asked] == [25, 25, 10]
    assert states() == {"sent": 59, "failed": 1}
    assert Delivery.objects.get(state="failed").subscriber.email == bad


@pytest.mark.django_db
def test_a_sender_that_dies_in_a_call_leaves_that_call_in_doubt(api, tmp_path):
    queue(60)
    checkpoints = FileCheckpoints(tmp_path)
    transport = AnymailTransport(Postmark(server_token="x", api_url=api.url))

    def die(path, body):
        if len(api.asked) == 1:
            raise_in_sender.set()
        return answer(path, body)

    raise_in_sender = threading.Event()
    answer, api.answer = api.answer, die
    post = transport.backend.post_to_esp

    def post_and_die(payload, message):
        found = post(payload, message)
        if raise_in_sender.is_set():
            raise KeyboardInterrupt
        return found

    transport.backend.post_to_esp = post_and_die
    setup = SendSetup(build=build, transport=transport, checkpoints=checkpoints)
    with pytest.raises(KeyboardInterrupt):
        send(seconds=60, setup=setup)
    assert states() == {"sent": 25, "uncertain": 25, "queued": 10}
    found = outcomes_by_checkpoint(
        [1, 5, 6, 9, 10], Checkpoint(first_id=5, last_id=9), now=NOW, promise=Promise.AT_MOST_ONCE
    )
    assert [str(one.state) for one in found] == ["sent", "uncertain", "uncertain", "uncertain", "queued"]


# -- webhooks ---------------------------------------------------------------

urlpatterns = [path("anymail/", include("anymail.urls"))]
BOUNCE = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "ID": 7, "MessageID": "m", "Tag": ""}


@pytest.mark.django_db
def test_a_webhook_needs_the_secret_and_counts_once(client, settings):
    settings.ROOT_URLCONF = __name__
    settings.ANYMAIL = {"WEBHOOK_SECRET": "me:secret"}
    (row,) = queue(1)
    payload = {**BOUNCE, "Metadata": {"delivery": tag(row.pk)}}

    def call(password, payload=payload):
        said = base64.b64encode(f"me:{password}".encode()).decode()
        headers = {"HTTP_AUTHORIZATION": f"Basic {said}"}
        return client.post("/anymail/postmark/tracking/", payload, "application/json", **headers).status_code

    assert call("guessed") == 400
    assert not DeliveryEvent.objects.exists()
    assert [call("secret"), call("secret")] == [200, 200]
    assert DeliveryEvent.objects.count() == Suppression.objects.count() == 1
    assert call("secret", {**BOUNCE, "ID": 8}) == 200
    told = DeliveryEvent.objects.get(delivery=None)
    assert (told.standing, told.subscriber) == ("unproven", None), "shown to the editor, and nothing follows"
    assert Suppression.objects.count() == 1
