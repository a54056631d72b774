"""Each condition sees what is wrong, and is quiet while all is well."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from newsletter.models import IntakeDay, SetAside, SourceHealth, Summary, SummaryAttempt
from operations import heartbeats
from operations.alarms import content, engine, feedback, kinds, machine, sending
from operations.alarms.conditions import CannotTellError
from operations.alarms.looking import CONDITIONS, look
from operations.doctor import machine as doctor
from operations.doctor.machine import GIB, Room
from operations.models import Backup
from subscriptions import journal
from subscriptions.delivery import day_holds, holds, operator_actions
from subscriptions.models import Delivery, DeliveryEvent, SendingHold, UnwrittenWish
from subscriptions.models.states import DeliveryReason
from subscriptions.readers import consent
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = pytest.mark.django_db

NOBODY = "redis://127.0.0.1:9/0"
_numbers = count(1)


def deliver(number, *, state="sent", due=NOW, **fields):
    """``number`` digests of as many readers, due at ``due``."""
    rows = []
    for _ in range(number):
        reader = make_subscriber(f"reader{next(_numbers)}@example.org")
        values = {"day": DAY, "state": state, "language": "en", "created_at": due, **fields}
        rows.append(Delivery.objects.create(subscriber=reader, **values))
    return rows


def come_back(rows, *, kind="hard", at=NOW, **fields):
    for row in rows:
        DeliveryEvent.objects.create(
            delivery=row,
            subscriber=row.subscriber,
            kind=kind,
            source="smtp",
            event_id=str(next(_numbers)),
            at=at,
            **fields,
        )


def sentences(problems):
    return [problem.sentence for problem in problems]


# -- sending ------------------------------------------------------------------------------------------------


def test_readers_for_whom_nothing_was_chosen(settings):
    settings.DIGESTS_LATE_HOURS = 2.0
    make_subscriber(next_due_at=NOW - timedelta(hours=1, minutes=59))
    make_subscriber(next_due_at=NOW - timedelta(days=1), state="paused")
    assert sending.late_digests(NOW) == []
    make_subscriber(next_due_at=NOW - timedelta(hours=2, minutes=1))
    assert sentences(sending.late_digests(NOW)) == [
        "1 reader should have had a digest 2 hours ago, and none was chosen."
    ]


def test_a_day_of_which_no_edition_is_ready(settings):
    settings.DIGESTS_LATE_HOURS, settings.AUTO_APPROVE_HOUR = 2.0, 4
    assert sending.late_edition(NOW) == []
    make_subscriber(confirmed_at=NOW - timedelta(minutes=5))
    assert sending.late_edition(NOW) == []  # who has just come waits for tomorrow's
    make_subscriber(confirmed_at=NOW - timedelta(days=1))
    (problem,) = sending.late_edition(NOW)
    assert "No edition of Wednesday, 18 March is ready" in problem.sentence
    topic, paper = make_topic(), make_paper()
    make_edition(topic, [paper], day=DAY - timedelta(days=1))
    assert sending.late_edition(NOW)
    assert sending.late_edition(NOW.replace(hour=5)) == []  # yesterday's is ready, today's not yet due
    edition = make_edition(topic, [paper])
    assert sending.late_edition(NOW) == []
    edition.state = "held"
    edition.save()
    assert sending.late_edition(NOW)


def test_overdue_mail_of_a_handful_of_readers_and_of_many():
    deliver(3)
    deliver(2, state="deferred", due=NOW - timedelta(hours=3))
    assert sending.overdue_mail(NOW) == []  # two mailboxes of five are full
    deliver(1, state="queued", due=NOW - timedelta(minutes=61))
    assert sentences(sending.overdue_mail(NOW)) == [
        "3 digests are overdue: due more than an hour ago, not sent. The oldest waits for 3 hours."
    ]


def test_overdue_mail_is_much_by_its_share_of_the_day():
    deliver(41)
    deliver(9, state="deferred", due=NOW - timedelta(hours=3))
    assert sending.overdue_mail(NOW) == []
    deliver(1, state="sending", due=NOW - timedelta(hours=3))
    assert sending.overdue_mail(NOW)


def test_what_waits_as_it_should_is_not_overdue(settings):
    long_ago = NOW - timedelta(hours=5)
    deliver(12, state="deferred", due=long_ago, reason_code=DeliveryReason.HAS_SLOT)
    assert sending.overdue_mail(NOW) == []
    deliver(12, state="queued", due=long_ago)
    assert sending.overdue_mail(NOW)
    settings.WARM_UP_FROM = NOW.date()
    assert sending.overdue_mail(NOW) == []  # they wait for tomorrow's share
    settings.WARM_UP_FROM = None
    day_holds.pause(DAY, now=NOW)
    assert sending.overdue_mail(NOW) == []
    day_holds.resume(DAY, now=NOW)
    assert sending.overdue_mail(NOW) == [], "they could not be sent before"
    holds.hold_sending("restored", "A backup was restored.")
    assert sending.overdue_mail(NOW) == []


def test_who_pauses_and_resumes_is_waited_for_from_then_on():
    (row,) = deliver(1, state="deferred", due=NOW - timedelta(hours=3))
    assert sending.overdue_mail(NOW)
    consent.pause(row.subscriber, until=DAY + timedelta(days=9), now=NOW)
    assert sending.overdue_mail(NOW) == [], "nobody misses it"
    again = NOW + timedelta(hours=1)
    consent.resume(row.subscriber, now=again, next_due_at=again + timedelta(days=1))
    assert sending.overdue_mail(again + timedelta(hours=1)) == []
    (problem,) = sending.overdue_mail(again + timedelta(minutes=61))
    assert problem.sentence.endswith(
        "1 digests are overdue: due more than an hour ago, not sent. The oldest waits for 1 hour."
    )
    consent.unsubscribe(row.subscriber, now=again, how="page")
    assert sending.overdue_mail(again + timedelta(hours=2)) == []
    back = again + timedelta(hours=3)
    consent.undo_unsubscribe(row.subscriber, now=back, next_due_at=back + timedelta(days=1))
    assert sending.overdue_mail(back + timedelta(hours=1)) == []
    assert sending.overdue_mail(back + timedelta(minutes=61))


@pytest.mark.parametrize("state", ["failed", "uncertain"])
def test_what_an_operator_sends_again_is_overdue_an_hour_later(state: str):
    deliver(12, state=state, due=NOW - timedelta(days=2))
    rows = Delivery.objects.all()
    if state == "failed":
        operator_actions.retry_failed(rows, now=NOW)
    else:
        operator_actions.settle_uncertain(rows, arrived=False, by="ada", now=NOW)
    assert sending.overdue_mail(NOW + timedelta(hours=1)) == []
    assert sending.overdue_mail(NOW + timedelta(minutes=61))


def test_a_paused_day_that_goes_on_is_overdue_an_hour_later():
    deliver(12, state="queued", due=NOW - timedelta(hours=3))
    day_holds.pause(DAY, now=NOW - timedelta(hours=2))
    day_holds.resume(DAY, now=NOW)
    assert sending.overdue_mail(NOW + timedelta(hours=1)) == []
    assert sending.overdue_mail(NOW + timedelta(minutes=61))
    day_holds.resume(DAY, now=NOW + timedelta(minutes=61))  # in another window: it was not paused
    (problem,) = sending.overdue_mail(NOW + timedelta(minutes=61))
    assert problem.sentence.endswith("The oldest waits for 1 hour.")


def test_resuming_a_day_writes_one_row_whatever_waits(django_assert_num_queries):
    deliver(3, state="queued", due=NOW - timedelta(hours=3))
    day_holds.pause(DAY, now=NOW - timedelta(hours=2))
    with django_assert_num_queries(2):
        day_holds.resume(DAY, now=NOW)
    assert not Delivery.objects.exclude(waits_from=None).exists()
    later = NOW + timedelta(hours=1)
    day_holds.pause(DAY, now=later)
    assert day_holds.paused_days() == [DAY], "a day that was resumed can be paused again"
    day_holds.resume(DAY, now=later)
    assert sending.overdue_mail(later + timedelta(hours=1)) == []


def test_what_was_chosen_after_its_day_was_resumed_waits_since_then():
    day_holds.pause(DAY, now=NOW)
    day_holds.resume(DAY, now=NOW)
    deliver(12, state="queued", due=NOW + timedelta(hours=1))
    assert sending.overdue_mail(NOW + timedelta(hours=2)) == []
    assert sending.overdue_mail(NOW + timedelta(minutes=121))


def test_one_digest_of_an_earlier_day_is_not_half_of_all():
    deliver(1)
    deliver(1, state="deferred", due=NOW - timedelta(hours=3), day=DAY - timedelta(days=5))
    deliver(1)
    assert sending.overdue_mail(NOW) == []


def test_what_a_hold_kept_back_is_overdue_an_hour_after_its_release():
    deliver(12, state="queued", due=NOW - timedelta(days=2))
    holds.hold_sending("restored", "A backup was restored.")
    holds.release("restored", by="ada")
    SendingHold.objects.update(released_at=NOW)
    holds.hold_sending("bounces", "Many came back.")
    holds.release("bounces", by="ada")
    SendingHold.objects.filter(kind="bounces").update(released_at=NOW - timedelta(days=1))
    assert sending.overdue_mail(NOW + timedelta(minutes=1)) == []
    assert sending.overdue_mail(NOW + timedelta(minutes=60)) == []
    (problem,) = sending.overdue_mail(NOW + timedelta(minutes=61))
    assert "12 digests are overdue" in problem.sentence
    assert problem.sentence.endswith("The oldest waits for 1 hour.")


# -- what comes back ----------------------------------------------------------------------------------------


def test_ten_readers_of_a_day_whose_mail_comes_back_hold_sending():
    rows = deliver(100)
    come_back(rows[:9])
    come_back(rows[:5], kind="soft")  # of the same readers
    come_back(rows[20:40], kind="soft", final=False)  # delays
    come_back(rows[40:60], standing="unproven")  # a stranger's
    feedback.hold_sending_if_refused(NOW)
    assert holds.current_holds() == []
    come_back(rows[9:10], standing="doubtful")
    feedback.hold_sending_if_refused(NOW)
    (hold,) = holds.current_holds()
    assert (hold.kind, hold.stops_notices) == ("bounces", False)
    assert hold.sentence == "10 of the 100 digests of Wednesday, 18 March bounced (10.0%; the limit is 5.0%)."
    (problem,) = feedback.held("bounces", NOW)
    assert problem.sentence.startswith("Sending is held: 10 of the 100")
    assert feedback.held("complaints", NOW) == []


def test_ten_readers_are_not_many_of_a_great_day():
    rows = deliver(210)
    come_back(rows[:10])
    feedback.hold_sending_if_refused(NOW)
    assert holds.current_holds() == []
    come_back(rows[10:11])
    feedback.hold_sending_if_refused(NOW)
    assert [hold.kind for hold in holds.current_holds()] == ["bounces"]


def test_complaints_of_ten_readers_hold_sending_and_a_released_hold_counts_anew():
    rows = deliver(30)
    come_back(rows[:10], kind="complaint", at=NOW - timedelta(hours=1))
    feedback.hold_sending_if_refused(NOW)
    assert [hold.kind for hold in holds.current_holds()] == ["complaints"]
    holds.release("complaints", by="ada")
    SendingHold.objects.update(released_at=NOW)
    feedback.hold_sending_if_refused(NOW)
    assert holds.current_holds() == []
    come_back(rows[10:20], kind="complaint", at=NOW + timedelta(minutes=1))
    feedback.hold_sending_if_refused(NOW + timedelta(minutes=2))
    assert [hold.kind for hold in holds.current_holds()] == ["complaints"]


def test_old_days_and_other_days_do_not_add_up():
    come_back(deliver(40, day=DAY - timedelta(days=20))[:20], at=NOW - timedelta(days=19))
    come_back(deliver(9)[:9])
    come_back(deliver(9, day=DAY - timedelta(days=1))[:9])
    feedback.hold_sending_if_refused(NOW)
    assert holds.current_holds() == []


# -- the engine ---------------------------------------------------------------------------------------------


def test_beat_and_the_queues(settings, valkey):
    settings.REDIS_URL = valkey
    assert "was never seen" in engine.silent_beat(NOW)[0].sentence
    with pytest.raises(CannotTellError):
        engine.silent_queue(NOW)
    heartbeats.record_beat(at=NOW)
    for queue in ("send", "notices", "fetch"):
        heartbeats.record_queue(queue, at=NOW)
    heartbeats.record_queue("send", at=NOW - timedelta(minutes=30))
    assert engine.silent_beat(NOW) == []
    problems = engine.silent_queue(NOW)
    assert [problem.subject for problem in problems] == ["send", "summarise"]
    assert problems[0].sentence == "The queue send is silent since 18 March, 08:30 UTC: no worker serves it."


def test_the_broker_and_what_cannot_be_known_without_it(settings, valkey):
    settings.REDIS_URL = valkey
    assert engine.broker_down(NOW) == []
    settings.REDIS_URL = "redis://:a-password@127.0.0.1:9/0"
    (problem,) = engine.broker_down(NOW)
    assert "a-password" not in problem.sentence
    heartbeats.record_beat(at=NOW)
    with pytest.raises(CannotTellError):
        engine.silent_queue(NOW)


def test_a_watch_that_ran_and_is_silent():
    assert engine.silent_watch(NOW) == []
    heartbeats.record_watch(at=NOW)
    assert engine.silent_watch(NOW + timedelta(minutes=9)) == []
    assert engine.silent_watch(NOW + timedelta(minutes=11))


# -- the content --------------------------------------------------------------------------------------------


def test_a_source_whose_last_attempt_failed():
    hostile = "<b>http://evil.example</b> ada@example.org"
    SourceHealth.objects.create(source="arxiv", last_success_at=NOW, last_error_at=NOW - timedelta(hours=1))
    SourceHealth.objects.create(source="huggingface", last_error_at=NOW, last_error=hostile)
    (problem,) = content.source_down(NOW)
    assert (problem.subject, problem.sentence) == (
        "huggingface",
        "The source huggingface fails; it last answered never.",
    )
    assert problem.due(NOW) == NOW + timedelta(days=1)
    IntakeDay.objects.create(source="huggingface", day=DAY, state="failed", at=NOW)
    assert content.source_down(NOW)[0].since == datetime(2026, 3, 18, 0, 0, tzinfo=UTC)
    tomorrow = NOW + timedelta(days=1)
    SourceHealth.objects.filter(source="huggingface").update(last_error_at=tomorrow)
    (problem,) = content.source_down(tomorrow)
    assert problem.due(tomorrow) < tomorrow, "it is known to have failed for a day"
    SourceHealth.objects.filter(source="huggingface").update(last_success_at=NOW)
    assert content.source_down(tomorrow)[0].since is None
    assert content.source_down(NOW + timedelta(days=3)) == []  # it was not asked since


def test_a_model_that_answers_nothing_while_summaries_wait(settings):
    settings.OPENAI_BASE_URL, settings.DAILY_TOKEN_BUDGET = "http://127.0.0.1:9/v1", 1000
    assert content.model_down(NOW) == []
    summary = make_summary(make_paper(), state=Summary.State.WANTED, author="")
    Summary.objects.update(retry_at=NOW + timedelta(hours=1), reason="no connection")
    assert "never" in content.model_down(NOW)[0].sentence
    call = SummaryAttempt.objects.create(
        summary=summary, prompt_version="1", model="m", at=NOW - timedelta(minutes=5), prompt_tokens=800
    )
    assert content.model_down(NOW) == []
    SummaryAttempt.objects.update(at=NOW - timedelta(hours=2))
    assert content.model_down(NOW)[0].since == NOW - timedelta(hours=2)
    SummaryAttempt.objects.update(at=NOW - timedelta(days=3))
    assert content.model_down(NOW)[0].since == datetime(2026, 3, 18, 0, 0, tzinfo=UTC), "the papers came then"
    call.prompt_tokens = 950
    call.save()
    with pytest.raises(CannotTellError):
        content.model_down(NOW)
    assert "95% of the day's 1,000 tokens" in content.budget(NOW)[0].sentence
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    assert (content.model_down(NOW), content.budget(NOW)) == ([], [])


def test_a_stage_that_is_down_without_its_foreign_reason():
    row = {"state": "waiting", "first_at": NOW, "last_at": NOW}
    SetAside.objects.create(stage="summaries", item="", reason="<script>evil()</script>", **row)
    SetAside.objects.create(stage="summaries", item="summary 4", reason="one alone", **row)
    (problem,) = content.stage_down(NOW)
    assert problem.sentence == "Writing summaries fails for everything, since 18 March, 09:00 UTC."


@pytest.mark.parametrize(
    ("room", "is_low"),
    [
        (Room(50 * GIB, 100 * GIB), False),
        (Room(1 * GIB, 10 * GIB), True),
        (Room(4 * GIB, 100 * GIB), True),
        (Room(90 * GIB, 4000 * GIB), False),
        (Room(90 * GIB, 400 * GIB, free_inodes=10, inodes=20_000), True),
    ],
)
def test_the_disk(monkeypatch, room, is_low):
    monkeypatch.setattr(doctor, "room_at", lambda _: room)
    assert bool(machine.disk(NOW)) is is_low


def test_every_disk_that_is_written_to_is_looked_at(settings, monkeypatch, tmp_path):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, Path("/dev/shm/not yet there")
    full, roomy = Room(1 * GIB, 100 * GIB), Room(50 * GIB, 100 * GIB)
    monkeypatch.setattr(doctor, "room_at", lambda folder: full if folder.is_relative_to("/dev") else roomy)
    (problem,) = machine.disk(NOW)
    assert problem.sentence == (
        "A disk is nearly full: 1.0 of 100.0 GiB are free for /dev/shm/not yet there."
    )


def test_a_journal_that_cannot_be_written_and_one_that_is_whole_again(settings, tmp_path):
    settings.WISHES_JOURNAL = str(tmp_path / "wishes")
    assert machine.wishes_journal(NOW) == []
    (tmp_path / "file").touch()
    settings.WISHES_JOURNAL = str(tmp_path / "file" / "wishes")
    UnwrittenWish.objects.create(at=NOW, kind="left", address_hash="0" * 64)
    (problem,) = machine.wishes_journal(NOW)
    assert problem.kind == "journal"
    assert problem.sentence.endswith("1 wishes wait in the database.")
    settings.WISHES_JOURNAL = str(tmp_path / "wishes")
    assert machine.wishes_journal(NOW)
    assert journal.write_owed(NOW) == 1
    assert machine.wishes_journal(NOW) == []


def test_a_backup_that_is_too_old_or_was_never_taken():
    assert machine.old_backup(NOW) == []
    make_subscriber(confirmed_at=NOW - timedelta(days=3))
    assert "No backup was ever taken" in machine.old_backup(NOW)[0].sentence
    Backup.objects.create(taken_at=NOW - timedelta(days=2), path="x", rows=1, size=1)
    assert machine.old_backup(NOW) == []
    assert "16 March, 09:00" in machine.old_backup(NOW + timedelta(minutes=1))[0].sentence


def test_a_proxy_that_is_not_believed(settings, tmp_path):
    settings.VAR_DIR = tmp_path

    def ask(peer, *, hops=0, **headers):
        settings.PROXY_HOPS = hops
        Client().get("/health/live", REMOTE_ADDR=peer, headers=headers)
        return bool(machine.proxy_hops(timezone.now()))

    forwarded = {"x-forwarded-for": "203.0.113.7"}
    assert not ask("127.0.0.1")
    assert not ask("198.51.100.9", **forwarded), "a stranger may send any header"
    assert not ask("10.0.0.2", hops=1, **forwarded)
    assert not list(tmp_path.iterdir())
    assert ask("10.0.0.2", **forwarded)
    assert not ask("10.0.0.2", hops=1, **forwarded)
    assert machine.proxy_hops(timezone.now() + timedelta(hours=4)) == []


# -- all together -------------------------------------------------------------------------------------------


def test_every_kind_has_a_condition_and_a_look_costs_few_queries(
    settings, valkey, django_assert_max_num_queries
):
    settings.REDIS_URL = valkey
    assert set(CONDITIONS) | {"not_looked_at"} == set(kinds.KINDS)
    assert all(type(kind.patience) is timedelta for kind in kinds.KINDS.values())
    deliver(3)
    with django_assert_max_num_queries(45):
        feedback.hold_sending_if_refused(NOW)
        result = look(NOW)
    assert {problem.kind for problem in result.problems} <= set(kinds.KINDS)
