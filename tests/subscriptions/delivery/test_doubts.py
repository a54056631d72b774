"""After a restore no paper comes a second time, and no edition is left out; papers are really chosen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from newsletter.models import Paper, Topic
from subscriptions.delivery import doubts, enqueue
from subscriptions.digests import choose_batch
from subscriptions.models import Delivery, SignUp, Subscriber
from tests.factories import make_edition, make_paper, make_picks, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _approved_at_eight(settings):
    settings.AUTO_APPROVE_HOUR = 8


def paper_of(topic: Topic, day: int, *, approved_at: datetime | None = None) -> Paper:
    """The one paper of the edition of ``day``."""
    paper = make_paper(day=at(day, 0).date())
    make_edition(topic, [paper], day=at(day, 0).date(), approved_at=approved_at or at(day, 8))
    return paper


def reader_of(topic: Topic, *, had: Paper | None, due: datetime, **fields: Any) -> Subscriber:
    """As the backup of the 17th knows the reader, who had the 16th, maybe by a line in the ledger."""
    reader = make_subscriber(
        topics=[topic], next_due_at=due, last_edition_day=at(16, 0).date(), **{"hour": 20, **fields}
    )
    if had is not None:
        Delivery.objects.create(
            subscriber=reader,
            day=at(16, 0).date(),
            picks=make_picks(had),
            language="en",
            created_at=at(16, 20),
            state="sent",
        )
    return reader


def chosen(reader: Subscriber, *, now: datetime) -> list[int]:
    reader.refresh_from_db()
    (choice,) = choose_batch([reader], now=now)
    return [pick.paper for pick in choice.picks.papers] if choice.picks else []


@pytest.mark.parametrize("has_row", [True, False], ids=["with a row", "without a row"])
@pytest.mark.parametrize(
    ("clock", "due", "restored_at", "approved_at"),
    [
        ({}, at(17, 20), at(18, 6), at(17, 8)),
        ({}, at(17, 20), at(18, 10), at(17, 8)),
        ({}, at(17, 20), at(18, 6), at(18, 7)),
        ({"time_zone": "Asia/Seoul", "hour": 0}, at(17, 15), at(17, 16), at(17, 8)),
    ],
    ids=["before the next edition", "after it", "composed a second time", "Seoul"],
)
def test_the_digest_after_a_restore_holds_the_new_edition_alone(
    clock, due, restored_at, approved_at, *, has_row
):
    topic = make_topic()
    had = paper_of(topic, 16)
    paper_of(topic, 17, approved_at=approved_at)
    reader = reader_of(topic, had=had if has_row else None, due=due, **clock)
    assert doubts.enter_doubts(restored_at)["due"] == 1
    assert doubts.enter_doubts(restored_at)["due"] == 0  # it may run twice
    new = paper_of(topic, 18)
    assert doubts.count_as_sent(by="test", now=restored_at) == 1
    reader.refresh_from_db()
    next_due = reader.next_due_at
    assert next_due is not None
    assert chosen(reader, now=next_due) == [new.pk]
    assert enqueue(next_due)["queued"] == 1


def test_what_was_missed_comes_on_an_operators_word():
    topic = make_topic()
    had, missed = paper_of(topic, 16), paper_of(topic, 17)
    reader = reader_of(topic, had=had, due=at(17, 20))
    doubts.enter_doubts(at(17, 21))
    assert doubts.send_missed(by="test", now=at(17, 22)) == 1
    assert chosen(reader, now=at(17, 22)) == [missed.pk]
    assert enqueue(at(17, 22))["queued"] == 1


def test_who_has_had_a_later_digest_since_gets_no_edition_twice():
    topic = make_topic()
    had = paper_of(topic, 16)
    paper_of(topic, 17)
    reader = reader_of(topic, had=had, due=at(17, 20))
    doubts.enter_doubts(at(17, 21))
    paper_of(topic, 18)
    assert enqueue(at(18, 20))["queued"] == 1
    reader.refresh_from_db()
    assert reader.last_edition_day == at(18, 0).date()
    due = reader.next_due_at
    assert doubts.send_missed(by="test", now=at(18, 21)) == 0
    reader.refresh_from_db()
    assert (reader.last_edition_day, reader.next_due_at) == (at(18, 0).date(), due)


def test_forms_that_may_have_been_received_are_not_received_again():
    SignUp.objects.create(email="ada@example.org", language="en", text_version="x", at=at(17, 1))
    assert doubts.enter_doubts(at(17, 2))["sign_ups"] == 1
    assert not SignUp.objects.exists()
