"""Papers are the sources' facts: looked at, found by id, never edited."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from newsletter.admin.shared import LongList, ReadOnly
from newsletter.models import Announcement, Paper, Summary


class AnnouncementInline(ReadOnly, TabularInline):
    model = Announcement
    extra = 0
    fields = ("day", "source", "kind")


class SummaryInline(ReadOnly, TabularInline):
    model = Summary
    extra = 0
    fields = ("language", "state", "author", "written_at")
    show_change_link = True


@admin.register(Paper)
class PaperAdmin(ReadOnly, LongList):
    list_display = ("arxiv_id", "title", "primary_category", "votes", "published_at")
    list_filter = ("provenance", "is_withdrawn")
    search_fields = ("arxiv_id",)
    search_help_text = "an arXiv id, or how it begins"
    ordering = ("-pk",)
    inlines = (AnnouncementInline, SummaryInline)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Paper],
        search_term: str,
    ) -> tuple[QuerySet[Paper], bool]:
        """By the beginning of the id, as a range: an index answers that on every database."""
        wanted = search_term.strip()
        if wanted:
            queryset = queryset.filter(Q(arxiv_id__gte=wanted) & Q(arxiv_id__lt=wanted + "\uffff"))
        return queryset, False
