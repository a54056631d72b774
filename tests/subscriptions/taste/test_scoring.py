"""Properties of the scores, whatever the profiles and papers are."""

from dataclasses import replace

import numpy as np
import pytest

from newsletter.features.matrix import NO_VECTOR, CorpusView, features_of, mean_vector
from newsletter.features.vectors import Frequencies, PaperVector, unit_vector
from subscriptions.taste.profile import Lesson, OtherPaper, TasteProfile, TermSum, VotedAuthor, learn
from subscriptions.taste.scoring import (
    AUTHOR,
    LIKE,
    NEAR,
    PRIOR,
    WIDE,
    Parts,
    combine,
    reliance,
    score,
)

pytestmark = pytest.mark.any_database

NAMES = np.arange(1, 60, dtype=np.int64)


@pytest.fixture
def chance():
    return np.random.default_rng(20251231)


def make_vector(chance, terms=40):
    buckets = np.unique(chance.integers(0, 400, terms)).astype(np.uint32)
    rarities = chance.integers(0, 200, len(buckets)).astype(np.uint8)
    return unit_vector(buckets, 1 + chance.random(len(buckets)).astype(np.float32), rarities)


def make_features(chance, papers=30):
    vectors = [make_vector(chance) for _ in range(papers)]
    names = [chance.choice(NAMES, chance.integers(1, 6), replace=False) for _ in range(papers)]
    corpus = CorpusView(1000, {int(name): 3 for name in NAMES}, mean_vector(vectors, most_terms=500))
    return features_of(range(papers), vectors, names, corpus)


def make_profile(chance, votes=6):
    profile = TasteProfile()
    for paper in range(votes):
        authors = [
            VotedAuthor(int(name), 2, [OtherPaper(make_vector(chance), chance.choice(NAMES, 4))])
            for name in chance.choice(NAMES, 3, replace=False)
        ]
        value = -1 if paper % 4 == 3 else 1
        profile = learn(profile, Lesson(paper, value, make_vector(chance), authors, 1000))
    return profile


def scores_of(profile, features, prior):
    return combine(score([profile], features).of(0), profile, prior)


def test_a_batch_gives_every_reader_what_the_reader_alone_gets(chance):
    features = make_features(chance)
    profiles = [make_profile(chance, votes) for votes in (0, 1, 2, 9, 30)]
    together = score(profiles, features)
    for row, profile in enumerate(profiles):
        alone = score([profile], features).of(0)
        for part in ("like", "wide", "near", "author"):
            np.testing.assert_allclose(
                getattr(together.of(row), part), getattr(alone, part), rtol=1e-5, atol=1e-6
            )


def test_without_likes_the_order_is_that_of_the_prior(chance):
    features = make_features(chance)
    prior = chance.random(30).astype(np.float32)
    np.testing.assert_array_equal(scores_of(TasteProfile(), features, prior), prior)


def test_a_reader_who_only_disliked_keeps_the_order_of_all_that_is_unlike_it(chance):
    features = make_features(chance)
    disliked = PaperVector(
        features.terms[[4]].indices.astype(np.uint32),
        features.terms[[4]].data,
        np.full(features.terms[[4]].nnz, 32, np.uint8),
    )
    profile = learn(TasteProfile(), Lesson(4, -1, disliked, [], 1000))
    prior = chance.random(30).astype(np.float32)
    prior[4] = 0.9
    scores = scores_of(profile, features, prior)
    assert list(scores).index(scores[4]) == 4
    assert (scores > scores[4]).sum() > (prior > prior[4]).sum()
    unlike = np.flatnonzero(
        score([profile], features).of(0).like >= score([profile], features).of(0).like.mean()
    )
    assert list(np.argsort(scores[unlike])) == list(np.argsort(prior[unlike]))


def test_names_are_bounded_however_often_they_are_liked(chance):
    papers = 12
    zeros, prior = np.zeros(papers, np.float32), np.zeros(papers, np.float32)
    endless = np.full(papers, 1e6, np.float32)
    endless[0] = 0
    scores = combine(
        Parts(zeros, zeros, endless, endless), replace(make_profile(chance), chances=0, repeats=0), prior
    )
    assert scores[1:].max() - scores[0] == pytest.approx(NEAR + AUTHOR)


def test_no_part_moves_a_paper_further_than_its_weight_allows(chance):
    features = make_features(chance)
    for votes in (1, 3, 20):
        scores = scores_of(make_profile(chance, votes), features, chance.random(30).astype(np.float32))
        furthest = np.sqrt(30)  # of a standardised value among 30
        assert np.abs(scores).max() <= (LIKE + WIDE + PRIOR) * furthest + NEAR + AUTHOR


def test_names_count_less_the_more_rarely_likes_share_them():
    faithful = [reliance(TasteProfile(likes=n + 1, chances=n, repeats=n)) for n in (0, 1, 10, 100)]
    broad = [reliance(TasteProfile(likes=n + 1, chances=n, repeats=0)) for n in (0, 1, 10, 100)]
    assert faithful == [1, 1, 1, 1]
    assert broad == sorted(broad, reverse=True)
    assert broad[0] == 1
    assert 0 < broad[-1] < 0.001


def test_an_empty_corpus_and_papers_without_words_or_names_give_numbers():
    empty = features_of((1, 2), [NO_VECTOR, NO_VECTOR], [np.zeros(0, np.int64)] * 2, CorpusView(0, {}))
    profile = learn(TasteProfile(), Lesson(1, 1, NO_VECTOR, [VotedAuthor(7, 0, [])], 0))
    for papers in (empty, features_of((), [], [], CorpusView(0, {}))):
        scores = scores_of(profile, papers, np.zeros(len(papers.papers), np.float32))
        assert np.isfinite(scores).all()


def test_the_first_paper_of_a_corpus_has_a_vector_that_can_be_scored():
    frequencies = Frequencies()
    buckets = np.arange(5, dtype=np.uint32)
    frequencies.add(buckets)
    vector = frequencies.vector(buckets, np.ones(5, np.float32))
    features = features_of((1,), [vector], [NAMES[:2]], CorpusView(1, {1: 1, 2: 1}, vector))
    profile = learn(TasteProfile(), Lesson(1, 1, vector, [VotedAuthor(1, 1, [])], 1))
    assert np.isfinite(scores_of(profile, features, np.zeros(1, np.float32))).all()


def test_the_terms_that_are_kept_are_those_that_other_papers_have_too():
    """Of many equal weights rare word pairs, which hardly come again, go first, and so do dull words."""
    buckets = np.arange(300, dtype=np.uint32)
    rarities = np.where(buckets < 100, 35, np.where(buckets < 200, 160, 1)).astype(np.uint8)
    total = TermSum().plus([(unit_vector(buckets, np.ones(300, np.float32), rarities), 1.0)])
    assert set(total.cut(100).terms) == set(range(100))


def test_a_sum_of_vectors_is_the_sum_of_its_parts(chance):
    vectors = [(make_vector(chance), weight) for weight in (1.0, -0.5, 0.25)]
    expected = np.zeros(400)
    for vector, weight in vectors:
        expected[vector.buckets] += weight * vector.weights
    total = TermSum().plus(vectors)
    np.testing.assert_allclose(expected[total.terms], total.weights, rtol=1e-5, atol=1e-7)
    assert not expected[np.setdiff1d(np.arange(400), total.terms)].any()
