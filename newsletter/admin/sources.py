"""How the sources behave, day by day."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from newsletter.admin.shared import ReadOnly
from newsletter.models import IntakeDay, SourceHealth


@admin.register(IntakeDay)
class IntakeDayAdmin(ReadOnly, ModelAdmin):
    list_display = ("day", "source", "state", "reason", "at")
    list_filter = ("source", "state")
    date_hierarchy = "day"
    ordering = ("-day", "source")


@admin.register(SourceHealth)
class SourceHealthAdmin(ReadOnly, ModelAdmin):
    list_display = (
        *("source", "last_good_day", "last_success_at", "requests_today"),
        *("circuit_open_until", "last_error_at", "last_error"),
    )
