"""How often is too often: counters in Redis, in fixed windows.

Only this module counts. While Redis does not answer, each process counts for itself: looser than one count
for all, and far from none.
"""

import logging
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import redis
from django.conf import settings
from django.http import HttpRequest
from redis.commands.core import Script

from lib.redis_clients import shared_client
from subscriptions.addresses import address_hash, folded, network, site

TASTE_IMPORTS_A_DAY = 30  # lists of one reader, looked at or counted
REPORTS_PER_NETWORK = 10  # of something wrong, by the public form in an hour
REPORTS_OVERALL = 300
REPORTS_OF_READER = 20  # on one day
WIDER = 4  # times what a network (/64) may: a site (/48) is an office, a campus, or one machine's owner
LOOK_AGAIN = 5.0  # seconds in which a Redis that did not answer is not asked again
MOST_KEYS = 20_000  # of a process' own counts: some 4 MB
log = logging.getLogger(__name__)

# One more for each key; a key that is new is forgotten after its argument's seconds.
_COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
  counts[place] = redis.call("INCR", key)
  if counts[place] == 1 then redis.call("EXPIRE", key, ARGV[place]) end
end
return counts
"""


class OwnCounts:
    """The counts of one process, for as long as Redis is away. Its memory is bounded: the oldest key goes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._redis_is_away = False
        self._ask_again_at = 0.0

    def are_needed(self) -> bool:
        """Whether Redis was away a moment ago, and is not asked yet again."""
        return self._redis_is_away and time.monotonic() < self._ask_again_at

    def redis_failed(self, error: Exception) -> None:
        """From now on this process counts; said once."""
        self._ask_again_at = time.monotonic() + LOOK_AGAIN
        if not self._redis_is_away:
            self._redis_is_away = True
            log.warning(
                "Redis does not answer (%s): until it does, each process keeps the limits by itself.",
                type(error).__name__,
            )

    def redis_answered(self) -> None:
        """Redis counts again; said once, too."""
        if self._redis_is_away:
            with self._lock:
                self._redis_is_away = False
                self._counts.clear()
            log.info("Redis answers again and keeps the limits.")

    def add(self, key: str) -> int:
        """One more for ``key``. Returns how many it has now."""
        with self._lock:
            self._counts[key] = count = self._counts.get(key, 0) + 1
            if len(self._counts) > MOST_KEYS:
                self._counts.popitem(last=False)
            return count


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` in each window of ``seconds``."""

    name: str
    most: int
    seconds: int


def client_ip(request: HttpRequest) -> str:
    """The address the request came from. Only as many proxies as ``PROXY_HOPS`` says are believed."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    hops = settings.PROXY_HOPS
    if not hops:
        return direct
    forwarded = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return forwarded[-hops] if len(forwarded) >= hops and forwarded[-hops] else direct


def client_network(request: HttpRequest) -> str:
    """The address of the network (/24 of IPv4, /64 of IPv6) that the request came from."""
    address = network(client_ip(request)).partition("/")[0]
    return address if address != "unknown" else "0.0.0.0"  # noqa: S104 - as an address, not to listen on


def admit_sign_up(*, ip: str, now: datetime) -> bool:
    """Whether one more sign-up from this network, its site, and at all, is still within the limits."""
    limits = _from(ip, Limit("signup-network", settings.SIGNUPS_PER_NETWORK, 3600))
    return _within({**limits, Limit("signup-all", settings.SIGNUPS_OVERALL, 3600): ""}, now=now)


def admit_notice(*, email: str, now: datetime) -> bool:
    """Whether one more mail that a stranger's form caused may go to the mailbox of ``email`` today.

    ``victim+1@`` to ``victim+99@`` are one mailbox.
    """
    mailbox = address_hash(folded(email))[:32]
    return _within({Limit("notice", settings.NOTICES_PER_ADDRESS, 86_400): mailbox}, now=now)


def admit_taste_import(*, reader: int, now: datetime) -> bool:
    """Whether this reader may look at, or count, one more list of papers today."""
    return _within({Limit("taste-import", TASTE_IMPORTS_A_DAY, 86_400): str(reader)}, now=now)


def admit_look(*, ip: str, now: datetime) -> bool:
    """Whether one more preview or query test from this network is still within the limits."""
    return _within(_from(ip, Limit("look", settings.LOOKS_PER_NETWORK, 60)), now=now)


def admit_report(*, ip: str, now: datetime) -> bool:
    """Whether one more report of something wrong by the public form is still within the limits."""
    limits = _from(ip, Limit("report-network", REPORTS_PER_NETWORK, 3600))
    return _within({**limits, Limit("report-all", REPORTS_OVERALL, 3600): ""}, now=now)


def admit_reader_report(*, reader: int, now: datetime) -> bool:
    """Whether one more report by this reader's link is still within the limits."""
    return _within({Limit("report-reader", REPORTS_OF_READER, 86_400): str(reader)}, now=now)


def _from(ip: str, limit: Limit) -> dict[Limit, str]:
    """``limit`` for the network of ``ip``, and :data:`WIDER` times as much for the site that may own many."""
    limits = {limit: network(ip)}
    if wide := site(ip):
        limits[Limit(f"{limit.name}-site", limit.most * WIDER, limit.seconds)] = wide
    return limits


def _within(limits: dict[Limit, str], *, now: datetime) -> bool:
    seconds = int(now.timestamp())
    keys = [
        f"paperpost:limit:{limit.name}:{counted}:{seconds // limit.seconds}"
        for limit, counted in limits.items()
    ]
    counts = _count(keys, [limit.seconds for limit in limits])
    return all(count <= limit.most for count, limit in zip(counts, limits, strict=True))


def _count(keys: list[str], seconds: list[int]) -> list[int]:
    own = own_counts(settings.REDIS_URL)
    if not own.are_needed():
        try:
            counts: list[int] = _counter(settings.REDIS_URL)(keys, seconds)
        except redis.RedisError as error:
            own.redis_failed(error)
        else:
            own.redis_answered()
            return counts
    return [own.add(key) for key in keys]


@lru_cache(maxsize=4)
def own_counts(_url: str) -> OwnCounts:
    """What this process counts by itself while the Redis at this URL is away."""
    return OwnCounts()


@lru_cache(maxsize=4)
def _counter(url: str) -> Script:
    return shared_client(url).register_script(_COUNT)


os.register_at_fork(after_in_child=_counter.cache_clear)
