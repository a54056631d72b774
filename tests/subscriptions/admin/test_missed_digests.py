"""After a restore the desk names who may have missed a digest, and one word of a person settles them all."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from subscriptions.admin import missed_digests
from subscriptions.delivery import doubts, holds
from subscriptions.models import Delivery, DoubtfulDigest, Subscriber
from tests.factories import make_subscriber
from tests.subscriptions.delivery.ledger import queue, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("owner", "owner@example.org", "a long password"))
    return client


@pytest.fixture
def restored():
    """Three digests were queued when the backup was taken, and a reader has been due since."""
    now = timezone.now()
    queue(3)
    late = make_subscriber("late@example.org", next_due_at=now - timedelta(hours=1))
    doubts.enter_doubts(now)
    holds.hold_sending("restored", "A backup was restored.")
    return late


def page(desk, name="subscriptions_delivery_missed"):
    return desk.get(reverse(f"admin:{name}")).content.decode()


def settle(desk, act, count):
    where = reverse("admin:subscriptions_delivery_settle_missed")
    return desk.post(where, {"act": act, "count": count}, follow=True).content.decode()


def test_they_are_counted_and_listed_without_an_address(desk, restored):
    assert "4 digests may be missing since a backup was restored" in page(desk, "index")
    shown = page(desk)
    assert "4 digests, and nobody knows whether they were sent" in shown
    assert "3 digests were queued or on the way then; 1 reader was due since." in shown
    assert shown.count(">reader ") == 4
    assert "due on " in shown
    assert f"of {Delivery.objects.filter(state='uncertain')[0].day.day} " in shown
    assert "late@example.org" not in shown
    assert "4 digests may be missing" in page(desk, "subscriptions_delivery_holds")
    Subscriber.objects.filter(pk=restored.pk).update(state="unsubscribed")
    assert "3 digests, and nobody knows" in page(desk)


def test_they_are_sent_on_a_persons_word_once(desk, restored):
    assert "4 are queued again, or chosen with the next run." in settle(desk, "send", 4)
    assert states() == {"queued": 3}
    assert Subscriber.objects.due(timezone.now()).get() == restored
    assert not DoubtfulDigest.objects.exists()
    assert "No digest may be missing." in page(desk)
    assert "may be missing" not in page(desk, "index")
    begun, done = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert begun == "send: 4 begun"
    assert done.startswith("4 are queued again")
    assert "It is 0 digests by now, not 4: look again. Nothing was done." in settle(desk, "send", 4)
    assert states() == {"queued": 3}


def test_they_are_left_on_a_persons_word(desk, restored):
    assert "4 count as sent." in settle(desk, "leave", 4)
    assert states() == {"sent": 3, "skipped": 1}
    assert not Subscriber.objects.due(timezone.now()).exists()


@pytest.mark.parametrize(("act", "words"), [("send", "3 are queued again"), ("leave", "3 count as sent.")])
def test_what_somebody_settled_meanwhile_is_not_counted(desk, restored, act: str, words: str):
    Delivery.objects.filter(pk=Delivery.objects.filter(state="uncertain")[0].pk).update(state="sent")
    assert words in settle(desk, act, 4)
    assert LogEntry.objects.latest("pk").change_message.startswith("3 ")


def test_an_act_that_breaks_off_is_in_the_log(desk, restored, monkeypatch):
    def breaks(*_args, **_options):
        raise OSError("the disk is full")

    monkeypatch.setattr("subscriptions.delivery.operator_actions.settle_uncertain", breaks)
    with pytest.raises(OSError, match="disk"):
        settle(desk, "send", 4)
    assert LogEntry.objects.get().change_message == "send: 4 begun"


@pytest.mark.parametrize("count", [3, 5, "", "-1", "4 or 5", "9" * 40])
@pytest.mark.parametrize("act", ["send", "leave"])
def test_another_number_than_the_page_showed_is_refused(desk, restored, act: str, count: object):
    assert "look again. Nothing was done." in settle(desk, act, count)
    assert DoubtfulDigest.objects.count() == 4
    assert states() == {"uncertain": 3, "skipped": 1}
    assert not LogEntry.objects.exists()


def test_a_get_settles_nothing_and_an_unknown_act_is_none(desk, restored):
    where = reverse("admin:subscriptions_delivery_settle_missed")
    assert desk.get(where, {"act": "send", "count": 4}).status_code == 405
    assert desk.post(where, {"act": "sell", "count": 4}).status_code == 404
    assert DoubtfulDigest.objects.count() == 4


def test_what_does_not_fit_on_the_page_is_counted(desk, restored, monkeypatch):
    monkeypatch.setattr(missed_digests, "SHOWN", 2)
    shown = page(desk)
    assert shown.count(">reader ") == 2
    assert "The first 2; manage.py missed_digests lists all." in shown


def test_many_are_settled_in_batches_of_which_each_stands(restored, monkeypatch):
    monkeypatch.setattr(doubts, "AT_ONCE", 2)
    assert doubts.send_missed(by="ada", now=timezone.now(), expected=4) == 4
    assert states() == {"queued": 3}
