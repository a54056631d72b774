"""Calls for summaries: each attempt, batches at a provider, and what was learned of a model."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsletter.models.summaries import Summary


class SummaryAttempt(models.Model):
    """One call to a model, kept whole: what was paid for is never lost, and what was refused can be read."""

    class Purpose(models.TextChoices):
        FIRST = "first", "first answer"
        REPAIR = "repair", "repair"
        HINT = "hint", "asked again by an editor"
        OPINION = "opinion", "second look"
        PLANTED = "planted", "second look, false on purpose"

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="attempts")
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.FIRST)
    paper_version = models.PositiveSmallIntegerField(default=1)
    prompt_version = models.CharField(max_length=20)
    fingerprint = models.CharField(
        max_length=32, blank=True, help_text="Of what was asked: an answer counts only for the same question."
    )
    model = models.CharField(max_length=120)
    answer = models.TextField(blank=True)
    findings = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0, help_text="In US dollars.")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="attempt_at")]

    def __str__(self) -> str:
        return f"{self.summary_id} {self.purpose} {self.at:%F %T}"


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
