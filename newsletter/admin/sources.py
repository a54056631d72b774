"""How the sources behave, day by day, and a button to ask them before the next tick."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError
from typing_extensions import override
from unfold.admin import ModelAdmin

from newsletter.admin.shared import ReadOnlyAdmin, back_to, note, require_permission
from newsletter.intake.health import days_behind, requests_on
from newsletter.models import IntakeDay, SourceHealth


@admin.register(IntakeDay)
class IntakeDayAdmin(ReadOnlyAdmin, ModelAdmin):
    """What became of each day of each source."""

    list_display = ("day", "source", "state", "reason", "at")
    list_filter = ("source", "state")
    date_hierarchy = "day"
    ordering = ("-day", "source")


@admin.register(SourceHealth)
class SourceHealthAdmin(ReadOnlyAdmin, ModelAdmin):
    """How each source has behaved, with its circuit and the requests of the day."""

    list_display = (
        *("source", "last_good_day", "days_behind", "last_success_at", "asked_today"),
        *("circuit_open_until", "last_error_at", "last_error"),
    )
    list_before_template = "admin/desk/ask_sources.html"

    @admin.display(description="days behind", empty_value="–")
    def days_behind(self, row: SourceHealth) -> int | None:
        """How many announced days the source has not given; None for one without days of its own."""
        return days_behind(row.source, row.last_good_day, now=timezone.now())

    @admin.display(description="requests today")
    def asked_today(self, row: SourceHealth) -> int:
        """Requests on this UTC day."""
        today = timezone.now().date()
        return requests_on(today, counted_on=row.requests_day, count=row.requests_today)

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("ask/", wrap(self.ask), name="newsletter_sourcehealth_ask"), *super().get_urls()]

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_ask = request.user.has_perm("newsletter.change_sourcehealth")
        answer: HttpResponse = super().changelist_view(request, {"may_ask": may_ask, **(extra_context or {})})
        return answer

    @method_decorator(require_POST)
    def ask(self, request: HttpRequest) -> HttpResponse:
        """Queue the task that takes in what is due; a source with an open circuit is not asked."""
        from newsletter import tasks  # the clients of the sources take long to load

        require_permission(request, "newsletter.change_sourcehealth")
        try:
            tasks.fetch_due.delay()
        except OperationalError as error:
            messages.error(request, f"No worker can be told, because the broker is away: {error}")
        else:
            note(request, SourceHealth, "asked the sources", name="sources")
            messages.success(request, "The sources are being asked for what is due; look again in a minute.")
        return back_to("newsletter_sourcehealth_changelist")
