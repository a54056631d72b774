"""One day into rows, whatever the sources do."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.errors import InvalidInput
from newsletter.intake import collecting, due_days, is_done, papers, refresh_recent_votes, take_in
from newsletter.intake import days as intake_days
from newsletter.models import (
    Announcement,
    IntakeDay,
    Paper,
    PaperVersion,
    SetAside,
    SourceHealth,
    Summary,
    Topic,
)
from newsletter.set_aside import StageDown
from newsletter.sources.arxiv import Arxiv
from newsletter.sources.gate import huggingface_gate
from newsletter.summaries.kept_extracts import keep_extracts
from services.sources import Response, SourceServer
from tests.factories import make_summary, make_topic
from tests.newsletter.sources import faults
from tests.newsletter.sources.faults import Script

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 18)  # a Wednesday
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)  # when feeds no longer show the day


def paper(number, **fields):
    return {
        "id": f"2603.{number:05d}",
        "title": f"Paper {number}",
        "abstract": f"About the number {number}.",
        "authors": ["Ada Lovelace", "Grace Hopper"],
        "categories": ["cs.CL"],
        "published": "2026-03-17T10:00:00Z",
        **fields,
    }


def row(number, **paper_fields):
    return {
        "paper": {
            "id": f"2603.{number:05d}",
            "title": f"Listed {number}",
            "summary": f"Listed about {number}.",
            "authors": [{"name": "Ada L."}],
            "publishedAt": "2026-03-17T10:00:00.000Z",
            "submittedOnDailyAt": "2026-03-18T01:00:00.000Z",
            "upvotes": number,
            **paper_fields,
        },
        "thumbnail": f"https://a.example/{number}.png",
        "numComments": 1,
    }


@pytest.fixture(autouse=True)
def _quick(monkeypatch, settings, tmp_path):
    """Nobody waits: politeness and back-off have tests of their own."""
    settings.VAR_DIR = tmp_path
    settings.ARXIV_INTERVAL = 0.0

    def impatient(**options):
        gate = huggingface_gate(**options)
        gate.sleep = lambda _: None
        return gate

    monkeypatch.setattr(intake_days, "huggingface_gate", impatient)


@pytest.fixture
def serve(settings):
    """Start a server and point the settings at it."""
    running = []

    def start(papers=(), daily=None, today=DAY, **options):
        server = SourceServer(papers=papers, daily=daily or {}, today=today, **options)
        running.append(server.start())
        settings.ARXIV_API_URL = settings.ARXIV_FEED_URL = settings.ARXIV_SITE_URL = server.url
        settings.HUGGINGFACE_URL = server.url
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def few_categories():
    Topic.objects.all().delete()
    return make_topic("language", categories=["cs.CL"])


def kinds(source="arxiv", day=DAY):
    found = Announcement.objects.filter(source=source, day=day)
    return {row.paper.arxiv_id: row.kind for row in found.select_related("paper")}


def states(day=DAY):
    return dict(IntakeDay.objects.filter(day=day).values_list("source", "state"))


# -- what arXiv announced ---------------------------------------------------------------------------------


def test_the_feed_says_what_and_the_api_says_everything(serve, few_categories):
    held = paper(4, published="2026-03-11T10:00:00Z")  # moderation took a week
    server = serve(
        [
            paper(1, license="http://creativecommons.org/licenses/by/4.0/"),
            paper(2, categories=["stat.ML", "cs.CL"]),
            paper(3, version=2, published="2025-01-01T00:00:00Z", updated="2026-03-17T09:00:00Z"),
            held,
            paper(5, categories=["hep-th"]),
        ],
        listings={DAY: ["2603.00001", "2603.00002", "2603.00003", "2603.00004", "2603.00005"]},
    )
    report = take_in(DAY, now=NOW)
    assert report.problems == ()
    assert kinds() == {"2603.00001": "new", "2603.00002": "cross", "2603.00004": "new"}
    assert Paper.objects.get(arxiv_id="2603.00001").licence == "http://creativecommons.org/licenses/by/4.0/"
    late = Paper.objects.get(arxiv_id="2603.00004")
    assert late.published_at == datetime(2026, 3, 11, 10, tzinfo=UTC)
    assert not Paper.objects.filter(arxiv_id="2603.00003").exists(), "a replacement of an unknown paper"
    assert report.counts["inserted"] == 3
    checked = IntakeDay.objects.get(source="arxiv").counts
    assert (checked["both"], checked["announced_only"], checked["query_only"]) == (2, 1, 0)
    assert [entry.path.split("?")[0] for entry in server.log] == [
        "/api/daily_papers",
        "/atom/cs.CL",
        "/api/query",
        "/api/query",
    ]


def test_the_window_is_kept_to_the_minute_whatever_the_server_gives(serve, few_categories):
    """20 March 2026, New York is four hours behind: 18:00 UTC is the cut-off."""
    serve(
        [
            paper(1, published="2026-03-16T17:59:59Z"),
            paper(2, published="2026-03-16T18:00:00Z"),
            paper(3, published="2026-03-17T17:59:59Z"),
            paper(4, published="2026-03-17T18:00:00Z"),
            paper(5, published="2026-03-17T10:00:00Z", categories=["math.AG"]),
        ]
    )
    take_in(DAY, now=LATER, sources=("arxiv",))
    assert set(kinds()) == {"2603.00002", "2603.00003"}


@pytest.mark.parametrize(
    ("first", "last", "skipped"),
    [
        (date(2026, 3, 6), date(2026, 3, 12), 2),  # summer time begins on Sunday the 8th
        (date(2025, 10, 30), date(2025, 11, 5), 2),  # and ends on Sunday, 2 November
        (date(2026, 1, 1), date(2026, 1, 6), 3),  # New Year's Day takes Friday the 2nd away
        (date(2026, 11, 25), date(2026, 12, 1), 3),  # Thanksgiving
    ],
)
def test_every_paper_falls_on_one_day_through_clock_changes_and_holidays(
    serve, few_categories, first, last, skipped
):
    start = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=5)
    hours = [start + timedelta(hours=number) for number in range(24 * 12)]
    every_hour = [paper(number, published=moment.isoformat()) for number, moment in enumerate(hours, 1)]
    serve(every_hour)
    now = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=60)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    reports = [take_in(day, now=now, sources=("arxiv",)) for day in days]
    assert all(report.problems == () for report in reports)
    empty = IntakeDay.objects.filter(state="empty")
    assert empty.count() == skipped
    assert all(row.reason for row in empty)
    announced = Announcement.objects.values_list("paper_id", flat=True)
    assert len(announced) == len(set(announced)) == Paper.objects.count()
    moments = sorted(each.published_at for each in Paper.objects.all() if each.published_at)
    gaps = {later - earlier for earlier, later in pairwise(moments)}
    assert gaps == {timedelta(hours=1)}, "no hour may be missing between the first cut-off and the last"


def test_a_weekend_is_empty_for_a_reason_and_costs_no_request(serve):
    server = serve()
    saturday = date(2026, 3, 21)
    report = take_in(saturday, now=LATER)
    assert report.problems == ()
    empty = IntakeDay.objects.get(day=saturday, source="arxiv")
    assert empty.state == "empty"
    assert "weekend" in empty.reason
    assert [entry.path.split("?")[0] for entry in server.log] == ["/api/daily_papers"]


def test_a_day_that_is_not_announced_yet_is_neither_empty_nor_failed(serve):
    early = datetime(2026, 3, 18, 0, 0, tzinfo=UTC) - timedelta(minutes=1)
    serve([paper(1)])
    with pytest.raises(InvalidInput, match="2026-03-18 has not come yet; the latest day is 2026-03-17"):
        take_in(DAY, now=early)
    assert not IntakeDay.objects.exists()


def test_an_announced_day_without_papers_is_late_and_no_empty_day(serve):
    server = serve()
    report = take_in(DAY, now=NOW, sources=("arxiv",))
    assert "arXiv failed for 2026-03-18" in report.problems[0]
    assert "no papers where there must be some" in report.problems[0]
    assert states() == {"arxiv": "failed"}
    assert sum(entry.path.startswith("/api/query") for entry in server.log) == 5


def test_an_old_day_of_a_small_field_may_be_empty(serve, few_categories):
    serve([paper(1, categories=["hep-th"])])
    report = take_in(DAY, now=LATER, sources=("arxiv",))
    assert report.problems == ()
    assert states() == {"arxiv": "empty"}
    assert "1 categories" in IntakeDay.objects.get().reason


# -- versions ---------------------------------------------------------------------------------------------


def replaced(number=1, **fields):
    return paper(number, version=2, updated="2026-03-24T10:00:00Z", **fields)


def test_a_replacement_updates_the_text_outdates_its_summaries_and_is_no_news(serve):
    serve([paper(1), paper(2)])
    take_in(DAY, now=NOW)
    first = Paper.objects.get(arxiv_id="2603.00001")
    by_model = make_summary(first, "en")
    by_editor = make_summary(first, "ko", author=Summary.Author.EDITOR)
    other = make_summary(Paper.objects.get(arxiv_id="2603.00002"), "en")
    keep_extracts(now=NOW)

    day, now = date(2026, 3, 25), datetime(2026, 3, 25, 9, tzinfo=UTC)
    serve(
        [replaced(abstract="Something else."), paper(2), paper(3, published="2026-03-24T10:00:00Z")],
        today=day,
    )
    report = take_in(day, now=now)
    assert report.problems == ()
    assert (report.counts["replaced"], report.counts["summaries_outdated"]) == (1, 2)
    first.refresh_from_db()
    assert (first.version, first.abstract) == (2, "Something else.")
    assert keep_extracts(now=now).counts == {"extracts": 2}, "of the new text and of the new paper"
    first.refresh_from_db()
    assert (first.extract or {})["sentence"] == "Something else."
    assert kinds(day=day) == {"2603.00001": "replace", "2603.00003": "new"}
    assert set(Paper.objects.announced_on(day).values_list("arxiv_id", flat=True)) == {"2603.00003"}
    assert list(
        PaperVersion.objects.filter(paper=first).order_by("version").values_list("version", "is_notable")
    ) == [
        (1, False),
        (2, True),
    ]
    by_model.refresh_from_db()
    by_editor.refresh_from_db()
    other.refresh_from_db()
    assert (by_model.state, by_model.is_outdated) == ("wanted", True)
    assert (by_editor.state, by_editor.is_outdated) == ("ready", True)
    assert (other.state, other.is_outdated) == ("ready", False)


def test_a_replacement_that_changes_white_space_only_is_not_notable_and_keeps_its_summaries(serve):
    serve([paper(1)])
    take_in(DAY, now=NOW)
    summary = make_summary(Paper.objects.get(), "en")
    day = date(2026, 3, 25)
    serve(
        [
            replaced(abstract="About  the\nnumber 1.", comment="v2: typos"),
            paper(9, published="2026-03-24T10:00:00Z"),
        ],
        today=day,
    )
    report = take_in(day, now=datetime(2026, 3, 25, 9, tzinfo=UTC))
    assert report.counts["replaced"] == 1
    assert "summaries_outdated" not in report.counts
    assert not PaperVersion.objects.get(version=2).is_notable
    summary.refresh_from_db()
    assert summary.state == "ready"


def test_an_older_version_from_a_lagging_index_changes_nothing(serve):
    serve([replaced(published="2026-03-17T10:00:00Z", abstract="The newer text.")])
    take_in(DAY, now=LATER)
    serve([paper(1)])
    report = take_in(DAY, now=LATER + timedelta(days=1))
    assert report.counts["updated"] == 0
    assert Paper.objects.get().abstract == "The newer text."


def test_a_withdrawal_is_marked(serve):
    serve(
        [
            paper(1, comment="This paper has been withdrawn by the authors"),
            paper(2, comment="A revised version"),
        ]
    )
    take_in(DAY, now=NOW)
    assert set(Paper.objects.filter(is_withdrawn=True).values_list("arxiv_id", flat=True)) == {"2603.00001"}


# -- two sources ------------------------------------------------------------------------------------------


def test_arxivs_word_counts_for_what_a_paper_says_and_hugging_faces_for_votes(serve):
    serve([paper(1)], {DAY: [row(1)]})
    take_in(DAY, now=NOW)
    found = Paper.objects.get()
    assert (found.title, found.authors, found.votes) == ("Paper 1", ["Ada Lovelace", "Grace Hopper"], 1)
    assert found.image_url == "https://a.example/1.png"
    assert kinds("huggingface") == {"2603.00001": "daily"}


def test_a_paper_that_only_hugging_face_has_is_completed_when_arxiv_answers(serve):
    serve([paper(9)], {DAY: [row(1)]})
    report = take_in(DAY, now=NOW)
    assert report.problems == ()
    found = Paper.objects.get(arxiv_id="2603.00001")
    assert (found.provenance, found.title, found.authors) == ("huggingface", "Listed 1", ["Ada L."])
    assert not found.versions.exists()
    summary = make_summary(found, "en")

    serve([paper(1, version=2, title="The true title"), paper(9)], {DAY: [row(1)]})
    tomorrow = NOW + timedelta(days=1)
    take_in(DAY, now=tomorrow)
    found.refresh_from_db()
    assert (found.provenance, found.title, found.version) == ("arxiv", "The true title", 2)
    assert list(found.versions.values_list("version", "is_notable")) == [(2, False)]
    summary.refresh_from_db()
    assert summary.state == "wanted", "its evidence stood in another text"


def test_hugging_face_never_overwrites_what_arxiv_said(serve):
    serve([paper(1)])
    take_in(DAY, now=NOW, sources=("arxiv",))
    serve([], {DAY: [row(1)]})
    take_in(DAY, now=NOW, sources=("huggingface",))
    found = Paper.objects.get()
    assert (found.title, found.provenance, found.votes) == ("Paper 1", "arxiv", 1)


def test_when_arxiv_is_down_hugging_faces_papers_are_stored_and_arxiv_is_named(serve):
    down = Script(faults.status(503), path="/a", forever=True)

    def all_of_arxiv(request):
        return None if request.path.startswith("/api/daily") else down(request) or faults.status(503)

    serve([paper(1)], {DAY: [row(1), row(2)]}, before=all_of_arxiv)
    report = take_in(DAY, now=NOW)
    assert len(report.problems) == 1
    assert "arXiv failed for 2026-03-18" in report.problems[0]
    assert Paper.objects.count() == 2
    assert states() == {"arxiv": "failed", "huggingface": "done"}
    health = SourceHealth.objects.get(source="arxiv")
    assert "HTTP 503" in health.last_error
    assert health.last_error_at == NOW
    assert health.last_good_day is None
    assert SourceHealth.objects.get(source="huggingface").last_good_day == DAY


def test_the_circuit_is_shown_to_the_operator(serve):
    serve([paper(1)], before=lambda request: faults.status(503))
    take_in(DAY, now=NOW)
    take_in(DAY, now=NOW + timedelta(minutes=1))
    health = SourceHealth.objects.get(source="arxiv")
    assert health.circuit_open_until is not None
    assert health.requests_today == 8
    assert "left alone until" in health.last_error


def test_when_hugging_face_is_down_arxivs_papers_are_stored_and_it_is_named(serve):
    serve([paper(1)], before=Script(faults.status(500), path="/api/daily", forever=True))
    report = take_in(DAY, now=NOW)
    assert [problem[:38] for problem in report.problems] == ["Hugging Face failed for 2026-03-18: 12"]
    assert set(kinds()) == {"2603.00001"}
    assert states() == {"arxiv": "done", "huggingface": "failed"}


def test_a_list_of_python_reprs_leaves_no_row(serve):
    serve([], {DAY: b"[\"{'paper': {'id': '2412.07730'}}\"]"})
    report = take_in(DAY, now=NOW, sources=("huggingface",))
    assert "a list of str where a list of objects was due" in report.problems[0]
    assert not Paper.objects.exists()
    assert not Announcement.objects.exists()


# -- ways that check each other ---------------------------------------------------------------------------


def test_without_the_query_api_the_feed_is_enough_and_is_completed_later(serve):
    serve([paper(1), paper(2)], before=Script(faults.status(503), forever=True))
    report = take_in(DAY, now=NOW, sources=("arxiv",))
    assert "2 papers are known from the announcements alone" in report.problems[0]
    found = Paper.objects.get(arxiv_id="2603.00001")
    assert (found.title, found.abstract) == ("Paper 1", "About the number 1.")
    assert (found.authors, found.categories) == (["Ada Lovelace", "Grace Hopper"], ["cs.CL"])
    assert found.published_at is None
    assert kinds() == {"2603.00001": "new", "2603.00002": "new"}

    serve([paper(1, comment="Now we know"), paper(2)])
    report = take_in(DAY, now=NOW, sources=("arxiv",))
    assert report.problems == ()
    found.refresh_from_db()
    assert found.comment == "Now we know"
    assert found.published_at == datetime(2026, 3, 17, 10, tzinfo=UTC)
    assert states() == {"arxiv": "done"}


def test_without_the_feed_the_listing_page_says_what_was_announced(serve, few_categories):
    held = paper(2, published="2026-03-11T10:00:00Z")
    server = serve(
        [paper(1), held],
        listings={DAY: ["2603.00001", "2603.00002"]},
        before=Script(faults.status(503), path="/atom", forever=True),
    )
    report = take_in(DAY, now=NOW, sources=("arxiv",))
    assert report.problems == ()
    assert set(kinds()) == {"2603.00001", "2603.00002"}
    assert any(entry.path.startswith("/list/cs/new") for entry in server.log)
    assert "HTTP 503" in SourceHealth.objects.get(source="arxiv-feed").last_error


def test_without_feed_and_listing_the_query_alone_is_enough(serve, few_categories):
    def neither(request):
        return None if request.path.startswith("/api") else faults.status(404)

    serve([paper(1)], before=neither)
    report = take_in(DAY, now=NOW, sources=("arxiv",))
    assert report.problems == ()
    assert set(kinds()) == {"2603.00001"}


def test_a_feed_that_shows_a_past_day_is_believed_and_one_that_does_not_is_asked_once(serve, few_categories):
    """A mirror or a recording may show a day that arXiv's own feed shows no more."""
    held = paper(2, published="2026-03-11T10:00:00Z")
    server = serve([paper(1), held], listings={DAY: ["2603.00001", "2603.00002"]})
    take_in(date(2026, 3, 17), now=LATER, sources=("arxiv",))
    take_in(date(2026, 3, 16), now=LATER, sources=("arxiv",))
    assert sum(entry.path.startswith("/atom") for entry in server.log) == 1
    take_in(DAY, now=LATER, sources=("arxiv",))
    assert kinds() == {"2603.00001": "new", "2603.00002": "new"}
    assert sum(entry.path.startswith("/atom") for entry in server.log) == 1


def test_a_stale_feed_under_a_fresh_date_announces_nothing_again(serve, few_categories):
    yesterday = date(2026, 3, 17)
    old = [paper(number, published="2026-03-16T10:00:00Z") for number in range(1, 9)]
    serve(old, today=yesterday)
    take_in(yesterday, now=NOW - timedelta(days=1), sources=("arxiv",))
    assert len(kinds(day=yesterday)) == 8

    ids = [one["id"] for one in old]
    stale = serve([*old, paper(9)], listings={DAY: ids})  # the feed repeats them under today's date
    stale.before = Script(faults.status(503), path="/list", forever=True)
    report = take_in(DAY, now=NOW, sources=("arxiv",))
    assert report.problems == ()
    assert set(kinds()) == {"2603.00009"}
    assert "repeats an earlier day" in SourceHealth.objects.get(source="arxiv-feed").last_error


# -- rows that are refused, and all or nothing ------------------------------------------------------------


def test_what_cannot_be_a_paper_is_named_and_leaves_the_others_alone(serve):
    rows = [
        row(1),
        row(2, title="long " * 1000),
        row(3, title=""),
        row(4, publishedAt="2199-01-01T00:00:00Z"),
    ]
    serve([], {DAY: json.dumps(rows).encode()})
    report = take_in(DAY, now=NOW, sources=("huggingface",))
    assert set(Paper.objects.values_list("arxiv_id", flat=True)) == {"2603.00001"}
    assert report.counts["refused"] == 3
    assert [problem.split(" was refused: ")[0] for problem in report.problems] == [
        f"Hugging Face's 2603.0000{number}" for number in (2, 3, 4)
    ]


def test_what_no_database_keeps_is_marked_and_costs_nothing_else(serve):
    listed = row(1, ai_keywords=["fine", "NUL \x00", "half \ud800"])
    serve([], {DAY: json.dumps([listed]).encode()})
    report = take_in(DAY, now=NOW, sources=("huggingface",))
    assert report.problems == ()
    assert Paper.objects.get().keywords == ["fine", "NUL \ufffd", "half \ufffd"]

    serve([], {DAY: json.dumps({"error": "NUL \x00 and half \ud800"}).encode()})
    report = take_in(DAY, now=NOW, sources=("huggingface",))
    assert len(report.problems) == 1
    assert "refuses the query" in IntakeDay.objects.get().reason


def test_a_row_without_text_still_brings_its_votes_to_a_paper_of_arxiv(serve):
    serve([paper(1)], {DAY: [{"paper": {"id": "2603.00001", "upvotes": 7}}]})
    report = take_in(DAY, now=NOW)
    assert report.problems == ()
    assert (Paper.objects.get().title, Paper.objects.get().votes) == ("Paper 1", 7)


def test_nothing_is_stored_when_the_last_step_fails(serve, monkeypatch):
    serve([paper(number) for number in range(1, 7)], {DAY: [row(1)]})

    def broken(*_, **__):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(papers, "_store_listings", broken)
    with pytest.raises(StageDown, match="the disk is full"):
        take_in(DAY, now=NOW)
    assert SetAside.objects.get().item == ""
    assert not Paper.objects.exists()
    assert not PaperVersion.objects.exists()
    assert not IntakeDay.objects.exists()


def test_a_second_run_writes_no_paper_no_version_and_no_announcement(serve):
    serve([paper(number) for number in range(1, 30)], {DAY: [row(1), row(2), row(99)]})
    take_in(DAY, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        report = take_in(DAY, now=NOW + timedelta(hours=1))
    written = [
        one["sql"].split(" SET ")[0][:60]
        for one in captured
        if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
    ]
    assert {sql.split('"')[1] for sql in written} == {"newsletter_intakeday", "newsletter_sourcehealth"}
    assert (report.counts["inserted"], report.counts["updated"], report.counts["unchanged"]) == (0, 0, 30)


def test_a_topic_without_categories_wants_everything(few_categories):
    assert collecting.wanted_categories() == {"cs.CL"}
    make_topic("robots", categories=["cs.RO", "eess.*"])
    assert {"cs.CL", "cs.RO", "eess.SP"} < collecting.wanted_categories()
    make_topic("daily", listing="huggingface")
    assert "hep-th" not in collecting.wanted_categories()
    make_topic("words", query="quantum")
    assert "hep-th" in collecting.wanted_categories()


# -- the clock --------------------------------------------------------------------------------------------


def test_a_tick_takes_in_the_latest_day_then_heals_what_failed_and_follows_the_list(serve):
    assert due_days(NOW) == [DAY]
    serve([paper(1)], {DAY: [row(1)]}, before=Script(faults.status(503), forever=True))
    take_in(DAY, now=NOW)
    assert due_days(NOW) == [DAY]
    serve([paper(1)], {DAY: [row(1)]})
    take_in(DAY, now=NOW)
    assert due_days(NOW) == []
    assert due_days(NOW + timedelta(minutes=59)) == []
    assert due_days(NOW + timedelta(minutes=61)) == [DAY], "its list at Hugging Face may have grown"
    after = datetime(2026, 3, 19, 4, tzinfo=UTC)
    take_in(DAY, now=after)
    assert due_days(after) == [date(2026, 3, 19)]
    assert is_done(DAY, source="huggingface")


def test_a_day_is_looked_at_again_when_its_feed_comes_out(serve, few_categories):
    """At 20:00 the query API has the day; the feed, with what was held back, has it at midnight."""
    evening = datetime(2026, 3, 18, 0, 10, tzinfo=UTC)
    held = paper(2, published="2026-03-11T10:00:00Z")
    everything = {"papers": [paper(1), held], "listings": {DAY: ["2603.00001", "2603.00002"]}}
    serve(**everything, today=date(2026, 3, 17))
    take_in(DAY, now=evening)
    assert set(kinds()) == {"2603.00001"}
    assert due_days(evening + timedelta(minutes=10)) == []
    assert not is_done(DAY, source="arxiv")

    night = datetime(2026, 3, 18, 4, 30, tzinfo=UTC)
    serve(**everything)
    assert due_days(night) == [DAY]
    take_in(DAY, now=night)
    assert set(kinds()) == {"2603.00001", "2603.00002"}
    assert is_done(DAY, source="arxiv")
    assert due_days(night + timedelta(minutes=10)) == []


def test_votes_are_followed_for_three_days(serve):
    server = serve([paper(1)], {DAY: [row(1)]})
    take_in(DAY, now=NOW)
    assert refresh_recent_votes(NOW + timedelta(hours=3)) == 0
    assert Paper.objects.get().votes_at == NOW
    server.stop()
    grown = row(1, upvotes=55)
    serve([paper(1)], {DAY: [grown]})
    later = NOW + timedelta(days=3)
    assert refresh_recent_votes(later) == 1
    assert (Paper.objects.get().votes, Paper.objects.get().votes_at) == (55, later)
    asked = serve([paper(1)], {DAY: [row(1, upvotes=99)]})
    assert refresh_recent_votes(NOW + timedelta(days=4, hours=1)) == 0
    assert asked.log == []


# -- by hand ----------------------------------------------------------------------------------------------


def test_the_command_names_what_failed_in_one_line_and_leaves_with_one(serve, capsys):
    day = "2026-03-18"
    serve([paper(1)], before=Script(Response(body=b"garbage"), path="/api/daily", forever=True))
    with pytest.raises(SystemExit) as left:
        call_command("fetch_papers", "--day", day)
    assert left.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Hugging Face failed for 2026-03-18" in error
    assert set(kinds()) == {"2603.00001"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--day", "2026-13-01"), "'2026-13-01' is not a day"),
        (("--day", "yesterday"), "'yesterday' is not a day"),
        (("--source", "elsewhere"), "invalid choice: 'elsewhere'"),
    ],
)
def test_a_mistyped_argument_is_refused_before_anything_is_asked(serve, capsys, arguments, said):
    server = serve()
    with pytest.raises(SystemExit) as left:
        execute_from_command_line(["manage.py", "fetch_papers", *arguments])
    assert left.value.code == 2
    assert said in capsys.readouterr().err
    assert server.log == []


@pytest.mark.parametrize(
    ("day", "said"),
    [("2099-01-01", "2099-01-01 has not come yet"), ("0001-01-01", "there is nothing of 0001-01-01")],
)
def test_a_day_without_papers_to_be_is_refused_before_anything_is_asked(serve, day, said):
    server = serve()
    with pytest.raises(CommandError, match=said) as refused:
        call_command("fetch_papers", "--day", day)
    assert refused.value.returncode == 2
    assert server.log == []
    assert not IntakeDay.objects.exists()


def test_one_source_alone_can_be_asked(serve):
    server = serve([paper(1)], {DAY: [row(1)]})
    call_command("fetch_papers", "--day", str(DAY), "--source", "huggingface", "--json")
    assert [entry.path.split("?")[0] for entry in server.log] == ["/api/daily_papers"]
    assert states() == {"huggingface": "done"}


def test_backfill_takes_each_day_once(serve, capsys):
    monday = date(2026, 3, 16)
    daily: dict[date, list[Any]] = {monday + timedelta(days=number): [] for number in range(3)}
    papers = [paper(number, published=f"2026-03-{12 + number}T17:00:00Z") for number in range(1, 7)]
    server = serve(papers, daily)
    call_command("backfill", "--from", "2026-03-16", "--to", "2026-03-18", "--json")
    counts = json.loads(capsys.readouterr().out)
    assert counts["problems"] == []
    assert (counts["days_done"], counts["days_skipped"]) == (3, 0)
    asked = len(server.log)
    call_command("backfill", "--from", "2026-03-16", "--to", "2026-03-18", "--json")
    counts = json.loads(capsys.readouterr().out)
    assert (counts["days_done"], counts["days_skipped"]) == (0, 3)
    assert len(server.log) == asked


def test_backfill_stops_when_nothing_answers(serve, capsys):
    serve([], before=lambda _: faults.status(404))
    with pytest.raises(SystemExit) as left:
        call_command("backfill", "--from", "2026-03-02", "--to", "2026-03-31")
    assert left.value.code == 1
    assert "Stopped after 2026-03-04: 3 days in a row failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-03-18", "2026-03-01"), ("2026-03-18", "2099-01-01"), ("1990-01-01", "1990-01-02")],
)
def test_a_range_that_is_none_is_refused(serve, first, last):
    with pytest.raises(CommandError) as refused:
        call_command("backfill", "--from", first, "--to", last)
    assert refused.value.returncode == 2


# -- the same day once more -------------------------------------------------------------------------------


def test_an_answer_that_was_stored_is_not_read_again_on_the_same_day(serve, few_categories, monkeypatch):
    serve([paper(1), paper(2)])
    first = take_in(DAY, now=LATER, sources=("arxiv",))
    monkeypatch.setattr(Arxiv, "search", None)  # whoever asks would fail
    again = take_in(DAY, now=LATER + timedelta(hours=1), sources=("arxiv",))
    assert first.counts["inserted"] == again.counts["unchanged"] == again.counts["arxiv"] == 2
    assert again.counts["inserted"] == again.counts["updated"] == 0
    assert states() == {"arxiv": "done"}


@pytest.mark.parametrize("how", ["a paper was deleted", "another topic", "another day"])
def test_an_answer_is_read_again_where_the_rows_or_the_question_may_differ(serve, few_categories, how):
    serve([paper(1), paper(2), paper(3, categories=["hep-th"])])
    take_in(DAY, now=LATER, sources=("arxiv",))
    now = LATER
    if how == "a paper was deleted":
        Paper.objects.get(arxiv_id="2603.00001").delete()
    elif how == "another topic":
        make_topic("theory", categories=["hep-th"])
    else:
        Paper.objects.filter(arxiv_id="2603.00001").update(title="Forgotten")
        now += timedelta(days=1)
    report = take_in(DAY, now=now, sources=("arxiv",))
    assert report.problems == ()
    assert Paper.objects.get(arxiv_id="2603.00001").title == "Paper 1"
    assert Paper.objects.filter(arxiv_id="2603.00003").exists() == (how == "another topic")
