"""Proofs and events: looked at, never edited."""

from django.contrib import admin

from newsletter.admin.shared import LongList, ReadOnly
from subscriptions.models import ConsentEvent, DeliveryEvent, Suppression


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnly, LongList):
    list_display = ("at", "reader", "kind", "text_version", "language")
    list_filter = ("kind",)
    ordering = ("-pk",)
    raw_id_fields = ("subscriber",)

    @admin.display(description="reader")
    def reader(self, row: ConsentEvent) -> str:
        return f"reader {row.subscriber_id}" if row.subscriber_id else ""


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnly, LongList):
    list_display = ("at", "kind", "source", "reader", "detail")
    list_filter = ("kind", "source")
    ordering = ("-pk",)
    raw_id_fields = ("subscriber", "delivery")

    @admin.display(description="reader")
    def reader(self, row: DeliveryEvent) -> str:
        return f"reader {row.subscriber_id}" if row.subscriber_id else ""


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, LongList):
    list_display = ("at", "reason")
    list_filter = ("reason",)
    ordering = ("-pk",)
