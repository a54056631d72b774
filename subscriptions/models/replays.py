"""What came out when past digests were chosen again."""

from django.db import models


class RankingReplay(models.Model):
    """Past digests chosen again with and without their readers' tastes; of no reader by name.

    ``measures`` is a list of ``{"name", "with", "without", "difference", "low", "high"}``.
    """

    made_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    readers = models.PositiveIntegerField()
    digests = models.PositiveIntegerField()
    measures = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.digests} digests of {self.days} days before {self.made_at:%F}"
