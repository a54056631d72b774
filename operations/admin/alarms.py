"""The alarms, at the desk: what needs a person now, and what did."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from typing_extensions import override

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin, coloured
from operations.models import Alarm
from operations.models.alarms import AlarmQuerySet

MOODS = {"open": "danger", "over": "success"}


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin, UncountedAdmin):
    """Alarms, the newest first; docs/operations.md says what each kind means."""

    list_display = ("sentence", "shown_state", "kind", "subject", "began_at", "ended_at", "told_at")
    list_filter = ("kind",)
    ordering = ("-began_at",)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Alarm]:
        """Without those that have not lasted long enough to be said."""
        rows: AlarmQuerySet = super().get_queryset(request)
        return rows.due()

    @coloured("state", MOODS)
    def shown_state(self, row: Alarm) -> tuple[str, str]:
        """The state as the key of its colour and as words."""
        return ("over", "over") if row.ended_at else ("open", "needs a person")


def open_alarms(request: HttpRequest) -> list[Alarm]:
    """What is wrong now, as far as whoever asks may know of it, the oldest first."""
    if not request.user.has_perm("operations.view_alarm"):
        return []
    return list(Alarm.objects.open().order_by("began_at", "pk"))
