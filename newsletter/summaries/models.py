"""Batches of questions as rows; the package's other rows are in :mod:`newsletter.models`."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class SummaryBatch(models.Model):
    """Questions that a provider answers within a day at half the price.

    sending → waiting → collected | failed. The file's id is stored before the batch is begun, so that a
    batch that was begun by a process that died is found again by it.
    """

    class State(models.TextChoices):
        SENDING = "sending", "being handed in"
        WAITING = "waiting", "waiting for answers"
        COLLECTED = "collected", "collected"
        FAILED = "failed", "failed"

    state = models.CharField(max_length=9, choices=State.choices, default=State.SENDING)
    model = models.CharField(max_length=120)
    file_id = models.CharField(max_length=120, blank=True, help_text="Of the questions, at the provider.")
    batch_id = models.CharField(max_length=120, blank=True)
    summaries = models.JSONField(help_text="The ids of the summaries that are asked for.")
    tokens = models.PositiveBigIntegerField(help_text="What its answers may take of the budget.")
    counts = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "summary batches"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["sending", "waiting", "collected", "failed"]),
                name="batch_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent_at:%F %T} {self.state}: {len(self.summaries)}"
