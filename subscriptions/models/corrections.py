"""Who is told of a correction, by which digest, and by which mail."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from lib.leases import is_due
from newsletter.models import Correction, within
from subscriptions.models import states
from subscriptions.models.deliveries import Delivery
from subscriptions.models.subscribers import Subscriber


class OwedCorrectionQuerySet(models.QuerySet["OwedCorrection"]):
    """Corrections that readers have coming."""

    def untold(self) -> "OwedCorrectionQuerySet":
        """Those that no digest tells: none was chosen yet, or that one has not left and never will."""
        lost = (Delivery.State.FAILED, Delivery.State.SKIPPED)
        return self.filter(Q(delivery__isnull=True) | Q(delivery__state__in=lost))

    def mails_due(self, now: datetime) -> "OwedCorrectionQuerySet":
        """Those of which a mail of its own has to leave."""
        return self.filter(is_due(now), mail_state=OwedCorrection.Mail.OWED)


class OwedCorrection(models.Model):
    """A reader who had a paper has its correction coming: once by a digest, once by a mail if that is asked.

    ``delivery`` is the digest that tells it, chosen when that is queued. If it fails, the next one is. The
    mail goes owed → sending → sent | uncertain | refused; ``sending`` is committed before a byte leaves, so
    nobody gets it twice.
    """

    Mail = states.CorrectionMailState

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="owed")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="owed_corrections")
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="told_corrections"
    )
    mail_state = models.CharField(max_length=9, choices=Mail.choices, default=Mail.NONE, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_at = models.DateTimeField(null=True, blank=True, help_text="When the mail last changed its state.")
    retry_at = models.DateTimeField(null=True, blank=True)

    objects = OwedCorrectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "correction"], name="unique_owed_correction"),
            within("mail_state", states.CorrectionMailState, "correction_mail_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="correction_mail_open", condition=Q(mail_state__in=("owed", "sending"))
            ),
        ]

    def __str__(self) -> str:
        return f"correction {self.correction_id} for {self.subscriber_id}"
