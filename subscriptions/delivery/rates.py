"""How fast: messages a second over all machines, and to each domain; and how many a day while warming up.

The buckets live in Redis and follow the generic cell rate algorithm (ITU-T I.371): one number a bucket, the
moment at which it is full again. Without a rate nothing is asked; without Redis nothing that has a rate is
sent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import redis
from django.conf import settings

from lib.redis_clients import redis_client
from subscriptions.delivery.checkpoints import CoordinationError

AHEAD = 2.0  # seconds' worth of messages that may be taken at once
BORROWED = 10  # notices that may go before the digests that are next
# Messages on each day since the first: receivers judge an unknown address by how steadily it grows.
WARM_UP = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000)

# KEYS[1] the bucket; ARGV: now, seconds a message, burst in seconds, how many are wanted.
# Answers how many are granted, and the seconds until one more would be.
_TAKE = """
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0')
local now, each, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if full_at < now or full_at > now + 864000 then full_at = now end
local granted = math.floor((now + burst - full_at) / each + 1e-9)
if granted > wanted then granted = wanted end
if granted < 0 then granted = 0 end
full_at = full_at + granted * each
if granted > 0 then
  redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000) + 1000)
end
return {granted, string.format('%.6f', math.max(full_at + each - burst - now, 0))}
"""


# KEYS: a domain's bucket, and the end of the line of those that have a slot. ARGV: as above, then how many
# come that have a slot, and how many that have none. Answers how many of each may go, and the seconds until
# the first free slot; as many slots are taken as are put off. Who is new does not pass who stands in line.
_LINE = """
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0')
local line = tonumber(redis.call('GET', KEYS[2]) or '0')
local now, each, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local waited, fresh = tonumber(ARGV[4]), tonumber(ARGV[5])
if full_at < now or full_at > now + 864000 then full_at = now end
local room = math.max(math.floor((now + burst - full_at) / each + 1e-9), 0)
local old = math.min(room, waited)
local new = 0
if line <= now then new = math.min(room - old, fresh) end
local put_off = waited + fresh - old - new
full_at = full_at + (old + new) * each
if old + new > 0 then
  redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', math.ceil((full_at - now) * 1000) + 1000)
end
local first = math.max(full_at + each - burst, line, now)
if put_off > 0 then
  line = first + put_off * each
  redis.call('SET', KEYS[2], string.format('%.6f', line), 'PX', math.ceil((line - now) * 1000) + 1000)
end
return {old, new, string.format('%.6f', first - now)}
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """``count`` messages may go now; the next one in ``wait`` seconds."""

    count: int
    wait: float


class TokenBuckets:
    """Token buckets by name, shared through Redis, whose clock is the one that counts."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.script = client.register_script(_TAKE)
        self.line_script = client.register_script(_LINE)

    def take(self, name: str, *, rate: float, wanted: int, borrowed: int = 0) -> Grant:
        """Up to ``wanted`` messages from bucket ``name``, which fills at ``rate`` a second.

        ``borrowed``: how many messages may be taken that others then have to wait for.
        """
        try:
            seconds, micros = self.client.time()
            each = 1 / rate
            count, wait = self.script(
                keys=[f"paperpost:rate:{name}"],
                args=[seconds + micros / 1e6, each, max(AHEAD, each) + borrowed * each, wanted],
            )
        except redis.RedisError as error:
            raise CoordinationError(f"Redis does not answer, so no rate can be kept ({error}).") from error
        return Grant(int(count), float(wait))

    def line_up(self, name: str, *, rate: float, waited: int, fresh: int) -> tuple[int, int, float]:
        """How many of the ``waited``, who have slots, and of the ``fresh`` may go; seconds to the first slot.

        Those who may not go have the slots from there on, one every 1 / ``rate`` seconds.
        """
        try:
            seconds, micros = self.client.time()
            each = 1 / rate
            old, new, first = self.line_script(
                keys=[f"paperpost:rate:{name}", f"paperpost:line:{name}"],
                args=[seconds + micros / 1e6, each, max(AHEAD, each), waited, fresh],
            )
        except redis.RedisError as error:
            raise CoordinationError(f"Redis does not answer, so no rate can be kept ({error}).") from error
        return int(old), int(new), float(first)


@dataclass(frozen=True, slots=True)
class SendLimits:
    """What the operator set; 0 is no limit."""

    overall: float = 0.0  # messages a second
    per_domain: float = 0.0  # messages a second and domain
    warm_up_from: date | None = None

    @classmethod
    def from_settings(cls) -> "SendLimits":
        """``SEND_RATE``, ``SEND_RATE_PER_DOMAIN`` and ``WARM_UP_FROM``."""
        return cls(settings.SEND_RATE, settings.SEND_RATE_PER_DOMAIN, settings.WARM_UP_FROM)


class SendRateLimiter:
    """How many messages a sender may claim, and which of a batch must wait for their domain's turn."""

    def __init__(self, limits: SendLimits, *, buckets: TokenBuckets | None = None) -> None:
        self.limits = self.configured = limits
        self._buckets = buckets

    @property
    def buckets(self) -> TokenBuckets:
        """The buckets that all senders share; a connection to Redis is made when they are first needed."""
        if self._buckets is None:
            self._buckets = TokenBuckets(redis_client(settings.REDIS_URL))
        return self._buckets

    def adopt(self, learned_rate: float) -> None:
        """Keep to the learned rate of the mail server as well, in messages a second; 0 for none."""
        rates = [rate for rate in (self.configured.overall, learned_rate) if rate]
        self.limits = replace(self.configured, overall=min(rates, default=0.0))

    def admit(self, wanted: int) -> Grant:
        """How many of ``wanted`` messages may be claimed now. Unused ones are lost: a rate is a ceiling."""
        if not self.limits.overall or not wanted:
            return Grant(wanted, 0.0)
        return self.buckets.take("all", rate=self.limits.overall, wanted=wanted)

    def admit_now(self) -> Grant:
        """Whether one message that somebody waits for may go now: digests then wait the longer."""
        if not self.limits.overall:
            return Grant(1, 0.0)
        return self.buckets.take("all", rate=self.limits.overall, wanted=1, borrowed=BORROWED)

    def delays(self, domains: Sequence[str], *, has_turn: Collection[int] = ()) -> dict[int, timedelta]:
        """Which positions of ``domains`` (one a message) have to wait, and for how long.

        Those in ``has_turn`` were told so before, and now is their time.
        """
        rate = self.limits.per_domain
        if not rate:
            return {}
        by_domain: dict[str, list[int]] = {}
        for position, domain in enumerate(domains):
            by_domain.setdefault(domain.lower(), []).append(position)
        waiting: dict[int, timedelta] = {}
        for domain, positions in by_domain.items():
            waited = [position for position in positions if position in has_turn]
            fresh = [position for position in positions if position not in has_turn]
            old, new, first = self.buckets.line_up(
                f"domain:{domain}", rate=rate, waited=len(waited), fresh=len(fresh)
            )
            for turn, position in enumerate((*waited[old:], *fresh[new:])):
                waiting[position] = timedelta(seconds=first + turn / rate)
        return waiting


def warm_up_limit(day: date, *, first: date | None) -> int | None:
    """How many messages may go out on ``day`` if the first went out on ``first``; None for no limit."""
    if first is None:
        return None
    age = (day - first).days
    if age < 0:
        return 0
    return WARM_UP[age] if age < len(WARM_UP) else None


def warm_up_left(*, now: datetime, first: date | None, sent_today: int) -> int | None:
    """How many messages may still go out today (``now``'s day) while warming up; None for no limit."""
    limit = warm_up_limit(now.date(), first=first)
    return None if limit is None else max(limit - sent_today, 0)
