"""Channels: a form for each service, a test post, how the next post looks, and what became of each."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from typing_extensions import override
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from newsletter.admin.shared import attempt, back_to, coloured, note, require_permission
from newsletter.channels import ledger, trying
from newsletter.channels.formats import SERVICES
from newsletter.channels.places import place_of
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Channel, ChannelPost
from newsletter.models.states import ChannelService

SECRETS = ("address", "secret")
HISTORY = 30  # posts that are shown
SHORT = 70  # characters of an error in the list
MOODS = {"on": "success", "off": "warning", "failing": "danger"}
_DEFAULTS = {"language": DEFAULT_LANGUAGE, "time_zone": "UTC"}
_ACTS = {"repeat": ledger.repeat, "accept": ledger.accept}


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg] # generic for the checker only
    """What a service needs, with where to get it. Secrets are taken and never shown: empty keeps them."""

    service: ChannelService

    class Meta:
        model = Channel
        fields = (
            *("name", "address", "secret", "target", "topic", "language", "hour", "time_zone"),
            *("size", "form", "says_empty", "is_on"),
        )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._offer("language", [(code, spoken.own_name) for code, spoken in LANGUAGES.items()])
        self._offer("time_zone", [(zone, zone) for zone in sorted(available_timezones())])
        asked = {each.name: each for each in SERVICES[self.service].fields}
        for name in (*SECRETS, "target"):
            wanted = asked.get(name)
            if wanted is None or name not in self.fields:
                self.fields.pop(name, None)
                continue
            kept = bool(self.instance.pk and getattr(self.instance, name))
            self.fields[name] = forms.CharField(
                label=wanted.label,
                help_text=wanted.help,
                required=wanted.is_needed and not (kept and name in SECRETS),
                max_length=2000 if name in SECRETS else 255,
                widget=UnfoldAdminTextInputWidget,
            )
            if name in SECRETS:
                self._hide(name, kept=kept)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        if name in self.fields:
            self.fields[name] = forms.ChoiceField(
                choices=choices,
                initial=_DEFAULTS[name],
                widget=UnfoldAdminSelectWidget,
            )

    def _hide(self, name: str, *, kept: bool) -> None:
        field = self.fields[name]
        field.widget = UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"})
        self.initial[name] = ""
        if kept:
            field.help_text = f"Kept and not shown. Leave it empty to keep it. {field.help_text}"

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name in SECRETS:  # what is left empty stays as it is
            if name in self.fields:
                values[name] = (values.get(name) or "").strip() or getattr(self.instance, name)
        if self.errors:
            return values
        tried = Channel(service=self.service, **{name: values.get(name, "") for name in (*SECRETS, "target")})
        if problem := SERVICES[self.service].problem(place_of(tried)):
            raise ValidationError(problem)
        return values


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):
    """Chats and webhooks that get a day's papers."""

    list_display = ("name", "service", "shown_place", "shown_topic", "shown_hour", "shown_state", "error")
    list_filter = ("service", "is_on")
    list_select_related = ("topic",)
    change_form_outer_after_template = "admin/desk/channel.html"

    @admin.display(description="where")
    def shown_place(self, row: Channel) -> str:
        """The host, or the room: the rest of an address is a secret."""
        return shown_place(row)

    @admin.display(description="topic")
    def shown_topic(self, row: Channel) -> str:
        """The topic, or all, and the language."""
        return f"{row.topic or 'all papers'}, {row.language}"

    @admin.display(description="hour")
    def shown_hour(self, row: Channel) -> str:
        """The hour on the clock of its zone."""
        return f"{row.hour}:00 {row.time_zone}"

    @coloured("state", MOODS)
    def shown_state(self, row: Channel) -> tuple[str, str]:
        """Whether it posts."""
        mood = "off" if not row.is_on else "failing" if row.last_error else "on"
        return mood, mood

    @admin.display(description="last error")
    def error(self, row: Channel) -> str:
        """What went wrong last, shortened."""
        return row.last_error if len(row.last_error) <= SHORT else f"{row.last_error[:SHORT]}…"

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/try/", wrap(self.try_out), name="newsletter_channel_try"),
            path("<int:pk>/posts/<int:post>/", wrap(self.act), name="newsletter_channel_act"),
            *super().get_urls(),
        ]

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        wanted = ChannelService(obj.service if obj is not None else request.GET.get("service", ""))
        shaped = type("ChannelFormOfService", (ChannelForm,), {"service": wanted})
        return super().get_form(request, obj, change=change, **{**options, "form": shaped})

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        service = obj.service if obj is not None else request.GET.get("service", "")
        asked = {each.name for each in SERVICES[service].fields}
        shown = self.has_change_permission(request, obj) if obj is not None else True
        hidden = {*SECRETS, "target"} - asked if shown else set(SECRETS)
        return [name for name in ChannelForm.Meta.fields if name not in hidden]

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        service = request.GET.get("service", "")
        if service in SERVICES:
            name = ChannelService(service).label
            context = {"title": f"A channel at {name}", **(extra_context or {})}
            return super().add_view(request, form_url, context)
        require_permission(request, "newsletter.add_channel")
        page: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Where shall the day be posted?",
            "opts": self.opts,
            "services": [(each.value, each.label, SERVICES[each.value].fields) for each in ChannelService],
        }
        return TemplateResponse(request, "admin/desk/channel_services.html", page)

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if request.method == "GET" else None
        shown: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            shown = {
                "channel": row,
                "place": shown_place(row),
                "preview": trying.preview(row),
                "history": row.posts.all()[:HISTORY],
                "may_post": request.user.has_perm("newsletter.change_channel"),
            }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    @override
    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        if not change:
            obj.service, obj.created_at = form.service, timezone.now()
        if {*SECRETS, "target", "is_on"} & set(form.changed_data):
            obj.last_error, obj.last_error_at = "", None
        super().save_model(request, obj, form, change)

    @method_decorator(require_POST)
    def try_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a test post and show what the service says."""
        require_permission(request, "newsletter.change_channel")
        row = get_object_or_404(Channel.objects.select_related("topic"), pk=pk)
        attempt(request, lambda: trying.try_out(row, now=timezone.now()))
        note(request, row, "sent a test post")
        return back_to("newsletter_channel_change", pk)

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int, post: int) -> HttpResponse:
        """Post a day again, or say that an uncertain part arrived."""
        require_permission(request, "newsletter.change_channel")
        row = get_object_or_404(ChannelPost.objects.select_related("channel"), pk=post, channel=pk)
        name = request.POST.get("act", "")
        if name not in _ACTS:
            raise Http404
        if attempt(request, lambda: _ACTS[name](row, now=timezone.now())):
            note(request, row.channel, f"{name}: the post of {row.day:%F}")
        return back_to("newsletter_channel_change", pk, anchor="posts")


def shown_place(row: Channel) -> str:
    """Where a channel posts to, without what is secret of it."""
    if row.target:
        return row.target
    try:
        return f"{urlsplit(row.address).hostname or ''}/********"
    except ValueError:
        return "********"
