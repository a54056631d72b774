"""What a reader keeps: saved papers with notes, and papers whose new versions the reader wants to hear of."""

from typing import ClassVar

from django.db import models

from newsletter.models import Paper
from subscriptions.models.subscribers import Subscriber


class ReadingList(models.Model):
    """A reader's list as a whole; there from the first paper that was saved, or the first wish about it.

    ``feed_number`` is in the address of the private feed of saved papers, ``digest_feed_number`` in that
    of the papers of digests: counting up ends the address before.
    """

    subscriber = models.OneToOneField(
        Subscriber, on_delete=models.CASCADE, primary_key=True, related_name="reading_list"
    )
    feed_number = models.PositiveIntegerField(default=0)
    digest_feed_number = models.PositiveIntegerField(default=0, db_default=0)
    wants_weekly = models.BooleanField(
        default=True, help_text="Once a week the digest names what was saved in the week before it."
    )
    changed_at = models.DateTimeField(null=True, help_text="When a paper last came or went.")

    def __str__(self) -> str:
        return f"reading list of {self.subscriber_id}"


class SavedPaper(models.Model):
    """A paper on a reader's list, with the reader's own words about it."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="saved_papers")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="saved_by")
    note = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "paper"], name="unique_saved_paper")
        ]
        indexes: ClassVar = [models.Index(fields=["subscriber", "-saved_at"], name="saved_newest_first")]

    def __str__(self) -> str:
        return f"{self.subscriber_id} saved {self.paper_id}"


class FollowedPaper(models.Model):
    """A paper of whose notable new versions a reader wants to hear, whatever else the reader chose."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="followed_papers")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="followed_by")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "paper"], name="unique_followed_paper")
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} follows paper {self.paper_id}"
