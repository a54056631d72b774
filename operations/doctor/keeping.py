"""Whether what is here would be there again after a disk has died."""

from datetime import datetime, timedelta

from django.utils import timezone

from operations.backups.ages import last_backup
from operations.doctor.stores import needs_database
from operations.findings import Finding, failed, ok, warning
from subscriptions import journal
from subscriptions.models import Subscriber

LATE, TOO_OLD = timedelta(days=2), timedelta(days=8)
_REMEDY = "Take one each day, to another machine: manage.py backup FILE (docs/backups.md)."


@needs_database("backups")
def backups() -> Finding:
    """How old the newest backup is."""
    now = timezone.now()
    has_lasted = Subscriber.objects.filter(created_at__lt=now - TOO_OLD).exists()
    return judge_backup(last_backup(), has_lasted=has_lasted, now=now)


def judge_backup(taken_at: datetime | None, *, has_lasted: bool, now: datetime) -> Finding:
    """``has_lasted``: there are readers who joined so long ago that a backup had to be taken since."""
    if taken_at is None:
        never = "No backup was ever taken: if the disk dies, all readers are lost."
        return failed("backups", never, _REMEDY) if has_lasted else warning("backups", never, _REMEDY)
    age = now - taken_at
    sentence = f"The newest backup is of {taken_at:%d %B %Y, %H:%M} UTC"
    if age > TOO_OLD:
        return failed("backups", f"{sentence}, {age.days} days ago.", _REMEDY)
    if age > LATE:
        return warning("backups", f"{sentence}, {age.days} days ago.", _REMEDY)
    return ok("backups", f"{sentence}.")


@needs_database("wishes")
def wishes() -> Finding:
    """Whether who leaves is written down where no restored backup undoes it."""
    if trouble := journal.trouble():
        return failed(
            "wishes", trouble, "Make WISHES_JOURNAL writable; what waits is then written by itself."
        )
    return ok("wishes", "The journal of wishes takes who leaves.")
