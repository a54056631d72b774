"""Whether the machine has room, its data a backup and a journal, its readers addresses of their own."""

from datetime import datetime, timedelta

from django.conf import settings

from operations import proxies
from operations.alarms.kinds import Problem
from operations.backups.ages import last_backup
from operations.doctor.machine import disk as look_at_disks
from operations.findings import State
from subscriptions import journal
from subscriptions.models import Subscriber

OLDEST_BACKUP = timedelta(days=2)
PROXY_SEEN = timedelta(hours=3)  # each web process notes it once an hour
LONGEST = 500  # characters of a sentence: paths may be long


def disk(_: datetime) -> list[Problem]:
    """Every disk that is written to, judged as ``manage.py doctor`` does."""
    full = [finding.sentence for finding in look_at_disks() if finding.state is not State.OK]
    return [Problem("disk", f"A disk is nearly full: {' '.join(full)}"[:LONGEST])] if full else []


def wishes_journal(_: datetime) -> list[Problem]:
    """The journal of wishes cannot be written, or lacks some that wait in the database."""
    trouble = journal.trouble()
    return [Problem("journal", trouble[:LONGEST])] if trouble else []


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
