"""Who was erased is nowhere: in no table, no counter, no queue, no line of a log."""

import base64
import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from altcha.v1 import solve_challenge
from axes.models import AccessAttempt
from celery import current_app
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from kombu import pools

from newsletter.models import SetAside
from subscriptions.abuse import proofs
from subscriptions.mailbox.boxes import Maildir
from subscriptions.mailbox.inbox import read_box
from subscriptions.models import Delivery, DeliveryEvent, SignUp, Subscriber
from subscriptions.privacy import portability
from subscriptions.privacy import traces as traces_of
from subscriptions.readers.links import token
from subscriptions.tasks import receive_sign_ups
from tests.factories import make_paper, make_subscriber
from tests.subscriptions.visitors import act, form, link_in

pytestmark = pytest.mark.django_db
NAME = "Erasmus.Wanderlust"
ADDRESS = f"{NAME}+papers@rare-domain.example"


def everything() -> str:
    """Every cell of every table."""
    cells = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(cells)


def in_redis(url: str) -> str:
    """Every key and value that Redis holds."""
    client = redis.Redis.from_url(url, decode_responses=True)
    found: list[Any] = []
    for key in client.scan_iter():
        found.append(key)
        kind = client.type(key)
        found.append(
            client.get(key) if kind == "string" else client.lrange(key, 0, -1) if kind == "list" else ""
        )
    return str(found)


def traces(text: str, public_id: str) -> list[str]:
    marks = (NAME.lower(), "rare-domain", public_id, public_id.replace("-", ""))
    return [line for line in text.lower().splitlines() if any(mark in line for mark in marks)]


def in_files(folder: Path) -> str:
    """Every file's name and content under ``folder``, one file a line."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(f"{path}: {path.read_bytes()!r}" for path in files)


def solved_proof() -> str:
    """What an honest browser answers to a challenge."""
    made = proofs.make_challenge(now=timezone.now())
    found = solve_challenge(made.challenge, made.salt, "SHA-256", made.maxnumber)
    assert found is not None
    said = made.as_json() | {"number": found.number}
    return base64.b64encode(json.dumps(said).encode()).decode()


@pytest.mark.parametrize("how", ["page", "command", "desk"])
def test_no_trace_is_left(client, valkey, settings, caplog, tmp_path, how):
    settings.REDIS_URL = valkey
    redis.Redis.from_url(valkey).flushdb()
    settings.VAR_DIR = tmp_path
    settings.SIGNUP_PROOF_OF_WORK, settings.SIGNUP_PROOF_EFFORT = True, 1000
    caplog.set_level(logging.DEBUG)
    act(client, "/", form(email=ADDRESS, altcha=solved_proof()), REMOTE_ADDR="203.0.113.5")
    act(client, link_in(mail.outbox[0], "confirm"))
    reader = Subscriber.objects.get()
    preferences = f"/preferences/{token(reader, 'preferences')}/"
    act(client, preferences, form(topics=["robotics"], keywords=f"author:{NAME.partition('.')[0]}"))
    mine = f"/my-data/{token(reader, 'my-data')}/"
    act(client, f"{mine}address/", {"email": f"{NAME}@other.rare-domain.example"})
    act(client, f"/vote/{token(reader, 'vote')}/?paper={make_paper().arxiv_id}", {"value": "1"})
    delivery = Delivery.objects.create(
        subscriber=reader,
        day=timezone.now().date(),
        state="failed",
        language="en",
        created_at=timezone.now(),
        reply=f"550 <{ADDRESS}> unknown",
    )
    DeliveryEvent.objects.create(
        delivery=delivery,
        subscriber=reader,
        kind="hard",
        source="smtp",
        event_id="1",
        detail=ADDRESS,
        at=timezone.now(),
    )
    SignUp.objects.create(
        email=ADDRESS.upper(), wishes={}, language="en", text_version="1", at=timezone.now()
    )
    public_id = str(reader.public_id)
    assert len(traces(everything(), public_id)) >= 4

    if how == "page":
        act(client, f"/my-data/{token(reader, 'my-data')}/erase/")
    elif how == "desk":
        client.force_login(User.objects.create_superuser("owner", "owner@example.org", "a long password"))
        client.get(reverse("admin:subscriptions_subscriber_change", args=[reader.pk]))
        erase = reverse("admin:subscriptions_subscriber_act", args=[reader.pk])
        assert client.post(erase, {"act": "erase", "reason": "asked by letter"}).status_code == 302
        assert LogEntry.objects.get().object_repr == f"reader {reader.pk}"
    else:
        call_command("erase_subscriber", ADDRESS.lower(), stdout=io.StringIO())

    assert traces(everything(), public_id) == []
    assert traces(in_redis(valkey), public_id) == []
    assert traces(caplog.text, public_id) == []
    assert traces(in_files(tmp_path), public_id) == []


def test_nothing_of_the_erased_is_in_mails_that_were_caught_or_in_rows_of_others(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.VAR_DIR, settings.OUTBOX_DIR = tmp_path, tmp_path / "outbox"
    quarantine = tmp_path / "bounces" / "quarantine" / "cur"
    for folder in (settings.OUTBOX_DIR, quarantine):
        folder.mkdir(parents=True)
    hidden = base64.encodebytes(f"to <{ADDRESS}>".encode())
    coded = b"Content-Transfer-Encoding: base64\n\n" + hidden
    (settings.OUTBOX_DIR / "1.eml").write_bytes(f"To: {ADDRESS.upper()}\n\nHello".encode())
    (settings.OUTBOX_DIR / "2.eml").write_bytes(coded)
    (quarantine / "3").write_bytes(b"\xff\x00" + ADDRESS.encode())
    kept = settings.OUTBOX_DIR / "4.eml"
    kept.write_bytes(b"To: somebody.else@example.org\n\nHello")
    reader = make_subscriber(ADDRESS)
    other = make_subscriber("other@example.org", new_email=ADDRESS.lower())
    user = User.objects.create_superuser("owner", "owner@example.org", "a long password")
    LogEntry.objects.create(user=user, action_flag=2, object_repr="x", change_message=f"wrote to {ADDRESS}")
    AccessAttempt.objects.create(username=ADDRESS, ip_address="203.0.113.5", failures_since_start=1)
    with django_capture_on_commit_callbacks(execute=True):
        portability.erase(reader, now=timezone.now())
    assert traces(everything(), str(reader.public_id)) == []
    assert traces(in_files(tmp_path), str(reader.public_id)) == []
    journal = tmp_path / "wishes.journal"
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {kept, journal}
    other.refresh_from_db()
    assert other.new_email == ""


@pytest.mark.processes
def test_the_quarantine_of_the_maildir_keeps_no_mail_that_names_the_erased(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.VAR_DIR, settings.OUTBOX_DIR = tmp_path / "var", tmp_path / "outbox"
    settings.BOUNCE_MAILDIR = str(tmp_path / "box")
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    reader = make_subscriber(ADDRESS)
    coded = base64.b64encode(f"Hello <{ADDRESS}>, how are you?".encode())
    named = [
        b"Final-Recipient: rfc822;" + ADDRESS.encode(),
        b"no text \n" + base64.encodebytes(b"x" * 100 + ADDRESS.encode()),
        b"Subject: =?utf-8?B?" + coded + b"?=",
        ADDRESS.replace(".", "=2E").replace("@", "=40").encode(),
        ADDRESS.encode("utf-16-le"),
        b"\xff" * (traces_of.AT_ONCE - 10) + ADDRESS.encode(),
    ]
    broken = b"Content-Type: message/rfc822\n\n" * 1500
    for number, text in enumerate([*named, b"of nobody "]):
        (tmp_path / "box" / "new" / str(number)).write_bytes(broken + text)
    with time_machine.travel(timezone.now()):
        assert len(read_box(Maildir(tmp_path / "box"), now=timezone.now()).problems) == len(named) + 1
    assert SetAside.objects.count() == len(named) + 1
    with django_capture_on_commit_callbacks(execute=True):
        portability.erase(reader, now=timezone.now())
    quarantine = tmp_path / "box" / ".quarantine" / "new"
    assert [path.name for path in quarantine.iterdir()] == [str(len(named))]
    assert SetAside.objects.count() == 1


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("rest", range(3))
def test_an_address_is_seen_in_base64_wherever_a_group_begins(offset: int, rest: int):
    text = base64.b64encode(b"x" * 7 + ADDRESS.encode() + b"y" * rest)
    assert traces_of.holds(b"A" * offset + b"\n" + text, ADDRESS)
    assert not traces_of.holds(b"A" * offset + b"\n" + text, "somebody.else@example.org")


def test_no_byte_is_left_in_sqlites_file_or_its_log(tmp_path):
    """With the settings' own way to open it: deleted rows are overwritten, and the log is emptied."""
    from config.settings import database

    path = tmp_path / "site.sqlite3"
    opened = sqlite3.connect(path, isolation_level=None)
    options = database(f"sqlite:///{path}")["OPTIONS"]
    opened.executescript(options["init_command"])
    opened.execute("CREATE TABLE reader (email TEXT)")
    opened.execute("CREATE INDEX by_email ON reader (email)")
    opened.executemany("INSERT INTO reader VALUES (?)", [(f"{n}{ADDRESS}",) for n in range(500)])
    opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert NAME.encode() in path.read_bytes()
    opened.execute("DELETE FROM reader")
    opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert NAME.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    opened.close()


@pytest.fixture
def broker(valkey: str, settings: Any) -> Iterator["redis.Redis"]:
    """The real broker, empty, as the one that tasks are handed to."""
    settings.REDIS_URL = valkey
    before = current_app.conf.broker_url
    use_broker(valkey)
    with redis.Redis.from_url(valkey) as client:
        client.flushdb()
        yield client
        client.flushdb()
    use_broker(before)


def use_broker(url: str) -> None:
    app: Any = current_app  # its pools are of the broker of before, and nothing public forgets them
    app.conf.broker_url = url
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


def test_a_queue_holds_numbers_and_never_an_address(
    client, broker, valkey, django_capture_on_commit_callbacks
):
    queues = {queue["queue"] for queue in django_settings.CELERY_TASK_ROUTES.values()}

    def waiting() -> int:
        return sum(int(broker.llen(queue)) for queue in queues)

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/", form(email=ADDRESS))
    assert waiting() == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/", form(email=f"b{ADDRESS}"))
    assert waiting() == 1, "one request wakes one worker"
    with django_capture_on_commit_callbacks(execute=True):
        assert receive_sign_ups() == 2
    assert waiting() == 1 + 1 + 2, "the request, the second look and two notices"
    assert traces(in_redis(valkey), "nobody in particular") == []
