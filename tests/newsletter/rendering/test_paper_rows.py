"""What is shown of a paper is remembered by the rows that it is made of: none of them changes unseen."""

from collections.abc import Callable

import pytest

from newsletter.models import Figure, Paper, Reading, Summary
from newsletter.rendering.paper_rows import PaperRows, load_views
from newsletter.rendering.papers import PaperView
from tests.factories import make_paper, make_reading, make_summary

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

FIGURE = {
    "position": 1,
    "licence_name": "CC BY 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
}


FILES = {f"600.{ending}": f"figures/1-600.{ending}" for ending in ("png", "webp")}


def read_in_depth(paper: Paper) -> None:
    make_reading(paper, "ko").texts.update(state="ready")


@pytest.fixture
def paper() -> Paper:
    made = make_paper(title="Before", votes=7)
    make_summary(made, "ko", title="이전", sentence="이전입니다.")
    return made


def view_of(paper: Paper) -> PaperView:
    return load_views({paper.pk}, "ko")[paper.pk]


CHANGES: dict[str, Callable[[Paper], object]] = {
    "title": lambda paper: Paper.objects.update(title="After"),
    "votes": lambda paper: Paper.objects.update(votes=8),
    "authors": lambda paper: Paper.objects.update(authors=["Somebody Else"]),
    "code": lambda paper: Paper.objects.update(code_url="https://example.org/code"),
    "translated title": lambda paper: Summary.objects.update(title="이후"),
    "sentence": lambda paper: Summary.objects.update(sentence="이후입니다."),
    "takeaways": lambda paper: Summary.objects.update(takeaways=[{"text": "이후", "evidence": ""}]),
    "who wrote it": lambda paper: Summary.objects.update(author=Summary.Author.EDITOR),
    "a summary that is gone": lambda paper: Summary.objects.all().delete(),
    "a reading": lambda paper: read_in_depth(paper),
    "a figure": lambda paper: Figure.objects.create(
        paper=paper, state="shown", width=1200, height=400, files=FILES, **FIGURE
    ),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_changed_is_shown_at_once(paper, change):
    before = view_of(paper)
    assert view_of(paper) is not None
    CHANGES[change](paper)
    after = view_of(paper)
    assert after != before
    assert view_of(paper) == after


def test_a_reading_that_is_taken_back_is_offered_no_more(paper):
    read_in_depth(paper)
    assert view_of(paper).has_reading
    Reading.objects.update(state=Reading.State.HIDDEN)
    assert not view_of(paper).has_reading


def test_two_languages_and_two_sites_are_told_apart(paper):
    rows = PaperRows()
    rows.read_papers({paper.pk}, {"ko", "de"})
    views = [
        rows.view(paper.pk, language, site_url=site)
        for language in ("ko", "de")
        for site in ("", "https://paperpost.example")
    ]
    assert len({(view.language, view.evidence_url) for view in views if view is not None}) == len(views)
