"""How fast: rates over all senders and to each domain, warm-up, and the waits between attempts."""

import time
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lib.redis_clients import redis_client
from subscriptions.delivery import ledger
from subscriptions.delivery.checkpoints import CoordinationError, FileCheckpoints
from subscriptions.delivery.promise import (
    END,
    LONGEST_DELAY,
    Attempt,
    Checkpoint,
    Promise,
    delay,
    outcome_of,
    outcomes_by_checkpoint,
)
from subscriptions.delivery.rates import (
    WARM_UP,
    SendLimits,
    SendRateLimiter,
    TokenBuckets,
    warm_up_left,
    warm_up_limit,
)
from subscriptions.delivery.replies import Reply
from subscriptions.models import Delivery
from subscriptions.models.states import DeliveryState
from tests.factories import NOW
from tests.smtp_sink import SmtpSink
from tests.subscriptions.delivery.ledger import build, queue, send_all


@pytest.fixture
def buckets(valkey) -> TokenBuckets:
    client = redis_client(valkey)
    client.flushall()
    return TokenBuckets(client)


# -- buckets --------------------------------------------------------------


def test_a_bucket_gives_what_it_holds_and_says_when_there_is_more(buckets):
    first = buckets.take("x", rate=10, wanted=100)
    assert first.count == 20, "two seconds' worth at once"
    second = buckets.take("x", rate=10, wanted=100)
    assert second.count == 0
    assert 0 < second.wait <= 0.1
    assert buckets.take("y", rate=10, wanted=5).count == 5


def test_many_senders_share_one_rate(buckets):
    began = time.monotonic()
    taken = sum(buckets.take("x", rate=50, wanted=7).count for _ in range(100))
    assert 100 <= taken <= 101 + 50 * (time.monotonic() - began), "two seconds' worth, and what time brings"


def test_a_rate_below_one_a_second_gives_one(buckets):
    assert buckets.take("slow", rate=0.1, wanted=10).count == 1
    assert buckets.take("slow", rate=0.1, wanted=10).wait > 9


def test_without_redis_a_rate_sends_nothing():
    client = redis_client("redis://127.0.0.1:9/0")
    with pytest.raises(CoordinationError, match="no rate can be kept"):
        SendRateLimiter(SendLimits(overall=1.0), buckets=TokenBuckets(client)).admit(10)


def test_without_a_rate_nothing_is_asked():
    rate_limiter = SendRateLimiter(SendLimits())
    assert rate_limiter.admit(800).count == 800
    assert rate_limiter.delays(["a.example"] * 10) == {}


@pytest.mark.django_db
def test_the_overall_rate_is_kept(buckets, tmp_path):
    queue(30)
    with SmtpSink() as sink:
        began = timezone.now()
        run = send_all(
            sink,
            checkpoints=FileCheckpoints(tmp_path),
            rate_limiter=SendRateLimiter(SendLimits(overall=10.0), buckets=buckets),
            seconds=30,
        )
        took = (timezone.now() - began).total_seconds()
    assert run.counts == {"sent": 30}
    assert took >= 0.9, "20 at once, 10 more at ten a second"


@pytest.mark.django_db
def test_a_domain_that_is_full_waits_and_the_others_go(buckets, tmp_path):
    queue(30, domain="big.example")
    queue(5, domain="small.example")
    rate_limiter = SendRateLimiter(SendLimits(per_domain=5.0), buckets=buckets)
    with SmtpSink() as sink:
        send_all(sink, checkpoints=FileCheckpoints(tmp_path), rate_limiter=rate_limiter, seconds=0.9)
        domains = Counter(message.recipient.rpartition("@")[2] for message in sink.accepted)
    assert domains == {"big.example": 10, "small.example": 5}
    waiting = Delivery.objects.filter(state="deferred")
    assert waiting.count() == 20
    assert set(waiting.values_list("attempts", flat=True)) == {0}
    times = sorted(row.retry_at for row in waiting if row.retry_at)
    assert times[-1] - times[0] >= timedelta(seconds=2)


def test_whoever_is_put_off_has_a_slot_of_its_own(buckets):
    first, second = (SendRateLimiter(SendLimits(per_domain=10.0), buckets=buckets) for _ in range(2))
    waits = [wait.total_seconds() for wait in first.delays(["big.example"] * 50).values()]
    waits += [wait.total_seconds() for wait in second.delays(["big.example"] * 50).values()]
    assert len(waits) == 80, "two seconds' worth went at once; who came later stands behind"
    steps = [later - sooner for sooner, later in pairwise(waits)]
    assert all(abs(step - 0.1) < 0.09 for step in steps), "the clock goes on a little between the two"
    assert first.delays(["small.example"]) == {}


def test_whose_turn_has_come_goes_before_whoever_is_new(buckets):
    rate_limiter = SendRateLimiter(SendLimits(per_domain=1.0), buckets=buckets)
    assert sorted(rate_limiter.delays(["big.example"] * 3)) == [2]
    buckets.client.delete("paperpost:rate:domain:big.example")  # as if time had gone by
    assert sorted(rate_limiter.delays(["big.example"] * 4, has_turn={1, 3})) == [0, 2]


@pytest.mark.django_db
def test_nobody_is_put_off_again_and_again(buckets, tmp_path, monkeypatch):
    queue(60, domain="big.example")
    put_off: Counter[int] = Counter()
    put_back = ledger.put_back

    def count(rows, **options):
        put_off.update(row.pk for row in rows)
        return put_back(rows, **options)

    monkeypatch.setattr(ledger, "put_back", count)
    rate_limiter = SendRateLimiter(SendLimits(per_domain=20.0), buckets=buckets)
    with SmtpSink() as sink:
        run = send_all(sink, checkpoints=FileCheckpoints(tmp_path), rate_limiter=rate_limiter, seconds=20)
    assert run.counts == {"sent": 60}
    assert len(put_off) == 20, "what the bucket holds went at once"
    assert put_off.total() <= 30, "a slow machine may miss a slot or two"


@pytest.mark.django_db
def test_what_was_put_off_and_what_is_new_share_a_claim():
    old = queue(20)
    Delivery.objects.update(state="deferred", retry_at=NOW)
    new = queue(12)
    claimed = {row.pk for row in ledger.claim(now=NOW, size=10)}
    assert len(claimed & {row.pk for row in old}) == len(claimed & {row.pk for row in new}) == 5
    rest = ledger.claim(now=NOW, size=20)
    assert len(rest) == 20, "what one half does not use is the other's"
    assert len(ledger.claim(now=NOW, size=1)) == 1, "the smallest batch, as a slow rate grants it"
    assert len(ledger.claim(now=NOW, size=20)) == 1


@pytest.mark.django_db
def test_a_new_address_warms_up(settings, tmp_path):
    today = timezone.now().date()
    queue(5, day=today)
    Delivery.objects.update(state="sent", settled_at=timezone.now())
    queue(300, day=today)
    first = timezone.now().date()
    with SmtpSink() as sink:
        send_all(
            sink,
            checkpoints=FileCheckpoints(tmp_path),
            rate_limiter=SendRateLimiter(SendLimits(warm_up_from=first)),
        )
        assert len(sink.accepted) == WARM_UP[0] - 5
        send_all(
            sink,
            checkpoints=FileCheckpoints(tmp_path),
            rate_limiter=SendRateLimiter(SendLimits(warm_up_from=first - timedelta(days=1))),
        )
        assert len(sink.accepted) == 300


@pytest.mark.django_db
def test_senders_in_step_share_the_warm_up(settings, tmp_path):
    queue(WARM_UP[0] + 100, day=timezone.now().date())
    rate_limiter = SendRateLimiter(SendLimits(warm_up_from=timezone.now().date()))
    others: list[int] = []
    with SmtpSink() as sink:

        def slowly(rows, *, now):
            """While this sender makes its messages, others come by."""
            if len(others) < 2:
                others.append(0)
                others.append(
                    send_all(
                        sink, checkpoints=FileCheckpoints(tmp_path / "other"), rate_limiter=rate_limiter
                    ).done
                )
            return build(rows, now=now)

        run = send_all(sink, checkpoints=FileCheckpoints(tmp_path), rate_limiter=rate_limiter, build=slowly)
        assert (run.done, others) == (WARM_UP[0], [0, 0])
        assert len(sink.accepted) == WARM_UP[0]


# -- pure -----------------------------------------------------------------


def test_warm_up_grows_and_ends():
    first = date(2026, 3, 1)
    limits = [warm_up_limit(first + timedelta(days=day), first=first) for day in range(len(WARM_UP) + 1)]
    assert limits == [*WARM_UP, None]
    assert list(WARM_UP) == sorted(WARM_UP)
    assert warm_up_limit(date(2026, 2, 28), first=first) == 0
    assert warm_up_left(now=NOW, first=None, sent_today=10) is None
    assert warm_up_left(now=NOW, first=NOW.date(), sent_today=10**6) == 0


@given(st.integers(1, 8), st.integers(1, 2**40))
def test_waits_grow_and_differ_a_little(attempts: int, seed: int):
    wait = delay(attempts, seed=seed)
    assert delay(attempts) <= wait <= delay(attempts) * 1.25
    assert delay(attempts) <= delay(attempts + 1)
    assert wait <= LONGEST_DELAY * 1.25


@given(st.integers(200, 599), st.integers(1, 20))
def test_every_reply_has_an_outcome(code: int, attempts: int):
    outcome = outcome_of(Reply(code), Attempt(1, attempts), now=NOW, promise=Promise.AT_MOST_ONCE)
    if code < 300:
        assert outcome.state == DeliveryState.SENT
    elif code >= 500:
        assert outcome.state == DeliveryState.FAILED
    else:
        assert outcome.state == (DeliveryState.DEFERRED if attempts < 8 else DeliveryState.FAILED)
        assert (outcome.retry_at is not None) == (attempts < 8)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30, unique=True), st.integers(0, 1001))
def test_a_mark_leaves_one_in_doubt_at_most(ids: list[int], at: int):
    found = outcomes_by_checkpoint(
        sorted(ids), Checkpoint(first_id=at), now=NOW, promise=Promise.AT_MOST_ONCE
    )
    states = Counter(outcome.state for outcome in found)
    assert states[DeliveryState.UNCERTAIN] == (at in ids)
    assert all((outcome.state == DeliveryState.SENT) == (outcome.delivery_id < at) for outcome in found)


@given(
    st.integers(0, END),
    st.dictionaries(
        st.integers(1, END), st.tuples(st.sampled_from(["failed", "deferred"]), st.text(), st.text())
    ),
)
def test_a_mark_survives_being_written(at, but):
    checkpoint = Checkpoint(first_id=at, exceptions=but)
    assert Checkpoint.load(checkpoint.dump()) == checkpoint


def test_the_stored_form_of_a_checkpoint_is_what_senders_of_other_versions_leave():
    stored = b'[5,[[2,["failed","550 no","refused"]]],9]'
    checkpoint = Checkpoint(first_id=5, exceptions={2: ("failed", "550 no", "refused")}, last_id=9)
    assert Checkpoint.load(stored) == checkpoint
    assert checkpoint.dump() == stored
