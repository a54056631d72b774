"""After a restore nobody gets a mail twice, no wish is undone, and an operator learns who may miss what."""

import errno
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.models import Channel, ChannelPost, SearchProgress
from newsletter.search.index import index_changes
from operations.backups import restoring, unfinished
from operations.backups.errors import RefusedError
from operations.backups.restoring import restore
from operations.backups.taking import take
from operations.heartbeats import record_queue
from operations.metrics.counted import count_due
from operations.metrics.tallies import count_events as tally_events
from operations.models import Alarm, EventTally, GaugeCount, Heartbeat
from subscriptions import journal
from subscriptions.addresses import address_hash
from subscriptions.delivery import doubts, enqueue, holds
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.feedback.events import suppress
from subscriptions.journal import files
from subscriptions.models import Delivery, DoubtfulDigest, OwedNotice, SignUp, Subscriber, Suppression
from subscriptions.models.states import SuppressionReason
from subscriptions.privacy import portability
from subscriptions.readers import consent
from subscriptions.readers.links import token
from tests.factories import make_subscriber, make_topic
from tests.operations.backups.test_backups import run
from tests.smtp_sink import OK, Act, SmtpSink
from tests.subscriptions.delivery.ledger import choose, queue, send_all, states

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture(autouse=True)
def _own_place(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)


class Interrupted:
    """A mail server that stops in the middle of its work, until the test lets it go on."""

    def __init__(self, *, after: int) -> None:
        self.seen, self.after = 0, after
        self.reached, self.goes_on = threading.Event(), threading.Event()

    def __call__(self, stage: str, address: str) -> Act:
        if stage == "data":
            self.seen += 1
            if self.seen == self.after:
                self.reached.set()
                assert self.goes_on.wait(30)
        return OK


def test_taken_in_mid_send_and_restored_nobody_gets_a_mail_twice(tmp_path):
    rows = queue(40)
    late = make_subscriber(next_due_at=timezone.now() - timedelta(minutes=5), hour=9)
    play = Interrupted(after=15)
    errors: list[BaseException] = []

    def send() -> None:
        try:
            send_all(sink, checkpoints=FileCheckpoints(tmp_path))
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)
        finally:
            connection.close()

    with SmtpSink(play=play) as sink:
        sender = threading.Thread(target=send)
        sender.start()
        assert play.reached.wait(30)
        take(tmp_path / "b.zip")
        play.goes_on.set()
        sender.join(60)
        assert not errors
        assert len(sink.accepted) == 40  # all of them left after the backup was taken, or before

        restored = restore(tmp_path / "b.zip", replace=True)
        assert set(states()) <= {"uncertain", "sent", "skipped"}
        assert states()["skipped"] == 1  # whose hour has passed since
        assert restored.counts["uncertain"] == states()["uncertain"] > 0
        assert restored.counts["due_since"] == 1
        listed = {doubt.subscriber_id for doubt in doubts.doubts()}
        assert listed == {*DoubtfulDigest.objects.values_list("subscriber_id", flat=True)}
        assert late.pk in listed
        assert restored.counts["may_have_missed"] == len(listed)

        # Held until a person agrees; and afterwards nothing leaves again by itself.
        assert send_all(sink, checkpoints=FileCheckpoints(tmp_path)).counts == {}
        assert run("missed_digests", "--release")["released"] == 1
        enqueue(timezone.now(), choose=choose)
        assert send_all(sink, checkpoints=FileCheckpoints(tmp_path)).counts == {}
        recipients = [mail.recipient for mail in sink.accepted]
        assert len(recipients) == len(set(recipients)) == len(rows)
        # A new row answers for no mail of a row that was lost.
        assert (
            Delivery.objects.create(
                subscriber=late,
                day=datetime(2026, 1, 1, tzinfo=UTC),
                language="en",
                created_at=timezone.now(),
            ).pk
            > 1_000_000_000
        )


def test_who_missed_a_digest_gets_it_on_an_operators_word(tmp_path):
    queue(2)
    due = timezone.now() - timedelta(hours=1)
    late = make_subscriber(next_due_at=due)
    gone = make_subscriber(next_due_at=due)
    take(tmp_path / "b.zip")
    consent.unsubscribe(gone, now=timezone.now(), how="page")
    said = run("restore", tmp_path / "b.zip", "--replace")
    assert [(each["reader"], each["day"], each["due_at"]) for each in said["missed"]][2:] == [
        (late.pk, None, due.isoformat())
    ]
    assert all("…@" in each["address"] for each in said["missed"])
    assert Subscriber.objects.filter(pk=late.pk, next_due_at__gt=timezone.now()).exists()
    assert len(run("missed_digests")["missed"]) == 3
    assert run("missed_digests", "--send", "--release") == {
        "sent_again": 3,
        "released": 1,
        "problems": [],
        "missed": [],
    }
    assert enqueue(timezone.now(), choose=choose)["queued"] == 1
    with SmtpSink() as sink:
        assert send_all(sink, checkpoints=FileCheckpoints(tmp_path)).counts == {"sent": 3}
    assert run("missed_digests")["may_have_missed"] == 0


def test_what_an_operator_counts_as_sent_is_not_sent(tmp_path):
    queue(2)
    OwedNotice.objects.create(subscriber=make_subscriber(), kind="goodbye", due_at=timezone.now())
    channel = Channel.objects.create(service="slack", name="x", created_at=timezone.now())
    ChannelPost.objects.create(
        channel=channel, day="2026-03-18", late_at=timezone.now(), created_at=timezone.now()
    )
    take(tmp_path / "b.zip")
    assert restore(tmp_path / "b.zip", replace=True).counts["dropped_notices"] == 1
    assert not OwedNotice.objects.exists()
    assert ChannelPost.objects.get().state == "uncertain"
    assert not Channel.objects.get().is_on
    assert run("missed_digests", "--count-as-sent", "--release")["counted_as_sent"] == 3
    assert states() == {"sent": 2, "skipped": 1}


def test_a_restore_that_broke_off_is_run_again(tmp_path, monkeypatch):
    make_subscriber("ada@example.org")
    take(tmp_path / "b.zip")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_restore_pictures", die)
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "b.zip", replace=True)
    (hold,) = holds.current_holds()
    assert "run restore again" in hold.sentence
    assert restore(tmp_path / "b.zip").problems == []
    assert Subscriber.objects.get().email == "ada@example.org"
    with pytest.raises(RefusedError, match="--replace"):  # it is finished
        restore(tmp_path / "b.zip")


def test_nothing_is_restored_while_paperpost_runs(tmp_path):
    make_subscriber("ada@example.org")
    take(tmp_path / "b.zip")
    record_queue("send")
    with pytest.raises(RefusedError, match="Paperpost is running"):
        restore(tmp_path / "b.zip", replace=True)
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(hours=1))
    row = queue(1)[0]
    later = timezone.now() + timedelta(minutes=1)
    Delivery.objects.filter(pk=row.pk).update(state="sending", lease=uuid.uuid4(), lease_until=later)
    with pytest.raises(RefusedError, match="Paperpost is running"):
        restore(tmp_path / "b.zip", replace=True)
    assert Subscriber.objects.count() == 2
    assert holds.current_holds() == []


def test_a_new_machine_that_ran_for_some_minutes_has_nothing_to_lose(tmp_path):
    make_subscriber("ada@example.org")
    take(tmp_path / "b.zip")
    call_command("flush", interactive=False, verbosity=0)
    now = timezone.now()
    record_queue("send")
    assert tally_events() == 0
    count_due(now)
    index_changes(now=now)
    Alarm.objects.create(kind="backup", sentence="There is no backup.")
    made = (Heartbeat, EventTally, GaugeCount, SearchProgress, Alarm)
    assert all(model._default_manager.exists() for model in made)
    Heartbeat.objects.update(beat_at=now - timedelta(hours=1))
    assert restore(tmp_path / "b.zip").problems == []
    assert Subscriber.objects.get().email == "ada@example.org"
    assert not GaugeCount.objects.exists()  # counted anew, not as of the backup
    with pytest.raises(RefusedError, match="--replace"):
        restore(tmp_path / "b.zip")


def test_tables_without_holds_are_held_once_they_are_migrated(tmp_path):
    unfinished.hold_with_rows([])  # as in a version that knew no holds
    assert unfinished.is_unfinished()
    call_command("migrate", verbosity=0)
    (hold,) = holds.current_holds()
    assert hold.sentence == unfinished.SENTENCE
    assert unfinished.is_unfinished()
    holds.release("restored", by="test")
    call_command("migrate", verbosity=0)
    assert not unfinished.is_unfinished()


def test_a_full_disk_is_one_problem(tmp_path, settings, monkeypatch):
    for name in ("a.webp", "b.webp", "c.webp"):
        (settings.MEDIA_ROOT / name).write_bytes(b"picture")
    take(tmp_path / "b.zip")

    def full(path: Path, _: bytes) -> None:
        if path.name != "a.webp":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(restoring, "write_private", full)
    (problem,) = restore(tmp_path / "b.zip", replace=True).problems
    assert problem.startswith("2 of 3 pictures could not be written; the first: ")
    assert problem.endswith("b.webp: No space left on device.")


def test_wishes_since_the_backup_still_hold(tmp_path):
    now = timezone.now()
    make_topic("chips")
    names = ("left", "undone", "bounced", "erased", "moved", "wished", "stays", "paused", "back")
    readers = {name: make_subscriber(f"{name}@example.org", next_due_at=now + timedelta(1)) for name in names}
    Subscriber.objects.filter(pk=readers["wished"].pk).update(new_email="new@example.org")
    Subscriber.objects.filter(pk=readers["back"].pk).update(state="unsubscribed")
    form = {"language": "en", "text_version": "x", "at": now}
    SignUp.objects.create(email="stranger@example.org", **form)
    SignUp.objects.create(email="waits@example.org", **form)
    Subscriber.objects.filter(pk=readers["paused"].pk).update(new_email="stranger@example.org")
    take(tmp_path / "b.zip")
    Client().post(reverse("unsubscribe", args=[token(readers["left"], "unsubscribe")]))
    consent.unsubscribe(readers["undone"], now=now, how="page")
    consent.undo_unsubscribe(readers["undone"], now=now, next_due_at=now + timedelta(1))
    consent.undo_unsubscribe(readers["back"], now=now, next_due_at=now + timedelta(1))
    suppress(readers["bounced"], reason=SuppressionReason.BOUNCED, now=now, why="x")
    call_command("erase_subscriber", "erased@example.org")
    call_command("erase_subscriber", "stranger@example.org")
    Subscriber.objects.filter(pk=readers["moved"].pk).update(new_email="elsewhere@example.org")
    consent.change_address(readers["moved"], now=now)
    consent.change_address(readers["wished"], now=now)
    (tmp_path / "left.csv").write_text("email\nlist@example.org\n")
    call_command("import_subscribers", str(tmp_path / "left.csv"), "--as", "left")
    unknown = make_subscriber("unknown@example.org", state="pending")
    consent.confirm(unknown, now=now)
    lines = len(files.path().read_text().splitlines())

    for _ in range(2):  # it may run twice
        restored = restore(tmp_path / "b.zip", replace=True)
        assert restored.problems == restored.warnings == []
        assert restored.counts["lost_sign_ups"] == 1
        assert restored.counts["moved_away"] == 1
        state = {reader.email.partition("@")[0]: reader.state for reader in Subscriber.objects.all()}
        assert state == {
            "left": "unsubscribed",
            "undone": "active",
            "bounced": "suppressed",
            "moved": "unsubscribed",
            "new": "active",
            "stays": "active",
            "paused": "active",
            "back": "active",
        }
        assert not SignUp.objects.exists()
        assert restored.counts["dropped_sign_ups"] == 1  # the other form was erased
        assert not Subscriber.objects.filter(new_email="stranger@example.org").exists()
        kept_out = {"erased@example.org", "stranger@example.org", "bounced@example.org"}
        hashes = set(Suppression.objects.values_list("address_hash", flat=True))
        assert hashes == {address_hash(address) for address in kept_out}
        (tmp_path / "again.csv").write_text("email\nlist@example.org\n")
        assert run("import_subscribers", tmp_path / "again.csv", "--topics", "chips")["left"] == 1
        assert len(files.path().read_text().splitlines()) == lines  # what is done again is not entered again


def test_wishes_hold_under_another_secret_that_knows_the_first(tmp_path, settings):
    reader = make_subscriber("ada@example.org")
    take(tmp_path / "b.zip")
    portability.erase(reader, now=timezone.now())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [settings.SECRET_KEY]
    assert restore(tmp_path / "b.zip", replace=True).warnings == []
    assert not Subscriber.objects.exists()
    assert Suppression.objects.of("ada@example.org").exists()


@pytest.mark.parametrize("loss", ["missing", "cut"])
def test_without_the_journal_the_operator_is_told(loss: str, tmp_path: Path):
    journal.mark()
    reader = make_subscriber("ada@example.org")
    consent.unsubscribe(reader, now=timezone.now(), how="page")
    take(tmp_path / "b.zip")
    whole = files.path().read_bytes()
    files.path().unlink()
    if loss == "cut":
        files.path().write_bytes(whole[:-5])
    restored = restore(tmp_path / "b.zip", replace=True)
    (warning,) = restored.warnings
    assert "WISHES_JOURNAL" in warning
    (hold,) = holds.current_holds()
    assert "Nobody knows who has left since" in hold.sentence
