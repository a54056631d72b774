"""Who may have missed a digest since a backup was restored, and the word that sends it or leaves it.

``manage.py missed_digests`` does the same (:mod:`subscriptions.delivery.doubts`).
"""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.shared import attempt, note, posted_number, require_permission
from subscriptions.delivery import doubts, holds
from subscriptions.models import Delivery

SHOWN = 200  # of a list that may have a line for each reader
ACTS = {
    "send": (doubts.send_missed, "are queued again, or chosen with the next run"),
    "leave": (doubts.count_as_sent, "count as sent"),
}


def urls(wrap: Callable[..., Any], site: AdminSite) -> list[URLPattern]:
    """The addresses, below those of the deliveries; ``wrap`` asks who comes."""

    def page(request: HttpRequest) -> HttpResponse:
        return missed_page(request, site)

    return [
        path("missed/", wrap(require_safe(page)), name="subscriptions_delivery_missed"),
        path("missed/settle/", wrap(require_POST(settle)), name="subscriptions_delivery_settle_missed"),
    ]


def missed_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """How many, the first of them, and two buttons that name the number."""
    require_permission(request, "subscriptions.view_delivery")
    counts = doubts.count_doubts()
    context = {
        **site.each_context(request),
        "title": "Digests that may be missing",
        "uncertain": counts["uncertain"],
        "due": counts["due"],
        "total": counts.total(),
        "doubts": list(doubts.doubts(most=SHOWN)),
        "holds": holds.current_holds(),
        "may_steer": request.user.has_perm("subscriptions.steer_delivery"),
    }
    return TemplateResponse(request, "admin/desk/missed_digests.html", context)


def settle(request: HttpRequest) -> HttpResponse:
    """Send all of them, or none: refused if they are not as many as the page said."""
    require_permission(request, "subscriptions.steer_delivery")
    name = request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    act, done = ACTS[name]
    by, expected = request.user.get_username(), posted_number(request, "count")

    def log(message: str) -> None:
        note(request, Delivery, message, name="digests that may be missing")

    def do() -> str:
        # Noted before the first as well: a run that breaks off has settled some.
        count = act(
            by=by,
            now=timezone.now(),
            expected=expected,
            begin=lambda present: log(f"{name}: {present} begun"),
        )
        log(f"{count} {done}")
        return f"{count:,} {done}."

    attempt(request, do)
    return HttpResponseRedirect(reverse("admin:subscriptions_delivery_missed"))
