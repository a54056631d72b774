"""The recorded answers in the rows, every field of them; and what was damaged at the source leaves none.

Here all of arXiv's and every twentieth day of Hugging Face's; ``python -m benchmarks.intake`` takes in all.
"""

from datetime import date, timedelta

import pytest

from newsletter.intake import take_in
from newsletter.models import Announcement, IntakeDay, Paper, PaperVersion
from services.sources import Response, SourceServer
from tests.factories import make_topic
from tests.newsletter.intake.recorded_answers import (
    load_answers,
    load_days,
    served,
    take_in_answers,
    take_in_days,
)
from tests.newsletter.intake.recorded_listings import LONG_AFTER

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]


def test_every_field_of_arxivs_answers_is_stored_as_it_was_recorded(recorded):
    answers = load_answers(recorded / "arxiv_api")
    assert len(answers) == 40
    tally = take_in_answers(answers)
    print(tally.line())  # noqa: T201 - the count asked for
    assert (tally.problems, tally.differences) == ([], [])
    assert tally.equal == tally.compared
    assert tally.compared["title"] == 365, "366 entries were recorded, one of them an error"


def test_every_field_of_hugging_faces_days_is_stored_as_it_was_recorded(recorded):
    days = load_days(recorded / "hf_daily" / "raw_gz")
    assert len(days) == 434
    tally = take_in_days({day: body for number, (day, body) in enumerate(days.items()) if number % 20 == 7})
    print(tally.line())  # noqa: T201 - the count asked for
    assert (tally.problems, tally.differences) == ([], [])
    assert tally.equal == tally.compared
    assert tally.compared["title"] > 300


def test_two_documents_in_one_leave_no_row_and_a_clear_message(recorded):
    body = (recorded / "arxiv_api" / "not_one_document" / "two_responses_concatenated.xml").read_bytes()
    day = date(2026, 3, 18)
    make_topic("language", categories=["cs.CL"])
    answer = Response(body=body, content_type="application/atom+xml")
    with SourceServer(before=lambda _: answer) as server, served(server.url):
        report = take_in(day, now=LONG_AFTER + timedelta(days=1), sources=("arxiv",))
    assert "broken document where Atom was due" in " ".join(report.problems)
    assert not Paper.objects.exists()
    assert not PaperVersion.objects.exists()
    assert not Announcement.objects.exists()
    assert IntakeDay.objects.get().state == "failed"
    assert "broken document" in IntakeDay.objects.get().reason
