"""The recorded real day 2026-03-18, served in the real formats and taken in by the real arxiv client."""

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from newsletter.arxiv import calendar
from newsletter.arxiv.taxonomy import CATEGORIES
from newsletter.intake import take_in
from newsletter.models import Announcement, IntakeDay, Paper, PaperVersion
from services.sources import SourceServer

pytestmark = [pytest.mark.any_database, pytest.mark.slow]

DAY = date(2026, 3, 18)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)  # the recording was made weeks later, and papers changed since


def squeezed(text):
    return " ".join((text or "").split())


def moment(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture(scope="module")
def metadata(recorded):
    with gzip.open(recorded / "arxiv_meta" / "cs_ai_cl_cv_lg_dated.jsonl.gz", "rt") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


@pytest.fixture(scope="module")
def daily(recorded):
    return (recorded / "hf_daily" / "raw_gz" / f"{DAY}.json.gz").read_bytes()


@pytest.fixture
def server(metadata, daily, settings, tmp_path):
    with SourceServer(papers=metadata.values(), daily={DAY: daily}, today=DAY) as running:
        settings.VAR_DIR = tmp_path
        settings.ARXIV_INTERVAL = 0.0
        settings.ARXIV_API_URL = settings.ARXIV_FEED_URL = settings.ARXIV_SITE_URL = running.url
        settings.HUGGINGFACE_URL = running.url
        yield running


def expected_of_window(metadata):
    """The recorded papers that were submitted in the day's window."""
    window = calendar.submission_window(DAY)
    assert window is not None
    start, end = window
    return {name for name, row in metadata.items() if start <= moment(row["published"]) < end}


@pytest.mark.django_db
def test_the_day_is_stored_complete_and_field_by_field_as_the_sources_have_it(server, metadata, daily):
    report = take_in(DAY, now=NOW)
    assert report.problems == ()

    rows = {row["paper"]["id"]: row for row in json.loads(gzip.decompress(daily))}
    window = expected_of_window(metadata)
    assert set(Paper.objects.values_list("arxiv_id", flat=True)) == window | set(rows)
    listed = Announcement.objects.filter(source="huggingface", day=DAY, kind="daily")
    assert set(listed.values_list("paper__arxiv_id", flat=True)) == set(rows)
    announced = Announcement.objects.filter(source="arxiv", day=DAY)
    assert set(announced.values_list("paper__arxiv_id", flat=True)) == window

    equal: Counter[str] = Counter()
    compared: Counter[str] = Counter()

    def compare(field, got, wanted):
        compared[field] += 1
        equal[field] += got == wanted
        assert got == wanted, field

    for paper in Paper.objects.all():
        source = metadata.get(paper.arxiv_id)
        if source is not None:
            compare("provenance", paper.provenance, "arxiv")
            compare("title", paper.title, squeezed(source["title"]))
            compare("abstract", paper.abstract, squeezed(source["abstract"]))
            compare("authors", paper.authors, [squeezed(name) for name in source["authors"]])
            compare(
                "categories", paper.categories, [name for name in source["categories"] if name in CATEGORIES]
            )
            compare("primary_category", paper.primary_category, source["categories"][0])
            compare("comment", paper.comment, squeezed(source.get("comment")))
            compare("doi", paper.doi, squeezed(source.get("doi")))
            compare("journal_ref", paper.journal_ref, squeezed(source.get("journal_ref")))
            compare("published_at", paper.published_at, moment(source["published"]))
            compare("updated_at", paper.updated_at, moment(source["updated"]))
        row = rows.get(paper.arxiv_id)
        if row is not None:
            inner = row["paper"]
            if source is None:
                compare("provenance", paper.provenance, "huggingface")
                compare("title", paper.title, squeezed(inner["title"]))
                compare("abstract", paper.abstract, squeezed(inner["summary"]))
                compare("authors", paper.authors, [squeezed(who["name"]) for who in inner["authors"]])
                compare("published_at", paper.published_at, moment(inner["publishedAt"]))
            compare("votes", paper.votes, inner["upvotes"])
            compare("comments_count", paper.comments_count, row["numComments"])
            compare("image_url", paper.image_url, row["thumbnail"])
            compare("code_url", paper.code_url, inner.get("githubRepo", ""))
            compare("code_stars", paper.code_stars, inner.get("githubStars"))
            compare("project_url", paper.project_url, inner.get("projectPage", ""))
            organisation = (inner.get("organization") or {}).get("fullname", "")
            compare("organisation", paper.organisation, squeezed(organisation))
            compare("keywords", paper.keywords, inner.get("ai_keywords", []))
    print(", ".join(f"{field} {equal[field]}/{compared[field]}" for field in compared))  # noqa: T201 - the count asked for
    assert equal == compared
    assert compared["title"] == len(window | set(rows))
    assert PaperVersion.objects.count() == Paper.objects.filter(provenance="arxiv").count()


@pytest.mark.django_db
def test_a_second_run_writes_no_paper_and_asks_arxiv_nothing(server):
    take_in(DAY, now=NOW)
    before = list(Paper.objects.order_by("pk").values())
    asked = len(server.log)
    report = take_in(DAY, now=NOW + timedelta(hours=2))
    assert report.problems == ()
    assert (report.counts["inserted"], report.counts["updated"], report.counts["announced"]) == (0, 0, 0)
    assert list(Paper.objects.order_by("pk").values()) == before
    again = [entry.path for entry in server.log[asked:]]
    assert all(path.startswith("/api/daily_papers") for path in again), "the same query twice on a day"


@pytest.mark.django_db
def test_the_command_takes_in_the_day_as_a_person_would_run_it(server, metadata, daily, capsys):
    call_command("fetch_papers", "--day", str(DAY), "--json")
    counts = json.loads(capsys.readouterr().out)
    assert counts["problems"] == []
    assert counts["huggingface"] == 34
    assert counts["inserted"] == Paper.objects.count() > 250
    assert set(IntakeDay.objects.values_list("source", "state")) == {
        ("arxiv", "done"),
        ("huggingface", "done"),
    }
