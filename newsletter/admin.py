"""The editor's desk: its actions call the same functions as the tasks, and no rule lives here."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline

from newsletter import editions
from newsletter.errors import StateError
from newsletter.models import (
    Edition,
    Entry,
    GlossaryTerm,
    IntakeDay,
    Paper,
    SourceHealth,
    Summary,
    Topic,
)


class ReadOnly:
    """Facts of a source: they are looked at, never edited."""

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    list_display = ("__str__", "slug", "area", "categories", "listing", "is_active")
    list_filter = ("is_active", "area")
    search_fields = ("slug", "names", "query")
    list_editable = ("is_active",)


@admin.register(Paper)
class PaperAdmin(ReadOnly, ModelAdmin):
    list_display = ("arxiv_id", "title", "primary_category", "votes", "published_at")
    list_filter = ("provenance", "is_withdrawn")
    search_fields = ("arxiv_id", "title")
    show_full_result_count = False


class EntryInline(TabularInline):
    model = Entry
    extra = 0
    can_delete = False
    fields = ("position", "paper", "votes", "matched", "is_pinned", "is_hidden")
    readonly_fields = ("position", "paper", "votes", "matched")
    ordering = ("-is_pinned", "position")

    @admin.display(description="votes")
    def votes(self, entry: Entry) -> int:
        return entry.paper.votes

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).select_related("paper")

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:  # noqa: ARG002
        return False


@admin.register(Edition)
class EditionAdmin(ModelAdmin):
    list_display = ("__str__", "day", "state", "candidates_count", "approved_by", "approved_at")
    list_filter = ("state", "day", "topic")
    list_select_related = ("topic", "approved_by")
    date_hierarchy = "day"
    actions = ("approve", "hold", "reopen")
    inlines = (EntryInline,)
    readonly_fields = (
        *("topic", "day", "state", "candidates_count", "composed_at"),
        *("approved_at", "approved_by", "frozen_at", "revision"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        frozen = obj is not None and obj.state == Edition.State.FROZEN
        return not frozen and super().has_change_permission(request, obj)

    def _each(self, request: HttpRequest, chosen: QuerySet[Edition], act: Callable[[Edition], None]) -> None:
        done = 0
        for edition in chosen.select_related("topic"):
            try:
                act(edition)
                done += 1
            except StateError as error:
                self.message_user(request, str(error), messages.ERROR)
        if done:
            self.message_user(request, f"{done} changed.", messages.SUCCESS)

    @admin.action(description="Approve: release to readers", permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        now = timezone.now()
        self._each(request, chosen, lambda edition: editions.approve(edition, by=request.user, at=now))

    @admin.action(description="Hold: keep from readers", permissions=["change"])
    def hold(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        self._each(request, chosen, editions.hold)

    @admin.action(description="Reopen: back to draft", permissions=["change"])
    def reopen(self, request: HttpRequest, chosen: QuerySet[Edition]) -> None:
        self._each(request, chosen, editions.reopen)

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:  # noqa: ARG002
        # Saving the whole row would take back what a task did to it meanwhile.
        if "note" in form.changed_data:
            note = obj.note
            try:
                editions.write_note(obj, note)
            except StateError as error:
                self.message_user(request, str(error), messages.ERROR)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ARG002
        for entry_form in formset.forms:
            if not entry_form.has_changed():
                continue
            entry, wanted = Entry.objects.get(pk=entry_form.instance.pk), entry_form.cleaned_data
            try:
                if wanted["is_hidden"] != entry.is_hidden:
                    editions.hide(entry, hidden=wanted["is_hidden"])
                elif wanted["is_pinned"] != entry.is_pinned:
                    editions.pin(entry, pinned=wanted["is_pinned"])
            except StateError as error:
                self.message_user(request, str(error), messages.ERROR)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []


@admin.register(Summary)
class SummaryAdmin(ModelAdmin):
    list_display = ("paper", "language", "state", "author", "written_at", "reason")
    list_filter = ("state", "language", "author")
    search_fields = ("paper__arxiv_id", "paper__title", "sentence")
    list_select_related = ("paper",)
    autocomplete_fields = ("paper",)
    readonly_fields = ("attempts_count", "retry_at", "lease", "lease_until", "paper_version")


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(ModelAdmin):
    list_display = ("term", "language", "translation", "note")
    list_filter = ("language",)
    search_fields = ("term", "translation")


@admin.register(IntakeDay)
class IntakeDayAdmin(ReadOnly, ModelAdmin):
    list_display = ("day", "source", "state", "reason", "at")
    list_filter = ("source", "state")
    date_hierarchy = "day"


@admin.register(SourceHealth)
class SourceHealthAdmin(ReadOnly, ModelAdmin):
    list_display = (
        *("source", "last_good_day", "last_success_at", "requests_today"),
        *("circuit_open_until", "last_error_at", "last_error"),
    )
