import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks._statements import statements_of
from newsletter.models import Paper
from newsletter.rendering.paper_rows import load_views
from newsletter.summaries import extracts
from newsletter.summaries.extracts import extract, kept_extract, packed_extract
from newsletter.summaries.kept_extracts import AT_ONCE, keep_extracts
from tests.factories import NOW, make_paper

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Foo", "In this paper, we propose Foo, a sparse layer. Foo reaches 91.5% on Bar."),
        ("Foo", "We present Foo, a sparse layer."),
        ("A title \ud800 alone", ""),
    ],
)
def test_what_is_kept_says_what_is_made(title, abstract):
    assert kept_extract(title, abstract, packed_extract(title, abstract)) == extract(title, abstract)


def test_what_was_kept_of_another_text_is_not_shown():
    kept = packed_extract("Foo", "We present Foo, a sparse layer.")
    assert kept_extract("Foo", "We present Bar, a dense layer.", kept) == extract(
        "Foo", "We present Bar, a dense layer."
    )
    assert kept_extract("Bar", "", kept).sentence == "Bar"


def test_a_kept_extract_is_shown_without_being_made_again(monkeypatch):
    paper = make_paper()
    (before,) = load_views([paper.pk], "ko").values()
    assert keep_extracts(now=NOW).counts == {"extracts": 1}

    def make_again(*_: str) -> None:
        pytest.fail("An extract that is kept was made.")

    monkeypatch.setattr(extracts, "extract", make_again)
    assert load_views([paper.pk], "ko") == {paper.pk: before}
    assert before.labels == ("digest.extract",)


def test_each_is_made_once_the_newest_first_and_again_for_another_format(monkeypatch):
    papers = [make_paper(day=None) for _ in range(3)]
    assert keep_extracts(now=NOW, most=2).counts == {"extracts": 2}
    assert Paper.objects.get(extract_format=None) == papers[0]
    assert keep_extracts(now=NOW).counts == {"extracts": 1}
    assert keep_extracts(now=NOW).counts == {"extracts": 0}
    monkeypatch.setattr("newsletter.summaries.kept_extracts.FORMAT", 2)
    monkeypatch.setattr("newsletter.summaries.kept_extracts.AT_ONCE", 2)
    assert keep_extracts(now=NOW, most=2).counts == {"extracts": 2}
    oldest = min(papers, key=lambda paper: paper.pk)
    assert Paper.objects.get(extract_format=1).pk == oldest.pk


def test_statements_do_not_grow_with_papers():
    for _ in range(3):
        make_paper(day=None)
    few = statements_of(connection, lambda: keep_extracts(now=NOW))
    for _ in range(AT_ONCE // 10):
        make_paper(day=None)
    assert statements_of(connection, lambda: keep_extracts(now=NOW)) == few


def test_a_newer_format_is_replaced_too():
    paper = make_paper(day=None)
    Paper.objects.update(extract_format=extracts.FORMAT + 1)
    assert keep_extracts(now=NOW).counts == {"extracts": 1}
    paper.refresh_from_db()
    assert paper.extract_format == extracts.FORMAT


@pytest.mark.any_database  # SQLite is asked: PostgreSQL reads a small table whole, whatever its indexes
@pytest.mark.parametrize("analyzed", [False, True])
def test_no_table_is_read_whole_to_find_that_nothing_is_to_do(analyzed):
    """``move_database`` leaves the figures of ANALYZE, by which SQLite chooses other ways."""
    Paper.objects.bulk_create(
        Paper(arxiv_id=f"2603.{number:05}", title="Foo", extract_format=extracts.FORMAT)
        for number in range(300)
    )
    with connection.cursor() as cursor:
        if analyzed:
            cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as captured:
            keep_extracts(now=NOW)
        statements = [each["sql"] for each in captured if 'FROM "newsletter_paper"' in each["sql"]]
        assert statements
        for statement in statements:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [row[-1] for row in cursor.fetchall()]
            assert all(step.startswith("SEARCH newsletter_paper USING ") for step in steps), (
                statement,
                steps,
            )
