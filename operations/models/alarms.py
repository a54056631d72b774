"""What the operator is told: each once when it begins, and once when it is over."""

from django.db import models
from django.db.models import Q
from typing_extensions import override


class Alarm(models.Model):
    """Something that needs a person. ``kind`` and ``subject`` ("queue", "send") name it while it lasts."""

    kind = models.CharField(max_length=50)
    subject = models.CharField(max_length=100, blank=True)
    sentence = models.CharField(max_length=500)
    remedy = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(ended_at=None), name="one_open_alarm_of_a_kind"
            ),
        )

    @override
    def __str__(self) -> str:
        return self.sentence
