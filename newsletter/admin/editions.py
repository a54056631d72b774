"""The edition's page: papers in order, with buttons that do one thing each."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from typing_extensions import override
from unfold.admin import ModelAdmin

from newsletter.admin import days
from newsletter.admin.shared import (
    OwnPageAdmin,
    ReadOnlyAdmin,
    attempt,
    back_to,
    note_context,
    number,
    posted_number,
    require_permission,
    saved_by,
    settle_draft,
    typed_notes,
)
from newsletter.desk import curation
from newsletter.desk.curation import Desk
from newsletter.desk.paper_by_id import find_paper
from newsletter.desk.sheet import load_sheet, note_fields
from newsletter.errors import StateError
from newsletter.models import Edition
from newsletter.models.desk import EditionChange

Act = Callable[[int, Desk, HttpRequest], object]


def _add(pk: int, desk: Desk, request: HttpRequest) -> object:
    def find(text: str) -> Any:
        return find_paper(text, now=desk.at)

    return curation.add_paper(pk, desk, arxiv_id=request.POST.get("arxiv_id", ""), find=find)


def _note(pk: int, desk: Desk, request: HttpRequest) -> None:
    curation.write_note(pk, desk, notes=typed_notes(request))


# By the value of a button's field ``act``: what it does, and the sentence afterwards.
ACTS: dict[str, tuple[Act, str]] = {
    "approve": (
        lambda pk, desk, _: curation.approve(pk, desk),
        "Approved: readers get it when they are due.",
    ),
    "hold": (
        lambda pk, desk, _: curation.hold(pk, desk),
        "Held: no reader gets it until somebody approves it.",
    ),
    "reopen": (lambda pk, desk, _: curation.reopen(pk, desk), "Back to draft."),
    "undo": (lambda pk, desk, _: f"Undone: {curation.undo(pk, desk)}", ""),
    "note": (_note, "The note is saved."),
    "add": (_add, "The paper is added at the end."),
    "pin": (
        lambda pk, desk, request: curation.pin(pk, desk, entry_id=posted_number(request, "entry")),
        "Pinned.",
    ),
    "unpin": (
        lambda pk, desk, request: curation.pin(
            pk, desk, entry_id=posted_number(request, "entry"), pinned=False
        ),
        "Not pinned any more.",
    ),
    "hide": (
        lambda pk, desk, request: curation.hide(pk, desk, entry_id=posted_number(request, "entry")),
        "Hidden from readers.",
    ),
    "show": (
        lambda pk, desk, request: curation.hide(
            pk, desk, entry_id=posted_number(request, "entry"), hidden=False
        ),
        "Shown again.",
    ),
    "recall": (
        lambda pk, desk, request: curation.recall(pk, desk, entry_id=posted_number(request, "entry")),
        "Recalled: no digest that is not sent yet has it.",
    ),
    "put back": (
        lambda pk, desk, request: curation.recall(
            pk, desk, entry_id=posted_number(request, "entry"), recalled=False
        ),
        "Put back.",
    ),
    "move": (
        lambda pk, desk, request: curation.move(
            pk, desk, entry_id=posted_number(request, "entry"), to=posted_number(request, "to")
        ),
        "Moved.",
    ),
    "merge": (
        lambda pk, desk, request: curation.merge(
            pk, desk, entry_id=posted_number(request, "entry"), into=posted_number(request, "into")
        ),
        "Merged: the double is hidden.",
    ),
}


@admin.register(Edition)
class EditionAdmin(OwnPageAdmin):
    """The list of editions, a page for each, and a page for all of a day."""

    list_display = ("__str__", "day", "state", "candidates_count", "approved_by", "approved_at")
    list_filter = ("state", "topic")
    list_select_related = ("topic", "approved_by")
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "day"
    actions = ("approve", "hold", "reopen")

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/act/", wrap(self.act), name="newsletter_edition_act"),
            path("day/<str:day>/approve/", wrap(self.approve_day), name="newsletter_edition_approve_day"),
            *days.urls(wrap, self.admin_site),
            *super().get_urls(),
        ]

    @override
    def page(self, request: HttpRequest, pk: int, *, status: int = 200) -> HttpResponse:
        """The edition, with the user's unsaved drafts."""
        edition = get_object_or_404(Edition.objects.select_related("topic", "approved_by"), pk=pk)
        sheet = load_sheet(edition, page=number(request.GET.get("p", ""), otherwise=1))
        page_path = reverse("admin:newsletter_edition_change", args=[pk])
        context = {
            **self.admin_site.each_context(request),
            "title": f"{edition.topic} · {edition.day:%A %d %B %Y}",
            "opts": self.opts,
            "sheet": sheet,
            "edition": edition,
            "page_numbers": range(1, sheet.pages + 1),
            **note_context(request, page_path, note_fields(sheet)),
            "may_change": sheet.is_open and request.user.has_perm("newsletter.change_edition"),
            "may_recall": edition.state == Edition.State.FROZEN
            and request.user.has_perm("newsletter.change_edition"),
            "may_preview": request.user.has_perm("subscriptions.preview_digest"),
            "may_reach": request.user.has_perm("subscriptions.view_subscriber"),
        }
        return TemplateResponse(request, "admin/desk/edition.html", context, status=status)

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what one button says, if the edition still has the revision that the page showed."""
        require_permission(request, "newsletter.change_edition")
        get_object_or_404(Edition, pk=pk)
        name = request.POST.get("act", "")
        if name not in ACTS:
            raise Http404
        act, message = ACTS[name]
        desk = Desk(by=request.user, at=timezone.now(), revision=posted_number(request, "revision"))
        is_done = attempt(request, lambda: act(pk, desk, request), message)
        page_path = reverse("admin:newsletter_edition_change", args=[pk])
        settle_draft(request, page_path, saved=saved_by(name), done=is_done)
        if name == "note" and not is_done:
            return self.page(request, pk, status=409)
        if request.POST.get("next") == "today":
            return back_to("index")
        entry, page = posted_number(request, "entry"), posted_number(request, "p")
        query = f"?p={page}" if page > 1 else ""
        return HttpResponseRedirect(f"{page_path}{query}" + (f"#entry-{entry}" if entry > 0 else ""))

    @method_decorator(require_POST)
    def approve_day(self, request: HttpRequest, day: str) -> HttpResponse:
        """Approve every draft of a day."""
        require_permission(request, "newsletter.change_edition")
        try:
            chosen_day = date.fromisoformat(day)
        except ValueError:
            raise Http404 from None
        count = curation.approve_day(chosen_day, by=request.user, at=timezone.now())
        messages.success(request, f"{count} editions of {chosen_day:%d %B} are approved.")
        return back_to("index")

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Edition], act: Callable[[int, Desk], None]
    ) -> None:
        changed_count = 0
        for edition in chosen.select_related("topic"):
            desk = Desk(by=request.user, at=timezone.now(), revision=edition.revision)
            try:
                act(edition.pk, desk)
                changed_count += 1
            except StateError as error:
                self.message_user(request, str(error), messages.ERROR)
        if changed_count:
            self.message_user(request, f"{changed_count} changed.", messages.SUCCESS)

    @admin.action(description="Approve: release to readers", permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        """Release the chosen editions to readers."""
        self._each(request, chosen, curation.approve)

    @admin.action(description="Hold: keep from readers", permissions=["change"])
    def hold(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        """Keep the chosen editions from readers."""
        self._each(request, chosen, curation.hold)

    @admin.action(description="Reopen: back to draft", permissions=["change"])
    def reopen(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        """Make the chosen editions drafts again."""
        self._each(request, chosen, curation.reopen)


@admin.register(EditionChange)
class EditionChangeAdmin(ReadOnlyAdmin, ModelAdmin):
    """The log of everything that was done to editions."""

    list_display = ("at", "edition", "kind", "detail", "by", "is_undone")
    list_filter = ("kind",)
    list_select_related = ("edition__topic", "by")
    show_full_result_count = False
    list_per_page = 50
