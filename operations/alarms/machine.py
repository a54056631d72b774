"""Whether the machine has room, its data a backup, and its readers addresses of their own."""

import shutil
from datetime import datetime, timedelta

from django.conf import settings

from operations import proxies
from operations.alarms.kinds import Problem
from operations.backups.ages import last_backup
from subscriptions.models import Subscriber

GIB = 1024**3
LEAST_FREE = 2 * GIB
LEAST_SHARE = 0.05
OLDEST_BACKUP = timedelta(days=2)
PROXY_SEEN = timedelta(hours=3)  # each web process notes it once an hour
PLENTY = 20 * GIB  # free room that is enough whatever share of a large disk it is


def disk(_: datetime) -> list[Problem]:
    """The file system of ``VAR_DIR``."""
    usage = shutil.disk_usage(settings.VAR_DIR)
    is_low = usage.free < LEAST_FREE or (usage.free < PLENTY and usage.free < usage.total * LEAST_SHARE)
    if not is_low:
        return []
    left = f"{usage.free / GIB:.1f} of {usage.total / GIB:,.0f} GB ({usage.free / usage.total:.0%})"
    sentence = f"The disk of VAR_DIR is nearly full: {left} are free."
    return [Problem("disk", sentence)]


def old_backup(now: datetime) -> list[Problem]:
    """The newest backup is too old, or there is none although readers have been there for as long.

    The demo has none, and needs none.
    """
    if settings.DEBUG:
        return []
    taken_at = last_backup()
    if taken_at is not None:
        is_old = now - taken_at > OLDEST_BACKUP
        sentence = f"The newest backup is of {taken_at:%d %B, %H:%M} UTC."
    else:
        is_old = Subscriber.objects.filter(confirmed_at__lt=now - OLDEST_BACKUP).exists()
        sentence = "No backup was ever taken."
    return [Problem("old_backup", sentence)] if is_old else []


def proxy_hops(now: datetime) -> list[Problem]:
    """A proxy in front says for whom it asks, and is not believed: all readers share one limit."""
    seen_at = proxies.last_seen()
    if settings.PROXY_HOPS or seen_at is None or now - seen_at > PROXY_SEEN:
        return []
    sentence = "A proxy stands in front and PROXY_HOPS is 0: all readers share one address, and its limits."
    return [Problem("proxy_hops", sentence)]
