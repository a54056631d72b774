"""Which backups were taken."""

from django.db import models


class Backup(models.Model):
    """A backup that was written and read again: of which moment, where it went, what it holds."""

    taken_at = models.DateTimeField(db_index=True)
    path = models.CharField(max_length=300)
    rows = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField(help_text="Bytes.")

    def __str__(self) -> str:
        return f"backup of {self.taken_at:%F %H:%M}"
