"""Papers that readers named are taken in by id, through the gate, and what cannot be had is told."""

from datetime import timedelta

import pytest

from newsletter.errors import SourceError
from newsletter.intake import fetch_wanted
from newsletter.models import Paper, WantedPaper
from newsletter.tasks import fetch_wanted_due
from services.sources import SourceServer
from tests.factories import NOW, make_paper
from tests.newsletter.sources import faults

pytestmark = pytest.mark.django_db


def described(arxiv_id, **fields):
    return {
        "id": arxiv_id,
        "title": f"The paper {arxiv_id}",
        "abstract": "About much.",
        "authors": ["Ada Lovelace"],
        "categories": ["cs.CL"],
        "published": "2024-03-05T10:00:00Z",
        **fields,
    }


@pytest.fixture
def serve(settings, tmp_path):
    running = []
    settings.VAR_DIR = tmp_path
    settings.ARXIV_INTERVAL = 0.0

    def start(papers, **options):
        server = SourceServer(papers=papers, daily={}, today=NOW.date(), **options)
        running.append(server.start())
        settings.ARXIV_API_URL = server.url
        return server

    yield start
    for server in running:
        server.stop()


def test_wanted_papers_come_and_are_wanted_no_more(serve):
    serve([described("2403.03163"), described("cs/0112017"), described("2403.03164")])
    make_paper(arxiv_id="2403.03164")  # came by itself meanwhile
    WantedPaper.objects.want(["2403.03163", "cs/0112017", "2403.03164"], now=NOW)
    report = fetch_wanted(now=NOW)
    assert report.counts == {"wanted": 3, "fetched": 2, "refused": 0, "missing": 0}
    assert Paper.objects.get(arxiv_id="2403.03163").title == "The paper 2403.03163"
    assert not WantedPaper.objects.exists()
    assert fetch_wanted(now=NOW).counts == {}


def test_what_arxiv_does_not_have_is_asked_for_on_three_days_and_given_up_with_the_reason(serve):
    serve([described("2403.03163")])
    WantedPaper.objects.want(["2403.03163", "2403.99999"], now=NOW)
    for day in range(3):
        now = NOW + timedelta(days=day)
        assert fetch_wanted(now=now).counts["missing"] == 1
        assert fetch_wanted(now=now).counts == {}  # not twice on one day
    row = WantedPaper.objects.get()
    assert (row.arxiv_id, row.state, row.reason) == (
        "2403.99999",
        "missing",
        "arXiv has no paper with this id.",
    )
    WantedPaper.objects.want(["2403.99999"], now=NOW)  # known to be missing
    assert fetch_wanted(now=NOW + timedelta(days=9)).counts == {}
    fetch_wanted(now=NOW + timedelta(days=60))
    assert not WantedPaper.objects.exists()  # whoever names it again has it asked for again


def test_a_record_that_cannot_be_right_is_refused_and_the_others_come(serve):
    serve([described("2403.03163"), described("2403.03164", title=" ")])
    WantedPaper.objects.want(["2403.03163", "2403.03164"], now=NOW)
    counts = fetch_wanted(now=NOW).counts
    assert (counts["fetched"], counts["refused"]) == (1, 1)
    assert WantedPaper.objects.get().reason == "It was refused: it has no title."


def test_when_arxiv_is_down_everything_stays_wanted(serve, caplog):
    serve([], before=lambda _: faults.status(400))
    WantedPaper.objects.want(["2403.03163"], now=NOW)
    with pytest.raises(SourceError):
        fetch_wanted(now=NOW)
    assert fetch_wanted_due() == {}
    assert WantedPaper.objects.get().attempts == 0
    assert "stay wanted" in caplog.text
