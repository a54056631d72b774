"""Proofs and events: looked at, never edited."""

from django.contrib import admin

from newsletter.admin.shared import LongList, ReadOnly
from subscriptions.models import ConsentEvent, DeliveryEvent, Suppression


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnly, LongList):
    list_display = ("at", "subscriber", "kind", "text_version", "language")
    list_filter = ("kind",)
    list_select_related = ("subscriber",)
    ordering = ("-pk",)
    raw_id_fields = ("subscriber",)


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnly, LongList):
    list_display = ("at", "kind", "source", "subscriber", "detail")
    list_filter = ("kind", "source")
    list_select_related = ("subscriber",)
    ordering = ("-pk",)
    raw_id_fields = ("subscriber", "delivery")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, LongList):
    list_display = ("at", "reason")
    list_filter = ("reason",)
    ordering = ("-pk",)
