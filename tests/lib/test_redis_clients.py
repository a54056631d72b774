"""One way to a Redis: bounded waits, and no command is repeated that was not answered in time."""

import socket
import time

import pytest
import redis

from lib.redis_clients import redis_client, shared_client


def test_it_answers(valkey):
    client = redis_client(valkey)
    assert client.ping()
    assert redis_client(valkey, single_connection=True).ping()


def test_a_unix_socket_may_be_written_as_celery_writes_it():
    client = redis_client("redis+socket:///run/valkey.sock?db=3")
    options = client.connection_pool.connection_kwargs
    assert (options["path"], options["db"]) == ("/run/valkey.sock", 3)


def test_a_process_has_one_shared_connection(valkey):
    assert shared_client(valkey) is shared_client(valkey)
    assert shared_client(valkey).ping()


def test_no_server_is_an_error_at_once():
    began = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        redis_client("redis://127.0.0.1:9/0", retries=3).ping()
    assert time.monotonic() - began < 5


def test_what_is_not_answered_in_time_is_not_asked_again():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with pytest.raises(redis.TimeoutError):
            redis_client(url, timeout=0.1, retries=3).ping()
        server.settimeout(0.1)
        server.accept()[0].close()
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("retries", [0, 1])
def test_a_connection_that_the_server_closed_is_made_again_if_the_caller_says_so(valkey, retries):
    client = redis_client(valkey, retries=retries, single_connection=True)
    redis_client(valkey).client_kill_filter(_id=str(client.client_id()))
    if retries:
        assert client.ping()
    else:
        with pytest.raises(redis.ConnectionError):
            client.ping()
