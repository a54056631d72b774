"""A knock that many may give and that is answered once: the first of them wakes a worker, the rest is known.

The worker takes the knock away BEFORE it looks for work. So whoever found the knock in place, after their own
work was committed, is sure that it will be seen.
"""

import redis
from django.conf import settings

from subscriptions.throttling import client

_SECONDS = 30  # a knock that nobody answered, because its message was lost, is forgotten


def knock(name: str) -> bool:
    """Whether this is the first knock since the last answer. Without Redis each is."""
    try:
        return bool(client(settings.REDIS_URL).set(_key(name), 1, nx=True, ex=_SECONDS))
    except redis.RedisError:
        return True


def answer(name: str) -> None:
    """From now on the next knock is a first one."""
    try:
        client(settings.REDIS_URL).delete(_key(name))
    except redis.RedisError:
        return  # then no knock was kept either


def _key(name: str) -> str:
    return f"paperpost:knock:{name}"
