"""What stands in a log: all that is needed to find a fault, and nobody's address, link or password."""

import io
import json
import logging
import threading
import uuid
from datetime import timedelta

import pytest
from celery import shared_task
from django.test import override_settings
from django.urls import path
from django.utils import timezone

from config import json_logs, request_ids
from config.json_logs import JsonFormatter
from config.urls import urlpatterns as site_patterns
from newsletter.set_aside import isolating
from subscriptions import stages
from subscriptions.mailbox.boxes import Maildir
from subscriptions.mailbox.inbox import read_box
from subscriptions.readers.links import _lasting_tokens
from tests.factories import NOW, make_subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
EMAIL = "ada.lovelace@example.org"
TOKEN = _lasting_tokens(uuid.uuid4(), 0)["preferences"]
FIELDS = {"time", "level", "logger", "message", "request_id", "task_id", "task", "exception", "stack"}


@pytest.fixture
def lines(monkeypatch):
    """Reads the lines that every logger wrote so far, each as its object. Nobody else writes them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])

    def read():
        text = stream.getvalue()
        assert "ada" not in text
        assert TOKEN[:40] not in text
        objects = [json.loads(line) for line in text.splitlines()]
        assert all(set(each) <= FIELDS for each in objects)
        return objects

    return read


def test_an_item_that_is_set_aside_is_told_with_its_cause(lines):
    reader = make_subscriber(EMAIL)

    def fail(_):
        raise KeyError(f"{reader.email} has no hour")

    with isolating(stages.CHOOSING, now=NOW) as run:
        run.one(reader, fail)
    (line,) = lines()
    assert (line["level"], line["logger"]) == ("ERROR", "newsletter.set_aside")
    assert line["message"].startswith(f"choose: reader {reader.pk} is set aside: KeyError:")
    assert "in fail" in line["exception"]
    assert line["exception"].endswith("KeyError: '<address> has no hour'")
    assert line["time"].endswith("+00:00")


def broken(request):
    raise ValueError(f"no page for {EMAIL} at /preferences/{TOKEN}/ from redis://:pass-ada@broker.example/0")


urlpatterns = [path("broken/", broken), *site_patterns]


def test_a_page_that_fails_is_told_with_the_id_that_its_answer_has(client, lines):
    client.raise_request_exception = False
    with override_settings(ROOT_URLCONF=__name__):
        answer = client.get(f"/broken/?email={EMAIL}", headers={"X-Request-ID": "from-the-proxy-1"})
        missing = client.get(f"/nowhere/{TOKEN}/")
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    failed, not_found = (line for line in lines() if line["logger"] == "django.request")
    assert failed["request_id"] == "from-the-proxy-1"
    assert failed["message"] == "Internal Server Error: /broken/"
    assert failed["exception"].endswith(
        "no page for <address> at /preferences/[token]/ from redis://********@broker.example/0"
    )
    assert not_found["request_id"] == missing["X-Request-ID"]
    assert not_found["message"] == "Not Found: /nowhere/[token]/"
    assert request_ids.current() == ""


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("0b5a7e0c-3f0e-4ac9-9d6c-b0d8d1f2b1a4", True),
        ("short", False),
        ("x" * 37, False),
        pytest.param(TOKEN, False, id="token-False"),  # of another secret in each process of a run
        (EMAIL, False),
        ("one\ntwo-three", False),
        ("<script>alert</script>", False),
        ("тринадцать-букв", False),
    ],
)
def test_the_id_of_a_request_is_taken_over_where_it_is_sound(client, given, is_kept):
    answer = client.get("/health/live", HTTP_X_REQUEST_ID=given)
    assert (answer["X-Request-ID"] == given) == is_kept
    if not is_kept:
        assert uuid.UUID(answer["X-Request-ID"]).version == 4


@shared_task
def fail_for(email):
    logging.getLogger("anybody").info("Looking for %s", email)
    raise LookupError(f"{email} is not here")


def test_lines_of_a_task_have_its_id_and_its_name(lines):
    fail_for.apply((EMAIL,), task_id="0b5a7e0c-3f0e-4ac9-9d6c-b0d8d1f2b1a4")
    looking, failed = lines()
    assert looking["message"] == "Looking for <address>"
    for line in (looking, failed):
        assert line["task_id"] == "0b5a7e0c-3f0e-4ac9-9d6c-b0d8d1f2b1a4"
        assert line["task"] == "tests.test_log_lines.fail_for"
    assert failed["logger"] == "celery.app.trace"
    assert failed["exception"].endswith("LookupError: <address> is not here")


@pytest.mark.processes
def test_a_bounce_that_cannot_be_read_says_nothing_of_the_address(lines, tmp_path, settings):
    settings.VAR_DIR = tmp_path
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    mail = f"From: {EMAIL}\r\nTo: {EMAIL}\r\nSubject: {EMAIL} is away\r\n\r\n550 <{EMAIL}> unknown\r\n"
    (tmp_path / "box" / "new" / "1.ada@example.org").write_bytes(mail.encode())
    (tmp_path / "box" / "new" / "2").write_bytes(b"\xff" * 2000 + mail.encode())
    reading = read_box(Maildir(tmp_path / "box"), now=timezone.now() - timedelta(days=1))
    for problem in reading.problems:
        logging.getLogger("subscriptions.tasks").warning("%s", problem)
    logging.getLogger("subscriptions.tasks").info("Read %s of %s", reading.counts, mail)
    assert lines()


def test_arguments_that_do_not_fit_lose_no_line_and_hide_no_address(lines, capsys):
    logging.getLogger("anybody").error("%d readers", EMAIL)
    logging.getLogger("anybody").error("%(name)s", {"email": EMAIL})
    assert [line["message"].split(" does not fit ")[0] for line in lines()] == ["'%d readers'", "'%(name)s'"]

    class Unreadable:
        def __repr__(self):
            raise RuntimeError(EMAIL)

    logging.getLogger("anybody").error("%s", Unreadable())
    assert lines()[-1]["message"].endswith("cannot be written: RuntimeError")
    assert capsys.readouterr().err == ""


def test_only_fields_with_a_name_are_written_each_in_one_line(lines):
    logging.getLogger("anybody").warning(
        "one\ntwo\u2028three", extra={"email": EMAIL, "args_of_task": [EMAIL]}, stack_info=True
    )
    (line,) = lines()
    assert line["message"] == "one\ntwo\u2028three"
    assert "test_log_lines" in line["stack"]


def test_what_nobody_caught_is_a_line_too(lines, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr("sys.excepthook", None)
    handlers = [*logging.getLogger().handlers]
    json_logs.configure({"version": 1, "incremental": True})
    logging.captureWarnings(capture=False)
    assert logging.getLogger().handlers == handlers

    def fail():
        raise RuntimeError(f"{EMAIL} was not caught")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (line,) = lines()
    assert line["level"] == "CRITICAL"
    assert line["exception"].endswith("RuntimeError: <address> was not caught")
