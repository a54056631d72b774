"""Every recorded listing through the real server formats, the real client and the real intake.

Here some days of each recording; ``python -m benchmarks.intake`` takes in all of them.
"""

import pytest

from tests.newsletter.recorded_listings import NAMES, load, take_in_recording

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
