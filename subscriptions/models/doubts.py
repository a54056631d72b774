"""Digests of which a restored backup does not know whether they were sent."""

from typing import ClassVar

from django.db import models

from subscriptions.models.deliveries import Delivery
from subscriptions.models.subscribers import Subscriber


class DoubtfulDigest(models.Model):
    """A digest that may have been sent after the backup was taken: sent again on an operator's word alone.

    ``delivery``: its row, which is uncertain. Without one the reader was due at ``due_at``, and nothing says
    what became of it; ``last_edition_day`` is what the reader had had by then, ``assumed_edition_day`` what
    counts as had since. Gone once it is settled.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="doubtful_digests")
    delivery = models.OneToOneField(
        Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="doubt"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    last_edition_day = models.DateField(null=True, blank=True)
    assumed_edition_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=models.Q(delivery__isnull=True),
                name="unique_doubtful_digest_without_row",
            )
        ]

    def __str__(self) -> str:
        return f"doubtful digest for {self.subscriber_id}"
