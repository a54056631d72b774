"""What was picked, as it is stored: short, read as it was written, and of old rows nothing is lost."""

import json
from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.models import MailedPaper
from subscriptions.models import Delivery
from subscriptions.picks import (
    FORM,
    NOTHING,
    PINNED,
    Pick,
    Picks,
    Reason,
    ReasonKind,
    for_topic,
    for_update,
    read_picks,
    write_picks,
)
from tests.factories import DAY, NOW, make_paper, make_picks, make_subscriber

ids = st.integers(1, 2**62)
lists = st.lists(st.text(max_size=12), max_size=3).map(tuple)
reasons = st.one_of(
    ids.map(for_topic),
    st.just(PINNED),
    st.integers(1, 60).map(for_update),
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
        papers=st.lists(st.builds(Pick, ids, st.lists(reasons, max_size=4).map(tuple)), max_size=5).map(
            tuple
        ),
        also=some_ids,
        day=days,
        new=st.integers(0, 5000),
        topics=some_ids,
        editions=some_ids,
        queried=some_ids,
        requested=days,
    )
)
def test_what_was_written_is_read(picks):
    assert read_picks(write_picks(picks)) == picks


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


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_are_written_anew_and_their_papers_noted():
    old = {
        "papers": [
            [7, [["pinned"], ["topic", 3]]],
            [9, [["query", "linen", ["linen"], [], []], ["later", 1]]],
        ],
        "also": [12],
        "day": "2026-03-18",
        "new": 3,
        "topics": [3, 4],
        "editions": [31, 30],
        "found": [15],
        "asked": "2026-03-19",
    }
    update = {"papers": [[7, [["update", 2], ["topic", 5]]]], "also": [], "day": "2026-03-18", "new": 0}
    for pk in (7, 9, 12, 15):
        make_paper(pk=pk)
    readers = [make_subscriber().pk for _ in range(4)]
    before = [("subscriptions", "0012_learned_pace")]
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    try:
        executor.migrate(before)
        past = MigrationExecutor(connection).loader.project_state(before).apps
        rows = past.get_model("subscriptions", "Delivery").objects
        for reader, picks in zip(readers, (old, update, {}, {"papers": [[7, 5]]}), strict=True):
            rows.create(
                subscriber_id=reader, day=DAY, language="en", created_at=NOW, picks=picks, state="sent"
            )
    finally:
        MigrationExecutor(connection).migrate(latest)
    first, second, empty, unread = Delivery.objects.order_by("pk").values_list("picks", flat=True)
    assert first == Picks(
        papers=(
            Pick(7, (PINNED, for_topic(3))),
            Pick(9, (Reason(ReasonKind.QUERY, query="linen", words=("linen",)),)),
        ),
        also=(12,),
        day=date(2026, 3, 18),
        new=3,
        topics=(3, 4),
        editions=(31, 30),
        queried=(15,),
        requested=date(2026, 3, 19),
    )
    assert second == Picks(papers=(Pick(7, (for_update(2), for_topic(5))),), day=date(2026, 3, 18))
    assert empty == NOTHING
    assert unread.fault
    assert set(MailedPaper.objects.values_list("paper_id", flat=True)) == {7, 9, 12, 15}
    assert json.loads(write_picks(first))[0] == FORM
