"""What the operator is told: each once when it begins, and once when it is over."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from typing_extensions import override


class AlarmQuerySet(models.QuerySet["Alarm"]):
    """Alarms by whom they concern now."""

    def unended(self) -> "AlarmQuerySet":
        """What has not been well for long enough, whether or not it has lasted long enough to be said."""
        return self.filter(ended_at=None)

    def due(self) -> "AlarmQuerySet":
        """What was still so once it had lasted long enough to be said."""
        return self.filter(seen_at__gte=F("due_at"))

    def open(self) -> "AlarmQuerySet":
        """What needs a person now."""
        return self.unended().due()


class Alarm(models.Model):
    """Something that needs a person. ``kind`` and ``subject`` ("queue", "send") name it while it lasts.

    It is seen (``began_at``, the last time ``seen_at``), lasts long enough to be said (``due_at``), is told,
    ends once it has been well for a while, and that is told. ``claimed_until``: a process is telling it, or
    the mail server refused; nobody else does before then.
    """

    kind = models.CharField(max_length=50)
    subject = models.CharField(max_length=100, blank=True)
    sentence = models.CharField(max_length=500)
    remedy = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ("-began_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(ended_at=None), name="one_open_alarm_of_a_kind"
            ),
        )
        indexes: ClassVar = [
            models.Index(fields=["ended_at"], name="alarm_ended"),
        ]

    @override
    def __str__(self) -> str:
        return self.sentence
