"""A wake-up that many processes may ask for and that is sent once: a flag in Redis says that it is under way.

The worker clears the flag BEFORE it looks for work, and looks again :data:`LOOK_AGAIN` seconds later. So
whoever found the flag set, after their own work was committed, is sure that it will be seen; and so is
whatever the same process commits within :data:`_RECENT` seconds of its own request, without asking again.
"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.core.cache import cache as local_cache

from lib.redis_clients import shared_client

LOOK_AGAIN = 2.0
_RECENT = 1.0  # seconds; less than LOOK_AGAIN, and the rest is what clocks may differ
_LONGEST = 30  # seconds; a flag that no worker cleared, because its message was lost, expires


def request(name: str, *, send: Callable[[], bool]) -> None:
    """Have a worker see what is committed by now. ``send`` sends it a message, and says whether it could."""
    if local_cache.add(_key(name), True, _RECENT) and _set_flag(name) and not send():
        local_cache.delete(_key(name))
        acknowledge(name)


def acknowledge(name: str) -> None:
    """Clear the flag: the next request sends a message again."""
    try:
        shared_client(settings.REDIS_URL).delete(_key(name))
    except redis.RedisError:
        return  # then no flag was set either


def _set_flag(name: str) -> bool:
    """Whether the flag was not set yet. Without Redis it never is, and each request sends a message."""
    try:
        return bool(shared_client(settings.REDIS_URL).set(_key(name), 1, nx=True, ex=_LONGEST))
    except redis.RedisError:
        return True


def _key(name: str) -> str:
    return f"paperpost:wake-up:{name}"
