"""A broker that dies takes unacknowledged messages with it and nothing else. Real Valkey, real kombu."""

import gc
import os
import signal
import time
from contextlib import suppress

import pytest
from kombu import Connection, Queue
from kombu.transport import redis as transport

from config import broker as our_broker
from config import celery
from services.broker import EmbeddedBroker

pytestmark = pytest.mark.processes


@pytest.fixture
def broker(tmp_path):
    with EmbeddedBroker(tmp_path) as running:
        yield running


def await_pid_change(broker, was):
    until = time.monotonic() + 20
    while broker.pid == was or not broker.answers():
        assert time.monotonic() < until, "the broker was not started again"
        time.sleep(0.05)


def holding_messages(url, channels=3):
    """A connection with an unacknowledged message in each of ``channels`` channels."""
    connection = Connection(url)
    held = []
    for number in range(channels):
        channel = connection.channel()
        queue = Queue(f"test-{number}", channel=channel)
        queue.declare()
        connection.Producer(channel).publish({"number": number}, routing_key=queue.name)
        message = queue.get()
        assert message is not None
        held.append((channel, message))
    return connection, held


def lose(connection):
    """What Celery's consumer does when its connection is lost, in its order."""
    with suppress(Exception):
        connection.collect(socket_timeout=1)
    with suppress(*connection.connection_errors):
        connection.close()


def test_every_channel_is_closed_and_an_acknowledgement_that_comes_late_does_no_harm(broker, monkeypatch):
    assert transport.Channel.QoS is our_broker.LenientQoS, celery.app
    connection, held = holding_messages(broker.url)
    os.kill(broker.pid, signal.SIGKILL)
    lose(connection)
    for channel, message in held:
        assert channel.closed
        message.ack()
        assert not channel.qos._delivered
    gc.collect()


def test_kombu_alone_would_fail(broker, monkeypatch):
    """When this fails, ``config.broker`` is not needed any more."""
    monkeypatch.setattr(transport.Channel, "QoS", transport.QoS)
    connection, held = holding_messages(broker.url)
    os.kill(broker.pid, signal.SIGKILL)
    lose(connection)
    errors = []
    for channel, message in held:
        channel.qos._on_collect.cancel()  # it would try once more when this process ends
        try:
            message.ack()
        except Exception as error:  # noqa: BLE001 - any of them ends a worker
            errors.append(type(error))
    assert errors
    assert not all(channel.closed for channel, _ in held) or AttributeError in errors


def test_messages_are_put_back_where_the_broker_lives(broker):
    connection, held = holding_messages(broker.url)
    connection.close()
    with Connection(broker.url) as again:
        for number in range(len(held)):
            queue = Queue(f"test-{number}", channel=again.channel())
            message = queue.get()
            assert message is not None
            assert message.payload == {"number": number}
            message.ack()


def test_a_dead_broker_comes_back_at_its_address(broker):
    url, was = broker.url, broker.pid
    os.kill(was, signal.SIGKILL)
    await_pid_change(broker, was)
    assert broker.url == url
    with Connection(url) as connection:
        connection.ensure_connection(max_retries=3)
