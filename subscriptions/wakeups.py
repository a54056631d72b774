"""A knock that many may give and that is answered once: the first of them wakes a worker, the rest is known.

The worker takes the knock away BEFORE it looks for work, and looks again :data:`LOOK_AGAIN` seconds later. So
whoever found the knock in place, after their own work was committed, is sure that it will be seen; and so is
whatever the same process commits while its own knock is young, without knocking again.
"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.core.cache import cache as kept

from lib.redis_clients import shared_client

LOOK_AGAIN = 2.0
_YOUNG = 1.0  # seconds; less than LOOK_AGAIN, and the rest is what clocks may differ
_LONGEST = 30  # a knock that nobody answered, because its message was lost, is forgotten


def call(name: str, *, send: Callable[[], bool]) -> None:
    """Have a worker see what is committed by now. ``send`` sends it a message, and says whether it could."""
    if kept.add(_key(name), True, _YOUNG) and _knock(name) and not send():
        kept.delete(_key(name))
        answer(name)


def answer(name: str) -> None:
    """From now on the next knock is a first one."""
    try:
        shared_client(settings.REDIS_URL).delete(_key(name))
    except redis.RedisError:
        return  # then no knock was kept either


def _knock(name: str) -> bool:
    """Whether this is the first knock since the last answer. Without Redis each is."""
    try:
        return bool(shared_client(settings.REDIS_URL).set(_key(name), 1, nx=True, ex=_LONGEST))
    except redis.RedisError:
        return True


def _key(name: str) -> str:
    return f"paperpost:knock:{name}"
