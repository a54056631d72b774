"""A notice is owed until it is sent: whatever becomes of tasks, brokers and mail servers."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from subscriptions import tasks
from subscriptions.delivery import notices
from subscriptions.models import OwedNotice, SignUp, Subscriber
from subscriptions.models.states import NoticeKind
from subscriptions.readers import owed_notices
from tests.factories import make_subscriber
from tests.smtp_sink import Act, SmtpSink
from tests.subscriptions.visitors import form

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_works(monkeypatch) -> list[tuple[str, int]]:
    """The broker loses every message; what was in them is returned."""
    lost: list[tuple[str, int]] = []
    monkeypatch.setattr(
        tasks.send_notice, "apply_async", lambda arguments, **_: lost.append(tuple(arguments))
    )
    return lost


@pytest.fixture
def mail(settings):
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        yield sink


def test_a_confirmation_whose_task_was_lost_is_sent_by_the_next_tick(
    client, topics, mail, nobody_works, django_capture_on_commit_callbacks
):
    client.post("/", form(email="new@example.org"))
    assert SignUp.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        tasks.receive_sign_ups()
    reader = Subscriber.objects.get()
    assert nobody_works.pop() == ("confirm", reader.pk)
    assert not mail.accepted

    assert tasks.maintain_subscribers()["notices"] == 1
    assert tasks.send_notice(*nobody_works.pop())
    assert mail.recipients == {"new@example.org": 1}
    assert tasks.maintain_subscribers()["notices"] == 0


def test_a_task_that_runs_twice_sends_once(mail, nobody_works):
    reader = make_subscriber()
    tasks.notify("welcome", reader.pk)
    assert [tasks.send_notice("welcome", reader.pk) for _ in range(2)] == [True, False]
    assert mail.recipients.total() == 1


def test_two_workers_at_once_send_once(mail, nobody_works):
    reader, now = make_subscriber(), timezone.now()
    tasks.notify("welcome", reader.pk)
    now = timezone.now()
    assert owed_notices.take("welcome", reader.pk, now=now)
    assert not owed_notices.take("welcome", reader.pk, now=now)
    assert not owed_notices.due(now=now)
    assert owed_notices.due(now=now + owed_notices.LEASE) == [("welcome", reader.pk)], "its sender died"


def test_a_mail_server_that_is_away_is_tried_again_later_and_not_for_ever(settings, nobody_works):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    reader = make_subscriber()
    tasks.notify("welcome", reader.pk)
    pauses = []
    while OwedNotice.objects.update(due_at=timezone.now()):
        assert not tasks.send_notice("welcome", reader.pk)
        pauses += [row.due_at - timezone.now() for row in OwedNotice.objects.all()]
    assert len(pauses) == owed_notices.MOST_ATTEMPTS - 1
    assert all(after > before - timedelta(seconds=1) for before, after in pairwise(pauses))
    assert pauses[0] < timedelta(minutes=1)
    assert timedelta(minutes=29) < pauses[-1] < timedelta(minutes=31)


@pytest.mark.parametrize(("reply", "stays"), [("450 4.2.0 greylisted", 1), ("550 5.1.1 no such user", 0)])
def test_a_refusal_for_good_is_the_end_and_try_later_is_not(mail, nobody_works, reply, stays):
    mail.play = lambda stage, address: Act(reply=reply) if stage == "rcpt" else Act()
    reader = make_subscriber()
    tasks.notify("welcome", reader.pk)
    assert not tasks.send_notice("welcome", reader.pk)
    assert OwedNotice.objects.count() == stays


def test_what_does_not_fit_any_more_is_owed_no_more(nobody_works, mail):
    reader = make_subscriber(state="unsubscribed")
    tasks.notify("welcome", reader.pk)
    assert not tasks.send_notice("welcome", reader.pk)
    assert not OwedNotice.objects.exists()
    assert not mail.accepted


def test_a_fault_of_ours_leaves_it_owed(nobody_works, monkeypatch):
    reader = make_subscriber()
    tasks.notify("welcome", reader.pk)
    monkeypatch.setattr(notices, "send", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.send_notice("welcome", reader.pk)
    assert owed_notices.due(now=timezone.now() + owed_notices.LEASE)


def test_asking_again_starts_anew_and_makes_no_second_row(nobody_works):
    reader = make_subscriber()
    for _ in range(2):
        tasks.notify("welcome", reader.pk)
        owed_notices.take("welcome", reader.pk, now=timezone.now())
    assert OwedNotice.objects.get().attempts == 1


def test_every_kind_has_its_notice():
    assert set(notices.KINDS) == set(NoticeKind.values)
