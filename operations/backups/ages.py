"""How old the newest backup is."""

from datetime import datetime

from django.db.models import Max

from operations.models import Backup


def last_backup() -> datetime | None:
    """Of which moment the newest backup is that was written and read again; None if none was."""
    at: datetime | None = Backup.objects.aggregate(at=Max("taken_at"))["at"]
    return at
