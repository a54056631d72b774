"""How often is too often for what a stranger or a reader may cause. :mod:`lib.counting` counts."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from lib import networks
from lib.counting import Limit, is_within
from subscriptions.addresses import address_hash, folded

TASTE_IMPORTS_A_DAY = 30  # lists of one reader, looked at or counted
REPORTS_PER_NETWORK = 10  # of something wrong, by the public form in an hour
REPORTS_OVERALL = 300
REPORTS_OF_READER = 20  # on one day
WIDER = 4  # times what a network (/64) may: a site (/48) is an office, a campus, or one machine's owner


def client_ip(request: HttpRequest) -> str:
    """The address the request came from. Only as many proxies as ``PROXY_HOPS`` says are believed."""
    return networks.client_ip(request.META, hops=settings.PROXY_HOPS)


def client_network(request: HttpRequest) -> str:
    """The address of the network (/24 of IPv4, /64 of IPv6) that the request came from."""
    address = networks.network(client_ip(request)).partition("/")[0]
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
    limits = {limit: networks.network(ip)}
    if wide := networks.site(ip):
        limits[Limit(f"{limit.name}-site", limit.most * WIDER, limit.seconds)] = wide
    return limits


def _within(limits: dict[Limit, str], *, now: datetime) -> bool:
    return is_within(settings.REDIS_URL, limits, now=now)
