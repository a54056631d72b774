"""The one way to a Redis or Valkey: how long is waited and how often is tried again, said by each caller."""

import os
from functools import lru_cache

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

_BACKOFF = ExponentialWithJitterBackoff(base=0.01, cap=0.5)  # seconds between tries


def redis_client(
    url: str,
    *,
    timeout: float = 5.0,
    connect_timeout: float = 2.0,
    retries: int = 0,
    single_connection: bool = False,
) -> redis.Redis:
    """A client of the server at ``url``, which may be written as Celery does (``redis+socket://``).

    ``timeout`` is the longest wait for an answer, ``connect_timeout`` for a connection, in seconds. A command
    is repeated ``retries`` times if the connection is lost, never after a time-out: who waited in vain once
    would wait as long again. ``single_connection``: no pool, for one thread.
    Nothing is connected yet; each command raises ``redis.RedisError``.
    """
    return redis.Redis.from_url(
        url.replace("redis+socket://", "unix://", 1),
        socket_timeout=timeout,
        socket_connect_timeout=connect_timeout,
        retry=Retry(_BACKOFF, retries, supported_errors=(redis.ConnectionError,)),
        single_connection_client=single_connection,
    )


@lru_cache(maxsize=4)
def shared_client(url: str) -> redis.Redis:
    """The one connection of this process to the server at ``url``, for what a request waits for.

    Taking one from a pool and looking whether it still lives costs a sign-up as much as the command does.
    """
    return redis_client(url, timeout=1, connect_timeout=1, retries=1, single_connection=True)


os.register_at_fork(after_in_child=shared_client.cache_clear)
