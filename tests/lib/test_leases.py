"""Of two workers one gets a row, whose lease ends when it is released or not renewed in time."""

import uuid
from datetime import timedelta

import pytest

from lib.leases import is_due
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryState
from tests.factories import NOW, make_subscriber

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)
QUEUED, CLAIMED = DeliveryState.QUEUED, DeliveryState.CLAIMED


@pytest.fixture
def rows():
    """Two rows that may be claimed."""
    for _ in range(2):
        Delivery.objects.create(subscriber=make_subscriber(), day=NOW.date(), language="en", created_at=NOW)
    return Delivery.objects.filter(state=QUEUED)


def test_of_two_workers_one_gets_a_row(rows):
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    assert rows.claim(mine, until=LATER, state=CLAIMED) == 2
    assert rows.claim(theirs, until=LATER, state=CLAIMED) == 0
    assert Delivery.objects.held_by(mine).count() == 2
    assert not Delivery.objects.held_by(theirs).exists()


def test_no_lease_holds_nothing(rows):
    assert not rows.held_by(None).exists()


def test_a_released_row_is_under_no_lease(rows):
    lease = uuid.uuid4()
    rows.claim(lease, until=LATER, state=CLAIMED)
    assert Delivery.objects.held_by(lease).release(state=QUEUED, retry_at=LATER) == 2
    assert Delivery.objects.held_by(lease).release(state=QUEUED) == 0
    assert set(Delivery.objects.values_list("lease", "lease_until", "retry_at")) == {(None, None, LATER)}


def test_a_lease_expires_unless_it_is_renewed(rows):
    lease = uuid.uuid4()
    rows.claim(lease, until=LATER, state=CLAIMED)
    assert not Delivery.objects.expired(LATER).exists()
    assert Delivery.objects.expired(LATER + timedelta(seconds=1)).count() == 2
    assert Delivery.objects.held_by(lease).renew(until=LATER + timedelta(minutes=5)) == 2
    assert not Delivery.objects.expired(LATER + timedelta(seconds=1)).exists()


def test_a_row_is_due_at_once_or_when_its_time_has_come(rows):
    assert rows.filter(is_due(NOW)).count() == 2
    rows.update(retry_at=LATER)
    assert not rows.filter(is_due(NOW)).exists()
    assert rows.filter(is_due(LATER)).count() == 2
