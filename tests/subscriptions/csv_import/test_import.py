"""Lists of subscribers: taken in from elsewhere, written out, and never against anybody's will."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter.models import Topic
from subscriptions.models import ConsentEvent, Departure, Subscriber, Suppression
from subscriptions.models.states import SuppressionReason
from tests.factories import NOW, make_subscriber, make_topic

pytestmark = pytest.mark.django_db

MAILCHIMP = """\
"Email Address","First Name","MEMBER_RATING","OPTIN_TIME","CONFIRM_TIME","LANGUAGE","TIMEZONE","TAGS"
ada@example.org,Ada,2,"2023-01-02 03:04:05","2023-01-02 03:05:06",ko,Asia/Seoul,
"""
LISTMONK = """\
uuid,email,name,attributes,status,created_at,updated_at
0f1,grace@example.org,Grace,"{""city"": ""Arlington""}",enabled,2024-01-01,2024-01-02
0f2,gone@example.org,Gone,{},blocklisted,2024-01-01,2024-01-02
"""
OWN = """\
email,language,time_zone,hour,topics,queries
linus@example.org,en-GB,Europe/Helsinki,6,robotics;Diffusion models,author:Li
"""


def run(tmp_path: Path, text: str, *options: str) -> str:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    call_command("import_subscribers", str(path), "--json", *options, stdout=out)
    return out.getvalue()


def test_a_change_of_the_sites_secret_lets_nobody_in_who_was_kept_out(tmp_path, settings):
    Suppression.objects.keep_out("linus@example.org", reason=SuppressionReason.COMPLAINED, at=NOW)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [settings.SECRET_KEY]
    assert '"suppressed": 1' in run(tmp_path, OWN)
    assert not Subscriber.objects.exists()


def test_mailchimps_export_is_understood_and_the_consent_names_its_source(tmp_path):
    run(tmp_path, MAILCHIMP, "--topics", "robotics", "--source", "Mailchimp, list A")
    reader = Subscriber.objects.get()
    assert (reader.email, reader.language, reader.time_zone) == ("ada@example.org", "ko", "Asia/Seoul")
    assert (reader.state, [topic.slug for topic in reader.topics.all()]) == ("active", ["robotics"])
    assert reader.next_due_at is not None
    event = ConsentEvent.objects.get()
    assert event.kind == "imported"
    assert event.detail == {"source": "Mailchimp, list A", "confirmed_there": "2023-01-02 03:05:06"}


def test_who_left_listmonk_is_left_out(tmp_path):
    assert '"left": 1' in run(tmp_path, LISTMONK, "--topics", "robotics")
    assert [reader.email for reader in Subscriber.objects.all()] == ["grace@example.org"]


def test_plain_headings_carry_every_wish(tmp_path):
    run(tmp_path, OWN)
    reader = Subscriber.objects.get()
    assert (reader.language, reader.hour, reader.queries) == ("en", 6, ["author:Li"])
    assert {topic.slug for topic in reader.topics.all()} == {"robotics", "diffusion-models"}


def test_a_second_run_changes_nothing(tmp_path):
    run(tmp_path, OWN)
    Subscriber.objects.update(hour=21)
    assert '"known": 1' in run(tmp_path, OWN)
    assert Subscriber.objects.get().hour == 21
    assert ConsentEvent.objects.count() == 1


def test_nobody_comes_back_who_was_erased(tmp_path):
    make_subscriber("Ada@example.org")
    call_command("erase_subscriber", "ada@EXAMPLE.org", stdout=io.StringIO())
    assert '"suppressed": 1' in run(tmp_path, MAILCHIMP, "--topics", "robotics")
    assert not Subscriber.objects.exists()
    assert "ada@example.org" not in str(list(Suppression.objects.values())).lower()


def test_a_rehearsal_says_what_would_become_of_each_line_and_changes_nothing(tmp_path):
    text = (
        "email,topics,time_zone\n"
        "a@example.org,robotics,UTC\n"
        "A@EXAMPLE.ORG,robotics,UTC\n"
        "not an address,robotics,UTC\n"
        "b@example.org,alchemy,UTC\n"
        "c@example.org,robotics,Mars/Olympus\n"
        "d@example.org,,UTC\n"
    )
    report = tmp_path / "report.csv"
    with pytest.raises(SystemExit) as left:
        run(tmp_path, text, "--dry-run", "--report", str(report))
    assert left.value.code == 1
    rows = list(csv.DictReader(report.open()))
    assert [(row["line"], row["verdict"]) for row in rows] == [
        ("2", "imported"),
        ("3", "known"),
        ("4", "refused"),
        ("5", "refused"),
        ("6", "refused"),
        ("7", "refused"),
    ]
    assert "alchemy" in rows[3]["reason"]
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("name,phone\nx,1\n", ()),
        ("", ()),
        (OWN, ("--topics", "alchemy")),
        (OWN, ("--language", "tlh")),
        (OWN, ("--time-zone", "Mars/Olympus")),
    ],
)
def test_what_cannot_be_imported_is_one_clear_line(tmp_path, text, options):
    with pytest.raises(CommandError) as problem:
        run(tmp_path, text, *options)
    assert problem.value.returncode == 2
    assert "\n" not in str(problem.value)


def test_a_missing_file_or_one_in_another_encoding_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_subscribers", str(tmp_path / "none.csv"))
    path = tmp_path / "latin.csv"
    path.write_bytes("email\nj\xfcrgen@example.org\n".encode("latin-1"))
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("import_subscribers", str(path), "--topics", "robotics")


def test_an_export_can_be_imported_and_no_cell_of_it_is_a_formula(tmp_path):
    robotics = Topic.objects.get(slug="robotics")
    make_subscriber(
        "=cmd@example.org",
        topics=[robotics],
        queries=["-x", '"world model"'],
        hour=5,
        wants_updates=True,
        layout="brief",
        groups_topics=True,
    )
    make_subscriber("b@example.org", topics=[robotics], state="unsubscribed")
    path = tmp_path / "out.csv"
    call_command("export_subscribers", str(path), stdout=io.StringIO())
    assert path.stat().st_mode & 0o077 == 0
    cells = [cell for row in csv.reader(path.open()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    Subscriber.objects.all().delete()
    out = io.StringIO()
    call_command("import_subscribers", str(path), "--json", stdout=out)
    reader = Subscriber.objects.get()
    assert reader.wants_updates
    assert (reader.layout, reader.groups_topics) == ("brief", True)
    assert (reader.email, reader.hour, reader.queries) == ("=cmd@example.org", 5, ["-x", '"world model"'])
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_subscribers", str(path))


def test_an_exported_pause_stays_a_pause_and_a_retired_topic_refuses_nobody(tmp_path):
    retired = make_topic("retired", is_active=False)
    until = timezone.localdate() + timedelta(days=30)
    make_subscriber("a@example.org", topics=[retired], state="paused", paused_until=until, next_due_at=None)
    make_subscriber("b@example.org", topics=[retired], state="paused", next_due_at=None)
    path = tmp_path / "out.csv"
    call_command("export_subscribers", str(path), stdout=io.StringIO())
    Subscriber.objects.all().delete()
    out = io.StringIO()
    call_command("import_subscribers", str(path), "--json", stdout=out)
    assert '"left": 1' in out.getvalue()
    reader = Subscriber.objects.get()
    assert (reader.email, reader.state, reader.paused_until) == ("a@example.org", "paused", until)
    assert reader.next_due_at is None
    assert list(reader.topics.all()) == [retired]


def test_what_we_export_is_read_back_to_the_same_states(tmp_path):
    robotics = Topic.objects.get(slug="robotics")
    until = timezone.localdate() + timedelta(days=30)
    make_subscriber("stays@example.org", topics=[robotics], queries=["=x", "＠y", "a, -b", "'=z"])
    make_subscriber("rests@example.org", topics=[robotics], state="paused", paused_until=until)
    for state in ("pending", "unsubscribed", "suppressed"):
        make_subscriber(f"{state}@example.org", topics=[robotics], state=state)
    make_subscriber("never@example.org", topics=[robotics], state="pending", confirmed_at=None)
    before = {
        row["email"]: row for row in Subscriber.objects.values("email", "state", "queries", "paused_until")
    }
    path = tmp_path / "out.csv"
    call_command("export_subscribers", str(path), stdout=io.StringIO())
    Subscriber.objects.all().delete()
    call_command("import_subscribers", str(path), "--json", stdout=io.StringIO())
    after = {
        row["email"]: row for row in Subscriber.objects.values("email", "state", "queries", "paused_until")
    }
    assert after == {name: before[name] for name in ("stays@example.org", "rests@example.org")}
    assert Departure.objects.count() == 4
