"""Lists of papers that readers brought along, and what of them counts as liked."""

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.models import WantedPaper, within
from subscriptions.models import states
from subscriptions.models.subscribers import Subscriber


class TasteImportQuerySet(models.QuerySet["TasteImport"]):
    """Lists, of which each is counted or deleted by one transaction at a time."""

    def locked(self) -> list["TasteImport"]:
        """Those that are still there. Until the end of the transaction nobody else counts or deletes them."""
        return list(self.select_for_update().order_by("pk"))

    def drop(self) -> None:
        """Delete the lists and their likes; what only they waited for is no longer asked for."""
        lists = [each.pk for each in self.locked()]
        waiting = ImportedLike.objects.filter(state=ImportedLike.State.WAITING)
        waited_for = list(waiting.filter(taste_import__in=lists).values_list("arxiv_id", flat=True))
        TasteImport.objects.filter(pk__in=lists).delete()
        others = waiting.filter(arxiv_id=OuterRef("arxiv_id"))
        for part in chunked(waited_for, IDS_A_QUERY):
            wanted = WantedPaper.objects.filter(arxiv_id__in=part, state=WantedPaper.State.WANTED)
            wanted.filter(~Exists(others)).delete()


class TasteImport(models.Model):
    """A list that a reader brought along and said shall count. Taken back, it is gone with its likes."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="taste_imports")
    at = models.DateTimeField()

    objects = TasteImportQuerySet.as_manager()

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
