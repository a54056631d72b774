"""Django's own forms at the desk: drafts are stored, and concurrent edits show both versions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from typing_extensions import override
from unfold.admin import ModelAdmin

from newsletter.desk import drafts

CHANGED = (
    "Somebody else saved this while you were at it. Yours and what is saved now are both shown; saving again "
    "replaces what is saved."
)


class DraftKeepingAdmin(ModelAdmin):
    """Forms with content: what is typed into one is a draft of that person until it is saved.

    A form carries the :func:`version` of the row that its page showed. If the row has another by then, the
    form is shown again with what was typed and what is saved.
    """

    change_form_before_template = "admin/desk/_kept.html"

    @override
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":  # stored before saving and dropped after it, so that no error loses it
            drafts.keep(request.user, request.path, request.POST, now=timezone.now())
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row; locked while its form is validated and saved, so that nobody saves in between."""
        if request.method == "POST" and from_field is None and object_id.isdecimal():
            self.get_queryset(request).select_for_update().filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        plain = super().get_form(request, obj, change=change, **options)
        posted_version = request.POST.get("seen", "") if change else ""

        class Compared(plain):  # type: ignore[misc,valid-type]
            @override
            def clean(self) -> dict[str, Any]:
                values = super().clean() or self.cleaned_data
                if posted_version and posted_version != version(self):
                    raise ValidationError(CHANGED, code="changed")
                return values

        return Compared

    @override
    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        form = context["adminform"].form
        row_values, row_version = saved(form), version(form)  # before the form is filled with what was typed
        typed = drafts.unsaved(request.user, request.path, row_values, now=timezone.now())
        if not form.is_bound:
            fill(form, typed)
        context |= {
            "draft_page": request.path,
            "seen": row_version,
            "shown": drafts.fingerprint({**row_values, **typed}),
            "saved_values": [
                (form.fields[name].label or name, row_values[name]) for name in typed if name in form.fields
            ],
        }
        return super().render_change_form(request, context, *args, **options)

    @override
    def response_add(self, request: HttpRequest, obj: Model, *args: Any, **options: Any) -> HttpResponse:
        drafts.drop(request.user, request.path)
        answer: HttpResponse = super().response_add(request, obj, *args, **options)
        return answer

    @override
    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        drafts.drop(request.user, request.path)
        answer: HttpResponse = super().response_change(request, obj)
        return answer


def saved(form: forms.BaseForm) -> dict[str, str]:
    """What the row holds in each field of ``form``, as a browser would post it."""
    return {
        name: _as_posted(field, form.get_initial_for_field(field, name))
        for name, field in form.fields.items()
    }


def version(form: forms.BaseForm) -> str:
    """A digest of what the row of ``form`` holds."""
    return drafts.digest("\0".join(saved(form).values()))


def fill(form: forms.BaseForm, typed: Mapping[str, str]) -> None:
    """Show what was ``typed`` in a form that is not posted yet."""
    for name, text in typed.items():
        field = form.fields[name]
        is_list = getattr(field.widget, "allow_multiple_selected", False)
        posted = QueryDict(mutable=True)
        posted.setlist(name, text.split("\n") if is_list else [text])
        value = field.widget.value_from_datadict(posted, {}, name)
        form.initial[name] = field.bound_data(value, form.initial.get(name))


def _as_posted(field: forms.Field, value: Any) -> str:
    if isinstance(field.widget, forms.CheckboxInput):
        return "on" if value else ""
    shown = field.widget.format_value(field.prepare_value(value))
    if isinstance(shown, list | tuple):
        return "\n".join(str(each) for each in shown)
    return "" if shown is None else str(shown)
