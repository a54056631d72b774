from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.features.corpus import load_features, take_in_features
from newsletter.features.names import author_key
from newsletter.features.vectors import unit_vector
from newsletter.models import SetAside
from subscriptions.models import Delivery, Taste, TasteOverride, Vote
from subscriptions.picks import Pick, Picks
from subscriptions.readers.votes import cast
from subscriptions.taste import learning
from subscriptions.taste.learning import relearn
from subscriptions.taste.profile import LONGEST, RECIPE, Lesson, OtherPaper, TasteProfile, VotedAuthor, learn
from subscriptions.taste.scoring import combine, score
from tests.factories import DAY, NOW, make_paper, make_subscriber

pytestmark = pytest.mark.django_db


def profile_of(reader):
    return TasteProfile.unpack(bytes(Taste.objects.get(pk=reader.pk).profile))


def make_delivery(reader, picks):
    at = NOW - timedelta(hours=1)
    Delivery.objects.create(
        subscriber=reader, day=DAY, picks=picks, state="sent", language="en", created_at=at
    )


def papers_of(subject, *authors, count=4):
    return [
        make_paper(
            title=f"{subject} {number}",
            abstract=f"We study {subject} in case{number} with {subject} and more.",
            authors=[*authors, f"{subject} Author{number}"],
        )
        for number in range(count)
    ]


def test_a_vote_is_learned_when_it_is_cast():
    reader = make_subscriber()
    flow, other = papers_of("flow matching", "Ada Lovelace"), papers_of("protein folding", "Emmy Noether")
    take_in_features(now=NOW)
    cast(reader, flow[0], 1, now=NOW)
    features = load_features([paper.pk for paper in (*flow[1:], *other)])
    profile = profile_of(reader)
    scores = combine(score([profile], features).of(0), profile, np.zeros(7, np.float32))
    assert scores[:3].min() > scores[3:].max()
    assert author_key("Ada Lovelace") in profile.authors.keys


def test_the_rebuilt_profile_equals_the_one_that_grew_although_papers_came_meanwhile():
    reader = make_subscriber()
    papers = papers_of("flow matching", "Ada Lovelace") + papers_of("graph learning", "Emmy Noether")
    take_in_features(now=NOW)
    sent = make_paper(title="Sent and not voted on")
    make_delivery(reader, picks=Picks(papers=(Pick(sent.pk),)))
    for number, paper in enumerate(papers):
        cast(reader, paper, -1 if number % 3 == 2 else 1, now=NOW + timedelta(hours=number))
        papers_of(f"later subject {number}", "Ada Lovelace", f"Friend {number}", count=2)
        take_in_features(now=NOW)
    grown = bytes(Taste.objects.get().profile)
    relearn(reader.pk, now=NOW)
    assert bytes(Taste.objects.get().profile) == grown
    assert profile_of(reader).likes == 6


def test_a_vote_that_is_taken_back_was_never_learned():
    reader = make_subscriber()
    papers = papers_of("flow matching", "Ada Lovelace")
    take_in_features(now=NOW)
    cast(reader, papers[0], 1, now=NOW)
    before = bytes(Taste.objects.get().profile)
    cast(reader, papers[1], 1, now=NOW + timedelta(hours=1))
    assert bytes(Taste.objects.get().profile) != before
    cast(reader, papers[1], 0, now=NOW + timedelta(hours=2))
    assert bytes(Taste.objects.get().profile) == before


def test_the_last_word_counts_and_the_same_word_again_changes_nothing():
    reader = make_subscriber()
    paper = papers_of("flow matching", "Ada Lovelace")[0]
    cast(reader, paper, 1, now=NOW)
    cast(reader, paper, -1, now=NOW + timedelta(hours=1))
    profile = profile_of(reader)
    assert profile.likes == 0
    assert (profile.like.weights < 0).all()
    assert not len(profile.authors.keys)
    vote = Vote.objects.get()
    cast(reader, paper, -1, now=NOW + timedelta(hours=2))
    assert Vote.objects.get().at == vote.at


def test_what_the_reader_took_out_stays_out():
    reader = make_subscriber()
    papers = papers_of("flow matching", "Ada Lovelace")
    take_in_features(now=NOW)
    cast(reader, papers[0], 1, now=NOW)
    term = int(profile_of(reader).like.terms[0])
    for kind, key in (("author", author_key("Ada Lovelace")), ("term", term)):
        TasteOverride.objects.create(
            subscriber=reader, kind=kind, key=str(key), label="x", stance="forget", at=NOW
        )
    relearn(reader.pk, now=NOW)
    cast(reader, papers[1], 1, now=NOW + timedelta(hours=1))
    profile = profile_of(reader)
    assert author_key("Ada Lovelace") not in [*profile.authors.keys, *profile.near.keys]
    assert term not in profile.like.terms
    assert term not in profile.wide.terms


def test_what_was_sent_and_not_voted_on_is_background():
    reader = make_subscriber()
    sent, voted = papers_of("protein folding", count=2)
    make_delivery(reader, picks=Picks(papers=(Pick(sent.pk), Pick(voted.pk))))
    take_in_features(now=NOW)
    cast(reader, voted, 1, now=NOW + timedelta(days=7, hours=1))
    sums = profile_of(reader).sent
    assert sums.total == pytest.approx(0.5, abs=0.1)
    assert len(sums.terms)


def test_a_vote_costs_constant_queries():
    reader, other = make_subscriber(), make_subscriber()
    papers = papers_of("flow matching", "Ada Lovelace", count=3)
    crowd = papers_of("crowds", *[f"Author {n}" for n in range(40)], count=12)
    take_in_features(now=NOW)
    cast(reader, papers[0], 1, now=NOW)
    cast(other, crowd[0], 1, now=NOW)
    with CaptureQueriesContext(connection) as small:
        cast(reader, papers[1], 1, now=NOW + timedelta(hours=1))
    with CaptureQueriesContext(connection) as large:
        cast(other, crowd[1], 1, now=NOW + timedelta(hours=1))
    assert len(small) == len(large)


def test_a_profile_is_never_larger_than_eight_kilobytes():
    chance = np.random.default_rng(7)

    def vector():
        buckets = np.unique(chance.integers(0, 1 << 20, 300)).astype(np.uint32)
        return unit_vector(buckets, chance.random(len(buckets)).astype(np.float32))

    profile = TasteProfile()
    for paper in range(40):
        authors = [
            VotedAuthor(
                int(chance.integers(1, 1 << 62)),
                2,
                [OtherPaper(vector(), chance.integers(1, 1 << 62, 20))],
            )
            for _ in range(12)
        ]
        profile = learn(profile, Lesson(paper + 1, 1, vector(), authors, 100_000))
    packed = profile.pack()
    assert 7000 < len(packed) <= LONGEST
    assert TasteProfile.unpack(packed).pack() == packed


@pytest.mark.parametrize("packed", [b"x", b"x" * 28, b"\xff" * 500])
def test_bytes_that_are_no_profile_are_refused_with_a_sentence(packed):
    with pytest.raises(ValueError, match="no taste profile"):
        TasteProfile.unpack(packed)


def test_a_profile_of_an_older_recipe_is_made_anew_and_one_bad_reader_stops_nobody(monkeypatch):
    readers = [make_subscriber(), make_subscriber()]
    paper = papers_of("flow matching", "Ada Lovelace")[0]
    for reader in readers:
        cast(reader, paper, 1, now=NOW)
    right = {taste.pk: bytes(taste.profile) for taste in Taste.objects.all()}
    Taste.objects.update(recipe=RECIPE - 1, profile=b"old")
    remake = learning._remake_for

    def fail_for_the_first(subscriber_id, *, now):
        if subscriber_id == readers[0].pk:
            raise ValueError("cannot be learned")
        remake(subscriber_id, now=now)

    monkeypatch.setattr(learning, "_remake_for", fail_for_the_first)
    assert learning.relearn_outdated(now=NOW) == 1
    assert bytes(Taste.objects.get(pk=readers[1].pk).profile) == right[readers[1].pk]
    assert SetAside.objects.get().stage == "tastes"
    monkeypatch.undo()
    assert learning.relearn_outdated(now=NOW + timedelta(days=2)) == 1
    assert bytes(Taste.objects.get(pk=readers[0].pk).profile) == right[readers[0].pk]
    assert not SetAside.objects.exists()


def test_votes_from_before_there_were_tastes_are_learned_with_the_next_one():
    reader = make_subscriber()
    papers = papers_of("flow matching", "Ada Lovelace", count=3)
    for number, paper in enumerate(papers[:2]):
        Vote.objects.create(subscriber=reader, paper=paper, value=1, at=NOW - timedelta(days=9 - number))
    take_in_features(now=NOW)
    cast(reader, papers[2], 1, now=NOW)
    grown = bytes(Taste.objects.get().profile)
    assert profile_of(reader).likes == 3
    relearn(reader.pk, now=NOW)
    assert bytes(Taste.objects.get().profile) == grown


def test_a_paper_that_cannot_be_counted_can_be_voted_on_and_teaches_nothing():
    reader, paper = make_subscriber(), make_paper(authors={"not": "a list"})
    cast(reader, paper, 1, now=NOW)
    assert Vote.objects.count() == 1
    assert profile_of(reader).is_empty


def test_many_votes_are_learned_anew_by_the_next_run_and_nobody_waits(monkeypatch):
    monkeypatch.setattr(learning, "VOTES_AT_ONCE", 3)
    reader = make_subscriber()
    papers = papers_of("flow matching", "Ada Lovelace", count=5)
    for number, paper in enumerate(papers):
        cast(reader, paper, 1, now=NOW + timedelta(hours=number))
    before = bytes(Taste.objects.get().profile)
    cast(reader, papers[0], 0, now=NOW + timedelta(hours=9))
    assert Taste.objects.get().is_outdated
    assert bytes(Taste.objects.get().profile) == before
    assert learning.relearn_outdated(now=NOW) == 1
    assert not Taste.objects.get().is_outdated
    assert profile_of(reader).likes == 4


def test_a_vote_with_an_earlier_time_than_the_last_is_learned_in_its_place():
    reader = make_subscriber()
    first, second = papers_of("flow matching", "Ada Lovelace", count=2)
    cast(reader, second, 1, now=NOW + timedelta(seconds=1))
    cast(reader, first, 1, now=NOW)
    grown = bytes(Taste.objects.get().profile)
    relearn(reader.pk, now=NOW)
    assert bytes(Taste.objects.get().profile) == grown
