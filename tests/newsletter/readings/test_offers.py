"""What a mail may link to and show."""

import pytest

from newsletter.models import Figure, Paper, Reading, ReadingText
from newsletter.readings.offers import pages_in, pictures
from tests.factories import NOW, make_paper

pytestmark = pytest.mark.django_db


def figure(paper: Paper, position: int, panel: int = 1, **more: object) -> Figure:
    names = ("600.png", "600.webp", "1200.webp")
    values = {
        "label": f"Figure {position}",
        "caption": "Overview of it.",
        "place_url": "https://arxiv.org/html/x",
        "state": "shown",
        "licence_name": "CC BY 4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "width": 1200,
        "height": 400,
        "files": {name: f"figures/x/{position}-{panel}-{name}" for name in names},
    }
    return Figure.objects.create(paper=paper, position=position, panel=panel, **{**values, **more})


def test_only_what_is_ready_in_the_readers_language_is_offered(django_assert_num_queries):
    ready, held, nothing = make_paper(), make_paper(), make_paper()
    reading = Reading.objects.create(paper=ready, state="ready", origin="html", wanted_at=NOW, read_at=NOW)
    Reading.objects.create(paper=held, state="held", wanted_at=NOW)
    ReadingText.objects.create(reading=reading, language="ko", state="ready", written_at=NOW)
    ReadingText.objects.create(reading=reading, language="ar", state="held", written_at=NOW)
    ids = [ready.pk, held.pk, nothing.pk]
    with django_assert_num_queries(1):
        assert pages_in(ids, {"ko"}) == {(ready.pk, "ko"): f"/papers/{ready.arxiv_id}/ko/in-depth/"}
    assert list(pages_in(ids, {"en", "ar", "de"})) == [(ready.pk, "en")]
    assert pages_in(ids, {"ar", "de"}) == {}


def test_the_first_whole_picture_that_may_be_shown_is_offered_with_its_licence():
    paper, linked = make_paper(), make_paper()
    for panel in (1, 2):
        figure(paper, 1, panel)
    figure(paper, 2)
    figure(linked, 1, state="linked")
    found = pictures([paper.pk, linked.pk])
    assert list(found) == [paper.pk]
    picture = found[paper.pk]
    assert picture.png == f"/papers/{paper.arxiv_id}/figures/2-1-600.png"
    assert (picture.width, picture.height) == (576, 192)
    assert picture.alt == "Figure 2: Overview of it."
    assert (picture.credit, picture.licence_name) == ("Ada Lovelace, Emmy Noether", "CC BY 4.0")


def test_a_picture_of_an_older_version_is_not_offered():
    paper = make_paper(version=2)
    figure(paper, 1, paper_version=1)
    assert pictures([paper.pk]) == {}
