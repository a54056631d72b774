"""Sending that is held: why, how many digests wait, and the word that lets them go."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from newsletter.admin.shared import attempt, note, require_permission
from subscriptions.delivery import doubts, holds
from subscriptions.models import Delivery, SendingHold


def urls(wrap: Callable[..., Any], site: AdminSite) -> list[URLPattern]:
    """The addresses, below those of the deliveries; ``wrap`` asks who comes."""

    def page(request: HttpRequest) -> HttpResponse:
        return holds_page(request, site)

    return [
        path("holds/", wrap(require_safe(page)), name="subscriptions_delivery_holds"),
        path("holds/release/", wrap(require_POST(release)), name="subscriptions_delivery_release"),
    ]


def holds_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """What holds sending, with a button for each reason that names how many digests wait."""
    require_permission(request, "subscriptions.view_delivery")
    context = {
        **site.each_context(request),
        "title": "Sending that is held",
        "holds": holds.current_holds(),
        "waiting": holds.waiting(),
        "missed": doubts.count_doubts().total(),
        "released": SendingHold.objects.exclude(released_at=None).order_by("-released_at")[:10],
        "may_steer": request.user.has_perm("subscriptions.steer_delivery"),
    }
    return TemplateResponse(request, "admin/desk/sending_holds.html", context)


def release(request: HttpRequest) -> HttpResponse:
    """Let sending go on, as far as the posted reason held it."""
    require_permission(request, "subscriptions.steer_delivery")
    kind = request.POST.get("kind", "")
    if kind not in SendingHold.Kind.values:
        raise Http404
    by, waiting = request.user.get_username(), holds.waiting()
    if attempt(request, lambda: holds.release(kind, by=by), _done(waiting)):
        label = SendingHold.Kind(kind).label
        note(request, Delivery, f"sending released while {waiting} digests waited", name=f"hold: {label}")
    return HttpResponseRedirect(reverse("admin:subscriptions_delivery_holds"))


def _done(waiting: int) -> str:
    return f"Released. {waiting:,} digests wait; they go out unless something else holds them."
