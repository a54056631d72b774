"""Lists of papers that readers brought along, and what of them counts as liked."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsletter.models import within
from subscriptions.models import states
from subscriptions.models.subscribers import Subscriber


class TasteImport(models.Model):
    """A list that a reader brought along and said shall count. Taken back, it is gone with its likes."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="taste_imports")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.subscriber_id} {self.at:%F}"


class ImportedLike(models.Model):
    """One paper of such a list: waits until it is here, counts as a vote, or cannot be had.

    ``counted_at`` is the moment of the vote that it made, so that taking it back touches no other.
    """

    State = states.ImportedLikeState

    taste_import = models.ForeignKey(TasteImport, on_delete=models.CASCADE, related_name="likes")
    arxiv_id = models.CharField("arXiv id", max_length=32)
    state = models.CharField(max_length=8, choices=states.ImportedLikeState.choices)
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["taste_import", "arxiv_id"], name="unique_imported_like"),
            within("state", states.ImportedLikeState, "imported_like_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["arxiv_id"], name="imported_like_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.arxiv_id} {self.state}"
