"""Related papers: which they are, why, and that reading them costs two queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.archive.common_terms import PaperTerms
from newsletter.archive.related import KEPT, find_related, related_to
from newsletter.features.corpus import take_in_features
from newsletter.features.terms import count_terms, spellings
from newsletter.models import Entry, RelatedPapers
from tests.factories import NOW, make_edition, make_paper, make_topic

pytestmark = pytest.mark.django_db

ROBOTS = "A diffusion policy moves robot arms. Diffusion policies learn grasping from demonstrations."
GENES = "Protein folding by attention over amino acids. We fold proteins of unknown families."


def publish(*papers):
    make_edition(make_topic(), list(papers))
    take_in_features(now=NOW)
    return find_related(now=NOW).counts["papers"]


def ids(paper, limit=KEPT):
    return [each.paper for each in related_to(paper.pk, limit)]


def fillers():
    return [make_paper(abstract=f"Filler {n} on topic{n} of kind{n}.", authors=[f"N {n}"]) for n in range(20)]


def test_the_nearest_are_those_about_the_same_each_with_what_both_are_about():
    arms = make_paper(title="Robot arms by diffusion policy", abstract=ROBOTS, authors=["Ada Lovelace"])
    hands = make_paper(title="Robot hands", abstract=ROBOTS.replace("arms", "hands"), authors=["Bo Li"])
    genes = make_paper(title="Folding proteins", abstract=GENES, authors=["Cy Young"])
    assert publish(arms, hands, genes, *fillers()) == 23
    near = related_to(arms.pk, 5)
    assert near[0].paper == hands.pk
    assert "diffusion policy" in near[0].terms
    assert near[0].authors == ()
    assert genes.pk not in ids(arms)
    assert arms.pk not in ids(arms)


def test_who_wrote_both_is_a_reason_and_a_name_that_many_bear_is_none(monkeypatch):
    monkeypatch.setattr("newsletter.archive.related.PERSONAL", 3)
    first = make_paper(abstract=ROBOTS, authors=["Ada Lovelace", "Wei Wang"])
    second = make_paper(abstract=ROBOTS + " More.", authors=["Ada  LOVELACE", "Wei Wang"])
    crowd = [make_paper(abstract=f"Topic{n} of kind{n}.", authors=["Wei Wang"]) for n in range(5)]
    publish(first, second, *crowd, *fillers())
    assert related_to(first.pk, 1)[0].authors == ("Ada Lovelace",)
    assert not set(ids(first)) & {paper.pk for paper in crowd}


def test_a_paper_that_comes_later_stands_with_what_was_there():
    old = make_paper(abstract=ROBOTS)
    publish(old, *fillers())
    assert ids(old) == []
    new = make_paper(abstract=ROBOTS + " Again.")
    assert publish(new) == 1
    assert ids(old) == [new.pk]
    assert ids(new) == [old.pk]
    assert publish() == 0


def test_what_is_hidden_withdrawn_or_not_out_is_not_among_them():
    paper, hidden, withdrawn, draft = (make_paper(abstract=f"{ROBOTS} Part {n}.") for n in range(4))
    publish(paper, hidden, withdrawn, *fillers())
    take_in_features(now=NOW)
    assert set(ids(paper)) == {hidden.pk, withdrawn.pk}
    assert not RelatedPapers.objects.filter(paper=draft).exists()
    Entry.objects.filter(paper=hidden).update(is_hidden=True)
    withdrawn.is_withdrawn = True
    withdrawn.save()
    assert ids(paper) == []


def test_reading_takes_two_queries_and_no_more_rows_than_are_kept():
    papers = [make_paper(abstract=f"{ROBOTS} Part {n}.") for n in range(KEPT + 5)]
    publish(*papers, *fillers())
    with CaptureQueriesContext(connection) as queries:
        assert len(ids(papers[0])) == KEPT
    assert len(queries) == 2
    assert len(ids(papers[0], 3)) == 3


@pytest.mark.parametrize(
    ("title", "abstract", "named"),
    [
        (
            "Diffusion Policy for Robots",
            "Our diffusion policy uses LLMs.",
            ("diffusion policy", "Robots", "LLMs"),
        ),
        ("A study", "Code is available at https://github.com/x.", ()),
        ("Attention is all", "Attention and more attention.", ("attention",)),
    ],
)
def test_terms_are_named_as_they_stand_and_what_says_little_is_not(title, abstract, named):
    buckets = sorted(spellings(title, abstract), key=lambda bucket: spellings(title, abstract)[bucket])
    assert len(buckets) == len(count_terms(title, abstract)[0])
    assert set(PaperTerms(title, abstract).common(buckets)) == set(named)
