"""What the pages of the desk have in common."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from typing_extensions import override
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from newsletter.desk import drafts
from newsletter.errors import PaperpostError
from newsletter.languages import LANGUAGES

Shown = TypeVar("Shown", bound=Callable[..., Any])


class ReadOnlyAdmin:
    """Rows that nobody adds, edits or deletes at the desk."""

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:  # noqa: ARG002 - as Django calls it
        """Never: rows come from the pipeline."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - as Django calls it
        """Never, see :class:`ReadOnlyAdmin`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - as Django calls it
        """Never, see :class:`ReadOnlyAdmin`."""
        return False


class OwnPageAdmin(ModelAdmin):
    """Shows :meth:`page` in place of Django's change form."""

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        require_permission(request, f"{self.opts.app_label}.view_{self.opts.model_name}")
        return self.page(request, number(object_id))

    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of the row ``pk``, which need not exist; the view permission is checked already."""
        raise NotImplementedError


class UncountedAdmin(ModelAdmin):
    """A list that may have millions of rows: it has a next page, and no count."""

    show_full_result_count = False
    paginator = InfinitePaginator
    list_per_page = 50
    sortable_by = ()  # sorting by a column without an index would sort all rows


class LanguageFilter(admin.SimpleListFilter):
    """Offers all languages: asking a large table which are in use would take longer than the list."""

    title = "language"
    parameter_name = "language"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, spoken.own_name) for code, spoken in LANGUAGES.items()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(language=value) if value in LANGUAGES else queryset


def coloured(description: str, moods: Mapping[str, str]) -> Callable[[Shown], Shown]:
    """For a list column that returns (value, text): the theme's label, coloured by the value."""

    def decorate(column: Shown) -> Shown:
        for name, value in (("short_description", description), ("label", moods)):
            setattr(column, name, value)
        return column

    return decorate


def attempt(request: HttpRequest, act: Callable[[], object], done: str = "") -> bool:
    """Do ``act`` and show ``done`` (or the text it returned) as a message; a refusal shows its own sentence.

    Returns whether it was done.
    """
    try:
        result = act()
    except PaperpostError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, done or (result if isinstance(result, str) else "Done."))
    return True


def note(request: HttpRequest, about: Any, message: str, *, name: str = "") -> None:
    """Write into the audit log what the user did to ``about``: a row, or a model with a ``name``."""
    row = about if isinstance(about, models.Model) else None
    LogEntry.objects.create(
        user_id=int(request.user.pk or 0),
        content_type=ContentType.objects.get_for_model(about),
        object_id=row.pk if row is not None else None,
        object_repr=(name or str(about))[:200],
        action_flag=CHANGE,
        change_message=message,
    )


def require_permission(request: HttpRequest, permission: str) -> None:
    """Raise PermissionDenied unless the user has ``permission`` ("app.codename")."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def posted_number(request: HttpRequest, name: str) -> int:
    """The posted whole number ``name``; -1 for anything else, which is no id and no revision.

    What belongs to one button, such as its paper, is in the query string of the button's address.
    """
    return number(request.POST.get(name, request.GET.get(name, "")), otherwise=-1)


def number(text: str, *, otherwise: int = 0) -> int:
    """The number in untrusted ``text``, of 18 digits at most, else ``otherwise`` (0 is no row's id).

    ASCII only: ``"²".isdigit()`` is true, and ``int("²")`` raises.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else otherwise


def typed_notes(request: HttpRequest) -> dict[str, str]:
    """The editor's notes in the posted form, by language."""
    return {code: request.POST[f"note-{code}"] for code in LANGUAGES if f"note-{code}" in request.POST}


def note_context(request: HttpRequest, page: str, fields: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    """The template context of a page with notes and a paper field: the user's drafts beside what is saved.

    ``fields`` are the notes as they are saved: code, name, direction, text.
    """
    texts = {"arxiv_id": "", **{f"note-{code}": text for code, _, _, text in fields}}
    typed = drafts.unsaved(request.user, page, texts, now=timezone.now())
    return {
        "notes": [
            (code, name, direction, typed.get(f"note-{code}", text)) for code, name, direction, text in fields
        ],
        "arxiv_id": typed.get("arxiv_id", ""),
        "typed": bool(typed),
        "typed_note": any(name != "arxiv_id" for name in typed),
        "draft_page": page,
        "saved": {code: text for code, _, _, text in fields if f"note-{code}" in typed},
        "shown": drafts.fingerprint({**texts, **typed}),
    }


def settle_draft(request: HttpRequest, page: str, *, saved: Callable[[str], bool], done: bool) -> None:
    """Store the posted form as a draft; if ``done``, without the fields that the button saved."""
    drafts.keep(request.user, page, request.POST, now=timezone.now())
    if done:
        drafts.drop(request.user, page, saved)


def saved_by(act: str) -> Callable[[str], bool]:
    """Whether the button ``act`` of a page with notes saves the field of a name."""
    return {"note": lambda name: name.startswith("note-"), "add": lambda name: name == "arxiv_id"}.get(
        act, lambda _: False
    )


def back_to(name: str, *arguments: object, anchor: str = "") -> HttpResponse:
    """A redirect to the page ``name`` of the admin, at ``anchor``."""
    answer = redirect(f"admin:{name}", *arguments)
    if anchor:
        answer["Location"] += f"#{anchor}"
    return answer
