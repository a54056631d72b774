"""What people say is wrong: the desk's queue, and a page for each with the statement beside its source."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from typing_extensions import override

from newsletter.admin.shared import (
    LanguageFilter,
    OwnPageAdmin,
    ReadOnlyAdmin,
    UncountedAdmin,
    attempt,
    back_to,
    coloured,
    note,
    require_permission,
)
from newsletter.desk import reports
from newsletter.desk.evidence import marked
from newsletter.desk.reports import LONGEST_STATEMENT
from newsletter.languages import LANGUAGES
from newsletter.models import Entry, Report, Summary
from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.texts import clean

MOODS = {"open": "warning", "settled": "success"}
SHORT = 90  # characters of a statement in the list
EARLIER_SHOWN = 5


class ReporterFilter(admin.SimpleListFilter):
    """Reports by who sent one of them."""

    title = "who reported it"
    parameter_name = "by"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("reader", "readers"), ("author", "authors, as they say"), ("visitor", "visitors alone")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        wanted: dict[str, dict[str, object]] = {
            "reader": {"readers__gt": 0},
            "author": {"has_author": True},
            "visitor": {"readers": 0, "has_author": False},
        }
        return queryset.filter(**wanted.get(self.value() or "", {}))


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin, OwnPageAdmin, UncountedAdmin):
    """Statements that somebody says are wrong, each once."""

    list_display = (
        "shown_statement", "paper", "language", "shown_state", "readers", "others", "has_author", "last_at",
    )  # fmt: skip
    list_filter = ("state", ReporterFilter, LanguageFilter)
    search_fields = ("paper__arxiv_id",)
    search_help_text = "an arXiv id"
    list_select_related = ("paper",)
    ordering = ("-pk",)

    @admin.display(description="statement")
    def shown_statement(self, row: Report) -> str:
        """The statement, shortened."""
        text = row.statement or "something else"
        return text if len(text) <= SHORT else f"{text[:SHORT]}…"

    @coloured("state", MOODS)
    def shown_state(self, row: Report) -> tuple[str, str]:
        """The state as the key of its colour and as words."""
        return row.state, row.get_outcome_display() or row.get_state_display()

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/act/", wrap(self.act), name="newsletter_report_act"), *super().get_urls()]

    @override
    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Report.objects.select_related("paper", "settled_by"), pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{row.paper.arxiv_id}: something wrong?",
            "opts": self.opts,
            "report": row,
            "spoken": LANGUAGES.get(row.language),
            "sent": row.messages.all(),
            "may_change": request.user.has_perm("newsletter.change_report"),
            "may_hide": request.user.has_perm("newsletter.change_edition"),
            **_beside_the_source(row),
        }
        return TemplateResponse(request, "admin/desk/report.html", context)

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Settle the report, open it again, or take the paper back from readers."""
        require_permission(request, "newsletter.change_report")
        row = get_object_or_404(Report.objects.select_related("paper"), pk=pk)
        name, now = request.POST.get("act", ""), timezone.now()
        written = request.POST.get("note", "")
        if name in Report.Outcome.values:
            is_done = attempt(
                request,
                lambda: reports.settle(pk, outcome=name, note=written, by=request.user, at=now),
                "Settled.",
            )
            entry = f"settled: {Report.Outcome(name).label}. {written[:200]}".strip()
        elif name == "reopen":
            is_done, entry = attempt(request, lambda: reports.reopen(pk), "Open again."), "opened again"
        elif name == "hide":
            require_permission(request, "newsletter.change_edition")
            is_done, entry = self._hide(request, row), f"hid {row.paper.arxiv_id} in all its editions"
        else:
            raise Http404
        if is_done:
            note(request, row, entry)
        return back_to("newsletter_report_change", pk)

    def _hide(self, request: HttpRequest, row: Report) -> bool:
        def hide() -> str:
            count = reports.take_back(row.paper, by=request.user, at=timezone.now())
            return f"Hidden in {count} edition{'' if count == 1 else 's'}; mails that were sent stay sent."

        return attempt(request, hide)


def _beside_the_source(row: Report) -> dict[str, Any]:
    """The abstract with the words that the statement rests on now, and whether readers see it now.

    What was reported is text as it is shown, so it is looked for among what is shown.
    """
    view = load_views({row.paper_id}, row.language, also_withdrawn=True)[row.paper_id]
    statements = evidence_of(view, row.paper.abstract).statements if row.statement else ()
    shown = next((each for each in statements if each.text[:LONGEST_STATEMENT] == row.statement), None)
    # Words that do not stand in the abstract are no quotation: the desk sees them all the same.
    evidence = " … ".join(shown.quotations) or shown.evidence if shown else ""
    parts = [clean(part) for part in evidence.split(" … ")] if evidence else []
    entries = Entry.objects.filter(paper=row.paper).select_related("edition__topic").order_by("-pk")
    same_paper = Report.objects.filter(paper=row.paper).exclude(pk=row.pk)
    segments, in_source = marked(clean(row.paper.abstract), parts)
    return {
        "summary": Summary.objects.filter(paper=row.paper, language=row.language).first(),
        "evidence": evidence,
        "is_in_source": len(in_source) == len(parts),
        "is_still_shown": shown is not None,
        "segments": segments,
        "source_title": clean(row.paper.title),
        "entries": list(entries[:12]),
        "same_paper": list(same_paper.order_by("-pk")[:EARLIER_SHOWN]),
    }
