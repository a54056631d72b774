"""The settings of the day: one page, checked as it is saved, and in force at the next tick."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from typing_extensions import override

from newsletter.admin.draft_forms import DraftKeepingAdmin
from newsletter.admin.shared import back_to, require_permission
from newsletter.day_rules import DEFAULTS
from newsletter.languages import LANGUAGES
from newsletter.models import DaySettings


class DaySettingsForm(forms.ModelForm):  # type: ignore[type-arg] # generic for the checker only
    """An empty field leaves it to the environment, and shows what that says."""

    languages = forms.MultipleChoiceField(
        choices=[(code, f"{spoken.own_name} ({code})") for code, spoken in LANGUAGES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=DaySettings._meta.get_field("languages").help_text,
    )

    class Meta:
        model = DaySettings
        fields = (*DEFAULTS, "languages")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, default in DEFAULTS.items():
            field = self.fields.get(name)  # there is none for those who may only look
            if field is None:
                continue
            from_environment = getattr(settings, default)
            if isinstance(field, forms.TypedChoiceField):
                field.choices = [
                    ("", f"as the environment says: {from_environment}"),
                    *DaySettings.Late.choices,
                ]
            else:
                field.widget.attrs["placeholder"] = f"{from_environment} (from the environment)"


@admin.register(DaySettings)
class DaySettingsAdmin(DraftKeepingAdmin):
    """One row, shown as a page: it is never added, listed or deleted."""

    form = DaySettingsForm

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        require_permission(request, "newsletter.view_daysettings")
        return back_to("newsletter_daysettings_change", DaySettings.ONLY)

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The row is made when somebody first saves the page, not by looking at it."""
        row = super().get_object(request, object_id, from_field)
        return DaySettings(pk=DaySettings.ONLY) if row is None and object_id == str(DaySettings.ONLY) else row
