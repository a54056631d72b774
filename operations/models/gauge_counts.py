"""How many of something there were when a task last counted."""

from django.db import models
from typing_extensions import override


class GaugeCount(models.Model):
    """What counting over many rows gave, so that whoever looks at it need not count.

    ``name`` is what was counted, ``seconds`` how long that took, ``counts`` a list of
    ``[metric, [label, …], number]``.
    """

    name = models.CharField(max_length=50, primary_key=True)
    counted_at = models.DateTimeField()
    seconds = models.FloatField()
    counts = models.JSONField(default=list, blank=True)

    @override
    def __str__(self) -> str:
        return f"{self.name} at {self.counted_at:%F %T}"
