"""Choosing among numbers: fair, without doubles, always the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from subscriptions.digests.ranking import Constraints, Queue, merge_days, near_duplicates, select


def choose(queues, size=3, also=3, **options):
    filled = {name: Queue.of(queue, among=100) for name, queue in queues.items()}
    return select(filled, size=size, also=also, constraints=Constraints(**options))


def test_each_queue_has_its_turn():
    found = choose({"many": range(1, 50), "few": [90], "two": [80, 81]}, size=4)
    assert set(found.papers) == {1, 2, 80, 90}


def test_what_stands_in_two_queues_counts_for_both():
    found = choose({"a": [1, 2], "b": [1, 3], "c": [9]}, size=2)
    assert set(found.papers) == {1, 9}


def test_an_editors_order_within_a_queue_is_kept():
    assert choose({"a": [5, 1, 3]}).papers == (5, 1, 3)


def test_several_queues_are_shown_best_first():
    assert choose({"a": [2, 4], "b": [1, 3]}, size=4).papers == (1, 2, 3, 4)


def test_pinned_first_refused_never():
    found = choose({"a": [4, 1, 2, 3], "b": [5]}, size=3, pinned={4}, refused={1})
    assert found.papers[0] == 4
    assert 1 not in found.papers + found.also


def test_more_pins_than_places_are_cut():
    assert choose({"a": range(9)}, size=2, pinned=set(range(9))).papers == (0, 1)


def test_the_longest_waiting_goes_first():
    queues = {"a": [1], "b": [2], "c": [3]}
    assert choose(queues, size=1, waiting={"a": 1, "b": 5, "c": 2}).papers == (2,)


def test_near_duplicates_wait_until_there_is_room():
    alike = {1: 7, 2: 7}
    assert choose({"a": [1, 2, 3]}, size=2, alike=alike).papers == (1, 3)
    assert choose({"a": [1, 2, 3]}, size=2, alike=alike).also == (2,)
    assert set(choose({"a": [1, 2, 3]}, size=3, alike=alike).papers) == {1, 2, 3}


def test_days_are_merged_by_their_heads():
    assert list(merge_days([[3, 1], [2, 4], [9]], pinned={9})) == [9, 2, 3, 1, 4]


QUEUES = st.dictionaries(st.integers(0, 5), st.lists(st.integers(0, 40), unique=True, min_size=1), min_size=1)


@given(
    queues=QUEUES,
    size=st.integers(1, 30),
    also=st.integers(0, 30),
    refused=st.sets(st.integers(0, 40)),
    pinned=st.sets(st.integers(0, 40), max_size=3),
    groups=st.dictionaries(st.integers(0, 40), st.integers(0, 3)),
)
def test_always_each_once_and_as_many_as_there_are(queues, size, also, refused, pinned, groups):
    found = choose(queues, size, also, refused=refused, pinned=pinned, alike=groups)
    candidates = {paper for queue in queues.values() for paper in queue} - refused
    named = [*found.papers, *found.also]
    assert len(named) == len(set(named))
    assert set(named) <= candidates
    assert len(found.papers) == min(size, len(candidates))
    assert len(named) == min(size + also, len(candidates))
    for queue in queues.values():
        if len(queues) <= size - len(pinned) and not groups and not refused >= set(queue):
            assert set(queue) & set(found.papers), "a queue starved"


OWN_QUEUES = st.dictionaries(
    st.integers(0, 5),
    st.tuples(st.sets(st.integers(0, 40), min_size=1), st.lists(st.integers(0, 40), unique=True, max_size=4)),
    min_size=1,
)


@given(OWN_QUEUES, st.integers(1, 8), st.sets(st.integers(0, 40), max_size=5), st.sets(st.integers(0, 40)))
def test_a_queue_that_ends_where_nothing_more_is_chosen_gives_what_the_whole_one_gives(
    queues, size, pinned, doubles
):
    alike = {paper: paper % 3 for paper in doubles}
    whole, ending = {}, {}
    for name, (papers, moved) in queues.items():
        placed = [paper for paper in moved if paper in papers]
        filled = Queue.of([*placed, *sorted(papers)], among=41)
        whole[name] = replace(filled, is_sorted=not placed)
        first = dict.fromkeys([*placed, *sorted(papers)[: size + len(alike)]])
        ending[name] = replace(whole[name], papers=[*first])
    constraints = Constraints(pinned=pinned, alike=alike)
    expected = select(whole, size=size, also=0, constraints=constraints)
    assert select(ending, size=size, also=0, constraints=constraints) == expected


def test_titles_that_say_the_same_are_near_duplicates():
    titles = {
        1: "Sparse attention for long video diffusion transformers",
        2: "Sparse Attention for Long-Video Diffusion Transformers, Revisited",
        3: "Grasping soft fruit with tactile robot hands",
        4: "A study of subject 4",
        5: "A study of subject 5",
    }
    found = near_duplicates(titles)
    assert found[1] == found[2]
    assert found.keys() == {1, 2}
