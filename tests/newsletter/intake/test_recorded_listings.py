"""Every recorded listing through the real server formats, the real client and the real intake.

Here some days of each recording; ``python -m benchmarks.intake`` takes in all of them.
"""

from datetime import date

import pytest

from tests.newsletter.intake.recorded_listings import NAMES, Recording, load, take_in_recording

pytestmark = pytest.mark.slow

DAYS = 4


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_every_paper_is_stored_as_it_was_recorded(recorded, name):
    recording = load(name, folder=recorded / "arxiv_meta").part(DAYS)
    tally = take_in_recording(recording)
    print(f"{name}: {len(recording.days)} days: {tally.line()}")  # noqa: T201 - the count asked for
    assert tally.problems == []
    assert tally.differences == []
    assert tally.equal == tally.compared
    assert tally.compared["title"] == tally.compared["first listed"] == len(recording.papers) > 0


@pytest.mark.django_db
def test_the_oddest_recorded_papers_are_stored_like_any_other(recorded):
    """A whole team as one author's name, two categories in one string, a word that is no category."""
    whole = load("cs_daily_listing", folder=recorded / "arxiv_meta")
    papers = {name: whole.papers[name] for name in ("2505.21558", "2506.02197", "2508.01712")}
    days = {day: [name for name in ids if name in papers] for day, ids in whole.days.items()}
    first: dict[date, list[str]] = {}
    for day, ids in days.items():
        if fresh := [name for name in ids if not any(name in told for told in first.values())]:
            first[day] = fresh
    tally = take_in_recording(Recording(whole.name, papers, first))
    assert (tally.problems, tally.differences) == ([], [])
    assert tally.compared["title"] == len(papers)
