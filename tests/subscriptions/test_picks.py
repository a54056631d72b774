"""What was picked, as it is stored: short, read as it was written, and of old rows nothing is lost."""

import json
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.models import Delivery
from subscriptions.picks import (
    NEW,
    NOTHING,
    PINNED,
    Clock,
    Pick,
    Picks,
    Reason,
    ReasonKind,
    Team,
    by_author,
    by_coauthor,
    by_words,
    check_of,
    for_topic,
    for_update,
)
from subscriptions.stored_picks import FORM, read_picks, read_place, write_picks
from tests.factories import DAY, NOW, make_paper, make_picks, make_subscriber

ids = st.integers(1, 2**62)
lists = st.lists(st.text(max_size=12), max_size=3).map(tuple)
reasons = st.one_of(
    ids.map(for_topic),
    st.just(PINNED),
    st.integers(1, 60).map(for_update),
    st.just(NEW),
    st.builds(by_author, st.text(), st.integers(0, 3000), liked=ids),
    st.builds(
        by_coauthor,
        st.text(),
        st.integers(0, 3000),
        liked=ids,
        liked_name=st.text(),
        liked_position=st.integers(0, 3000),
    ),
    st.builds(by_words, st.text(max_size=60), liked=ids),
    st.builds(
        Reason,
        kind=st.just(ReasonKind.QUERY),
        query=st.text(max_size=30),
        words=lists,
        authors=lists,
        categories=lists,
    ),
)
some_ids = st.lists(ids, max_size=6).map(tuple)
days = st.none() | st.dates()


@settings(suppress_health_check=[HealthCheck.too_slow])  # deep values, on a busy machine
@given(
    st.builds(
        Picks,
        papers=st.lists(
            st.builds(Pick, ids, st.lists(reasons, max_size=4).map(tuple), st.none() | st.sampled_from(Team)),
            max_size=5,
        ).map(tuple),
        also=some_ids,
        day=days,
        new=st.integers(0, 5000),
        topics=some_ids,
        editions=some_ids,
        queried=some_ids,
        requested=days,
        next_at=st.none() | st.builds(Clock, st.datetimes().map(datetime.isoformat), st.text(max_size=20)),
    )
)
def test_what_was_written_is_read(picks):
    stored = write_picks(picks)
    assert read_picks(stored) == picks
    reasons = {pick.paper: pick.reasons for pick in reversed(picks.papers)}
    for paper in picks.named:
        topics = [each.topic for each in reasons.get(paper, ()) if each.kind == ReasonKind.TOPIC]
        full = len(picks.papers)
        assert read_place(stored, paper) == (picks.named.index(paper), full, tuple(topics))
    assert read_place(stored, 2**62 + 1) is None


def test_ten_papers_and_twenty_lines_are_short():
    """With ids as a large installation has them after years."""
    picks = Picks(
        papers=tuple(Pick(3_412_345 + 97 * place, (for_topic(40 + place % 6),)) for place in range(10)),
        also=tuple(3_412_300 + 53 * place for place in range(20)),
        day=date(2031, 5, 28),
        new=640,
        topics=tuple(range(40, 46)),
        editions=tuple(88_120 + place for place in range(6)),
    )
    assert len(write_picks(picks).encode()) <= 300


def test_what_ten_papers_were_liked_for_is_short_too():
    picks = Picks(
        papers=tuple(
            Pick(
                3_412_345 + 97 * place,
                (for_topic(40), by_author("Kaiming He", 3, liked=3_398_765 + place)),
            )
            for place in range(10)
        ),
        topics=(40,),
    )
    assert len(write_picks(picks).encode()) <= 400


def test_a_row_of_before_a_reader_had_a_taste_says_what_it_said():
    """As it was written when topics, pins, updates and queries were all the reasons that there were."""
    row = (
        '[1,9007,[[2,0,-1],[0,-3],[5,[0,["linen"],[],["cs.GR"]],1]],[9],"2026-03-18",31,[4],220,[1,0],'
        '{"t":[8],"q":["linen"],"f":[12],"a":"2026-03-19"}]'
    )
    picks = Picks(
        papers=(
            Pick(9009, (for_topic(4), PINNED)),
            Pick(9007, (for_update(2),)),
            Pick(
                9012,
                (
                    Reason(ReasonKind.QUERY, query="linen", words=("linen",), categories=("cs.GR",)),
                    for_topic(8),
                ),
            ),
        ),
        also=(9016,),
        day=date(2026, 3, 18),
        new=31,
        topics=(4,),
        editions=(221, 220),
        queried=(9019,),
        requested=date(2026, 3, 19),
    )
    assert read_picks(row) == picks
    assert write_picks(picks) == row


def test_teams_cost_a_letter_each_and_only_where_two_orders_were_interleaved():
    papers = [Pick(9001, team=Team.TASTE), Pick(9002), Pick(9003, team=Team.EVERYBODY), Pick(9004)]
    stored = write_picks(Picks(papers=tuple(papers)))
    assert stored.endswith('{"i":"t-e"}]')
    assert read_picks(stored).papers == tuple(papers)
    assert '"i"' not in write_picks(Picks(papers=(Pick(9001),)))


@pytest.mark.parametrize("teams", ['"x"', '"tt"', "5", '["t","e"]'])
def test_teams_that_cannot_be_read_are_the_fault_of_their_row(teams):
    assert read_picks(f'[{FORM},1,[[1]],[],"",1,[],0,[],{{"i":{teams}}}]').fault


def test_other_names_have_another_check():
    assert check_of("Kaiming He") == check_of("KAIMING HE")
    assert len({check_of(*names) for names in (["A", "B"], ["B", "A"], ["A B"], ["A"])}) == 4
    assert 0 < check_of("") <= 2**20


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from([-4, -3, -2, -1, 0, 1, 2]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["t", "q", "f", "a", "i"]), inner, max_size=3)
    ),
    max_leaves=12,
)
pieces = st.lists(anything, max_size=4)


@given(
    st.tuples(
        st.just(FORM),
        st.integers(0, 9) | anything,
        st.lists(pieces, max_size=3) | anything,
        pieces,
        st.just("2026-03-18") | anything,
        st.integers(0, 9) | anything,
        pieces,
        st.integers(0, 9) | anything,
        pieces,
        st.dictionaries(st.sampled_from(["t", "q", "f", "a", "i"]), anything, max_size=4) | anything,
    ),
)
def test_whatever_stands_in_a_row_it_is_read_or_says_why_not(row):
    """And what was read can be looked up in a database and shown."""
    for paper in range(10):
        place = read_place(json.dumps(row, separators=(",", ":")), paper)
        assert place is None or set(map(type, place.topics)) <= {int}
    picks = read_picks(json.dumps(row))
    for number in (*picks.on_page, *picks.topics, *picks.editions):
        assert type(number) is int
        assert abs(number) < 2**63
    for reason in (reason for pick in picks.papers for reason in pick.reasons):
        assert abs(reason.liked) < 2**63
        texts = (reason.query, *reason.words, *reason.authors, *reason.categories)
        assert all(isinstance(text, str) for text in texts)


@pytest.mark.parametrize(
    "reason",
    [
        "[-1]",
        "[-1,5]",
        "[-1,5,0,1,2]",
        '[-1,"x",0,1]',
        "[-1,5,0.5,1]",
        f"[-1,{2**63},0,1]",
        "[-2,5,0,1]",
        "[-3,5,7]",
        "[-3]",
        "[-9,5,0,1]",
        "[]",
        "{}",
        "null",
        "1e999",
    ],
)
def test_a_reason_that_cannot_be_read_is_the_fault_of_its_row(reason):
    assert read_picks(f'[{FORM},1,[[1,{reason}]],[],"",1,[],0,[],{{}}]').fault


@pytest.mark.parametrize(
    "stored",
    [
        f'[{FORM},1,[],[],"",1e999,[],0,[],{{}}]',
        "[" * 100_000,
        f'[{FORM},1,[[1,[0]]],[],"",1,[],0,[],{{"q":{{}}}}]',
    ],
    ids=["no number", "deep", "a dictionary for a list"],
)
def test_what_only_a_damaged_table_holds_says_so(stored):
    assert read_picks(stored).fault


@pytest.mark.parametrize(
    "stored",
    ["{", "5", "[]", "[2]", "null", f"[{FORM}, 1]", f'[{FORM},1,[["x",0]],[],"",1,[],0,[],{{}}]', "\ud800"],
)
def test_what_cannot_be_read_says_so(stored):
    assert read_picks(stored).fault
    assert read_picks(stored).papers == ()


def test_nothing_is_nothing():
    assert read_picks("") == NOTHING


@pytest.mark.django_db
def test_a_row_that_cannot_be_read_spoils_no_query():
    good = Delivery.objects.create(
        subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW, picks=make_picks(make_paper())
    )
    bad = Delivery.objects.create(subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW)
    Delivery.objects.filter(pk=bad.pk).update(picks='{"papers": 5}')
    read = dict(Delivery.objects.values_list("pk", "picks"))
    assert read[good.pk] == good.picks
    assert read[bad.pk].fault
