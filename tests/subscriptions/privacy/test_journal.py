"""Whoever leaves, is suppressed or erased, by whichever road, stands in the journal of wishes at once."""

import mailbox
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from subscriptions import journal
from subscriptions.addresses import address_hash
from subscriptions.feedback.events import Feedback, record
from subscriptions.feedback.return_paths import envelope_sender, tag
from subscriptions.feedback.verdicts import Kind
from subscriptions.journal import JournalGapError, Wish, WishKind, files, recording
from subscriptions.journal.lines import read_line
from subscriptions.mailbox.inbox import Maildir, read_box
from subscriptions.models import Delivery, Departure, Subscriber, Suppression, UnwrittenWish
from subscriptions.readers import consent
from subscriptions.readers.links import token
from subscriptions.tasks import maintain_subscribers
from tests.subscriptions.delivery.ledger import queue_one
from tests.subscriptions.feedback.test_feedback import bounce
from tests.subscriptions.mailbox.test_written_wishes import written
from tests.subscriptions.visitors import act

pytestmark = [pytest.mark.django_db, pytest.mark.processes]
READER = "reader@example.org"
HASH = 64 * "a"


@pytest.fixture(autouse=True)
def _own_journal(settings, tmp_path):
    settings.WISHES_JOURNAL = str(tmp_path / "wishes")
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"


@pytest.fixture
def sent() -> Delivery:
    row = queue_one(email=READER)
    Delivery.objects.update(created_at=timezone.now())
    return Delivery.objects.select_related("subscriber").get(pk=row.pk)


def entries() -> list[tuple[str, str]]:
    wishes = [wish for line in files.path().read_text().splitlines() if (wish := read_line(line))]
    return [(str(wish.kind), wish.address_hash) for wish in wishes]


def came(tmp_path: Path, *mails: bytes) -> None:
    mailbox.Maildir(tmp_path / "box")
    for number, data in enumerate(mails):
        (tmp_path / "box" / "new" / f"1.{number}").write_bytes(data)
    read_box(Maildir(tmp_path / "box"), now=timezone.now())


def page(sent, client, tmp_path):
    act(client, reverse("unsubscribe", args=[token(sent.subscriber, "unsubscribe")]))


def one_click(sent, client, tmp_path):
    where = reverse("unsubscribe", args=[token(sent.subscriber, "unsubscribe")])
    act(client, where, {"List-Unsubscribe": "One-Click"})


def mailto(sent, client, tmp_path):
    came(tmp_path, written(f"unsubscribe {token(sent.subscriber, 'unsubscribe')}"))


def hard_bounce(sent, client, tmp_path):
    came(tmp_path, bounce(to=envelope_sender(tag(sent.pk), default="")))


def webhook(kind: Kind, *, opt_out: bool = False):
    def come(sent, client, tmp_path):
        event = Feedback(kind, "x", "esp", "1", timezone.now(), delivery_id=sent.pk, opt_out=opt_out)
        record([event])

    return come


def desk(name: str):
    def press(sent, client, tmp_path):
        client.force_login(User.objects.create_superuser("owner"))
        where = reverse("admin:subscriptions_subscriber_act", args=[sent.subscriber_id])
        client.post(where, {"act": name, "reason": "wrote a letter"})

    return press


def lifted(sent, client, tmp_path):
    Suppression.objects.keep_out(READER, reason=Suppression.Reason.COMPLAINED, at=timezone.now())
    Subscriber.objects.update(state=Subscriber.State.SUPPRESSED)
    desk("lift")(sent, client, tmp_path)


def list_of_leavers(sent, client, tmp_path):
    (tmp_path / "left.csv").write_text(f"email\n{READER}\n")
    call_command("import_subscribers", str(tmp_path / "left.csv"), "--as", "left")


def erase_command(sent, client, tmp_path):
    call_command("erase_subscriber", READER)


def erase_of_nobody(sent, client, tmp_path):
    sent.subscriber.delete()
    call_command("erase_subscriber", READER)


def my_data(sent, client, tmp_path):
    act(client, reverse("erase", args=[token(sent.subscriber, "my-data")]))


def confirmed(sent, client, tmp_path):
    Subscriber.objects.update(state=Subscriber.State.PENDING)
    act(client, reverse("confirm", args=[token(Subscriber.objects.get(), "confirm")]))


def undone(sent, client, tmp_path):
    consent.unsubscribe(sent.subscriber, now=timezone.now(), how="page")
    act(client, reverse("undo", args=[token(Subscriber.objects.get(), "undo")]))


def moved(sent, client, tmp_path):
    Subscriber.objects.update(new_email="new@example.org")
    act(client, reverse("email-confirm", args=[token(Subscriber.objects.get(), "email-confirm")]))


ROADS = {
    "page": (page, "left"),
    "one click": (one_click, "left"),
    "mailto": (mailto, "left"),
    "bounce": (hard_bounce, "bounced"),
    "complaint": (webhook(Kind.COMPLAINT), "complained"),
    "unsubscribed at the service": (webhook(Kind.COMPLAINT, opt_out=True), "left"),
    "desk: unsubscribe": (desk("unsubscribe"), "left"),
    "desk: suppress": (desk("suppress"), "operator"),
    "desk: erase": (desk("erase"), "erased"),
    "desk: lift": (lifted, "lifted"),
    "import as left": (list_of_leavers, "departed"),
    "erase_subscriber": (erase_command, "erased"),
    "erase_subscriber, unknown": (erase_of_nobody, "erased"),
    "my data": (my_data, "erased"),
    "confirmed": (confirmed, "rejoined"),
    "undone": (undone, "rejoined"),
    "moved": (moved, "moved"),
}


@pytest.mark.parametrize("road", ROADS)
def test_every_road_leaves_its_line(road: str, sent, client, tmp_path):
    go, kind = ROADS[road]
    with TestCase.captureOnCommitCallbacks(execute=True):
        go(sent, client, tmp_path)
    assert entries()[-1:] == [(kind, address_hash(READER))]
    # Whoever is kept out from now on by a row is kept out by the journal too.
    kept_out = {row.address_hash for model in (Suppression, Departure) for row in model.objects.all()}
    assert kept_out <= {entry[1] for entry in entries()}
    assert READER not in files.path().read_text()


def test_what_is_taken_back_by_the_database_is_in_no_journal(sent, tmp_path):
    (tmp_path / "left.csv").write_text(f"email\n{READER}\n")
    with TestCase.captureOnCommitCallbacks(execute=True):
        call_command("import_subscribers", str(tmp_path / "left.csv"), "--as", "left", "--dry-run")
    assert not files.path().exists()


def written_from_now_on(monkeypatch) -> list[bytes]:
    """What is written to any file, write by write."""
    writes: list[bytes] = []
    write = os.write

    def note(file: int, data: bytes) -> int:
        writes.append(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", note)
    return writes


def test_a_batch_is_one_write(tmp_path, monkeypatch):
    (tmp_path / "left.csv").write_text(
        "email\n" + "".join(f"gone{number}@example.org\n" for number in range(9))
    )
    journal.mark()
    writes = written_from_now_on(monkeypatch)
    with TestCase.captureOnCommitCallbacks(execute=True):
        call_command("import_subscribers", str(tmp_path / "left.csv"), "--as", "left")
    assert len(writes) == 1
    assert len(entries()) == 9


@pytest.mark.django_db(transaction=True)
def test_bounces_that_come_together_are_one_write(monkeypatch):
    rows = [queue_one(email=f"reader{number}@example.org") for number in range(3)]
    journal.mark()
    writes = written_from_now_on(monkeypatch)
    now = timezone.now()
    record(Feedback(Kind.HARD, "x", "esp", str(row.pk), now, delivery_id=row.pk) for row in rows)
    assert [data.count(b"\n") for data in writes] == [3]


@pytest.mark.django_db(transaction=True)
def test_a_long_batch_is_written_a_part_at_a_time(monkeypatch):
    monkeypatch.setattr(recording, "GATHERED", 2)
    rows = [queue_one(email=f"reader{number}@example.org") for number in range(5)]
    journal.mark()
    writes = written_from_now_on(monkeypatch)
    now = timezone.now()
    record(Feedback(Kind.HARD, "x", "esp", str(row.pk), now, delivery_id=row.pk) for row in rows)
    assert [data.count(b"\n") for data in writes] == [2, 2, 1]
    assert not UnwrittenWish.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_wish_survives_a_process_that_dies_before_it_is_written(monkeypatch):
    """With the leaving its entry is committed; the next process writes it."""
    row = queue_one(email=READER)
    with monkeypatch.context() as killed:
        killed.setattr(recording, "_enter", lambda _rows: None)  # nothing of ours runs after the commit
        consent.unsubscribe(row.subscriber, now=timezone.now(), how="page")
    assert not files.path().exists()
    assert maintain_subscribers()["journalled"] == 1
    assert entries() == [("left", address_hash(READER))]
    assert not UnwrittenWish.objects.exists()


def test_a_wish_that_is_taken_back_leaves_no_entry(sent):
    with transaction.atomic():
        consent.unsubscribe(sent.subscriber, now=timezone.now(), how="page")
        assert UnwrittenWish.objects.exists()
        transaction.set_rollback(True)
    assert not UnwrittenWish.objects.exists()


def test_a_journal_that_cannot_be_written_stops_nobody_and_is_made_good_later(
    sent, settings, tmp_path, caplog
):
    (tmp_path / "file").touch()
    settings.WISHES_JOURNAL = str(tmp_path / "file" / "wishes")
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert consent.unsubscribe(sent.subscriber, now=timezone.now(), how="page")
    assert "WISHES_JOURNAL" in caplog.text
    assert "WISHES_JOURNAL" in journal.trouble()
    assert UnwrittenWish.objects.get().kind == "left"
    settings.WISHES_JOURNAL = str(tmp_path / "wishes")
    assert journal.trouble() == ""  # it may be on its way
    UnwrittenWish.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert "1 wishes are not yet" in journal.trouble()
    assert maintain_subscribers()["journalled"] == 1
    assert entries() == [("left", address_hash(READER))]
    assert journal.trouble() == ""


def test_many_writers_at_once_tear_no_line():
    now = timezone.now()

    def write(number: int) -> None:
        for _ in range(20):
            files.append([Wish(now, WishKind.LEFT, f"{number:064x}")] * 30)

    writers = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = files.path().read_text().splitlines()
    assert len(lines) == 1 + 4 * 20 * 30
    assert len(entries()) == 4 * 20 * 30


def test_what_follows_a_line_that_a_full_disk_cut_short_is_read():
    now = timezone.now()
    reached = journal.mark()
    with files.path().open("a") as file:
        file.write(Wish(now, WishKind.LEFT, HASH).as_line()[:50])
    files.append([Wish(now, WishKind.ERASED, HASH), Wish(now, WishKind.MOVED, HASH, HASH)])
    assert [wish.kind for wish in journal.wishes_since(reached)] == ["erased", "moved"]


def test_what_was_written_since_a_mark_is_told_and_a_gap_is_an_error():
    now = timezone.now()
    first, second = (Wish(now + timedelta(seconds=number), WishKind.LEFT, HASH) for number in (0, 1))
    files.append([first])
    reached = journal.mark()
    files.append([second])
    assert list(journal.wishes_since(reached)) == [second]
    later = journal.mark()
    whole = files.path().read_bytes()
    files.path().write_bytes(whole[:-40])
    with pytest.raises(JournalGapError, match="a part is gone"):
        list(journal.wishes_since(later))
    files.path().unlink()
    with pytest.raises(JournalGapError, match="there is no journal"):
        list(journal.wishes_since(reached))
    journal.mark()  # another one, as long as it may be
    with pytest.raises(JournalGapError, match="not the journal"):
        list(journal.wishes_since(reached))
