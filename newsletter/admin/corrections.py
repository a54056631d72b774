"""The list of corrections; the page of each is that of its paper, where its readers are counted."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from typing_extensions import override

from newsletter.admin.shared import OwnPageAdmin, ReadOnlyAdmin, UncountedAdmin, back_to
from newsletter.models import Correction


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin, OwnPageAdmin, UncountedAdmin):
    """What editors corrected or recalled, the newest first."""

    list_display = ("paper", "language", "kind", "state", "readers", "has_mail", "by", "confirmed_at")
    list_filter = ("state", "kind")
    list_select_related = ("paper", "by")
    search_fields = ("paper__arxiv_id",)
    search_help_text = "an arXiv id"
    ordering = ("-pk",)

    @override
    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        correction = get_object_or_404(Correction, pk=pk)
        return back_to("subscriptions_delivery_correction", correction.paper_id)
