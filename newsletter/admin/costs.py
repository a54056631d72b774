"""What models cost: by day, language and model; and the batches that are under way."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from typing_extensions import override

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin, require_permission
from newsletter.llm.budget import batches_of_looks, costs
from newsletter.models import SummaryAttempt, SummaryBatch

DAYS = 31
KEPT = 60  # seconds: a month of attempts is added up


@admin.register(SummaryAttempt)
class CostAdmin(ReadOnlyAdmin, UncountedAdmin):
    """Attempts are read on their summary's page; as a list they are what they cost."""

    @override
    def changelist_view(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        require_permission(request, "newsletter.view_summaryattempt")
        today = timezone.now().date()
        first = today - timedelta(days=DAYS - 1)
        rows = cache.get_or_set(f"desk-costs-by-model-{today}", lambda: costs(first, today), KEPT) or ()
        context = {
            **self.admin_site.each_context(request),
            "title": "Cost of the models",
            "opts": self.opts,
            "rows": rows,
            "days": DAYS,
            "looks": cache.get_or_set(f"desk-looks-{today}", lambda: batches_of_looks(first, today), KEPT),
            "total": sum(row.dollars for row in rows),
        }
        return TemplateResponse(request, "admin/desk/costs.html", context)


@admin.register(SummaryBatch)
class SummaryBatchAdmin(ReadOnlyAdmin, UncountedAdmin):
    """The batches that were handed to a provider, and how they ended."""

    list_display = ("sent_at", "state", "model", "asked", "tokens", "ended_at", "reason")
    list_filter = ("state",)
    ordering = ("-pk",)

    @admin.display(description="questions")
    def asked(self, row: SummaryBatch) -> int:
        """How many summaries the batch asks for."""
        return len(row.summaries)
