"""Which papers a reference means: what agrees is found, what is doubtful is left to the reader."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from newsletter.models import Paper, PaperKey, WantedPaper
from newsletter.references import Reference, Standing, match, matching, papers_by_author
from newsletter.references.index import index_again, index_new
from tests.factories import NOW, make_paper

pytestmark = pytest.mark.django_db


def found(**fields) -> tuple[Standing, Paper | None]:
    only = match([Reference(line=1, **fields)])[0]
    return only.standing, only.paper


@pytest.fixture
def attention():
    return make_paper(
        arxiv_id="1706.03762",
        title="Attention Is All You Need",
        authors=["Ashish Vaswani", "Łukasz Kaiser"],
        doi="10.1145/ABC.1 10.1/second",
        published_at=datetime(2017, 6, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"arxiv_id": "1706.03762"},
        {"doi": "10.1145/abc.1"},
        {"doi": "10.1/second"},
        {"title": "Attention is all you need"},
        {"title": "ATTENTION IS  ALL YOU NEED.", "authors": ("Kaiser, Lukasz",)},
        {"title": "Attention is al you need", "authors": ("Vaswani, A.",)},
        {"title": "Atention is all you need", "year": 2017},
    ],
)
def test_what_agrees_is_found(attention, fields):
    make_paper(title="Attention is not all you need", authors=["Yihe Dong"])
    assert found(**fields) == (Standing.KNOWN, attention)


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({"arxiv_id": "2403.03163"}, Standing.TO_FETCH),
        ({"title": "Attention is al you need"}, Standing.NO_MATCH),  # like it, and nothing else agrees
        ({"title": "Attention is al you need", "authors": ("Someone Else",)}, Standing.NO_MATCH),
        ({"title": "Attention is all you need", "authors": ("Someone Else",)}, Standing.OTHERS),
        ({"title": "Attention"}, Standing.NO_MATCH),
        ({"doi": "10.1145/abc"}, Standing.NO_MATCH),
    ],
)
def test_what_is_doubtful_is_not(attention, fields, standing):
    assert found(**fields) == (standing, None)


def test_a_title_of_several_papers_needs_an_author():
    papers = [make_paper(title="A survey of large models", authors=[name]) for name in ("Ada Li", "Emmy Wu")]
    assert found(title="A Survey of Large Models") == (Standing.AMBIGUOUS, None)
    assert found(title="A Survey of Large Models", authors=("Wu, Emmy",)) == (Standing.KNOWN, papers[1])


def test_the_second_mention_of_a_paper_is_told(attention):
    matches = match([Reference(1, arxiv_id="1706.03762"), Reference(2, title="Attention is all you need")])
    assert [each.standing for each in matches] == [Standing.KNOWN, Standing.REPEATED]


def test_what_arxiv_does_not_have_and_what_was_withdrawn_is_told():
    WantedPaper.objects.create(arxiv_id="2403.00001", state="missing", wanted_at=NOW, due_at=NOW)
    make_paper(arxiv_id="2403.00002", is_withdrawn=True)
    assert found(arxiv_id="2403.00001") == (Standing.MISSING, None)
    assert found(arxiv_id="2403.00002") == (Standing.WITHDRAWN, None)


def test_queries_do_not_grow_with_the_list(attention, django_assert_num_queries):
    index_new(most=100)
    for count in (3, 300):
        references = [Reference(line, title=f"Title of the number {line}") for line in range(count)]
        references += [Reference(0, arxiv_id="1706.03762"), Reference(0, doi="10.1145/abc.1")]
        with django_assert_num_queries(6):
            match(references)


def test_a_paper_is_found_under_its_new_title_and_its_old_one(attention):
    index_new(most=100)
    Paper.objects.update(title="Transformers explained to everybody")
    index_again([Paper.objects.get()])
    assert found(title="Transformers explained to everybody") == (Standing.KNOWN, attention)
    assert found(title="Attention is all you need") == (Standing.KNOWN, attention)


def test_keys_are_made_for_what_came_before_there_were_any_and_once(attention):
    assert (index_new(most=100), index_new(most=100)) == (1, 0)
    assert PaperKey.objects.filter(paper=attention).count() > 3


def test_an_author_is_found_however_the_name_is_written(attention):
    other = make_paper(authors=["Lorenz Kaiser"], published_at=datetime(2020, 1, 1, tzinfo=UTC))
    for name in ("Łukasz Kaiser", "Kaiser, Lukasz", "LUKASZ KAISER"):
        assert papers_by_author(name, most=9) == [attention]
    assert papers_by_author("L. Kaiser", most=9) == [other, attention]
    assert papers_by_author("Kaiser, Max", most=9) == papers_by_author("…", most=9) == []


def test_a_paper_is_folded_once_however_many_entries_are_like_it(monkeypatch):
    papers = [
        make_paper(title=f"Attention Is All You Need {number}", authors=["A. Vaswani"]) for number in range(3)
    ]
    folded: Counter[str] = Counter()
    for name in ("fold_title", "name_words"):
        whole = getattr(matching, name)

        def counting(text, whole=whole):
            folded[str(text)] += 1
            return whole(text)

        monkeypatch.setattr(matching, name, counting, raising=False)
    titles = [f"Attention Is All You Need x{number}" for number in range(9)]
    match([Reference(line=1, title=title, authors=("Vaswani, A.",)) for title in titles])
    assert [folded[paper.title] for paper in papers] == [1, 1, 1]
    assert folded[str(papers[0].authors)] == 3
