import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.features.corpus import ensure_features, load_features, papers_in_corpus, take_in_features
from newsletter.features.names import author_key
from newsletter.features.terms import count_terms, spell
from newsletter.features.vectors import PaperVector
from newsletter.models import PaperAuthor, PaperFeatures, SetAside
from tests.factories import NOW, make_paper

pytestmark = pytest.mark.django_db


def test_a_paper_is_counted_once_and_its_vector_never_changes():
    paper = make_paper(title="Flow matching", abstract="Flow matching for images.")
    assert take_in_features(now=NOW).counts == {"papers": 1}
    before = bytes(PaperFeatures.objects.get(paper=paper).terms)
    make_paper(title="Flow matching again", abstract="Flow matching.")
    paper.title = "Another title"
    paper.save()
    assert take_in_features(now=NOW).counts == {"papers": 1}
    assert take_in_features(now=NOW).counts == {"papers": 0}
    assert bytes(PaperFeatures.objects.get(paper=paper).terms) == before
    assert papers_in_corpus() == 2
    assert list(PaperFeatures.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_vectors_have_length_one_and_rare_words_weigh_more():
    papers = [make_paper(title="Common words", abstract=f"Common thing number{n}.") for n in range(20)]
    take_in_features(now=NOW)
    vector = PaperVector.unpack(bytes(PaperFeatures.objects.get(paper=papers[0]).terms))
    assert abs(float(np.linalg.norm(vector.weights)) - 1) < 0.01
    weights = {
        spell(int(bucket), "Common words", "Common thing number0."): weight
        for bucket, weight in zip(vector.buckets, vector.weights, strict=True)
    }
    assert weights["number0"] > 3 * weights["words"]


def test_a_paper_that_cannot_be_counted_is_set_aside_and_the_others_are_done():
    good, bad = make_paper(), make_paper(authors={"not": "a list"})
    report = take_in_features(now=NOW)
    assert report.counts == {"papers": 1}
    assert PaperFeatures.objects.get().paper == good
    assert bad.arxiv_id in SetAside.objects.get().item


def test_a_name_stands_once_on_a_paper_and_names_without_letters_nowhere():
    paper = make_paper(authors=["Ada Lovelace", "ADA LOVELACE", "…", "José Pérez"])
    ensure_features([paper.pk], now=NOW)
    keys = {author_key("Ada Lovelace"), author_key("Jose Perez")}
    assert set(PaperAuthor.objects.values_list("author", flat=True)) == keys


def test_features_of_many_papers_are_read_with_constant_queries():
    papers = [make_paper(authors=[f"Author {n}", "Emmy Noether"]) for n in range(30)]
    take_in_features(now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as few:
        load_features([paper.pk for paper in papers[:3]])
    with CaptureQueriesContext(connection) as many:
        features = load_features([paper.pk for paper in papers])
    assert len(few) == len(many)
    assert features.papers == tuple(paper.pk for paper in papers)
    assert features.terms.shape[0] == features.authors.shape[0] == len(features.background) == 30
    assert features.authors.shape[1] == 31


def test_a_paper_without_features_is_a_row_of_zeros():
    features = load_features([make_paper().pk])
    assert features.terms.nnz == features.authors.nnz == 0


def test_terms_are_words_and_neighbouring_pairs_whatever_the_script():
    buckets, weights = count_terms("Naïve Bayes", "扩散 模型")
    assert len(buckets) == 6
    assert set(weights.tolist()) == {1.0}
    assert list(buckets) == sorted(buckets)
