"""The command and the tasks that send: the whole way from an approved edition to a mail server."""

import json
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from celery import current_app
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.editions import composition
from newsletter.models import Demand, Edition, Summary
from subscriptions import tasks
from subscriptions.delivery import day_holds, enqueue
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.digests import choose_batch
from subscriptions.digests.demand import publish_demand
from subscriptions.feedback.events import sender_troubles
from subscriptions.messages.render_cache import RenderCache
from subscriptions.models import Delivery, Subscriber
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.mail_checker import content_of
from tests.smtp_sink import Act, SmtpSink

pytestmark = pytest.mark.slow


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        yield server


@pytest.fixture
def edition(db) -> Edition:
    topic = make_topic("diffusion", query="study")
    papers = [make_paper() for _ in range(3)]
    for paper in papers:
        make_summary(paper)
    return make_edition(topic, papers)


def run(capsys, *arguments: str) -> dict:
    call_command("send_digests", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_whoever_is_due_gets_the_days_papers_and_nobody_gets_them_twice(sink, edition, capsys):
    make_subscriber("ada@example.org", topics=[edition.topic])
    make_subscriber("later@example.org", topics=[edition.topic], next_due_at=NOW.replace(hour=23))
    first = run(capsys, "--at", NOW.isoformat())
    assert (first["queued"], first["sent"], first["problems"]) == (1, 1, [])
    second = run(capsys, "--at", NOW.isoformat())
    assert (second["queued"], second["sent"]) == (0, 0)
    assert list(sink.recipients) == ["ada@example.org"]
    message = message_from_bytes(sink.bodies[0], policy=policy.default)
    assert message["Message-ID"] == Delivery.objects.get().message_id
    assert "A study of subject" in content_of(message, "plain")
    edition.refresh_from_db()
    assert edition.state == "frozen"


def test_cards_of_one_run_serve_the_next_one_unless_an_editor_corrected_them(
    sink, edition, capsys, monkeypatch
):
    made, make = [], RenderCache._block

    def count(*given):
        made.append(given)
        return make(*given)

    monkeypatch.setattr(RenderCache, "_block", count)
    for name in ("ada", "bob", "cyd"):
        make_subscriber(f"{name}@example.org", topics=[edition.topic], next_due_at=NOW)
        if name == "cyd":
            Summary.objects.update(sentence="It was corrected.")
        made.clear()
        assert run(capsys, "--at", NOW.isoformat())["sent"] == 1
        assert bool(made) == (name != "bob")
    assert "It was corrected." not in text_to("bob@example.org", sink)
    assert "It was corrected." in text_to("cyd@example.org", sink)


def text_to(recipient: str, sink: SmtpSink) -> str:
    body = sink.bodies[list(sink.recipients).index(recipient)]
    return content_of(message_from_bytes(body, policy=policy.default), "plain")


def test_no_paper_joins_an_edition_after_it_was_read_for_a_digest(edition):
    """Its readers would never see it: it comes with the topic's next edition."""
    make_subscriber(topics=[edition.topic])
    late = make_paper()

    def choose_slowly(subscribers, *, now):
        choices = choose_batch(subscribers, now=now)
        composition.compose(DAY, now=now)
        return choices

    enqueue(NOW, choose=choose_slowly)
    assert not edition.entries.filter(paper=late).exists()
    make_paper(day=DAY + timedelta(days=1))
    composition.compose(DAY + timedelta(days=1), now=NOW)
    tomorrows = Edition.objects.get(topic=edition.topic, day=DAY + timedelta(days=1))
    assert tomorrows.entries.filter(paper=late).exists()


def test_a_dry_run_tells_and_does_nothing(sink, edition, capsys):
    make_subscriber(topics=[edition.topic])
    found = run(capsys, "--at", NOW.isoformat(), "--dry-run")
    assert found["would_queue"] == 1
    assert not Delivery.objects.exists()
    assert not sink.accepted


def test_what_failed_is_said_in_one_line_and_by_the_exit_status(sink, edition, capsys):
    make_subscriber(topics=[edition.topic])
    sink.play = lambda stage, address: Act("550 5.1.1 no such user") if stage == "rcpt" else Act()
    with pytest.raises(SystemExit) as caught:
        call_command("send_digests", "--at", NOW.isoformat())
    assert caught.value.code == 1
    captured = capsys.readouterr()
    assert "failed 1" in captured.out
    assert captured.err.strip() == "1 digests could not be delivered; the deliveries' reasons say why."
    assert Subscriber.objects.get().state == "suppressed"


def test_a_server_that_refuses_us_altogether_is_not_asked_to_the_end(sink, edition, capsys):
    for _ in range(60):
        make_subscriber(topics=[edition.topic])
    sink.play = lambda stage, address: (
        Act("554 5.7.1 Client host blocked using bl.example") if stage == "rcpt" else Act()
    )
    with pytest.raises(SystemExit):
        call_command("send_digests", "--at", NOW.isoformat())
    assert "The mail server refuses us (block list)" in capsys.readouterr().err
    tried = Delivery.objects.filter(state="deferred", attempts=1)
    assert tried.count() == 25, "nobody's digest is used up by what is our fault"
    assert set(tried.values_list("reason", flat=True)) == {"refused for a reason of ours: block list"}
    assert Delivery.objects.filter(state="deferred", attempts=0).count() == 35
    assert sender_troubles(timezone.now() - timedelta(hours=1)) == {"block list": 25}
    assert not Subscriber.objects.exclude(state="active").exists()


def test_a_mistyped_moment_is_a_bad_argument():
    with pytest.raises(CommandError, match="is not a moment"):
        call_command("send_digests", "--at", "tomorrow")


def test_a_server_that_is_away_is_named_and_nothing_is_lost(edition, settings, capsys):
    make_subscriber(topics=[edition.topic])
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = SMTP_BACKEND, 9
    with pytest.raises(SystemExit):
        call_command("send_digests", "--at", NOW.isoformat())
    assert "The mail server 127.0.0.1:9 does not answer" in capsys.readouterr().err
    assert Delivery.objects.get().state == "deferred"


# -- tasks ----------------------------------------------------------------


@pytest.fixture
def eager(settings):
    """Tasks run where they are called: the task's own code, without a broker."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = before


def test_the_ticks_queue_and_send_and_may_come_twice(sink, edition, eager, settings):
    reader = make_subscriber(topics=[edition.topic])
    with time_machine.travel(NOW):
        assert tasks.enqueue_due() == 1
        assert tasks.enqueue_due() == 0
        assert tasks.send_queued() == 0
        assert tasks.sweep() == 0
    assert sink.recipients == {reader.email: 1}


def test_a_tick_leaves_a_paused_day_alone(sink, edition, eager):
    reader = make_subscriber(topics=[edition.topic])
    row = Delivery.objects.create(subscriber=reader, day=DAY, language="en", created_at=NOW)
    day_holds.pause(DAY, now=NOW)
    assert tasks.send_queued() == 0
    row.refresh_from_db()
    assert row.state == "queued"


def test_the_demand_is_what_active_readers_want(db):
    one, other, closed = make_topic("one"), make_topic("other"), make_topic("closed", is_active=False)
    make_subscriber(topics=[one, closed])
    make_subscriber(topics=[one], language="ko", queries=["title:quantum"])
    leaver = make_subscriber(topics=[one, other])
    make_subscriber(topics=[one], state="pending")
    assert tasks.publish_demand() == 4
    Subscriber.objects.filter(pk=leaver.pk).update(state="unsubscribed")
    assert publish_demand() == 3
    told = {(row.topic_id, row.language): row.readers for row in Demand.objects.all()}
    assert told == {(one.pk, "en"): 1, (one.pk, "ko"): 1, (None, "ko"): 1}
