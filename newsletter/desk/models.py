"""What was done at the desk: who changed an edition or a summary, when, and what it was before."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class EditionChange(models.Model):
    """One act on an edition. ``before`` is what undoing it restores; ``revision`` is the one it led to."""

    edition = models.ForeignKey("newsletter.Edition", on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12)
    detail = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    revision = models.PositiveIntegerField()
    before = models.JSONField(default=dict)
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "revision"], name="unique_edition_change_revision")
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.kind} {self.at:%F %T}"


class SummaryVersion(models.Model):
    """What a summary said before somebody changed it at the desk, or what an editor made of it."""

    summary = models.ForeignKey("newsletter.Summary", on_delete=models.CASCADE, related_name="kept_versions")
    author = models.CharField(max_length=8, help_text="Whose words: model, editor or extract.")
    draft = models.JSONField(help_text="{title, sentence, takeaways, keywords}")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.summary_id} {self.author} {self.at:%F %T}"
