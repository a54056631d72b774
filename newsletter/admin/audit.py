"""The audit log: who did what at the desk, and when. Editions have a log of their own, for undo."""

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from typing_extensions import override

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin

_DONE = {ADDITION: "added", CHANGE: "changed", DELETION: "deleted"}


class ActFilter(admin.SimpleListFilter):
    """Filters the log by what was done: added, changed or deleted."""

    title = "act"
    parameter_name = "act"

    @override
    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(flag), name) for flag, name in _DONE.items()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        value = self.value() or ""
        return queryset.filter(action_flag=int(value)) if value in map(str, _DONE) else queryset


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin, UncountedAdmin):
    """Django's log of what the staff did, read-only, the newest first."""

    list_display = ("action_time", "user", "act", "content_type", "object_repr", "change")
    list_display_links = None
    list_filter = (ActFilter,)
    list_select_related = ("user", "content_type")
    search_fields = ("user__username",)
    search_help_text = "a name of the staff"
    ordering = ("-pk",)

    @admin.display(description="what")
    def act(self, row: LogEntry) -> str:
        """What was done, in a word."""
        return _DONE.get(row.action_flag, "")

    @admin.display(description="how")
    def change(self, row: LogEntry) -> SafeString:
        """Django's sentence about the change."""
        return format_html("{}", row.get_change_message())
