"""Hugging Face's daily papers: every recorded day, and what is not to be believed."""

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from newsletter.errors import SourceError
from newsletter.records import DailyPaperRecord
from newsletter.sources.huggingface import HuggingFace, read_row
from services.sources import Response, SourceServer
from tests.newsletter.intake.recorded_answers import daily_fields
from tests.newsletter.sources import faults
from tests.newsletter.sources.faults import Clock, Script, gate_with

DAY = date(2026, 3, 18)


@pytest.fixture
def source(tmp_path):
    gate = gate_with(Clock(), tmp_path, locks=False, caches=False, interval=0.0, attempts=3)
    return lambda server: HuggingFace(gate=gate, base_url=server.url)


def row(number, **paper):
    return {"paper": {"id": f"2603.{number:05d}", "title": f"Paper {number}", **paper}}


@pytest.mark.slow
def test_all_recorded_days_are_read_field_by_field(recorded, source):
    files = sorted((recorded / "hf_daily" / "raw_gz").glob("*.json.gz"))
    assert len(files) == 434
    days = {date.fromisoformat(path.name[:10]): path.read_bytes() for path in files}
    equal: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    with SourceServer(daily=days) as server:
        for day, body in days.items():
            found = source(server).daily(day)
            assert found.problems == ()
            rows = json.loads(gzip.decompress(body))
            assert [paper.arxiv_id for paper in found.papers] == [one["paper"]["id"] for one in rows]
            for paper, one in zip(found.papers, rows, strict=True):
                for name, value in daily_fields(one, day).items():
                    compared[name] += 1
                    equal[name] += getattr(paper, name) == value
    print(", ".join(f"{name} {equal[name]}/{compared[name]}" for name in compared))  # noqa: T201 - the count asked for
    assert equal == compared
    assert compared["arxiv_id"] == 7013


def test_the_list_of_python_reprs_is_refused_whole(recorded, source):
    (damaged,) = (recorded / "hf_daily" / "damaged_at_source").iterdir()
    day = date.fromisoformat(damaged.stem)
    with (
        SourceServer(daily={day: damaged.read_bytes()}) as server,
        pytest.raises(SourceError, match="a list of str where a list of objects was due; nothing was taken"),
    ):
        source(server).daily(day)


def test_bytes_that_are_no_text_cost_their_row_or_their_sign_and_nothing_else(source):
    body = (
        b'[{"paper": {"id": "2603.0\xff"}},'
        b' {"paper": {"id": "2603.00002", "title": "half \\ud83d, NUL \\u0000"}},'
        b' {"paper": {"id": "2603.00003", "title": "sch\xf6n"}}]'
    )
    with SourceServer(before=lambda _: Response(body=body)) as server:
        found = source(server).daily(date(2026, 3, 16))
    assert [paper.title for paper in found.papers] == ["half \ufffd, NUL \ufffd", "sch\ufffdn"]
    assert found.problems == ("Hugging Face's list of 2026-03-16: row 1 has no arXiv id and was left out.",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "Something broke"}', "refuses the query: Something broke"),
        (b'{"papers": []}', "sent dict where a list"),
        (b'"2603.00001"', "sent str where a list"),
        (b"null", "sent NoneType where a list"),
        (b"[1, 2]", "a list of int"),
        (b"[[]]", "a list of list"),
        (b"[" * 100_000, "broken document where JSON was due"),
        (b'[{"paper": {"id": "2603.00001"', "broken document where JSON was due"),
        (faults.HTML_PAGE, "an HTML page where JSON was due"),
        (b"", "broken document where JSON was due"),
    ],
)
def test_what_is_no_list_of_objects_is_refused_whole(source, body, message):
    with (
        SourceServer(before=lambda _: Response(body=body)) as server,
        pytest.raises(SourceError, match=message),
    ):
        source(server).daily(DAY)


def test_a_bad_date_is_the_questions_fault_and_not_repeated(source):
    answer = Response(status=400, body=b'{"error": "Invalid date"}')
    with SourceServer(before=lambda _: answer) as server:
        with pytest.raises(SourceError, match="Invalid date") as caught:
            source(server).daily(DAY)
        assert len(server.log) == 1
    assert not caught.value.transient


@pytest.mark.parametrize(
    "fault", [faults.status(503), faults.status(429), faults.dropped(), faults.html_with_200()]
)
def test_what_goes_by_is_asked_again(source, fault):
    with SourceServer(daily={DAY: [row(1)]}, before=Script(fault, path="/api/daily")) as server:
        assert [paper.arxiv_id for paper in source(server).daily(DAY).papers] == ["2603.00001"]


@pytest.mark.parametrize("number_of_rows", [0, 49, 50, 51, 100, 120])
def test_a_list_longer_than_one_answer_is_read_to_its_end(source, number_of_rows):
    rows = [row(number) for number in range(1, number_of_rows + 1)]

    def first_fifty(request):
        """The real API gives at most 50 rows unless it is asked for a page."""
        if "p" in request.parameters:
            return None
        return Response(body=json.dumps(rows[:50]).encode(), content_type="application/json")

    with SourceServer(daily={DAY: rows}, before=first_fifty) as server:
        found = source(server).daily(DAY)
    assert len(found.papers) == number_of_rows
    assert found.problems == ()


def test_a_server_that_knows_no_pages_is_not_asked_for_ever(source):
    rows = json.dumps([row(number) for number in range(1, 61)]).encode()
    with SourceServer(before=lambda _: Response(body=rows)) as server:
        assert len(source(server).daily(DAY).papers) == 60
        assert len(server.log) == 2


def test_a_second_page_that_fails_is_a_problem_and_no_lost_day(source):
    rows = [row(number) for number in range(1, 81)]

    def second_fails(request):
        return (
            faults.status(500) if "p" in request.parameters else Response(body=json.dumps(rows[:50]).encode())
        )

    with SourceServer(before=second_fails) as server:
        found = source(server).daily(DAY)
    assert len(found.papers) == 50
    assert "may be cut after 50" in found.problems[0]


def test_rows_without_an_arxiv_id_are_named_and_left_out(source):
    rows = [row(1), {"paper": {"title": "No id"}}, {}, "text", {"paper": {"id": "not-arxiv"}}, row(2), row(1)]
    with SourceServer(daily={DAY: json.dumps(rows).encode()}) as server:
        found = source(server).daily(DAY)
    assert [paper.arxiv_id for paper in found.papers] == ["2603.00001", "2603.00002"]
    assert [problem.split(": ")[1] for problem in found.problems] == [
        f"row {number} has no arXiv id and was left out." for number in (2, 3, 4, 5)
    ]


def test_fields_of_a_wrong_type_count_as_missing():
    record = read_row(
        {
            "paper": {
                "id": "2603.00001v2",
                "title": 7,
                "summary": None,
                "authors": {"name": "Ada"},
                "upvotes": "12",
                "publishedAt": "yesterday",
                "submittedOnDailyAt": 20260318,
                "githubRepo": "javascript:alert(1)",
                "githubStars": True,
                "projectPage": "https://a.example/ onclick=x",
                "mediaUrls": ["https://a.example/a.MP4?x=1", 3, "http://a.example/b.png"],
                "organization": "MIT",
                "ai_keywords": ["one", None, "one", " two\n words "],
            },
            "thumbnail": ["https://a.example/c.png"],
            "numComments": -4,
        },
        day=DAY,
    )
    assert record is not None
    assert record.arxiv_id == "2603.00001"
    assert (record.title, record.abstract, record.authors, record.day) == ("", "", (), DAY)
    assert (record.votes, record.comments, record.published_at) == (0, 0, None)
    assert (record.code_url, record.code_stars, record.project_url) == ("", None, "")
    assert record.video_url == "https://a.example/a.MP4?x=1"
    assert record.image_url in {"http://a.example/b.png", "https://a.example/c.png"}
    assert record.organisation == ""
    assert record.keywords == ("one", "two words")


def read_good_row(listed: dict[str, Any]) -> DailyPaperRecord:
    record = read_row(listed, day=DAY)
    assert record is not None
    return record


def test_the_day_is_the_one_the_paper_was_put_on_the_list():
    late = row(1, submittedOnDailyAt="2026-03-17T23:59:59.000Z")
    assert read_good_row(late).day == date(2026, 3, 17)
    zoned = row(1, submittedOnDailyAt="2026-03-17T23:30:00-05:00")
    assert read_good_row(zoned).day == date(2026, 3, 18)
    assert read_good_row(row(1)).day == DAY


def test_times_without_a_zone_are_utc():
    record = read_good_row(row(1, publishedAt="2026-03-17T10:00:00"))
    assert record.published_at == datetime(2026, 3, 17, 10, tzinfo=UTC)
