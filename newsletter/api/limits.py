"""How many requests a network may make in a minute.

It is told in the header (draft-ietf-httpapi-ratelimit-headers).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lib.counting import Limit, count
from lib.networks import client_ip, network, site

WINDOW: Final = 60  # seconds
WIDER: Final = 4  # times what a network may: a site (/48 of IPv6)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a network stands to its ``limit``: what is ``left`` in the ``seconds`` until it is counted anew."""

    limit: Limit
    left: int
    seconds: int
    is_within: bool

    def tell(self, response: HttpResponse) -> None:
        """Write it into the header of ``response``."""
        response["RateLimit-Policy"] = f'"network";q={self.limit.most};w={self.limit.seconds}'
        response["RateLimit"] = f'"network";r={self.left};t={self.seconds}'
        if not self.is_within:
            response["Retry-After"] = str(self.seconds)


def count_request(request: HttpRequest, *, now: datetime) -> Standing:
    """One more request of this network."""
    limits = _limits(request)
    counts = count(settings.REDIS_URL, limits, now=now)
    own = next(iter(limits))
    return Standing(
        limit=own,
        left=max(min(limit.most - number for limit, number in counts.items()), 0),
        seconds=own.seconds_left(now),
        is_within=all(number <= limit.most for limit, number in counts.items()),
    )


def give_back(request: HttpRequest, *, now: datetime) -> None:
    """One request less: who asks whether something changed, and it has not, costs next to nothing."""
    count(settings.REDIS_URL, _limits(request), now=now, more=-1)


def _limits(request: HttpRequest) -> dict[Limit, str]:
    ip = client_ip(request.META, hops=settings.PROXY_HOPS)
    most = settings.API_REQUESTS_PER_NETWORK
    limits = {Limit("api", most, WINDOW): network(ip)}
    if wide := site(ip):
        limits[Limit("api-site", most * WIDER, WINDOW)] = wide
    return limits
