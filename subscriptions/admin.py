"""The operator's view of the people: addresses are masked, the ledger is looked at and not edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from subscriptions.models import ConsentEvent, Delivery, DeliveryEvent, Subscriber, Suppression


def masked(address: str) -> str:
    """``r…@example.org``: enough to recognise, too little to write to."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


class ReadOnlyAdmin(ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyAdmin):
    list_display = ("pk", "address", "state", "language", "time_zone", "hour", "cadence", "next_due_at")
    list_filter = ("state", "language", "cadence")
    search_fields = ("email__iexact",)
    search_help_text = "a whole address"
    exclude = ("email", "public_id")
    readonly_fields = ("address",)

    @admin.display(description="address")
    def address(self, subscriber: Subscriber) -> str:
        return masked(subscriber.email)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("day", "subscriber", "state", "reason", "attempts", "subject", "settled_at")
    list_filter = ("state", "day", "language")
    list_select_related = ("subscriber",)
    date_hierarchy = "day"


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "subscriber", "kind", "text_version", "language")
    list_filter = ("kind",)


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "source", "subscriber", "detail")
    list_filter = ("kind", "source")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("at", "reason")
    list_filter = ("reason",)
