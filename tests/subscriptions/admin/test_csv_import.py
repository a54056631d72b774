"""Lists of readers at the desk: rehearsed, taken in by the same rules as by the command, written out."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from newsletter.models import Topic
from subscriptions.models import ConsentEvent, Departure, Subscriber
from subscriptions.privacy import portability
from tests.factories import NOW, make_subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]
PATH = "admin:subscriptions_subscriber_roster"
LIST = "email,language\nada@example.org,ko\nnot an address,en\ngone@example.org,en\nada@example.org,ko\n"


@pytest.fixture
def desk(client, topics):
    client.force_login(User.objects.create_superuser("owner", "owner@example.org", "a long password"))
    return client


def send(desk, text, act, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("list.csv", content, content_type="text/csv")
    given = {"source": "the stand in Vienna", "topics": "robotics", "language": "en", "time_zone": "UTC"}
    return desk.post(reverse(PATH), {**given, **fields, "file": file, "act": act})


def test_a_rehearsal_reports_on_each_line_and_changes_nothing(desk):
    portability.erase(make_subscriber("gone@example.org"), now=NOW)
    page = send(desk, LIST, "rehearse").content.decode()
    assert "1 imported" in page
    assert "1 known" in page
    assert "1 suppressed" in page
    assert "1 refused" in page
    assert "nothing is changed yet" in page
    assert not Subscriber.objects.exists()
    answer = send(desk, LIST, "report")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert [row[:2] for row in rows[1:]] == [
        ["2", "imported"],
        ["3", "refused"],
        ["4", "suppressed"],
        ["5", "known"],
    ]
    assert not Subscriber.objects.exists()


def test_an_import_keeps_the_source_and_lets_nobody_back_in(desk):
    portability.erase(make_subscriber("gone@example.org"), now=NOW)
    assert "Imported" in send(desk, LIST, "import").content.decode()
    reader = Subscriber.objects.get()
    assert (reader.email, reader.language) == ("ada@example.org", "ko")
    assert [topic.slug for topic in reader.topics.all()] == ["robotics"]
    assert ConsentEvent.objects.get().detail["source"] == "the stand in Vienna"
    assert "0 imported" in send(desk, LIST, "import").content.decode()
    assert Subscriber.objects.count() == 1


def test_what_cannot_be_read_to_its_end_imports_nothing(desk):
    good = b"email\n" + b"".join(b"a%d@example.org\n" % number for number in range(1500))
    page = send(desk, good + b"\xff\xfe\n", "import").content.decode()
    assert "This is not UTF-8" in page
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "name\nAda\n", '"email\n', "email\n" + '"' * 300_001, "\0", "email\n\0\n"]
)
@pytest.mark.parametrize("act", ["rehearse", "import", "report", "something else"])
def test_no_file_breaks_the_page(desk, text, act):
    assert send(desk, text, act).status_code < 500
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"source": ""}, {"topics": "no-such-topic"}, {"time_zone": "Mars/Olympus"}, {"language": "xx"}]
)
def test_a_form_with_a_mistake_imports_nothing(desk, wrong):
    assert send(desk, LIST, "import", **wrong).status_code == 422
    assert not Subscriber.objects.exists()


def test_an_export_comes_back_as_it_was_and_the_log_names_no_reader(desk):
    make_subscriber("ada@example.org", topics=[Topic.objects.get(slug="robotics")], language="ja")
    answer = desk.post(reverse(f"{PATH}_export"))
    written = b"".join(answer.streaming_content).decode()
    assert "attachment" in answer["Content-Disposition"]
    Subscriber.objects.all().delete()
    send(desk, written, "import")
    assert Subscriber.objects.get().language == "ja"
    said = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert said == ["exported 1 readers", "imported 1 readers; source: the stand in Vienna"]
    assert desk.get(reverse(f"{PATH}_export")).status_code == 405


def test_only_who_may_see_addresses_may_move_lists(client, topics):
    make_subscriber("ada@example.org")
    user = User.objects.create_user("operator", "o@example.org", "a long password", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_subscriber"))
    client.force_login(user)
    assert client.get(reverse(PATH)).status_code == 403
    assert send(client, LIST, "import").status_code == 403
    assert client.post(reverse(f"{PATH}_export")).status_code == 403
    page = client.get(reverse("admin:subscriptions_subscriber_changelist"))
    assert reverse(PATH) not in page.content.decode()


def test_the_list_of_readers_leads_here(desk):
    page = desk.get(reverse("admin:subscriptions_subscriber_changelist")).content.decode()
    assert reverse(PATH) in page


ODD = "email,status\na@example.org,active\nb@example.org,<cold>\nc@example.org,gone?\nd@example.org,left\n"


@pytest.mark.parametrize("act", ["rehearse", "import"])
def test_what_nobody_understands_is_asked_before_anything_is_stored(desk, act):
    answer = send(desk, ODD, act)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "the column “status” says “&lt;cold&gt;”" in page
    assert 'value="status=&lt;cold&gt;:active"' in page
    assert 'value="status=gone?:left"' in page
    assert not Subscriber.objects.exists()
    assert not Departure.objects.exists()


def test_the_answers_are_kept_from_the_rehearsal_to_the_import(desk):
    page = send(desk, ODD, "rehearse", answer=["status=<cold>:active", "status=gone?:left"]).content.decode()
    assert "2 imported" in page
    assert "2 left" in page
    assert "status=&lt;cold&gt;:active\nstatus=gone?:left</textarea>" in page
    assert not Departure.objects.exists()
    send(desk, ODD, "import", treat="status=<cold>:active\r\nstatus=gone?:left\r\n")
    assert sorted(reader.email for reader in Subscriber.objects.all()) == ["a@example.org", "b@example.org"]
    assert Departure.objects.count() == 2


def test_an_answer_that_says_nothing_is_refused(desk):
    assert "does not say what a value means" in send(desk, ODD, "import", treat="cold").content.decode()


def test_a_list_of_leavers_is_remembered(desk):
    assert "4 left" in send(desk, ODD, "import", all_left="on").content.decode()
    assert not Subscriber.objects.exists()
    assert Departure.objects.count() == 4
