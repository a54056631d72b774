"""Papers at the desk: read-only, because they hold what the sources say; found by id."""

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin
from newsletter.models import Announcement, Paper, Reading, Summary
from newsletter.readings import selection as readings

MOST_AT_ONCE = 20  # papers that one action may mark for reading


class AnnouncementInline(ReadOnlyAdmin, TabularInline):
    """When and where the paper was announced."""

    model = Announcement
    extra = 0
    fields = ("day", "source", "kind")


class SummaryInline(ReadOnlyAdmin, TabularInline):
    """The paper's summaries, by language."""

    model = Summary
    extra = 0
    fields = ("language", "state", "author", "written_at")
    show_change_link = True


class ReadingInline(ReadOnlyAdmin, TabularInline):
    """The paper's reading in depth, if there is one."""

    model = Reading
    extra = 0
    fields = ("state", "origin", "chosen", "read_at", "reason")
    show_change_link = True


@admin.register(Paper)
class PaperAdmin(ReadOnlyAdmin, UncountedAdmin):
    """The papers that were taken in, read-only, with a button to read some in depth."""

    list_display = ("arxiv_id", "title", "primary_category", "votes", "published_at")
    list_filter = ("provenance", "is_withdrawn")
    search_fields = ("arxiv_id",)
    search_help_text = "an arXiv id, or how it begins"
    ordering = ("-pk",)
    inlines = (AnnouncementInline, SummaryInline, ReadingInline)
    actions = ("read_in_depth",)

    def has_read_in_depth_permission(self, request: HttpRequest) -> bool:
        """Whether the user may ask for readings; Django asks it for the action below."""
        return bool(request.user.has_perm("newsletter.change_reading"))

    @admin.action(description="Read in depth", permissions=["read_in_depth"])
    def read_in_depth(self, request: HttpRequest, queryset: QuerySet[Paper]) -> None:
        """Mark the chosen papers for reading in depth; the next run reads them."""
        now = timezone.now()
        chosen = list(queryset.filter(is_withdrawn=False)[:MOST_AT_ONCE])
        new = sum(readings.want(paper, now=now) for paper in chosen)
        rest = len(chosen) - new
        messages.success(
            request,
            f"{new} will be read in depth with the next run"
            + (f"; {rest} are read, wait or are hidden already." if rest else "."),
        )

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - as Django calls it
        queryset: QuerySet[Paper],
        search_term: str,
    ) -> tuple[QuerySet[Paper], bool]:
        """By the beginning of the id, as a range: an index answers that on every database."""
        wanted = search_term.strip()
        if wanted:
            queryset = queryset.filter(Q(arxiv_id__gte=wanted) & Q(arxiv_id__lt=wanted + "\uffff"))
        return queryset, False
