"""How often somebody may try to log in: by name and network, by network, and by name over all networks."""

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from typing_extensions import override

KNOWN_FOR = timedelta(days=90)  # how long a network from which somebody logged in is that person's


class LoginLimits(AxesDatabaseHandler):  # type: ignore[misc] # axes is untyped
    """Axes counts one name from one network (its ``ip_address`` is a network here); this adds the two others.

    Whoever tries many names from one network is stopped by the network's count. Whoever tries one name from
    many networks is stopped by the name's, which does not count for networks from which that person has
    logged in: an attacker cannot lock the owner out. Refused attempts are not counted, and an hour ends a
    lock.
    """

    @override
    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        own = int(super().get_failures(request, credentials))
        limit = int(settings.AXES_FAILURE_LIMIT)
        if own >= limit:
            return own
        name = get_client_username(request, credentials) or ""
        network = request.axes_ip_address  # type: ignore[attr-defined] # put there by axes
        if _failures(Q(ip_address=network)) >= settings.LOGIN_FAILURES_PER_NETWORK:
            return limit
        if _failures(Q(username=name)) >= settings.LOGIN_FAILURES_PER_NAME and not _is_known(name, network):
            return limit
        return own


def _failures(attempts: Q) -> int:
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    rows = AccessAttempt.objects.filter(attempts, attempt_time__gte=since)
    return int(rows.aggregate(total=Sum("failures_since_start"))["total"] or 0)


def _is_known(name: str, network: str) -> bool:
    since = timezone.now() - KNOWN_FOR
    return bool(AccessLog.objects.filter(username=name, ip_address=network, attempt_time__gte=since).exists())
