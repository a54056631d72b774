"""Lists of other services: whoever left there stays away, and what nobody understands stores nothing."""

import csv
import io
import json
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import InvalidInput
from subscriptions.csv_import import import_rows, intake, open_table, survey
from subscriptions.models import ConsentEvent, Departure, Subscriber, Suppression
from subscriptions.readers import consent
from subscriptions.readers.wishes import Wishes
from tests.factories import NOW, make_subscriber
from tests.subscriptions.abuse.test_abuse import look

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
CASES = Path(__file__).parents[4] / "shared" / "cases" / "lists"
LISTS = sorted((Path(__file__).parent / "lists").iterdir())


@pytest.fixture(autouse=True)
def _topics(topics):
    return None


def take_in(tmp_path: Path, data: str | bytes, *options: str, name: str = "people.csv") -> dict[str, int]:
    """The counts of one import; lines set aside are no error here."""
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    out, given = io.StringIO(), ("--json", "--topics", "robotics", *options)
    with suppress(SystemExit):
        call_command("import_subscribers", str(path), *given, stdout=out, stderr=io.StringIO())
    return dict(json.loads(out.getvalue()))


def readers() -> list[str]:
    return sorted(Subscriber.objects.filter(state="active").values_list("email", flat=True))


def refusal(tmp_path: Path, data: str | bytes, *options: str, name: str = "people.csv") -> str:
    """The one sentence with which a list is refused whole; nothing of it is stored."""
    with pytest.raises(CommandError) as problem:
        take_in(tmp_path, data, *options, name=name)
    assert problem.value.returncode == 2
    assert "\n" not in str(problem.value)
    assert not Subscriber.objects.exists()
    assert not Departure.objects.exists()
    return str(problem.value)


# -- the cases that are shared --------------------------------------------------


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
def test_of_the_shared_lists_only_who_stays_becomes_a_reader(tmp_path):
    for name, values in json.loads((CASES / "right.json").read_text()).items():
        Subscriber.objects.all().delete()
        Departure.objects.all().delete()
        with suppress(CommandError) if values["may_be_refused_whole"] else nullcontext():
            take_in(tmp_path, (CASES / name).read_bytes(), name=name)
            assert set(values["active"]) <= set(readers()), name
        assert set(readers()) <= set(values["active"] + values["also_allowed"]), name


# -- what services write --------------------------------------------------------


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_only_who_stays_becomes_a_reader(tmp_path, path):
    take_in(tmp_path, path.read_bytes())
    assert readers()[0] == "stays@a.example"
    assert not [address for address in readers() if not address.startswith("stays@")]


# -- what nobody understands ----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("email,status\na@a.example,active\nb@a.example,cold\n", "status", "cold"),
        ("email,status\na@a.example,1\n", "status", "1"),
        ("email,gdpr\na@a.example,yes\n", "gdpr", "yes"),
        ("email,preferences\na@a.example,weekly\n", "preferences", "weekly"),
        ("email,unsubscribed\na@a.example,perhaps\n", "unsubscribed", "perhaps"),
        ("email,is_not_blocked\na@a.example,true\n", "is_not_blocked", "true"),
        ('email,tags\na@a.example,vip\nb@a.example,"new,unsubscribed"\n', "tags", "new,unsubscribed"),
        ("email,Poste\na@a.example,oui\nb@a.example,non\n", "Poste", "oui"),
        ("email,tilaa\na@a.example,1\nb@a.example,0\n", "tilaa", "1"),
    ],
)
def test_what_nobody_understands_stops_the_import_before_anything_is_stored(tmp_path, text, column, value):
    said = refusal(tmp_path, text)
    assert f"column {column!r} says {value!r}" in said
    assert f"--treat {f'{column}={value}:active'!r}" in said


def test_the_operator_says_what_it_means(tmp_path):
    text = "email,Status\na@a.example,Cold\nb@a.example,1\nc@a.example,2\nd@a.example,3\n"
    counts = take_in(
        tmp_path,
        text,
        "--treat",
        "status=cold:active",
        "--treat",
        "Status=1:active",
        "--treat",
        "Status=*:left",
    )
    assert (counts["imported"], counts["left"]) == (2, 2)
    assert readers() == ["a@a.example", "b@a.example"]


def test_an_answer_does_not_outvote_another_column(tmp_path):
    text = "email,status,bounced_at\na@a.example,cold,\nb@a.example,cold,2025-02-03\n"
    take_in(tmp_path, text, "--treat", "status=cold:active")
    assert readers() == ["a@a.example"]


@pytest.mark.parametrize("answer", ["status", "status=x", "status=x:maybe", "=x:left", "stat=x:left"])
def test_an_answer_that_cannot_be_read_or_names_no_column_is_refused(tmp_path, answer):
    refusal(tmp_path, "email,status\na@a.example,active\n", "--treat", answer)


def test_an_unknown_word_on_a_line_that_is_broken_anyway_stops_nobody(tmp_path):
    counts = take_in(tmp_path, "email,status\nno address,cold\na@a.example,active\n")
    assert (counts["imported"], counts["refused"]) == (1, 1)


def test_a_list_without_states_rests_on_the_operators_word_which_is_kept(tmp_path):
    take_in(tmp_path, "email,first name,city\na@a.example,Ida,Oslo\n", "--source", "the fair")
    assert ConsentEvent.objects.get().detail == {
        "source": "the fair",
        "rests_on": "the operator's word",
        "confirmed_there": "",
    }


def test_a_list_without_states_whose_name_says_that_they_left_is_asked_about(tmp_path):
    text = "email,created\na@a.example,1700000000\n"
    assert "--as left" in refusal(tmp_path, text, name="suppression_unsubscribes.csv")
    assert take_in(tmp_path, text, "--as", "left", name="suppression_unsubscribes.csv")["left"] == 1


# -- who left is remembered -----------------------------------------------------


def test_who_left_is_remembered_as_a_hash_and_no_later_list_brings_them_back(tmp_path):
    take_in(tmp_path, "email,status\nStays@a.example,active\nLeft@a.example,unsubscribed\n")
    assert "left@a.example" not in str(list(Departure.objects.values())).lower()
    counts = take_in(tmp_path, "email\nleft@a.example\nnew@a.example\n")
    assert (counts["imported"], counts["left"]) == (1, 1)
    assert readers() == ["Stays@a.example", "new@a.example"]


def test_a_list_of_leavers_is_remembered_and_changes_no_reader(tmp_path):
    known = make_subscriber("known@a.example")
    for _ in range(2):
        counts = take_in(
            tmp_path, "email,status\nknown@a.example,active\nb@a.example,whatever\n", "--as", "left"
        )
        assert counts["left"] == 2
    known.refresh_from_db()
    assert known.state == "active"
    assert Departure.objects.count() == 2
    assert not Suppression.objects.exists()
    assert take_in(tmp_path, "email\nb@a.example\n")["left"] == 1


def test_who_left_may_come_back_by_the_form(tmp_path):
    take_in(tmp_path, "email\nb@a.example\n", "--as", "left")
    form = consent.sign_up(
        email="b@a.example", wishes=Wishes(topics=("robotics",)), page_language="en", origin="", now=NOW
    )
    received = consent.receive(form.pk)
    assert received is not None
    kind, reader = received
    assert kind == "confirm"
    assert consent.confirm(reader, now=NOW).state == "active"


def test_a_reader_of_ours_who_unsubscribed_is_not_brought_back(tmp_path):
    make_subscriber("b@a.example", state="unsubscribed")
    assert take_in(tmp_path, "email,status\nb@a.example,active\n")["known"] == 1
    assert not readers()


def test_what_a_list_merely_does_not_say_is_not_held_against_anybody(tmp_path):
    assert take_in(tmp_path, "email,status\nb@a.example,\n")["left"] == 1
    assert not readers()
    assert take_in(tmp_path, "email,status\nb@a.example,\n", "--treat", "status=:active")["imported"] == 1


# -- how files are saved --------------------------------------------------------

TABLE = [
    ["email", "name", "status"],
    ["stays@a.example", "Jürgen", "active"],
    ["left@a.example", "Per", "left"],
]


def saved(separator: str, encoding: str = "utf-8", *, before: str = "") -> bytes:
    return (before + "".join(separator.join(row) + "\r\n" for row in TABLE)).encode(encoding)


@pytest.mark.parametrize(
    "data",
    [
        saved(";"),
        saved("\t"),
        saved("|"),
        saved(";", before="sep=;\r\n"),
        saved(",", before="sep=,\n"),
        saved("\t", before="\ufeffsep=\t\r\n"),
        saved(",", before="\r\n\n ,,\r\n"),
        saved(",", "utf-8-sig"),
        saved(",", "utf-16"),
        saved("\t", "utf-16-le"),
        saved(";", "utf-16-be"),
        saved(";", "utf-16-le", before="\ufeffsep=;\r\n"),
        saved(",", "utf-32"),
        saved(",").replace(b"\r\n", b"\r"),
        saved(",", before='"sep=,"\r\n'),
    ],
)
def test_a_list_is_read_however_it_was_saved(tmp_path, data):
    counts = take_in(tmp_path, data)
    assert (counts["imported"], counts["left"], counts["refused"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (saved(",", "latin-1"), "not UTF-8: line 2 has the byte 0xfc"),
        (saved(",", "utf-16")[:-1], "UTF-16"),
        (b"PK\x03\x04 and so on", "Excel"),
        (b"a@a.example,active\n", "no heading"),
        (b"name,phone\nIda,1\n", "Read with commas"),
        (b"sep=x\nemailxname\n", "'x'"),
        (b"email\n" + b"a" * 1_000_002, "Line 2 is longer"),
        (b"\n\n", "empty"),
    ],
)
def test_what_cannot_be_read_names_the_true_cause(tmp_path, data, says):
    assert says in refusal(tmp_path, data)


def test_the_report_names_the_lines_of_the_file(tmp_path):
    text = '\n"email",note\na@a.example,"one\ntwo"\n\n=x,b\n'
    report = tmp_path / "report.csv"
    take_in(tmp_path, text, "--report", str(report))
    rows = list(csv.reader(report.open()))
    assert [row[:2] for row in rows[1:]] == [["3", "imported"], ["6", "refused"]]


# -- whatever a file holds ------------------------------------------------------

PIECES = [
    *(
        "email",
        "status",
        "active",
        "left",
        "a@a.example",
        "b@b.example",
        "Unsubscribed",
        "opt_in",
        "sep=",
        "é",
        "\ud55c",
    ),
    *(
        "é",
        "\ud55c",
        ",",
        ";",
        "\t",
        "|",
        "\n",
        "\r\n",
        '"',
        "'",
        "=",
        " ",
        "\0",
        "\ufeff",
        "\u202e",
        "x" * 300,
    ),
]


def read_whole(data: bytes) -> None:
    """Read a list to its end, or refuse it in a sentence."""
    with suppress(InvalidInput):
        table = open_table(io.BytesIO(data))
        plan = survey(table, answers={})
        list(import_rows(table, plan, source="x", defaults=Wishes(topics=("robotics",)), now=NOW))


@look(100)
@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused_in_a_sentence(data):
    read_whole(data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32"]),
)
def test_any_text_is_read_or_refused_in_a_sentence(text, encoding):
    read_whole(f"email,status\n{text}".encode(encoding))
    read_whole(text.encode(encoding))


def test_a_line_that_the_database_refuses_stops_no_other(tmp_path, monkeypatch):
    kept = intake._subscriber

    def spoil(row, **given):
        person = kept(row, **given)
        person.size = 99 if row.email.startswith("bad") else person.size
        return person

    monkeypatch.setattr(intake, "_subscriber", spoil)
    text = "email\n" + "".join(f"{'bad' if n == 6 else 'good'}{n}@a.example\n" for n in range(10))
    counts = take_in(tmp_path, text)
    assert (counts["imported"], counts["refused"]) == (9, 1)
    assert Subscriber.objects.count() == 9


def test_a_column_that_holds_nothing_but_states_is_one_whatever_it_is_called(tmp_path):
    data = "email,Email campaigns\nstays@a.example,Subscribed\nleft@a.example,Unsubscribed\n"
    assert take_in(tmp_path, data)["left"] == 1
    assert readers() == ["stays@a.example"]


@pytest.mark.parametrize("cells", [("news", "unsubscribed"), ("", "unsubscribed"), ("unsubscribed",)])
def test_a_column_that_holds_other_things_as_well_is_asked_about(tmp_path, cells):
    lines = "".join(f"reader{n}@a.example,{cell}\n" for n, cell in enumerate(cells))
    assert "'unsubscribed'" in refusal(tmp_path, f"email,tags\n{lines}")
    assert readers() == []


def test_two_such_columns_must_both_agree(tmp_path):
    data = (
        "email,daily,weekly\nstays@a.example,Subscribed,Subscribed\n"
        "some@a.example,Subscribed,Unsubscribed\nleft@a.example,Unsubscribed,Unsubscribed\n"
    )
    take_in(tmp_path, data)
    assert readers() == ["stays@a.example"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("suspended_at", "2025-02-03"),
        ("suspend", "1"),
        ("bounce_score", "95"),
        ("email_digests", "FALSE"),
        ("Is Deceased", "1"),
    ],
)
def test_a_second_column_that_speaks_of_leaving_is_heard(tmp_path, column, cell):
    take_in(tmp_path, f"email,active,{column}\nleft@a.example,true,{cell}\n")
    assert readers() == []
