"""Whatever lies in the bounce mailbox, the next mail is read: from a maildir and over IMAP."""

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from lib.sandbox import Limits
from newsletter.errors import DeliveryError, Unreadable
from newsletter.models import SetAside
from subscriptions.feedback.events import record
from subscriptions.feedback.return_paths import envelope_sender, tag
from subscriptions.mailbox import inbox
from subscriptions.mailbox.boxes import Maildir, key_of
from subscriptions.mailbox.imap import imap_folder
from subscriptions.mailbox.inbox import MailReader, read_box
from subscriptions.models import Delivery, DeliveryEvent, Subscriber
from tests.factories import DAY, NOW, make_subscriber
from tests.imap_server import ImapServer, running
from tests.subscriptions.abuse.test_abuse import look
from tests.subscriptions.feedback.test_feedback import bounce
from tests.subscriptions.mailbox.odd_mails import odd_mails, shared_mails

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.processes]
LONGEST = 10.0  # seconds of one mail, on a machine that does other things too
logger = logging.getLogger(__name__)


@pytest.fixture
def odd(shared_cases: Path) -> dict[str, bytes]:
    return shared_mails(shared_cases / "mails") | odd_mails()


@pytest.fixture
def shared_cases() -> Path:
    folder = Path(__file__).parents[3].parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the shared cases are not beside the project")
    return folder


@pytest.fixture(autouse=True)
def addresses(settings, tmp_path: Path) -> None:
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    settings.REPLY_TO_EMAIL = "editor@paperpost.example"
    settings.VAR_DIR = tmp_path


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    return tmp_path / "box"


def good_bounces(count: int) -> list[bytes]:
    """Hard bounces, each of a reader of its own."""
    readers = [make_subscriber(f"reader{number}@example.org") for number in range(count)]
    sent = [
        Delivery.objects.create(subscriber=reader, day=DAY, state="sent", language="en", created_at=NOW)
        for reader in readers
    ]
    return [
        bounce(to=envelope_sender(tag(one.pk), default=""), recipient=one.subscriber.email).replace(
            b"<1@mx", b"<%d@mx" % one.pk
        )
        for one in sent
    ]


def sample(odd: dict[str, bytes]) -> list[bytes]:
    """The shared ones and a part of the others: all of them if a long look is wanted."""
    mails = list(odd.values())
    return mails if os.environ.get("HOSTILE_INPUTS") else mails[:48] + mails[48::9]


def put(maildir: Path, name: str, data: bytes) -> Path:
    path = maildir / "new" / name
    path.write_bytes(data)
    return path


def waiting(maildir: Path) -> list[str]:
    return sorted(path.name for path in (maildir / "new").iterdir())


def quarantined(maildir: Path) -> list[str]:
    folder = maildir / ".quarantine" / "new"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_each_odd_mail_is_read_or_refused_in_time_and_the_next_one_is_read(odd: dict[str, bytes]):
    good = bounce(to="bounces+x@paperpost.example")
    slow: dict[str, float] = {}
    with MailReader() as reader:
        reader.read(good)
        for name, data in odd.items():
            began = time.perf_counter()
            with suppress(Unreadable):
                incoming = reader.read(data)
                assert incoming.reports, name
                "".join([incoming.subject, incoming.sender, incoming.text, *incoming.sent_to]).encode()
            if time.perf_counter() - began > LONGEST:
                slow[name] = time.perf_counter() - began
            assert reader.read(good).reports[0].status == "5.1.1", name
    assert not slow
    assert len(odd) > 100


def test_odd_mails_in_a_maildir_stop_no_bounce(odd: dict[str, bytes], maildir: Path):
    some = sample(odd)
    for number, (data, good) in enumerate(zip(some, good_bounces(len(some)), strict=True)):
        put(maildir, f"{number:04}-a", data)
        put(maildir, f"{number:04}-b", good)
    reading = read_box(Maildir(maildir), now=NOW)
    assert reading.counts["hard"] == len(some)
    assert set(Subscriber.objects.values_list("state", flat=True)) == {"suppressed"}
    assert waiting(maildir) == []
    assert len(list((maildir / "cur").iterdir())) + len(quarantined(maildir)) == 2 * len(some)
    assert len(reading.problems) == len(quarantined(maildir))
    assert all("\n" not in problem for problem in reading.problems)
    assert read_box(Maildir(maildir), now=NOW) == inbox.MailboxReport(Counter(), ())


def test_odd_mails_over_imap_stop_no_bounce(odd: dict[str, bytes], imap: ImapServer, settings):
    some = sample(odd)
    for data, good in zip(some, good_bounces(len(some)), strict=True):
        imap.add(data)
        imap.add(good)
    with imap_folder(settings.BOUNCE_IMAP_URL) as box:
        reading = read_box(box, now=NOW)
    assert reading.counts["hard"] == len(some)
    assert set(Subscriber.objects.values_list("state", flat=True)) == {"suppressed"}
    assert len(imap.folders["Quarantine"]) == len(reading.problems) > 3
    with imap_folder(settings.BOUNCE_IMAP_URL) as box:
        assert read_box(box, now=NOW) == inbox.MailboxReport(Counter(), ())


def test_the_command_names_the_odd_mail_in_one_line_and_ends_in_time(maildir: Path, capsys):
    put(maildir, "1-odd", b"Content-Type: message/rfc822\n\n" * 1500)
    put(maildir, "2-good", good_bounces(1)[0])
    began = time.perf_counter()
    with time_machine.travel(NOW), pytest.raises(SystemExit) as ended:
        call_command("read_bounces", maildir=maildir)
    assert time.perf_counter() - began < 20
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The mail 1-odd was put into ")
    assert Subscriber.objects.get().state == "suppressed"
    assert quarantined(maildir) == ["1-odd"]
    with time_machine.travel(NOW):
        call_command("read_bounces", maildir=maildir)


PIECES = [
    *(
        b"From: ",
        b"To: ",
        b"Subject: ",
        b"Content-Type: ",
        b"multipart/report; boundary=b",
        b"message/rfc822",
    ),
    *(
        b"\n",
        b"\r\n",
        b"\n\n",
        b"--b",
        b"--b--",
        b" ",
        b"\t",
        b";",
        b"=?utf-8?B?",
        b"?=",
        b"=?x?Q?=FF",
        b"\xff",
    ),
    *(b"Content-Transfer-Encoding: base64\n", b"charset=undefined", b"\0", b"<", b">", b"@", b"\xed\xa0\x80"),
    *(
        b"Final-Recipient: rfc822; a@b.example\n",
        b"Status: 5.1.1\n",
        b"Action: failed\n",
        b"550 5.1.1 ",
        b"(" * 50,
    ),
]


def test_any_bytes_are_read_or_refused_in_time_and_so_is_the_next_mail():
    """HOSTILE_INPUTS=10000 gives that many."""
    good = bounce(to="bounces+x@paperpost.example")
    times: list[float] = []
    with MailReader() as reader:

        @look(30)
        @given(data=st.binary(max_size=3000) | st.lists(st.sampled_from(PIECES), max_size=80).map(b"".join))
        def read(data: bytes) -> None:
            began = time.perf_counter()
            with suppress(Unreadable):
                assert reader.read(data).reports
            times.append(time.perf_counter() - began)
            assert reader.read(good).reports[0].status == "5.1.1"

        read()
    slow = sum(each > 1 for each in times)
    logger.info("%d mails, the slowest %.3f s, %d over 1 s", len(times), max(times), slow)
    assert max(times) < LONGEST


# -- set aside, and back ------------------------------------------------------


def test_what_cannot_be_read_is_shown_at_the_desk_and_tried_again_when_somebody_says_so(maildir: Path):
    data = b"\0" * 100
    put(maildir, "odd", data)
    read_box(Maildir(maildir), now=NOW)
    row = SetAside.objects.get()
    assert (row.stage, row.item, row.reason) == ("mails", f"mail {key_of(data)}", "It is empty.")
    assert read_box(Maildir(maildir), now=NOW).problems == (), "it is left alone"
    SetAside.objects.update(retry_at=NOW)
    (problem,) = read_box(Maildir(maildir), now=NOW).problems
    assert "odd" in problem
    assert SetAside.objects.get().count == 2
    SetAside.objects.update(retry_at=NOW, state=SetAside.State.DROPPED)
    assert read_box(Maildir(maildir), now=NOW).problems == ()
    assert quarantined(maildir) == ["odd"]


def test_a_mail_whose_consequence_fails_is_set_aside_and_read_when_that_is_mended(maildir: Path, monkeypatch):
    first, second = good_bounces(2)
    put(maildir, "1", first)
    put(maildir, "2", second)

    def fail_for_the_first(feedback):
        feedback = list(feedback)
        if "reader0" in feedback[0].detail:
            make_subscriber("reader1@example.org")  # there is one
        return record(feedback)

    monkeypatch.setattr(inbox, "record", fail_for_the_first)
    reading = read_box(Maildir(maildir), now=NOW)
    assert reading.counts == {"hard": 1}
    assert "1 was put into" in reading.problems[0]
    assert quarantined(maildir) == ["1"]
    monkeypatch.undo()
    SetAside.objects.update(retry_at=NOW)
    assert read_box(Maildir(maildir), now=NOW).counts == {"hard": 1}
    assert not SetAside.objects.exists()
    assert DeliveryEvent.objects.count() == 2


def test_a_reader_that_reads_nothing_is_no_mails_fault(maildir: Path, monkeypatch):
    put(maildir, "1", good_bounces(1)[0])
    monkeypatch.setattr(inbox, "_LIMITS", Limits(memory=2**20, seconds=1, output=2**20))
    with pytest.raises(DeliveryError, match="No mail can be read"):
        read_box(Maildir(maildir), now=NOW)
    assert waiting(maildir) == ["1"]
    assert not SetAside.objects.exists()


# -- a maildir as it is found -------------------------------------------------


def test_odd_names_folders_and_links_in_a_maildir_stop_nothing(maildir: Path):
    names = [
        "a b",
        "ü",
        os.fsdecode(b"\xff\xfe"),
        "x:2,FS",
        "-rf",
        "'\"",
        "x" * 240,
        "line\nbreak",
        ".hidden",
    ]
    for name, good in zip(names, good_bounces(len(names)), strict=True):
        put(maildir, name, good)
    (maildir / "new" / "folder").mkdir()
    (maildir / "new" / "link").symlink_to("/etc/hostname")
    os.mkfifo(maildir / "new" / "pipe")
    reading = read_box(Maildir(maildir), now=NOW)
    assert reading == inbox.MailboxReport(Counter(hard=len(names)), ())
    assert waiting(maildir) == ["folder", "link", "pipe"]
    assert (maildir / "cur" / "x:2,FS").exists()


def test_a_mail_that_vanishes_is_none(maildir: Path):
    for number, good in enumerate(good_bounces(3)):
        put(maildir, str(number), good)
    letters = Maildir(maildir).waiting()
    first = next(letters)
    (maildir / "new" / "1").unlink()
    first.done()
    first.done()
    assert [letter.name for letter in letters] == ["2"]


def test_a_mail_that_cannot_be_opened_is_named_and_stays(maildir: Path, monkeypatch):
    for number, good in enumerate(good_bounces(2)):
        put(maildir, str(number), good)
    real = Path.open

    def refuse(path: Path, *arguments, **options):
        if path.name == "0":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    reading = read_box(Maildir(maildir), now=NOW)
    assert reading.counts == {"hard": 1}
    assert reading.problems == ("The mail 0 stays unread: It cannot be opened: Permission denied.",)
    assert waiting(maildir) == ["0"]


# -- a server as it is found --------------------------------------------------


@pytest.fixture
def imap(settings) -> Iterator[ImapServer]:
    with running(ImapServer()) as server:
        settings.BOUNCE_IMAP_URL = (
            f"imap+insecure://bounces%40paperpost.example:p%40ss%20word@127.0.0.1:{server.port}/INBOX"
        )
        yield server


def read_all(url: str) -> inbox.MailboxReport:
    with imap_folder(url) as box:
        return read_box(box, now=NOW)


def test_a_mail_of_which_the_server_gives_nothing_stops_no_other(imap: ImapServer, settings):
    first, second = good_bounces(2)
    imap.silent.add(imap.add(first))
    imap.add(second)
    reading = read_all(settings.BOUNCE_IMAP_URL)
    assert reading.counts == {"hard": 1}
    assert reading.problems == ("The mail 101 in INBOX stays unread: The server gives nothing of it.",)


def test_a_connection_that_a_mail_breaks_is_made_again(imap: ImapServer, settings):
    first, second = good_bounces(2)
    imap.fatal.add(imap.add(first))
    imap.add(second)
    for _ in range(2):
        reading = read_all(settings.BOUNCE_IMAP_URL)
        assert "101 in INBOX stays unread" in reading.problems[0]
    assert DeliveryEvent.objects.count() == 1


def test_of_a_huge_mail_the_beginning_is_asked_for(imap: ImapServer, settings):
    imap.add(good_bounces(1)[0] + b"x" * 10_000_000)
    assert read_all(settings.BOUNCE_IMAP_URL).counts == {"hard": 1}
    assert imap.largest_answer <= 2 * 2**20


def test_a_server_that_knows_no_partial_fetch_is_asked_for_the_whole(imap: ImapServer, settings):
    imap.knows_partial = False
    imap.add(good_bounces(1)[0])
    assert read_all(settings.BOUNCE_IMAP_URL).counts == {"hard": 1}


@pytest.mark.parametrize("capabilities", ["", " MOVE"])
def test_a_mail_that_was_set_aside_on_the_server_is_read_again_from_there(imap, settings, capabilities):
    imap.capabilities += capabilities
    imap.add(b"\0\0")
    assert "the folder Quarantine" in read_all(settings.BOUNCE_IMAP_URL).problems[0]
    assert list(imap.folders["Quarantine"].values()) == [b"\0\0"]
    SetAside.objects.update(retry_at=NOW)
    assert "the folder Quarantine" in read_all(settings.BOUNCE_IMAP_URL).problems[0]
    assert read_all(settings.BOUNCE_IMAP_URL).problems == ()


def test_a_server_that_allows_folders_in_the_inbox_only(imap: ImapServer, settings):
    imap.namespace = "INBOX."
    imap.add(b"\0\0")
    assert "INBOX.Quarantine" in read_all(settings.BOUNCE_IMAP_URL).problems[0]


def test_a_server_that_allows_no_folder_keeps_the_mail_flagged(imap: ImapServer, settings):
    imap.namespace = "nowhere/"
    imap.add(b"\0\0")
    assert "INBOX, flagged" in read_all(settings.BOUNCE_IMAP_URL).problems[0]
    assert imap.flags[101] == {"\\Seen", "\\Flagged"}
    assert read_all(settings.BOUNCE_IMAP_URL).problems == ()
