"""Pages of authors' names: found by how a name is folded, spelled as most papers spell it."""

from urllib.parse import unquote

import pytest

from newsletter.archive.authors import LONGEST_NAME, author_papers, author_path
from newsletter.features.corpus import take_in_features
from newsletter.models import Entry
from tests.factories import NOW, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db


def published(*papers):
    make_edition(make_topic(), list(papers))
    take_in_features(now=NOW)


def test_spellings_of_a_name_are_one_and_most_papers_decide_how_it_is_written():
    papers = [
        make_paper(authors=names)
        for names in (
            ["José M. Pérez"],
            ["Ada Lovelace", "Jose M Perez"],
            ["José M. Pérez"],
            ["Ada Lovelace"],
        )
    ]
    published(*papers)
    for name in ("José M. Pérez", "jose m perez", "JOSÉ-M. PÉREZ"):
        held = author_papers(name, most=10)
        assert held is not None
        assert (held.name, held.papers) == ("José M. Pérez", tuple(paper.pk for paper in papers[2::-1]))


def test_a_long_list_goes_on_where_it_stopped_in_a_bounded_number_of_queries(django_assert_max_num_queries):
    papers = [make_paper(authors=["Wei Wang"]) for _ in range(5)]
    published(*papers)
    seen: list[int] = []
    before = None
    with django_assert_max_num_queries(6):
        while page := author_papers("Wei Wang", before=before, most=2):
            seen += page.papers
            if (before := page.older) is None:
                break
    assert seen == [paper.pk for paper in reversed(papers)]


def test_what_is_hidden_withdrawn_or_not_out_is_nobodys():
    hidden, withdrawn = make_paper(authors=["Ada"]), make_paper(authors=["Ada"], is_withdrawn=True)
    make_paper(authors=["Ada"])
    published(hidden, withdrawn)
    assert author_papers("Ada", most=5) is not None
    Entry.objects.filter(paper=hidden).update(is_hidden=True)
    assert author_papers("Ada", most=5) is None


@pytest.mark.any_database
@pytest.mark.parametrize(
    "name", ["AT&T/Bell Labs", "100% Team", "王伟", "김 민수", "..", "O’Neil? #1", "é" * LONGEST_NAME]
)
def test_hostile_and_odd_names_have_one_segment_that_reads_back(name):
    path = author_path(name)
    if name == "..":
        assert path == ""
        return
    segment = path.removeprefix("/authors/").removesuffix("/")
    assert "/" not in segment
    assert unquote(segment) == name
    published(make_paper(authors=[name]))
    held = author_papers(unquote(segment), most=3)
    assert held is not None
    assert held.name == name


@pytest.mark.any_database
def test_a_name_with_a_line_break_has_a_page_on_one_line(client):
    assert author_path("Ada\n  Lovelace") == "/authors/Ada%20Lovelace/"
    published(make_paper(authors=["Ada\r\nLovelace"]))
    assert client.get("/authors/Ada%20Lovelace/?language=en").status_code == 200


@pytest.mark.any_database
def test_names_without_a_letter_or_without_an_end_have_no_page():
    assert author_path(":") == author_path("") == author_path("x" * (LONGEST_NAME + 1)) == ""
    assert (
        author_papers(":", most=1) is author_papers("x" * 5000, most=1) is author_papers("", most=1) is None
    )
