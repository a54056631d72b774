"""A worker is called once for many sign-ups, and none of them is overlooked."""

from datetime import timedelta
from functools import partial

import pytest
import redis
import time_machine
from django.core.cache import cache
from django.utils import timezone

from subscriptions import tasks, wakeups
from subscriptions.models import Subscriber
from tests.subscriptions.visitors import form


@pytest.fixture
def calls(valkey, settings):
    """How a process calls for work; what it sent is in the list, each with whether it could be sent."""
    settings.REDIS_URL = valkey
    redis.Redis.from_url(valkey).flushdb()
    sent = []

    def call(*, could=True):
        def send() -> bool:
            sent.append(could)
            return bool(could)

        wakeups.request("work", send=send)
        return len(sent)

    return call


def test_soon_after_its_own_request_a_process_relies_on_the_second_look(calls):
    assert calls() == 1
    wakeups.acknowledge("work")
    assert calls() == 1
    with time_machine.travel(timezone.now() + timedelta(seconds=wakeups.LOOK_AGAIN)):
        assert calls() == 2


def test_of_several_processes_one_sends_the_message(calls):
    assert calls() == 1
    cache.clear()  # as in another process
    assert calls() == 1
    cache.clear()
    wakeups.acknowledge("work")
    assert calls() == 2


def test_a_message_that_could_not_be_sent_is_not_relied_on(calls):
    assert calls(could=False) == 1
    assert calls() == 2


def test_without_redis_each_process_sends_its_own(calls, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert calls() == 1
    cache.clear()
    assert calls() == 2


@pytest.mark.django_db
def test_a_form_that_came_while_a_worker_was_looking_is_received_by_the_second_look(
    client, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    for task in (tasks.receive_sign_ups, tasks.receive_late_sign_ups):
        note = partial(lambda task, *_, countdown, **__: sent.append((task, countdown)), task)
        monkeypatch.setattr(task, "apply_async", note)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/", form(email="first@example.org"))
    assert sent == [(tasks.receive_sign_ups, None)]
    assert tasks.receive_sign_ups() == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/", form(email="late@example.org"))
    assert sent[1:] == [(tasks.receive_late_sign_ups, wakeups.LOOK_AGAIN)]
    assert tasks.receive_late_sign_ups() == 1
    assert Subscriber.objects.count() == 2
