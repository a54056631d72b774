"""A topic's papers of one day, as an editor sees them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from newsletter.models import states
from newsletter.models.constraints import within
from newsletter.models.papers import Paper
from newsletter.models.topics import Topic


class EditionQuerySet(models.QuerySet["Edition"]):
    """Queries for editions by what may become of them."""

    def ready(self) -> "EditionQuerySet":
        """Editions that readers may get."""
        return self.filter(state__in=(Edition.State.APPROVED, Edition.State.FROZEN))

    def waiting(self) -> "EditionQuerySet":
        """Editions that approval by the clock may still release."""
        return self.filter(state=Edition.State.DRAFT)


class Edition(models.Model):
    """One topic's papers of one day, as the editor leaves them.

    draft → approved → frozen; an editor may hold it, and un-approve it until the first digest froze it.
    """

    State = states.EditionState

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="editions")
    day = models.DateField(db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    note = models.JSONField(
        default=dict, blank=True, help_text="The editor's note by language: {code: text}."
    )
    candidates_count = models.PositiveIntegerField(default=0, help_text="How many papers of the day matched.")
    composed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=0, help_text="Counts changes, so that concurrent edits are noticed."
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-day", "topic__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "day"], name="unique_edition_topic_day"),
            within("state", states.EditionState, "edition_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} · {self.day:%F}"


class Entry(models.Model):
    """A paper's place in an edition, and why it is there."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="entries")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    is_pinned = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    is_placed = models.BooleanField(
        default=False,
        help_text="An editor moved it here: down to this place the order is the editor's for every reader.",
    )
    matched = models.JSONField(default=list, blank=True, help_text="The paper's words that made it match.")
    strength = models.FloatField(
        null=True,
        blank=True,
        help_text="How much it is about the topic, from 0 to 1; empty where it was not computed.",
    )

    class Meta:
        verbose_name_plural = "entries"
        ordering: ClassVar = ["-is_pinned", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "paper"], name="unique_entry_edition_paper"),
            models.CheckConstraint(condition=~Q(is_pinned=True, is_hidden=True), name="entry_not_both"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["paper"], name="entry_hidden", condition=Q(is_hidden=True)),
            models.Index(fields=["edition", "-is_pinned", "position"], name="entry_place"),
            models.Index(fields=["edition"], name="entry_pinned", condition=Q(is_pinned=True)),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.paper_id}"
