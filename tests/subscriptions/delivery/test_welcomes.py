"""Whoever confirms gets one mail: the first digest with a welcome, or a welcome alone; what it says holds."""

import email
import email.policy
import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from newsletter.languages import LANGUAGES
from newsletter.models import Entry
from subscriptions import delivery, tasks
from subscriptions.delivery import day_holds, holds, ledger, operator_actions
from subscriptions.delivery.checkpoints import default_checkpoints
from subscriptions.delivery.promise import MOST_ATTEMPTS, Promise
from subscriptions.messages import build_batch
from subscriptions.messages.page import build_page
from subscriptions.models import DayHold, Delivery, OwedNotice, Subscriber
from subscriptions.models.states import DeliveryState
from subscriptions.readers import consent, welcomes
from subscriptions.readers.clock import local_day
from tests.factories import make_edition, make_paper, make_subscriber, make_topic
from tests.mail_checker import faults_of
from tests.smtp_sink import Act, SmtpSink

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MONDAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)  # a Monday; 15:00 in Seoul


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch):
    """The broker takes messages and does nothing: the test is what works."""
    handed: list[tuple[str, tuple[object, ...]]] = []
    for task in (tasks.send_notice, tasks.enqueue_due, tasks.send_queued):
        monkeypatch.setattr(
            task, "apply_async", lambda arguments=(), *, task=task, **_: handed.append((task.name, arguments))
        )
    return handed


@pytest.fixture
def mail(settings):
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        yield sink


def tick() -> None:
    """All that a tick of the engine does for the people, each twice: tasks may run again."""
    for _ in range(2):
        tasks.enqueue_due()
        for subscriber in welcomes.due(now=timezone.now()):
            tasks.send_notice("welcome", subscriber)
        tasks.send_queued()
        tasks.maintain_subscribers()


def pending(topic=None, **fields):
    return make_subscriber(
        "new@example.org",
        topics=[topic or make_topic()],
        state="pending",
        confirmed_at=None,
        next_due_at=None,
        **{"time_zone": "Asia/Seoul", "hour": 8, "language": "en", **fields},
    )


def edition(topic, *papers, day=MONDAY):
    return make_edition(topic, list(papers) or [make_paper(day=day) for _ in range(3)], day=day)


def confirm(reader):
    consent.confirm(reader, now=timezone.now())
    reader.refresh_from_db()


def mails_to(sink):
    return [email.message_from_bytes(body, policy=email.policy.default) for body in sink.bodies]


def texts(message):
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


def test_confirming_brings_one_mail_the_newest_digest_with_a_welcome_on_top(mail):
    topic = make_topic()
    edition(topic)
    reader = pending(topic)
    confirm(reader)
    tick()
    (message,) = mails_to(mail)
    said = texts(message)
    for text in said.values():
        assert "Welcome!" in text
        assert "Tuesday, December 1, 2026 at 8:00" in text
        assert "(Seoul time)" in text
        assert "/preferences/" in text
        assert text.index("Welcome!") < text.index("A study of")
    row = Delivery.objects.get()
    assert (row.day, row.state) == (MONDAY, DeliveryState.SENT)
    reader.refresh_from_db()
    assert reader.next_due_at == datetime(2026, 11, 30, 23, tzinfo=UTC), "what the mail said"
    assert not OwedNotice.objects.exists()


def test_the_next_digest_comes_when_it_was_said_without_welcome_and_without_repeats(mail, clock):
    topic = make_topic()
    first = [make_paper(day=MONDAY) for _ in range(3)]
    edition(topic, *first)
    reader = pending(topic)
    confirm(reader)
    tick()
    reader.refresh_from_db()
    second = make_paper(day=MONDAY + timedelta(days=1))
    edition(topic, *first, second, day=MONDAY + timedelta(days=1))
    clock.move_to(reader.next_due_at - timedelta(seconds=30))
    tick()
    assert len(mail.accepted) == 1
    clock.move_to(reader.next_due_at + timedelta(hours=1, minutes=5))
    tick()
    rows = list(Delivery.objects.order_by("day"))
    assert [row.day for row in rows] == [MONDAY, MONDAY + timedelta(days=1)]
    assert rows[1].picks.named == (second.pk,)
    assert len(mail.accepted) == 2
    assert "Welcome!" not in texts(mails_to(mail)[1])["text/plain"]


@pytest.mark.parametrize("why", ["no edition yet", "too old", "no news for these choices"])
def test_with_nothing_to_send_the_welcome_comes_alone_and_says_when(mail, settings, why):
    topic = make_topic()
    if why == "too old":
        edition(topic, day=MONDAY - timedelta(days=40))
    elif why == "no news for these choices":
        edition(make_topic())
    reader = pending(topic)
    confirm(reader)
    tick()
    (message,) = mails_to(mail)
    assert message["Subject"] == "Welcome to Paperpost"
    assert "Tuesday, December 1, 2026 at 8:00" in texts(message)["text/plain"]
    reader.refresh_from_db()
    assert reader.next_due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert not OwedNotice.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("has_edition", [True, False])
def test_minutes_before_the_readers_hour_there_is_one_mail_that_day(mail, clock, has_edition):
    topic = make_topic()
    if has_edition:
        edition(topic)
    reader = pending(topic, hour=15)
    clock.move_to(NOW - timedelta(minutes=5))
    confirm(reader)
    tick()
    clock.move_to(NOW + timedelta(minutes=1))
    tick()
    clock.move_to(NOW + timedelta(minutes=90))
    tick()
    (message,) = mails_to(mail)
    assert "Tuesday, December 1, 2026 at 3:00" in texts(message)["text/plain"]
    reader.refresh_from_db()
    assert local_day(reader.next_due_at, "Asia/Seoul") == MONDAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("cadence", "weekday", "hour", "day"),
    [
        ("weekly", 0, 20, "Monday, December 7"),  # today's turn is still to come, but today there is a mail
        ("weekly", 3, 8, "Thursday, December 3"),
        ("weekdays", 0, 8, "Tuesday, December 1"),
        ("daily", 0, 20, "Tuesday, December 1"),
    ],
)
def test_what_is_said_fits_the_readers_rhythm(mail, cadence, weekday, hour, day):
    topic = make_topic()
    edition(topic)
    reader = pending(topic, cadence=cadence, weekday=weekday, hour=hour)
    confirm(reader)
    tick()
    (message,) = mails_to(mail)
    assert f"Your next digest comes on {day}, 2026" in texts(message)["text/plain"]
    reader.refresh_from_db()
    local = reader.next_due_at.astimezone(ZoneInfo("Asia/Seoul"))
    assert (f"{local:%A, %B} {local.day}", local.hour) == (day, hour)


def test_on_a_friday_a_weekday_reader_is_told_of_monday(mail, clock):
    clock.move_to(NOW + timedelta(days=4))
    topic = make_topic()
    edition(topic, day=MONDAY + timedelta(days=4))
    confirm(pending(topic, cadence="weekdays"))
    tick()
    (message,) = mails_to(mail)
    assert "Monday, December 7, 2026 at 8:00" in texts(message)["text/plain"]


def hold_everything(_day, *, now):
    holds.hold_sending("complaints", "2 of 100 readers complained.")


@pytest.mark.parametrize("hold", [day_holds.pause, day_holds.cancel, hold_everything])
def test_a_day_that_the_operator_stopped_holds_no_welcome_up(mail, hold):
    topic = make_topic()
    edition(topic)
    hold(MONDAY, now=timezone.now())
    confirm(pending(topic))
    tick()
    (message,) = mails_to(mail)
    assert message["Subject"] == "Welcome to Paperpost"
    assert not Delivery.objects.exists()


def test_who_came_back_on_the_day_of_a_digest_is_welcomed_alone_and_gets_nothing_twice(mail):
    topic = make_topic()
    edition(topic)
    reader = make_subscriber("new@example.org", topics=[topic], time_zone="Asia/Seoul", hour=8)
    Subscriber.objects.update(next_due_at=timezone.now())
    tick()
    consent.unsubscribe(reader, now=timezone.now(), how="page")
    Subscriber.objects.update(state="pending")
    confirm(reader)
    tick()
    digest, welcome = mails_to(mail)
    assert "Welcome" in welcome["Subject"]
    assert "Tuesday, December 1, 2026" in texts(welcome)["text/plain"]
    assert "Welcome!" not in texts(digest)["text/plain"]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("act", ["pause", "leave"])
def test_who_pauses_or_leaves_at_once_gets_neither(mail, act):
    topic = make_topic()
    edition(topic)
    reader = pending(topic)
    confirm(reader)
    if act == "pause":
        consent.pause(reader, until=MONDAY + timedelta(days=9), now=timezone.now())
    else:
        consent.unsubscribe(reader, now=timezone.now(), how="page")
    with time_machine.travel(NOW + timedelta(hours=2), tick=True):
        tick()
    assert not mail.accepted
    assert not OwedNotice.objects.exists()


def test_who_was_imported_or_came_back_by_undo_is_not_welcomed(mail):
    topic = make_topic()
    edition(topic)
    imported = make_subscriber("old@example.org", topics=[topic])
    Subscriber.objects.update(next_due_at=timezone.now())
    tick()
    consent.unsubscribe(imported, now=timezone.now(), how="page")
    consent.undo_unsubscribe(imported, now=timezone.now(), next_due_at=timezone.now())
    tick()
    (message,) = mails_to(mail)
    assert "Welcome!" not in texts(message)["text/plain"]
    assert not OwedNotice.objects.exists()


# -- a first digest that never leaves ---


def queued_first(**fields):
    """A new reader's first digest in the ledger: the notice that was owed is gone."""
    topic = make_topic()
    edition(topic)
    reader = pending(topic, **fields)
    confirm(reader)
    delivery.enqueue(timezone.now())
    assert not OwedNotice.objects.exists()
    return reader


def cancel_the_day():
    assert day_holds.cancel(MONDAY, now=timezone.now()) == 1


def cancel_before_the_claim():
    DayHold.objects.create(day=MONDAY, state=DayHold.State.CANCELLED, at=timezone.now())


def hide_all_its_papers():
    Entry.objects.update(is_hidden=True)


def wear_senders_out():
    now = timezone.now()
    Delivery.objects.update(
        state="claimed", attempts=MOST_ATTEMPTS, lease=uuid.uuid4(), lease_until=now - timedelta(hours=1)
    )
    swept = ledger.sweep(now=now, checkpoints=default_checkpoints(), promise=Promise.AT_MOST_ONCE)
    assert swept["failed"] == 1


@pytest.mark.parametrize(
    "give_up", [cancel_the_day, cancel_before_the_claim, hide_all_its_papers, wear_senders_out]
)
def test_a_first_digest_that_never_leaves_leaves_the_welcome_to_a_notice(mail, give_up):
    reader = queued_first()
    give_up()
    tick()
    (message,) = mails_to(mail)
    assert message["Subject"] == "Welcome to Paperpost"
    assert "Tuesday, December 1, 2026 at 8:00" in texts(message)["text/plain"]
    assert Delivery.objects.get().state in ("skipped", "failed")
    reader.refresh_from_db()
    assert reader.next_due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert not OwedNotice.objects.exists()


def test_a_first_digest_that_the_mail_server_refuses_leaves_the_welcome_to_a_notice(mail):
    queued_first()
    Delivery.objects.update(attempts=MOST_ATTEMPTS - 1)
    answers = iter([Act(reply="554 5.6.0 I do not take this content")])
    mail.play = lambda stage, _: next(answers, Act()) if stage == "data" else Act()
    tick()
    assert Delivery.objects.get().state == "failed"
    assert [message["Subject"] for message in mails_to(mail)] == ["Welcome to Paperpost"]


def test_a_first_digest_of_which_no_message_can_be_made_leaves_the_welcome_to_a_notice(mail):
    queued_first()
    (row,) = ledger.claim(now=timezone.now())
    assert ledger.fail([row], reason="no message could be made", now=timezone.now()) == 1
    tick()
    assert [message["Subject"] for message in mails_to(mail)] == ["Welcome to Paperpost"]


@pytest.mark.parametrize("act", ["pause", "leave"])
def test_who_left_before_the_first_digest_is_owed_nothing_by_its_end(mail, act):
    reader = queued_first()
    if act == "pause":
        consent.pause(reader, until=MONDAY + timedelta(days=9), now=timezone.now())
    else:
        consent.unsubscribe(reader, now=timezone.now(), how="page")
    OwedNotice.objects.all().delete()
    tick()
    assert Delivery.objects.get().state == "skipped"
    assert not mail.accepted
    assert not OwedNotice.objects.exists()


def test_a_later_digest_that_never_leaves_owes_no_welcome(mail, django_assert_max_num_queries):
    topic = make_topic()
    edition(topic)
    for number in range(20):
        make_subscriber(f"old{number}@example.org", topics=[topic])
    Subscriber.objects.update(next_due_at=timezone.now())
    delivery.enqueue(timezone.now())
    with django_assert_max_num_queries(10):
        assert day_holds.cancel(MONDAY, now=timezone.now()) == 20
    assert not OwedNotice.objects.exists()


def test_a_failed_first_digest_that_is_tried_again_welcomes_itself(mail):
    queued_first()
    wear_senders_out()
    assert OwedNotice.objects.count() == 1
    assert operator_actions.retry_failed(Delivery.objects.all(), now=NOW) == 1
    tick()
    (message,) = mails_to(mail)
    assert "Welcome!" in texts(message)["text/plain"]
    assert "A study of" in texts(message)["text/plain"]


# -- kills, tasks that run twice, a broker that is away ---


def test_a_broker_that_is_away_costs_a_tick_and_nobodys_mail(mail, monkeypatch, client):
    from subscriptions.readers.links import token
    from tests.subscriptions.visitors import act

    def is_away(*_, **__):
        raise OperationalError("away")

    topic = make_topic()
    edition(topic)
    reader = pending(topic)
    with monkeypatch.context() as broker:
        for task in (tasks.enqueue_due, tasks.send_notice, tasks.send_queued):
            broker.setattr(task, "apply_async", is_away)
        assert act(client, f"/confirm/{token(reader, 'confirm')}/").status_code == 200
        assert not mail.accepted
    tick()
    assert mail.recipients == {"new@example.org": 1}


def test_confirming_hands_the_first_digest_over_at_once(client, nobody_works):
    from subscriptions.readers.links import token
    from tests.subscriptions.visitors import act

    act(client, f"/confirm/{token(pending(), 'confirm')}/")
    assert ("subscriptions.tasks.enqueue_due", ()) in nobody_works


def test_killed_after_the_ledger_was_written_the_digest_goes_out_once(mail):
    topic = make_topic()
    edition(topic)
    confirm(pending(topic))
    assert delivery.enqueue(timezone.now())["queued"] == 1  # and its process dies
    assert not OwedNotice.objects.exists()
    tick()
    assert mail.recipients == {"new@example.org": 1}


def test_killed_before_the_ledger_was_written_nothing_is_lost(mail, monkeypatch):
    topic = make_topic()
    edition(topic)
    confirm(pending(topic))
    with monkeypatch.context() as killed:
        killed.setattr(welcomes, "said_by_digest", lambda _: 1 / 0)
        delivery.enqueue(timezone.now())
    assert not Delivery.objects.exists()
    assert OwedNotice.objects.count() == 1


def test_where_no_digest_can_be_chosen_the_welcome_comes_alone_after_an_hour(mail, clock):
    topic = make_topic()
    edition(topic)
    reader = pending(topic)
    confirm(reader)
    clock.move_to(NOW + welcomes.PATIENCE + timedelta(minutes=1))
    for _ in range(2):
        tasks.send_notice("welcome", reader.pk)
    tick()
    (message,) = mails_to(mail)
    assert message["Subject"] == "Welcome to Paperpost"
    reader.refresh_from_db()
    assert reader.next_due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_a_mail_server_that_is_busy_gets_the_one_mail_later(mail, clock):
    topic = make_topic()
    edition(topic)
    confirm(pending(topic))
    mail.play = lambda stage, _: Act(reply="450 4.2.0 greylisted") if stage == "rcpt" else Act()
    tick()
    mail.play = lambda *_: Act()
    clock.move_to(NOW + timedelta(hours=6))
    tick()
    (message,) = mails_to(mail)
    assert "Welcome!" in texts(message)["text/plain"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at", [0, 61])
def test_of_a_digest_and_a_notice_at_once_one_welcomes(mail, clock, at):
    """A tick and a notice whose time has come, in two connections, from the same moment on."""
    topic = make_topic()
    edition(topic)
    reader = pending(topic)
    confirm(reader)
    clock.move_to(NOW + timedelta(minutes=at))
    ready = threading.Barrier(2)

    def work(act):
        ready.wait(timeout=10)
        try:
            act()
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=[lambda: delivery.enqueue(timezone.now())]),
        threading.Thread(target=work, args=[lambda: tasks.send_notice("welcome", reader.pk)]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    tick()
    assert mail.recipients == {"new@example.org": 1}
    assert not OwedNotice.objects.exists()


# -- what it says ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_welcome_in_a_digest_is_right_in_every_language(language):
    topic = make_topic()
    papers = [make_paper(day=MONDAY) for _ in range(3)]
    edition(topic, *papers)
    confirm(pending(topic, language=language))
    delivery.enqueue(timezone.now())
    row = Delivery.objects.get()
    message = build_batch([row], now=timezone.now())[row.pk]
    assert faults_of(message.data, language=language, titles=tuple(paper.title for paper in papers)) == []
    text = texts(email.message_from_bytes(message.data, policy=email.policy.default))["text/plain"]
    assert "2026" in text.split("A study of")[0]
    assert "{" not in text


def test_a_digest_that_leaves_late_promises_no_moment_that_has_passed():
    topic = make_topic()
    edition(topic)
    confirm(pending(topic))
    delivery.enqueue(timezone.now())
    row = Delivery.objects.get()
    message = build_batch([row], now=NOW + timedelta(days=3))[row.pk]
    text = texts(email.message_from_bytes(message.data, policy=email.policy.default))["text/plain"]
    assert "Welcome!" in text
    assert "Your next digest comes" not in text


def test_the_page_of_a_first_digest_does_not_welcome_again():
    topic = make_topic()
    edition(topic)
    confirm(pending(topic))
    delivery.enqueue(timezone.now())
    page = build_page(Delivery.objects.get())
    assert page is not None
    assert "Welcome!" not in page


def test_a_city_that_nobody_named_is_the_end_of_its_zone():
    from newsletter.rendering.phrases import phrases

    at = datetime(2026, 12, 1, 8, 30, tzinfo=ZoneInfo("America/Argentina/Buenos_Aires"))
    said = phrases("en").moment(at)
    assert (said["zone"], said["time"].replace("\u202f", " ")) == ("Buenos Aires", "8:30 AM")
    assert phrases("ko").moment(at.astimezone(ZoneInfo("Asia/Seoul")))["zone"] == "서울"
