"""A day's ledger: what became of every digest, and the operator's hand on it."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_POST
from typing_extensions import override
from unfold.views import ChangeList

from newsletter.admin.shared import ReadOnlyAdmin, UncountedAdmin, attempt, coloured, note, require_permission
from subscriptions.admin import corrections, missed_digests, previews, ranking, sending_holds
from subscriptions.delivery import day_holds, operator_actions
from subscriptions.messages.as_sent import carried_by_row
from subscriptions.models import DayHold, Delivery

DAYS_LISTED = 14
COUNTED = 5  # seconds


class DayFilter(admin.SimpleListFilter):
    """The ledger is read day by day: a list over millions of rows helps nobody and takes long."""

    title = "day"
    parameter_name = "day"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        today = timezone.now().date()
        return [
            (f"{day:%Y-%m-%d}", f"{day:%a %d %b}")
            for day in (today + timedelta(days=1 - back) for back in range(DAYS_LISTED))
        ]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(day=shown_day(request))


class DeliveryStateFilter(admin.SimpleListFilter):
    """Rows by their state in the ledger."""

    title = "state"
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Delivery.State.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        value = self.value()
        return queryset.filter(state=value) if value in Delivery.State.values else queryset


def shown_day(request: HttpRequest) -> date:
    """The day that was asked for, else today."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return timezone.now().date()


def _pause(day: date, request: HttpRequest) -> str:
    day_holds.pause(day, now=timezone.now(), by=request.user.get_username())
    return f"{day:%d %B} is paused: nothing more is claimed."


def _resume(day: date, request: HttpRequest) -> str:
    day_holds.resume(day, now=timezone.now(), by=request.user.get_username())
    return f"{day:%d %B} goes on."


def _cancel(day: date, request: HttpRequest) -> str:
    count = day_holds.cancel(day, now=timezone.now(), by=request.user.get_username())
    return f"{day:%d %B} is cancelled: {count} digests will not be sent."


def _retry(day: date, _: HttpRequest) -> str:
    count = operator_actions.retry_failed(Delivery.objects.for_day(day), now=timezone.now())
    return f"{count} are queued again."


def _arrived(day: date, request: HttpRequest) -> str:
    return _settled(Delivery.objects.for_day(day), request, arrived=True)


def _again(day: date, request: HttpRequest) -> str:
    return _settled(Delivery.objects.for_day(day), request, arrived=False)


def _settled(rows: QuerySet[Delivery], request: HttpRequest, *, arrived: bool) -> str:
    by = request.user.get_username()
    count = operator_actions.settle_uncertain(rows, arrived=arrived, by=by, now=timezone.now())
    return f"{count} count as sent." if arrived else f"{count} are queued again."


STEERING: dict[str, Callable[[date, HttpRequest], str]] = {
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "retry": _retry,
    "arrived": _arrived,
    "again": _again,
}


MOODS = {
    "sent": "success",
    "failed": "danger",
    "uncertain": "danger",
    "queued": "warning",
    "deferred": "warning",
}
NOTED = {
    "pause": "paused the day",
    "resume": "let the day go on",
    "cancel": "cancelled the day",
    "retry": "failed: tried again",
    "arrived": "uncertain: counted as sent",
    "again": "uncertain: sent again",
}


def states_of(day: date) -> Counter[str]:
    """How many deliveries of ``day`` are in each state; known for some seconds: it counts them all."""

    def count() -> Counter[str]:
        rows = Delivery.objects.for_day(day).order_by().values_list("state")
        return Counter(dict(rows.annotate(Count("pk"))))

    counts: Counter[str] = cache.get_or_set(_states_key(day), count, COUNTED) or Counter()
    return counts


def _states_key(day: date) -> str:
    return f"desk-ledger-{day}"


def _chosen(request: HttpRequest, message: str) -> None:
    """Say and note what was done with chosen rows."""
    cache.delete(_states_key(shown_day(request)))
    note(request, Delivery, message, name="chosen deliveries")
    messages.success(request, message)


class LedgerList(ChangeList):
    """In the order of the index of day and state, without a sort of the whole day behind it."""

    @override
    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> list[str]:
        return ["-state"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, UncountedAdmin):
    """The ledger: what was chosen for whom, and what became of it."""

    list_display = ("reader", "shown_state", "reason", "subject", "language", "attempts", "settled")
    list_filter = (DayFilter, DeliveryStateFilter)
    ordering = ("-state",)
    raw_id_fields = ("subscriber",)
    list_before_template = "admin/desk/ledger.html"
    readonly_fields = ("as_sent",)
    actions = ("retry_failed", "settle_arrived", "settle_again")

    @admin.display(description="reader")
    def reader(self, row: Delivery) -> str:
        """The reader's number, or nothing where the reader was erased."""
        return f"reader\N{NO-BREAK SPACE}{row.subscriber_id}" if row.subscriber_id else ""

    @coloured("state", MOODS)
    def shown_state(self, row: Delivery) -> tuple[str, str]:
        """The state as the key of its colour and as words."""
        return row.state, row.get_state_display()

    @admin.display(description="settled, UTC")
    def settled(self, row: Delivery) -> str:
        """When the row reached its last state, in UTC."""
        return f"{row.settled_at:%H:%M}" if row.settled_at else "–"

    @admin.display(description="as it was sent")
    def as_sent(self, row: Delivery) -> str:
        """A link to the mail with the revisions that it carried, where these are known."""
        if carried_by_row(row) is None:
            return "not known"
        return format_html(
            '<a href="{}">look at it</a>', reverse("admin:subscriptions_delivery_as_sent", args=[row.pk])
        )

    @override
    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        return LedgerList

    @override
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<str:day>/steer/", wrap(self.steer), name="subscriptions_delivery_steer"),
            *previews.urls(wrap, self.admin_site),
            *ranking.urls(wrap, self.admin_site),
            *corrections.urls(wrap, self.admin_site),
            *sending_holds.urls(wrap, self.admin_site),
            *missed_digests.urls(wrap, self.admin_site),
            *super().get_urls(),
        ]

    @override
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        day = shown_day(request)
        states = states_of(day)
        context = {
            "title": f"Deliveries of {day:%d %B %Y}",
            "ledger_day": day,
            "ledger_days": [day + timedelta(days=more) for more in (1, 0, -1, -2, -3, -4, -5, -6)],
            "ledger": [(state, label, states[state]) for state, label in Delivery.State.choices],
            "ledger_total": states.total(),
            "ledger_failed": states["failed"],
            "ledger_uncertain": states["uncertain"],
            "hold": DayHold.objects.stopped().filter(day=day).first(),
            "may_steer": request.user.has_perm("subscriptions.steer_delivery"),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    @method_decorator(require_POST)
    def steer(self, request: HttpRequest, day: str) -> HttpResponse:
        """Pause, resume or cancel a day; try what failed again; settle what is uncertain."""
        require_permission(request, "subscriptions.steer_delivery")
        name = request.POST.get("act", "")
        if name not in STEERING:
            raise Http404
        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            raise Http404 from None
        done = attempt(request, lambda: STEERING[name](wanted, request))
        cache.delete(_states_key(wanted))
        if done:
            note(request, Delivery, NOTED[name], name=f"{wanted:%F}")
        where = reverse("admin:subscriptions_delivery_changelist")
        return HttpResponseRedirect(f"{where}?{urlencode({'day': wanted.isoformat()})}")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """For the actions below."""
        return request.user.has_perm("subscriptions.steer_delivery")

    @admin.action(description="Failed: try again", permissions=["steer"])
    def retry_failed(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Queue the chosen failed rows again."""
        message = f"{operator_actions.retry_failed(chosen, now=timezone.now())} are queued again."
        _chosen(request, message)

    @admin.action(description="Uncertain: count as sent", permissions=["steer"])
    def settle_arrived(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Note that the chosen uncertain rows arrived."""
        message = _settled(chosen, request, arrived=True)
        _chosen(request, message)

    @admin.action(description="Uncertain: send again", permissions=["steer"])
    def settle_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Send the chosen uncertain rows again."""
        message = _settled(chosen, request, arrived=False)
        _chosen(request, message)
