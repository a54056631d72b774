"""Two orders in one digest: every paper once, no order favoured, and it is known which gave what."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.features.corpus import take_in_features
from subscriptions.digests import choose_batch
from subscriptions.digests.interleaving import interleave, is_in_trial
from subscriptions.digests.ranking import Constraints
from subscriptions.models import Subscriber
from subscriptions.picks import Team
from subscriptions.readers.votes import cast
from subscriptions.stored_picks import read_picks, write_picks
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_topic

papers = st.integers(0, 40)
orders = st.lists(papers, max_size=12, unique=True)


@given(
    orders,
    orders,
    st.integers(0, 15),
    st.text(max_size=8),
    st.sets(papers, max_size=3),
    st.dictionaries(papers, st.integers(0, 2), max_size=8),
)
def test_each_paper_of_both_orders_stands_once_and_nothing_else(first, second, size, seed, pinned, alike):
    fixed = Constraints(pinned=pinned, alike=alike)
    mixed = interleave(first, second, size=size, seed=seed, constraints=fixed)
    everything = mixed.papers + mixed.also
    assert sorted(everything) == sorted({*first, *second})
    assert len(mixed.papers) == min(size, len(everything))
    assert set(mixed.teams) <= set(mixed.papers) - pinned
    assert mixed == interleave(first, second, size=size, seed=seed, constraints=fixed)


@given(orders, orders, st.text(max_size=8))
def test_a_team_has_its_papers_from_its_order_and_neither_gets_ahead(first, second, seed):
    mixed = interleave(first, second, size=12, seed=seed)
    order_of = {Team.TASTE: first, Team.EVERYBODY: second}
    ahead = 0
    for number, paper in enumerate(mixed.papers):
        team = mixed.teams.get(paper)
        if team is None:
            # From here on one order has nothing left.
            assert not set(mixed.papers[number:]) & set(mixed.teams)
            break
        assert paper in order_of[team]
        ahead += 1 if team == Team.TASTE else -1
        assert abs(ahead) <= 1
    for team, order in order_of.items():
        own = [paper for paper in mixed.papers if mixed.teams.get(paper) == team]
        assert own == sorted(own, key=order.index)


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_what_both_orders_have_first_is_first(first, second):
    both = interleave([99, *first], [99, *second], size=5, seed="any")
    assert both.papers[0] == 99


def test_over_many_readers_and_days_each_team_is_first_and_wins_equally_often():
    first, second = range(10), range(20, 30)
    firsts: Counter[Team] = Counter()
    places: Counter[tuple[Team, int]] = Counter()
    for seed in range(4000):
        mixed = interleave(first, second, size=9, seed=f"{seed // 10} 2026-03-{seed % 10 + 10}")
        firsts[mixed.teams[mixed.papers[0]]] += 1
        places.update((mixed.teams[paper], place) for place, paper in enumerate(mixed.papers))
    # 4,000 throws of a coin: three standard deviations are 95.
    assert abs(firsts[Team.TASTE] - 2000) < 100
    assert all(abs(places[Team.TASTE, place] - 2000) < 130 for place in range(9))


def test_pinned_papers_are_in_no_team_and_first():
    mixed = interleave([1, 2, 3], [4, 2, 5], size=4, seed="s", constraints=Constraints(pinned={2}))
    assert mixed.papers[0] == 2
    assert 2 not in mixed.teams
    assert Counter(mixed.teams.values())[Team.TASTE] in (1, 2)


def test_of_two_near_duplicates_one_goes_where_there_is_something_else():
    mixed = interleave([1, 3], [2, 4], size=3, seed="s", constraints=Constraints(alike={1: 7, 2: 7}))
    assert len({1, 2} & set(mixed.papers)) == 1
    assert {3, 4} <= set(mixed.papers)


@pytest.mark.parametrize(("share", "readers"), [(0.0, 0), (0.25, 250), (1.0, 1000)])
def test_the_trial_has_its_share_of_readers_and_always_the_same(share, readers):
    chosen = [reader for reader in range(1000) if is_in_trial(reader, share)]
    assert abs(len(chosen) - readers) <= 50 * (0 < share < 1)
    assert all(is_in_trial(reader, min(share + 0.1, 1)) for reader in chosen)


# -- in a digest --------------------------------------------------------------------------------------------


@pytest.fixture
def topic(db):
    topic = make_topic(query="study")
    liked = [
        make_paper(
            title=f"Flow matching study {n}", abstract=f"Flow matching helps {n}.", authors=[f"A{n}"], votes=0
        )
        for n in range(10)
    ]
    others = [
        make_paper(title=f"Soft robots study {n}", abstract=f"Robots bend {n}.", authors=[f"B{n}"], votes=9)
        for n in range(20)
    ]
    make_edition(topic, [*others, *liked])
    return topic


def reader_who_likes(topic, **fields):
    reader = make_subscriber(topics=[topic], **fields)
    seen = make_paper(title="Flow matching", abstract="Flow matching is flow matching.", kind="replace")
    take_in_features(now=NOW)
    cast(reader, seen, 1, now=NOW)
    return reader


def digest_of(reader):
    (choice,) = choose_batch(list(Subscriber.objects.filter(pk=reader.pk)), now=NOW)
    return choice.picks


def test_a_reader_in_the_trial_gets_papers_of_both_orders_and_the_row_knows_which(topic, settings):
    reader = reader_who_likes(topic)
    own = digest_of(reader)
    everybodys = digest_of(make_subscriber(topics=[topic]))
    settings.RANKING_TRIAL_SHARE = 1.0
    picks = digest_of(reader)
    teams = Counter(pick.team for pick in picks.papers)
    assert teams[Team.TASTE] == teams[Team.EVERYBODY] == 5
    for team, digest in ((Team.TASTE, own), (Team.EVERYBODY, everybodys)):
        given_by = [pick.paper for pick in picks.papers if pick.team == team]
        assert set(given_by) <= {pick.paper for pick in digest.papers}
    named = picks.named
    assert len(named) == len(set(named)) == 30
    assert read_picks(write_picks(picks)) == picks
    assert picks == digest_of(reader)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_without_a_taste_is_in_a_trial(topic, settings, share):
    settings.RANKING_TRIAL_SHARE = share
    readers = [make_subscriber(topics=[topic]), reader_who_likes(topic, taste="off")]
    assert not any(pick.team for reader in readers for pick in digest_of(reader).papers)


def test_without_a_trial_no_digest_is_mixed(topic):
    assert not any(pick.team for pick in digest_of(reader_who_likes(topic)).papers)
