"""How often is too often: counters in Redis, in fixed windows.

Only this module counts. Where Redis does not answer, everything is allowed: no mail leaves without the broker
anyway, and a reader is not sent away for our fault.
"""

import logging
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import redis
from django.conf import settings
from django.http import HttpRequest
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from subscriptions.addresses import address_hash, folded, network, site

WIDER = 4  # times what a network (/64) may: a site (/48) is an office, a campus, or one machine's owner
log = logging.getLogger(__name__)

_ONCE_MORE = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))  # where Redis has hung up
# One more for each key; a key that is new is forgotten after its argument's seconds.
_COUNT = """
local counts = {}
for place, key in ipairs(KEYS) do
  counts[place] = redis.call("INCR", key)
  if counts[place] == 1 then redis.call("EXPIRE", key, ARGV[place]) end
end
return counts
"""


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
    said = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return said[-hops] if len(said) >= hops and said[-hops] else direct


def client_network(request: HttpRequest) -> str:
    """The address of the network (/24 of IPv4, /64 of IPv6) that the request came from."""
    found = network(client_ip(request)).partition("/")[0]
    return found if found != "unknown" else "0.0.0.0"  # noqa: S104 - as an address, not to listen on


def admit_sign_up(*, ip: str, now: datetime) -> bool:
    """Whether one more sign-up from this network, its site, and at all, is still within the limits."""
    limits = _from(ip, Limit("signup-network", settings.SIGNUPS_PER_NETWORK, 3600))
    return _within({**limits, Limit("signup-all", settings.SIGNUPS_OVERALL, 3600): ""}, now=now)


def admit_notice(*, email: str, now: datetime) -> bool:
    """Whether one more mail that a stranger's form caused may go to the mailbox of ``email`` today.

    ``victim+1@`` to ``victim+99@`` are one mailbox.
    """
    who = address_hash(folded(email))[:32]
    return _within({Limit("notice", settings.NOTICES_PER_ADDRESS, 86_400): who}, now=now)


def admit_look(*, ip: str, now: datetime) -> bool:
    """Whether one more preview or query test from this network is still within the limits."""
    return _within(_from(ip, Limit("look", settings.LOOKS_PER_NETWORK, 60)), now=now)


def _from(ip: str, limit: Limit) -> dict[Limit, str]:
    """``limit`` for the network of ``ip``, and :data:`WIDER` times as much for the site that may own many."""
    limits = {limit: network(ip)}
    if wide := site(ip):
        limits[Limit(f"{limit.name}-site", limit.most * WIDER, limit.seconds)] = wide
    return limits


def _within(limits: dict[Limit, str], *, now: datetime) -> bool:
    seconds = int(now.timestamp())
    keys = [f"paperpost:limit:{limit.name}:{who}:{seconds // limit.seconds}" for limit, who in limits.items()]
    try:
        counts = _counter(settings.REDIS_URL)(keys, [limit.seconds for limit in limits])
    except redis.RedisError as error:
        log.warning("The limits are not kept: Redis does not answer (%s).", type(error).__name__)
        return True
    return all(count <= limit.most for count, limit in zip(counts, limits, strict=True))


@lru_cache(maxsize=4)
def _counter(url: str) -> Script:
    return client(url).register_script(_COUNT)


@lru_cache(maxsize=4)
def client(url: str) -> redis.Redis:
    """The one connection of this process to the Redis at ``url``; raises RedisError when there is none.

    Taking it from a pool and looking whether it still lives costs a sign-up as much as the counting does.
    """
    return redis.Redis.from_url(
        url, single_connection_client=True, socket_timeout=1, socket_connect_timeout=1, retry=_ONCE_MORE
    )


def _forget_connections() -> None:
    _counter.cache_clear()
    client.cache_clear()


os.register_at_fork(after_in_child=_forget_connections)
