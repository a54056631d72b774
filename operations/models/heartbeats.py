"""Signs of life of what works without being seen: beat, and each queue by the worker that serves it."""

from django.db import models
from typing_extensions import override


class Heartbeat(models.Model):
    """When ``name`` was last alive: ``beat``, or ``queue:`` and the queue's name."""

    name = models.CharField(max_length=100, primary_key=True)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict, blank=True)

    @override
    def __str__(self) -> str:
        return self.name
