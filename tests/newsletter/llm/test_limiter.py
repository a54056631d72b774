import threading

from newsletter.llm.limiter import AdaptiveLimiter
from newsletter.llm.rate_limits import RateLimits


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_no_more_have_their_turn_than_the_limit():
    limiter = AdaptiveLimiter(3)
    inside, most, lock, done = 0, 0, threading.Lock(), threading.Barrier(13)

    def work():
        nonlocal inside, most
        with limiter.slot() as may:
            assert may
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with lock:
                inside -= 1
        done.wait(10)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    done.wait(10)
    assert most == 3


def test_a_tenth_refused_costs_little_pace():
    clock = Clock()
    limiter = AdaptiveLimiter(16, clock=clock)
    for number in range(2000):
        clock.now += 0.5 / 16
        if number % 10 == 0:
            limiter.record_refusal(1.0)
        else:
            limiter.record_answer(RateLimits())
    assert limiter.limit >= 13


def test_when_most_are_refused_everybody_waits_and_fewer_ask():
    clock = Clock()
    limiter = AdaptiveLimiter(16, clock=clock)
    for _ in range(60):
        clock.now += 0.2
        limiter.record_refusal(7.0)
    assert limiter.limit <= 2
    waiting = threading.Thread(target=lambda: limiter.slot().__enter__(), daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    limiter.close()
    waiting.join(5)
    assert not waiting.is_alive()


def test_answers_bring_the_pace_back():
    clock = Clock()
    limiter = AdaptiveLimiter(8, clock=clock)
    for _ in range(20):
        clock.now += 1.5
        limiter.record_refusal(None)
    for _ in range(200):
        limiter.record_answer(RateLimits())
    assert limiter.limit == 8


def test_a_count_that_runs_out_is_waited_for():
    clock = Clock()
    limiter = AdaptiveLimiter(4, clock=clock)
    limiter.record_answer(RateLimits(remaining_requests=0, reset_requests=30.0))
    asked = threading.Event()

    def ask():
        with limiter.slot():
            asked.set()

    threading.Thread(target=ask, daemon=True).start()
    assert not asked.wait(0.05)
    clock.now += 31
    limiter.record_answer(RateLimits(remaining_requests=50, reset_requests=30.0))
    assert asked.wait(5)


def test_a_closed_gate_lets_nobody_ask():
    limiter = AdaptiveLimiter(1)
    limiter.close()
    with limiter.slot() as may:
        assert not may
