"""What was taken in: days of a source, and the health of the sources."""

from typing import ClassVar

from django.db import models

from newsletter.models import states
from newsletter.models.constraints import within


class IntakeDay(models.Model):
    """What became of one source's day: it makes ``backfill`` resumable and answers "why no mail?"."""

    State = states.IntakeState

    source = models.CharField(max_length=12, choices=states.Source.choices)
    day = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "day"], name="unique_intake_source_day"),
            within("state", states.IntakeState, "intake_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.day}: {self.state}"


class SourceHealth(models.Model):
    """How one source has behaved: shown to the operator."""

    source = models.CharField(max_length=20)
    last_good_day = models.DateField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    requests_day = models.DateField(null=True, blank=True)
    requests_today = models.PositiveIntegerField(default=0)
    circuit_open_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "source health"
        constraints: ClassVar = [models.UniqueConstraint(fields=["source"], name="unique_source_health")]

    def __str__(self) -> str:
        return self.source
