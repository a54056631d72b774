"""Proofs and events: looked at, never edited. A suppression may be lifted, which is recorded."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from typing_extensions import override

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin, back_to, note, require_permission
from newsletter.errors import InvalidInput
from subscriptions.addresses import normalise
from subscriptions.models import ConsentEvent, DeliveryEvent, LiftedSuppression, Suppression
from subscriptions.readers.suppressions import lift

LIFT = "subscriptions.lift_suppression"
SHORTEST_REASON = 3  # characters


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnlyAdmin, UncountedAdmin):
    """What readers agreed to and took back, and with which words."""

    list_display = ("at", "reader", "kind", "text_version", "language")
    list_filter = ("kind",)
    ordering = ("-pk",)
    raw_id_fields = ("subscriber",)

    @admin.display(description="reader")
    def reader(self, row: ConsentEvent) -> str:
        """The reader's number, or nothing where the reader was erased."""
        return f"reader {row.subscriber_id}" if row.subscriber_id else ""


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnlyAdmin, UncountedAdmin):
    """What came back for mails: bounces, complaints, replies."""

    list_display = ("at", "kind", "standing", "source", "reader", "detail")
    list_filter = ("standing", "kind", "source")
    ordering = ("-pk",)
    raw_id_fields = ("subscriber", "delivery")

    @admin.display(description="reader")
    def reader(self, row: DeliveryEvent) -> str:
        """The reader's number, or nothing where the reader was erased."""
        return f"reader {row.subscriber_id}" if row.subscriber_id else ""


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin, UncountedAdmin):
    """Only keyed hashes are kept: whoever lifts a suppression has to know the address."""

    list_display = ("at", "reason")
    list_filter = ("reason",)
    ordering = ("-pk",)
    list_before_template = "admin/desk/lift.html"

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"may_lift": request.user.has_perm(LIFT), **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    @override
    def get_urls(self) -> list[URLPattern]:
        lift = self.admin_site.admin_view(self.lift)
        return [path("lift/", lift, name="subscriptions_suppression_lift"), *super().get_urls()]

    @method_decorator(require_POST)
    def lift(self, request: HttpRequest) -> HttpResponse:
        """Let the address that was typed sign up again."""
        require_permission(request, LIFT)
        lift_typed(request, request.POST.get("address", ""))
        return back_to("subscriptions_suppression_changelist")


@admin.register(LiftedSuppression)
class LiftedSuppressionAdmin(ReadOnlyAdmin, UncountedAdmin):
    """Which suppressions an owner lifted, and why."""

    list_display = ("at", "reason", "suppressed_at", "by", "why")
    list_filter = ("reason",)
    ordering = ("-pk",)


def lift_typed(request: HttpRequest, address: str) -> None:
    """Lift the suppression of ``address`` for the posted reason, and say what became of it."""
    why = " ".join(request.POST.get("reason", "").split())
    if len(why) < SHORTEST_REASON:
        messages.error(request, "Say why: the reason is kept.")
        return
    try:
        wanted = normalise(address)
    except InvalidInput as error:
        messages.error(request, error.message)
        return
    if lift(wanted, by=request.user.get_username(), why=why, now=timezone.now()):
        note(request, Suppression, "lifted", name="a suppression")
        messages.success(request, "Lifted: this address may sign up again, and gets nothing before that.")
    else:
        messages.info(request, "This address is not suppressed.")
