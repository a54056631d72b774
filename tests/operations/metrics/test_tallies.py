"""Counters of what is only added to: each row once, and nothing is taken back."""

from datetime import timedelta

import pytest

from newsletter.models import SummaryAttempt
from operations.metrics import tallies
from operations.metrics.tallies import count_events, tallied
from operations.models import EventTally
from subscriptions.models import ConsentEvent, DeliveryEvent, Vote
from tests.factories import NOW, make_paper, make_subscriber, make_summary

pytestmark = pytest.mark.django_db


def counted() -> dict[tuple[str, ...], float]:
    sums: dict[tuple[str, ...], float] = {}
    for sample in tallied():
        key = (sample.name, *sample.labels)
        sums[key] = sums.get(key, 0) + sample.value
    return sums


def vote(number: int, value: int = 1) -> None:
    Vote.objects.bulk_create(
        Vote(subscriber=make_subscriber(), paper=make_paper(), value=value, at=NOW) for _ in range(number)
    )


def test_all_that_happens_is_counted_once():
    count_events()
    vote(3)
    vote(2, value=-1)
    reader = make_subscriber()
    for kind in ("signed-up", "confirmed", "confirmed"):
        ConsentEvent.objects.create(subscriber=reader, kind=kind, at=NOW)
    # Times that came with a mail may lie in the future.
    DeliveryEvent.objects.create(kind="hard", source="mail", event_id="1", at=NOW + timedelta(days=400))
    summary = make_summary(make_paper())
    for error in ("", "no answer"):
        SummaryAttempt.objects.create(
            summary=summary, model="m", at=NOW, prompt_tokens=10, completion_tokens=2, cost="0.5", error=error
        )
    for _ in range(3):
        count_events()
    assert counted() == {
        ("paperpost_votes_total", "more"): 3,
        ("paperpost_votes_total", "less"): 2,
        ("paperpost_consents_total", "signed-up"): 1,
        ("paperpost_consents_total", "confirmed"): 2,
        ("paperpost_delivery_events_total", "hard"): 1,
        ("paperpost_model_calls_total", "m", "first"): 2,
        ("paperpost_model_errors_total", "m", "first"): 1,
        ("paperpost_model_tokens_total", "m", "prompt"): 20,
        ("paperpost_model_tokens_total", "m", "answer"): 4,
        ("paperpost_model_cost_dollars_total", "m"): 1.0,
    }


def test_a_row_that_is_committed_late_is_counted_too():
    count_events()
    vote(2)
    late = Vote.objects.latest("pk")
    hidden = Vote.objects.earliest("pk")
    kept = {"subscriber": hidden.subscriber, "paper": hidden.paper, "value": 1, "at": NOW}
    pk = hidden.pk
    hidden.delete()  # another transaction's: its id is taken, and nobody sees it yet
    count_events()
    Vote.objects.create(pk=pk, **kept)
    count_events()
    assert pk < late.pk
    assert counted()["paperpost_votes_total", "more"] == 2


def test_counters_never_go_down():
    count_events()
    vote(3)
    count_events()
    count_events()
    Vote.objects.all().delete()
    count_events()
    assert counted()["paperpost_votes_total", "more"] == 3


def test_what_was_there_before_is_not_counted_and_what_comes_after_a_restored_backup_is():
    vote(3)
    count_events()
    count_events()
    assert counted() == {}
    EventTally.objects.filter(name="votes").update(counted_to=10**9, seen_to=10**9)
    count_events()
    vote(1)
    count_events()
    count_events()
    assert counted() == {("paperpost_votes_total", "more"): 1}


def test_one_run_goes_through_so_many_rows(monkeypatch):
    monkeypatch.setattr(tallies, "ROWS_A_RUN", 2)
    count_events()
    vote(5)
    count_events()
    assert [count_events() for _ in range(4)] == [1, 1, 1, 0]
    assert counted()["paperpost_votes_total", "more"] == 5


def test_of_two_runs_at_once_one_counts(monkeypatch):
    count_events()
    vote(1)
    count_events()
    stale = EventTally.objects.get(name="votes")
    count_events()
    votes = next(table for table in tallies.TABLES if table.name == "votes")
    tallies._bring_up_to_date(votes, stale)
    assert counted()["paperpost_votes_total", "more"] == 1
