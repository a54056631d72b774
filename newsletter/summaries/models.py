"""What readers need, batches, and what is known of models; the other rows are in :mod:`newsletter.models`."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class SummaryDemand(models.Model):
    """How many digests that are to come, or that just left, show a paper in a language.

    ``subscriptions`` writes it, by choosing for its readers without sending; it holds numbers, no people.
    """

    paper = models.ForeignKey("newsletter.Paper", on_delete=models.CASCADE, related_name="summary_demand")
    language = models.CharField(max_length=10)
    readers = models.PositiveIntegerField()
    place = models.PositiveSmallIntegerField(help_text="The best that it has in any of them; 0: pinned.")

    class Meta:
        verbose_name_plural = "summary demand"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "language"], name="unique_summary_demand"),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}: {self.readers}"


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


class KnownModel(models.Model):
    """What was learned of a model: its abilities at an endpoint; where that is empty, its own thresholds."""

    endpoint = models.CharField(max_length=400, blank=True, help_text="The address; empty: wherever it runs.")
    model = models.CharField(max_length=200)
    abilities = models.JSONField(default=dict, blank=True, help_text="What it understands, by its refusals.")
    thresholds = models.JSONField(default=dict, blank=True, help_text="Of the checks, once calibrated.")
    judge_limits = models.JSONField(
        default=dict, blank=True, help_text="P(yes) from which on its second look accepts, by language."
    )
    learned_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "model"], name="unique_known_model"),
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.endpoint or 'any endpoint'}"
