"""What came back of a mail."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsletter.models import within
from subscriptions.models import states
from subscriptions.models.deliveries import Delivery
from subscriptions.models.subscribers import Subscriber


class DeliveryEvent(models.Model):
    """Something that came back about a mail: a bounce, a complaint, a reply.

    Only what is certain acts at once; what is doubtful waits for a second one, and what nothing proves is
    kept to be looked at. Without a delivery it is about a notice, or names none of our mails.
    """

    Kind = states.DeliveryEventKind
    Standing = states.EventStanding

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    standing = models.CharField(max_length=8, choices=Standing.choices, default=Standing.CERTAIN)
    final = models.BooleanField(default=True, help_text="The mail will not arrive: no notice of delay.")
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "event_id"], name="unique_delivery_event"),
            within("kind", states.DeliveryEventKind, "delivery_event_kind_known"),
            within("standing", states.EventStanding, "delivery_event_standing_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="delivery_event_at"),
            models.Index(fields=["at"], name="delivery_event_unproven", condition=Q(standing="unproven")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.source}"
