"""A reader's own order: what was liked comes first, says why, and leaves room for what is new."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.features.corpus import take_in_features
from newsletter.features.names import author_key
from newsletter.models import Entry
from subscriptions.digests import choose_batch
from subscriptions.digests.candidates import CandidateIndexCache
from subscriptions.digests.catch_up import missed_picks
from subscriptions.digests.dry_choice import forecast
from subscriptions.models import Subscriber, TasteOverride
from subscriptions.picks import NEW, TASTE, ReasonKind
from subscriptions.readers.votes import cast
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_topic

pytestmark = pytest.mark.django_db

SUBJECTS = ("flow matching", "protein folding", "soft robots", "speech codecs")


def about(subject, number=0, **fields):
    fields.setdefault("authors", [f"{subject} Author{number}"])
    return make_paper(
        title=f"{subject.title()} in study {number}",
        abstract=f"We bring {subject} to field{number}. What {subject} needs is told. So ends place{number}.",
        **fields,
    )


@pytest.fixture
def day():
    """A day of ten papers on each subject in one topic; those on flow matching have the fewest votes."""
    papers = {
        subject: [about(subject, number, votes=10 * place + number % 3) for number in range(10)]
        for place, subject in enumerate(SUBJECTS)
    }
    topic = make_topic(query="study")
    most_voted = sorted(
        (paper for of_subject in papers.values() for paper in of_subject), key=lambda paper: -paper.votes
    )
    edition = make_edition(topic, most_voted)
    return topic, papers, edition


def liking(subject, topic, *, likes=3, value=1, **fields):
    reader = make_subscriber(topics=[topic], **fields)
    liked = [about(subject, 100 + number, kind="replace") for number in range(likes)]
    take_in_features(now=NOW)
    for number, paper in enumerate(liked):
        cast(reader, paper, value, now=NOW - timedelta(days=2, minutes=-number))
    return reader


def choose(*readers, now=NOW, **options):
    rows = Subscriber.objects.filter(pk__in=[reader.pk for reader in readers]).order_by("pk")
    return [choice.picks for choice in choose_batch(list(rows), now=now, **options)]


def ids(papers):
    return {paper.pk for paper in papers}


def picked(picks):
    return [pick.paper for pick in picks.papers]


def test_what_is_like_the_liked_comes_first_although_it_has_the_fewest_votes(day):
    topic, papers, _ = day
    reader, nobody = liking("flow matching", topic), make_subscriber(topics=[topic])
    liked, unliked = choose(reader, nobody)
    assert set(picked(liked)[:6]) <= ids(papers["flow matching"])
    assert not ids(papers["flow matching"]) & set(picked(unliked))
    assert picked(liked) == picked(choose(reader)[0])


def test_without_likes_the_order_is_everybodys(day):
    topic, _, edition = day
    (picks,) = choose(make_subscriber(topics=[topic]))
    order = edition.entries.order_by("position").values_list("paper_id", flat=True)
    assert picked(picks) == list(order[:10])


@pytest.mark.parametrize("state", ["untold", "off"])
def test_a_taste_that_does_not_count_changes_nothing(day, state):
    topic, _, _ = day
    reader = liking("flow matching", topic, taste=state)
    own, everybodys = choose(reader, make_subscriber(topics=[topic]))
    assert replace(own, papers=()) == replace(everybodys, papers=())
    assert own.papers == everybodys.papers


@pytest.mark.parametrize("size", [5, 10, 20])
def test_a_fifth_of_a_digest_is_outside_the_favourite_and_one_paper_explores(day, size):
    topic, papers, _ = day
    (picks,) = choose(liking("flow matching", topic, size=size))
    outside = [paper for paper in picked(picks) if paper not in ids(papers["flow matching"])]
    assert len(picks.papers) == len(set(picked(picks))) == size
    assert len(outside) >= size / 5
    tried = [pick for pick in picks.papers if NEW in pick.reasons]
    assert [pick.paper for pick in tried] == picked(picks)[-1:]
    assert tried[0].paper in outside


def test_what_explores_is_another_paper_for_other_readers_and_days(day):
    topic, _, _ = day
    readers = [liking("flow matching", topic) for _ in range(8)]
    tried = {picks.papers[-1].paper for picks in choose(*readers)}
    assert len(tried) > 1
    assert len({choose(readers[0], now=NOW + timedelta(days=on))[0].papers[-1].paper for on in range(5)}) > 1


def test_a_small_digest_has_only_the_best(day):
    topic, papers, _ = day
    (picks,) = choose(liking("flow matching", topic, size=4))
    assert set(picked(picks)) <= ids(papers["flow matching"])
    assert not any(NEW in pick.reasons for pick in picks.papers)


def test_pins_and_an_editors_order_stay(day):
    topic, papers, edition = day
    first, second, pinned = papers["protein folding"][:3]
    entries = {entry.paper_id: entry for entry in edition.entries.all()}
    edition.entries.update(position=50)
    for place, paper in enumerate((first, second), 1):
        Entry.objects.filter(pk=entries[paper.pk].pk).update(position=place, is_placed=True)
    Entry.objects.filter(pk=entries[pinned.pk].pk).update(is_pinned=True)
    (picks,) = choose(liking("flow matching", topic))
    assert picked(picks)[:3] == [pinned.pk, first.pk, second.pk]
    assert set(picked(picks)[3:7]) <= ids(papers["flow matching"])


def test_a_pinned_paper_that_is_last_in_an_own_order_is_first_beside_a_topic_with_an_editors_order(day):
    topic, papers, edition = day
    reader = liking("flow matching", topic, size=4)
    moved = make_topic(query="other")
    make_edition(moved, papers["protein folding"][:3]).entries.update(is_placed=True)
    reader.subscriptions.create(topic=moved)
    (before,) = choose(reader)
    last = min(ids(itertools.chain(*papers.values())) - set(before.named))
    edition.entries.filter(paper=last).update(is_pinned=True)
    (picks,) = choose(reader)
    assert picked(picks)[0] == last
    assert len(picks.papers) == 4


def test_each_wish_has_its_turn_in_an_own_order_too(day):
    topic, _papers, _ = day
    small = make_topic(query="other")
    others = [about("tea ceremonies", number) for number in range(2)]
    make_edition(small, others)
    reader = liking("flow matching", topic)
    reader.subscriptions.create(topic=small)
    (picks,) = choose(reader)
    assert ids(others) <= set(picked(picks))


def test_near_duplicates_wait_in_an_own_order_too(day):
    topic, _, edition = day
    double = make_paper(title="Flow Matching in study 0, or: why flow matching in study works 0")
    other = make_paper(title="Flow Matching in study 0 or why flow matching in study works 0 again")
    for place, paper in enumerate((double, other), 41):
        Entry.objects.create(edition=edition, paper=paper, position=place)
    (picks,) = choose(liking("flow matching", topic))
    assert len({double.pk, other.pk} & set(picked(picks))) <= 1


def kinds(picks):
    return {pick.paper: [reason.kind for reason in pick.reasons] for pick in picks.papers}


def test_a_pick_names_what_of_the_taste_lifted_it_and_one_thing_alone(day):
    topic, papers, _ = day
    reader = liking("flow matching", topic)
    (picks,) = choose(reader)
    shared = [pick for pick in picks.papers if pick.paper in ids(papers["flow matching"])]
    assert any("flow" in reason.words[0] for pick in shared for reason in pick.reasons if reason.words)
    for pick in picks.papers:
        assert sum(reason.kind in TASTE or reason == NEW for reason in pick.reasons) <= 1
        assert pick.reasons[0].kind == ReasonKind.TOPIC
    unlifted = set(picked(picks)) - ids(papers["flow matching"]) - {picks.papers[-1].paper}
    assert all(kinds(picks)[paper] == ["topic"] for paper in unlifted)


def test_an_author_who_was_liked_is_named_where_the_name_stands(day):
    topic, _papers, edition = day
    by_ada = about("speech codecs", 60, authors=["Someone Else", "Ada Lovelace"])
    Entry.objects.create(edition=edition, paper=by_ada, position=41)
    reader = make_subscriber(topics=[topic])
    liked = about("flow matching", 70, authors=["Ada Lovelace"], kind="replace")
    take_in_features(now=NOW)
    cast(reader, liked, 1, now=NOW - timedelta(days=1))
    (picks,) = choose(reader)
    (reason,) = [one for one in picks.papers[0].reasons if one.kind == ReasonKind.AUTHOR]
    assert picks.papers[0].paper == by_ada.pk
    assert (reason.position, reason.liked) == (1, liked.pk)


def test_who_wrote_with_a_liked_author_is_named_with_that_author(day):
    topic, _, edition = day
    by_friend = about("speech codecs", 61, authors=["Someone Else", "Mary Friend"])
    Entry.objects.create(edition=edition, paper=by_friend, position=41)
    for number in range(6):
        about("tea", 62 + number, authors=["Ada Lovelace", "Mary Friend"], kind="replace")
    authors = ["First Author", "Ada Lovelace"]
    liked = make_paper(title="Chess", abstract="Openings alone.", authors=authors, kind="replace")
    reader = make_subscriber(topics=[topic])
    take_in_features(now=NOW)
    cast(reader, liked, 1, now=NOW - timedelta(days=1))
    (picks,) = choose(reader)
    reasons = {pick.paper: pick.reasons for pick in picks.papers}[by_friend.pk]
    (reason,) = [one for one in reasons if one.kind == ReasonKind.COAUTHOR]
    assert (reason.position, reason.liked, reason.liked_position) == (1, liked.pk, 1)


def fewer(reader, kind, key):
    TasteOverride.objects.create(
        subscriber=reader, kind=kind, key=str(key), label="x", stance="fewer", at=NOW
    )


def test_fewer_of_a_category_an_author_and_a_topic(day):
    topic, papers, _edition = day
    most_voted = papers["speech codecs"]
    for paper in most_voted[:5]:
        paper.categories = ["cs.SD"]
        paper.save()
    reader = make_subscriber(topics=[topic])
    take_in_features(now=NOW)
    fewer(reader, "category", "cs.SD")
    fewer(reader, "author", author_key("speech codecs Author7"))
    (picks,) = choose(reader)
    assert not {*ids(most_voted[:5]), most_voted[7].pk} & set(picked(picks))
    assert ids(most_voted[5:7] + most_voted[8:]) <= set(picked(picks))
    second = make_topic(query="second")
    make_edition(second, papers["protein folding"])
    other = make_subscriber(topics=[topic, second], size=6)
    before = len(ids(papers["protein folding"]) & set(picked(choose(other)[0])))
    fewer(other, "topic", second.pk)
    after = len(ids(papers["protein folding"]) & set(picked(choose(other)[0])))
    assert 0 < after < before


def test_what_was_disliked_sinks(day):
    topic, papers, _ = day
    everybodys, picks = choose(make_subscriber(topics=[topic]), liking("speech codecs", topic, value=-1))
    disliked = ids(papers["speech codecs"])
    assert len(disliked & set(picked(picks))) < len(disliked & set(picked(everybodys)))
    assert all(kinds(picks)[paper] == ["topic"] for paper in picked(picks))


def test_readers_of_a_run_with_one_index_get_what_each_would_get_alone(day):
    topic, _, _ = day
    readers = [liking(subject, topic) for subject in SUBJECTS]
    weekly = liking("soft robots", topic, cadence="weekly", last_edition_day=DAY - timedelta(days=6))
    readers.append(weekly)
    alone = [choose(reader)[0] for reader in readers]
    cache = CandidateIndexCache()
    together = [choose(reader, index_cache=cache)[0] for reader in readers]
    assert together == alone == choose(*readers)


def test_queries_do_not_grow_with_the_readers_who_have_a_taste(day):
    topic, _, _ = day
    readers = [liking(SUBJECTS[number % 4], topic, likes=2) for number in range(12)]

    def queries(some):
        with CaptureQueriesContext(connection) as captured:
            choose(*some)
        return len(captured)

    assert queries(readers) == queries(readers[:2]) <= 18


def test_the_dry_choice_shows_what_the_reader_will_get(day):
    topic, _papers, _ = day
    reader = liking("flow matching", topic)
    shown = {paper for paper, _ in forecast(NOW - timedelta(hours=1))}
    assert shown == set(picked(choose(reader)[0]))


def test_a_catch_up_has_the_readers_order(day):
    topic, papers, _ = day
    reader = liking("flow matching", topic)
    span: dict[str, Any] = {"since": DAY - timedelta(days=9), "until": DAY, "had": ()}
    picks = missed_picks(reader, size=8, **span)
    assert set(picked(picks)) <= ids(papers["flow matching"])
    Subscriber.objects.filter(pk=reader.pk).update(taste="off")
    reader.refresh_from_db()
    assert not set(picked(missed_picks(reader, size=8, **span))) & ids(papers["flow matching"])


def test_papers_without_features_are_no_fault(day):
    topic, _papers, edition = day
    reader = liking("flow matching", topic)
    late = about("flow matching", 99, votes=90)
    Entry.objects.create(edition=edition, paper=late, position=1)
    (picks,) = choose(reader)
    assert len(picks.papers) == 10
