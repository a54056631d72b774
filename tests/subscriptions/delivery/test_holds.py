"""Sending that waits for a person's word: none leaves, none is lost, what a reader asked for goes on."""

import pytest
from django.utils import timezone

from newsletter.errors import StateError
from subscriptions import tasks
from subscriptions.delivery import batch, correction_mails, enqueue, holds
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.models import Delivery, OwedNotice, SendingHold
from subscriptions.readers import owed_notices
from tests.factories import NOW, make_subscriber
from tests.smtp_sink import SmtpSink
from tests.subscriptions.delivery.ledger import build, choose, queue, send_all, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(settings):
    with SmtpSink() as server:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
        yield server


@pytest.fixture
def checkpoints(tmp_path):
    return FileCheckpoints(tmp_path)


def test_while_sending_is_held_digests_are_queued_and_none_leaves(sink, checkpoints):
    queue(2)
    make_subscriber()
    holds.hold_sending("bounces", "12 of 100 digests came back.")
    assert enqueue(NOW, choose=choose)["queued"] == 1
    run = send_all(sink, checkpoints=checkpoints)
    assert (run.counts, run.problem) == (
        {},
        "Sending is held: 12 of 100 digests came back. Release it at the desk.",
    )
    assert states() == {"queued": 3}
    assert holds.waiting() == 3
    holds.release("bounces", by="ada")
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 3}


def test_it_holds_from_the_next_batch_on(sink, checkpoints):
    queue(6)

    def building(deliveries, *, now):
        holds.hold_sending("complaints", "Too many complaints.")
        return build(deliveries, now=now)

    assert send_all(sink, checkpoints=checkpoints, build=building, batch=2).counts == {"sent": 2}
    assert states() == {"sent": 2, "queued": 4}


class HoldingOnTheWay(dict):
    """Messages of which the third, when it is made, has somebody hold sending."""

    def __getitem__(self, row_id):
        if row_id == list(self)[2]:
            holds.hold_sending("bounces", "Too many bounces.")
        return super().__getitem__(row_id)


def test_a_batch_that_is_being_sent_stops_and_its_rest_waits_as_before(sink, checkpoints, monkeypatch):
    monkeypatch.setattr(batch, "LOOK_FOR_HOLDS_EVERY", 0.0)
    rows = queue(6)
    run = send_all(
        sink,
        checkpoints=checkpoints,
        build=lambda deliveries, *, now: HoldingOnTheWay(build(deliveries, now=now)),
    )
    # The message after the one that is on its way is made before: the second still was under way.
    assert run.problem == "Sending is held: Too many bounces. Release it at the desk."
    assert len(sink.accepted) == run.counts["sent"] == 2
    assert states() == {"sent": 2, "queued": 4}
    waiting = Delivery.objects.filter(pk__in=[row.pk for row in rows], state="queued")
    assert set(waiting.values_list("attempts", "lease", "retry_at", "reason")) == {(0, None, None, "")}
    holds.release("bounces", by="ada")
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 4}
    assert len({mail.recipient for mail in sink.accepted}) == len(sink.accepted) == 6


def test_each_reason_is_released_by_itself_and_once(sink, checkpoints):
    queue(1)
    first = holds.hold_sending("restored", "A backup was restored.")
    assert holds.hold_sending("restored", "A later backup was restored.").pk == first.pk
    holds.hold_sending("bounces", "Too many bounces.")
    assert [hold.sentence for hold in holds.current_holds()] == [
        "A later backup was restored.",
        "Too many bounces.",
    ]
    holds.release("bounces", by="ada")
    assert send_all(sink, checkpoints=checkpoints).counts == {}
    with pytest.raises(StateError):
        holds.release("bounces", by="grace")
    assert holds.released_at("bounces") is not None
    assert holds.released_at("restored") is None
    holds.hold_sending("bounces", "Too many bounces again.")
    assert SendingHold.objects.filter(kind="bounces").count() == 2
    with pytest.raises(ValueError, match="moods"):
        holds.hold_sending("moods", "An unknown reason.")


@pytest.mark.parametrize("stops_notices", [False, True])
def test_what_a_reader_asked_for_goes_on_unless_the_hold_says_otherwise(sink, stops_notices):
    reader = make_subscriber("new@example.org", state="pending", confirmed_at=None)
    owed_notices.owe("confirm", reader.pk, now=timezone.now())
    holds.hold_sending("restored", "A backup was restored.", stops_notices=stops_notices)
    assert tasks.send_notice("confirm", reader.pk) is not stops_notices
    assert dict(sink.recipients) == ({} if stops_notices else {"new@example.org": 1})
    if stops_notices:
        assert OwedNotice.objects.get().attempts == 0
        holds.release("restored", by="ada")
        assert tasks.send_notice("confirm", reader.pk)


def test_corrections_wait_too():
    holds.hold_sending("complaints", "Too many complaints.")
    assert correction_mails.send_corrections(seconds=1) == {"stopped": 1}
