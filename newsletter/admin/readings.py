"""A reading's page: each statement beside the paper's own words, what was refused, and what it cost."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Sum
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
    posted_number,
    require_permission,
)
from newsletter.arxiv.places import place
from newsletter.languages import LANGUAGES
from newsletter.models import Figure, Reading, ReadingCall, ReadingText
from newsletter.readings import decisions, selection
from newsletter.readings.facts import FIELDS, Facts
from newsletter.text.readable import readable

CALLS_SHOWN = 30
LONGEST_ANSWER = 20_000  # characters of an answer that are shown


def _again(pk: int, request: HttpRequest) -> str:
    del request
    row = Reading.objects.select_related("paper").get(pk=pk)
    if selection.want(row.paper, now=timezone.now()):
        return "It is read with the next run."
    return "It is read or waits already; what is hidden has to be released."


# By the value of a button's field ``act``: what it does, and the sentence afterwards.
ACTS: dict[str, tuple[Callable[[int, HttpRequest], object], str]] = {
    "hide": (
        lambda pk, request: decisions.hide(pk, by=request.user, at=timezone.now()),
        "Hidden: no mail leads to it and its page shows the abstract.",
    ),
    "release": (
        lambda pk, request: decisions.release(pk, by=request.user, at=timezone.now()),
        "Released: readers see it.",
    ),
    "release_text": (
        lambda pk, request: decisions.release_text(
            get_object_or_404(ReadingText, pk=posted_number(request, "text"), reading=pk).pk,
            by=request.user,
            at=timezone.now(),
        ),
        "Released: readers of that language see it.",
    ),
    "only_link": (
        lambda pk, request: decisions.only_link(
            get_object_or_404(Figure, pk=posted_number(request, "figure"), paper__reading=pk).pk
        ),
        "The figure is only linked now.",
    ),
    "again": (_again, ""),
}


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin, OwnPageAdmin, UncountedAdmin):
    """The papers read in depth, each with a page that compares statements and source."""

    list_display = ("paper", "state", "origin", "chosen", "read_at", "tokens", "cost", "reason")
    list_filter = ("state", "origin", "chosen")
    search_fields = ("paper__arxiv_id",)
    search_help_text = "an arXiv id"
    list_select_related = ("paper",)
    ordering = ("-pk",)

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .annotate(
                asked=Sum("calls__prompt_tokens"),
                said=Sum("calls__completion_tokens"),
                spent=Sum("calls__cost"),
            )
        )

    @admin.display(description="tokens")
    def tokens(self, row: Any) -> int:
        """Tokens of all calls for this reading."""
        return (row.asked or 0) + (row.said or 0)

    @admin.display(description="cost, $")
    def cost(self, row: Any) -> str:
        """Dollars of all calls for this reading."""
        return f"{row.spent or 0:.4f}"

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/act/", wrap(self.act), name="newsletter_reading_act"), *super().get_urls()]

    @override
    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Reading.objects.select_related("paper"), pk=pk)
        return TemplateResponse(request, "admin/desk/reading.html", self._context(request, row))

    def _context(self, request: HttpRequest, row: Reading) -> dict[str, Any]:
        facts = Facts.from_json(row.facts)
        texts = list(row.texts.order_by("language"))
        chosen = next((each for each in texts if each.language == request.GET.get("language")), None)
        texts_by_key = chosen.texts if chosen else {}
        calls = row.calls.aggregate(
            count=Count("pk"), asked=Sum("prompt_tokens"), said=Sum("completion_tokens"), spent=Sum("cost")
        )

        def url(anchor: str) -> str:
            return place(row.paper.arxiv_id, row.paper_version, origin=row.origin, anchor=anchor)

        return {
            **self.admin_site.each_context(request),
            "title": f"{row.paper.arxiv_id} in depth",
            "opts": self.opts,
            "reading": row,
            "paper_title": readable(row.paper.title),
            "fields": [
                (
                    name,
                    [
                        {"fact": each, "url": url(each.anchor), "text": texts_by_key.get(each.id, "")}
                        for each in facts.of(name)
                    ],
                )
                for name in FIELDS
                if facts.of(name)
            ],
            "results": [(each, url(each.anchor)) for each in facts.results],
            "texts": texts,
            "chosen": chosen,
            "spoken": LANGUAGES.get(chosen.language) if chosen else None,
            "figures": Figure.objects.filter(paper=row.paper_id),
            "totals": calls,
            "calls": [
                {"call": each, "answer": each.answer[:LONGEST_ANSWER]}
                for each in row.calls.order_by("-pk")[:CALLS_SHOWN]
            ],
            "may_change": request.user.has_perm("newsletter.change_reading"),
        }

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hide or release the reading or its text in a language, or have it read again."""
        require_permission(request, "newsletter.change_reading")
        row = get_object_or_404(Reading, pk=pk)
        name = request.POST.get("act", "")
        if name not in ACTS:
            raise Http404
        do, message = ACTS[name]
        if attempt(request, lambda: do(pk, request), message):
            self.log_change(request, row, name)
        return back_to("newsletter_reading_change", pk)


@admin.register(ReadingText)
class ReadingTextAdmin(ReadOnlyAdmin, UncountedAdmin):
    """The texts of readings, by language."""

    list_display = ("reading", "language", "state", "written_at", "reason")
    list_filter = ("state", LanguageFilter)
    search_fields = ("reading__paper__arxiv_id",)
    list_select_related = ("reading",)
    ordering = ("-pk",)


@admin.register(ReadingCall)
class ReadingCallAdmin(ReadOnlyAdmin, UncountedAdmin):
    """The calls to a model that readings took."""

    list_display = (
        "reading", "purpose", "language", "model", "at", "prompt_tokens", "completion_tokens", "cost",
    )  # fmt: skip
    list_filter = ("purpose", LanguageFilter)
    search_fields = ("reading__paper__arxiv_id",)
    list_select_related = ("reading",)
    ordering = ("-pk",)


@admin.register(Figure)
class FigureAdmin(ReadOnlyAdmin, UncountedAdmin):
    """The figures of papers, shown or linked, with the reason."""

    list_display = ("paper", "label", "panel", "state", "licence_name", "width", "height", "reason")
    list_filter = ("state", "licence_name")
    search_fields = ("paper__arxiv_id",)
    list_select_related = ("paper",)
    ordering = ("-pk",)
