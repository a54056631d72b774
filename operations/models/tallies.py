"""How often something happened, counted once, so that it is known when the rows are gone."""

from django.db import models
from typing_extensions import override


class EventTally(models.Model):
    """Counts over one table that rows are only added to.

    Rows up to the id ``counted_to`` are counted. ``seen_to`` was the newest when the tally was last brought
    up to date: a row with a smaller id may be committed after one with a greater, so each has until the next
    time to appear. ``counts`` is a list of ``[metric, [label, …], number]``.
    """

    name = models.CharField(max_length=50, primary_key=True)
    counted_to = models.BigIntegerField(default=0)
    seen_to = models.BigIntegerField(default=0)
    counts = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name_plural = "event tallies"

    @override
    def __str__(self) -> str:
        return f"{self.name}: up to {self.counted_to}"
