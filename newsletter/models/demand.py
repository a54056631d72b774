"""What readers need, as numbers: topics by language, and papers by language."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsletter.models.topics import Topic


class Demand(models.Model):
    """How many readers want a topic in a language. ``subscriptions`` writes it; it holds numbers, no people.

    ``topic`` is null for readers who follow their own queries.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="demand")
    language = models.CharField(max_length=10)
    readers = models.PositiveIntegerField()
    size = models.PositiveSmallIntegerField(
        default=10, help_text="How many papers the largest of their digests has."
    )

    class Meta:
        verbose_name_plural = "demand"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "language"], name="unique_demand_topic_language"),
            models.UniqueConstraint(
                fields=["language"], name="unique_demand_language", condition=Q(topic__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.language}: {self.readers}"


class SummaryDemand(models.Model):
    """How many digests that are to come, or that just left, show a paper in a language.

    ``subscriptions`` writes it, by choosing for its readers without sending; it holds numbers, no people.
    """

    paper = models.ForeignKey("newsletter.Paper", on_delete=models.CASCADE, related_name="summary_demand")
    language = models.CharField(max_length=10)
    readers = models.PositiveIntegerField()
    place = models.PositiveSmallIntegerField(help_text="Its best place in any of these digests; 0: pinned.")

    class Meta:
        verbose_name_plural = "summary demand"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "language"], name="unique_summary_demand"),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.language}: {self.readers}"
