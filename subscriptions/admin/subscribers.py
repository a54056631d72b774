"""Readers at the desk: found, understood, and helped, without their addresses being shown around."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
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
    back_to,
    coloured,
    number,
    require_permission,
)
from newsletter.models import Topic
from subscriptions.admin import csv_import
from subscriptions.admin.masking import shown
from subscriptions.admin.records import LIFT, lift_typed
from subscriptions.feedback.events import suppress
from subscriptions.models import ConsentEvent, DeliveryEvent, Subscriber, Subscription
from subscriptions.models.states import SuppressionReason
from subscriptions.privacy import portability
from subscriptions.readers import consent

SHOWN = 60  # lines of a timeline
SHORTEST_REASON = 3

MOODS = {"active": "success", "pending": "warning", "paused": "warning", "suppressed": "danger"}
NEEDS = {
    "unsubscribe": "subscriptions.tend_subscriber",
    "suppress": "subscriptions.tend_subscriber",
    "erase": "subscriptions.erase_subscriber",
    "lift": LIFT,
}


def readers_by_state() -> dict[str, int]:
    """How many readers are in each state; known for a minute, because it counts everybody."""

    def count() -> dict[str, int]:
        return dict(Subscriber.objects.order_by().values_list("state").annotate(Count("pk")))

    return cache.get_or_set("desk-readers", count, 60) or {}


class TopicFilter(admin.SimpleListFilter):
    """Readers by a topic that they follow."""

    title = "topic"
    parameter_name = "topic"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(topic.pk), str(topic)) for topic in Topic.objects.active()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        value = self.value()
        if not value:
            return queryset
        # Looked up reader by reader, the newest first, until the page is full.
        return queryset.filter(
            Exists(Subscription.objects.filter(subscriber=OuterRef("pk"), topic=number(value)))
        )


class ConsentFilter(admin.SimpleListFilter):
    """Readers by where their consent was given."""

    title = "source of consent"
    parameter_name = "consent"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(kind), str(kind.label)) for kind in (ConsentEvent.Kind.SIGNED_UP, ConsentEvent.Kind.IMPORTED)
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        value = self.value()
        if value not in ConsentEvent.Kind.values:
            return queryset
        return queryset.filter(Exists(ConsentEvent.objects.filter(subscriber=OuterRef("pk"), kind=value)))


class BounceFilter(admin.SimpleListFilter):
    """Readers by how long ago their mail last bounced."""

    title = "last bounce"
    parameter_name = "bounce"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "in the last day"), ("7", "in the last 7 days"), ("30", "in the last 30 days")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        value = self.value()
        if value not in ("1", "7", "30"):
            return queryset
        since = timezone.now() - timedelta(days=int(value))
        kinds = (DeliveryEvent.Kind.HARD_BOUNCE, DeliveryEvent.Kind.SOFT_BOUNCE)
        return queryset.filter(
            pk__in=DeliveryEvent.objects.filter(at__gte=since, kind__in=kinds).values("subscriber")
        )


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyAdmin, OwnPageAdmin, UncountedAdmin):
    """The readers: lists without addresses, a page for each, import and export."""

    list_display: tuple[Any, ...] = (
        *("number", "shown_state", "language", "time_zone", "hour", "cadence", "due"),
    )
    list_filter = ("state", LanguageFilter, TopicFilter, ConsentFilter, BounceFilter)
    search_fields = ("email",)
    search_help_text = "a whole address"
    list_before_template = "admin/desk/csv_import_link.html"
    ordering = ("-pk",)

    @admin.display(description="reader", ordering="pk")
    def number(self, reader: Subscriber) -> str:
        """The reader's number; an address is shown to nobody here."""
        return f"reader\N{NO-BREAK SPACE}{reader.pk}"

    @coloured("state", MOODS)
    def shown_state(self, reader: Subscriber) -> tuple[str, str]:
        """The state as the key of its colour and as words."""
        return reader.state, reader.get_state_display()

    @admin.display(description="next digest, UTC")
    def due(self, reader: Subscriber) -> str:
        """When the next digest is due, in UTC."""
        return f"{reader.next_due_at:%d %b %H:%M}" if reader.next_due_at else "–"

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        totals = readers_by_state()
        context = {
            "title": "Subscribers",
            "totals": [(state, label, totals.get(state, 0)) for state, label in Subscriber.State.choices],
        }
        answer: HttpResponse = super().changelist_view(request, {**context, **(extra_context or {})})
        return answer

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """With the address as this user may see it: one admin object serves everybody at once."""

        @admin.display(description="address")
        def address(reader: Subscriber) -> str:
            return shown(reader.email, request)

        number, *rest = self.list_display
        return (number, address, *rest)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - as Django calls it
        queryset: QuerySet[Subscriber],
        search_term: str,
    ) -> tuple[QuerySet[Subscriber], bool]:
        """By the whole address only: a search by parts would tell addresses to everybody."""
        wanted = search_term.strip().lower()
        return (queryset.filter(Exact(Lower("email"), wanted)) if wanted else queryset), False

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("roster/", wrap(self.csv_import), name="subscriptions_subscriber_roster"),
            path("roster/export/", wrap(self.csv_export), name="subscriptions_subscriber_roster_export"),
            path("<int:pk>/act/", wrap(self.act), name="subscriptions_subscriber_act"),
            path("<int:pk>/export/", wrap(self.export), name="subscriptions_subscriber_export"),
            *super().get_urls(),
        ]

    def csv_import(self, request: HttpRequest) -> HttpResponse:
        """A list of readers, taken in or written out."""
        return csv_import.page(request, self.admin_site)

    @method_decorator(require_POST)
    def csv_export(self, request: HttpRequest) -> FileResponse:
        """All readers as CSV."""
        return csv_import.export(request)

    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of one reader; posted, one act of the desk."""
        reader = get_object_or_404(Subscriber, pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Reader {reader.pk}",
            "opts": self.opts,
            "reader": reader,
            "address": shown(reader.email, request),
            "topics": [str(topic) for topic in reader.topics.all()],
            "timeline": timeline(reader),
            "may_tend": request.user.has_perm("subscriptions.tend_subscriber"),
            "may_erase": request.user.has_perm("subscriptions.erase_subscriber"),
            "may_lift": request.user.has_perm(LIFT) and reader.state == Subscriber.State.SUPPRESSED,
            "may_export": request.user.has_perm("subscriptions.export_subscribers"),
            "may_preview": request.user.has_perm("subscriptions.preview_digest"),
        }
        return TemplateResponse(request, "admin/desk/subscriber.html", context)

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Unsubscribe, suppress, erase or let back in, with a reason that is kept in the log."""
        name = request.POST.get("act", "")
        if name not in NEEDS:
            raise Http404
        require_permission(request, NEEDS[name])
        reader = get_object_or_404(Subscriber, pk=pk)
        reason = " ".join(request.POST.get("reason", "").split())[:200]
        if len(reason) < SHORTEST_REASON:
            messages.error(request, "Say why: the reason is kept.")
            return back_to("subscriptions_subscriber_change", pk)
        now = timezone.now()
        self.log_change(request, reader, f"{name}: {reason}")
        if name == "lift":
            lift_typed(request, reader.email)
            return back_to("subscriptions_subscriber_change", pk)
        if name == "erase":
            portability.erase(reader, now=now)
            messages.success(request, f"Reader {pk} is erased; only a keyed hash stays.")
            return back_to("subscriptions_subscriber_changelist")
        if name == "suppress":
            suppress(reader, reason=SuppressionReason.OPERATOR, now=now, why=f"operator: {reason}")
            messages.success(request, "Nothing will be sent to this address again.")
        elif consent.unsubscribe(reader, now=now, how=f"operator: {reason}"):
            messages.success(request, "Unsubscribed.")
        else:
            messages.info(request, "Was not subscribed any more.")
        return back_to("subscriptions_subscriber_change", pk)

    @method_decorator(require_POST)
    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that is kept of a reader, for that reader. A POST, because it is logged."""
        require_permission(request, "subscriptions.export_subscribers")
        reader = get_object_or_404(Subscriber, pk=pk)
        self.log_change(request, reader, "exported")
        return HttpResponse(
            portability.as_json(reader),
            content_type="application/json; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="reader-{pk}.json"'},
        )


def timeline(reader: Subscriber) -> list[tuple[datetime, str, str, str]]:
    """(when, what kind, what, detail) of consent, digests, what came back, and votes; the newest first."""
    lines: list[tuple[datetime, str, str, str]] = [
        (
            event.at,
            "consent",
            event.get_kind_display(),
            str(event.detail.get("how") or event.detail.get("why") or ""),
        )
        for event in reader.consent_events.order_by("-at")[:SHOWN]
    ]
    for delivery in reader.deliveries.order_by("-day")[:SHOWN]:
        detail = " · ".join(part for part in (delivery.subject, delivery.reason, delivery.reply) if part)
        at = delivery.settled_at or delivery.created_at
        lines.append((at, "digest", f"{delivery.day:%d %b}: {delivery.get_state_display()}", detail))
    lines += [
        (event.at, "bounce", event.get_kind_display(), event.detail)
        for event in reader.events.order_by("-at")[:SHOWN]
    ]
    lines += [
        (vote.at, "vote", "more like this" if vote.value > 0 else "less like this", str(vote.paper))
        for vote in reader.votes.select_related("paper").order_by("-at")[:SHOWN]
    ]
    return sorted(lines, key=lambda line: line[0], reverse=True)[:SHOWN]
