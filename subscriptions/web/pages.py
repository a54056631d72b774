"""What every page of the people shares: its language, its headers, and who came through a link."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.day_rules import offered_languages
from newsletter.languages import LANGUAGE_CHOICES
from newsletter.web.pages import page_language, speak
from subscriptions.abuse.throttling import client_ip
from subscriptions.addresses import origin_hash
from subscriptions.models import Subscriber
from subscriptions.readers import links
from subscriptions.readers.clock import Schedule, due_after_change, next_due
from subscriptions.readers.wishes import Wishes
from subscriptions.web import schedules
from subscriptions.web.forms import LAYOUTS, MOST_PAPERS, SIZES, WishesForm
from subscriptions.web.offer import offer

_PLACES = {"time_zone": "zone"}  # where a field's id in the page is not its name
_FOLDED = frozenset(WishesForm.base_fields) - {"topics"}  # fields that stand under "How and when"
_STATUS = {"broken": 404, "foreign": 404, "expired": 410, "used": 410}


def origin(request: HttpRequest) -> str:
    """The keyed hash of where the request came from, for the proof of consent."""
    return origin_hash(client_ip(request))


def is_of_another_site(request: HttpRequest) -> bool:
    """Whether the browser says that a form was sent from another site: Sec-Fetch-Site (Fetch Metadata, W3C),
    else Origin (RFC 6454). What says neither is no page of a browser of today.
    """
    if fetched := request.headers.get("Sec-Fetch-Site"):
        return fetched != "same-origin"
    sender = request.headers.get("Origin")
    own = (f"{request.scheme}://{request.get_host()}", settings.SITE_URL)
    return sender is not None and sender not in own


def private(response: HttpResponse) -> HttpResponse:
    """A page behind a signed link: kept by no cache, found by no search engine."""
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


@dataclass(frozen=True, slots=True)
class Visit:
    """A reader who came through a signed link, at ``now``."""

    request: HttpRequest
    reader: Subscriber
    token: str
    now: datetime

    @property
    def acts(self) -> bool:
        """Whether the reader pressed a button: only then may anything change."""
        return self.request.method == "POST"

    @property
    def origin(self) -> str:
        """The keyed hash of where the visit came from."""
        return origin(self.request)

    def page(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        """The page, which knows the reader and the token."""
        shared = {"reader": self.reader, "token": self.token}
        return render(self.request, f"web/{template}.html", shared | context, status=status)


LinkView = Callable[Concatenate[Visit, ...], HttpResponse]


def linked(purpose: str) -> Callable[[LinkView], Callable[..., HttpResponse]]:
    """Make a view of a :class:`Visit` into one of ``(request, token)``.

    The page follows the reader's language; a link that opens nothing gets a page that says so kindly. The
    token is what proves the reader, as a cookie would not: such views need no further protection against
    forged requests, because whoever could forge one would have to know the token.
    """

    def decorate(view: LinkView) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        def opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
            now = timezone.now()
            speak(request, request.GET.get("language", ""))
            try:
                reader = links.subscriber_of(token, purpose, now=now)
            except links.LinkError as error:
                return refuse(request, error.kind)
            if "language" not in request.GET:
                speak(request, reader.language)
            return view(Visit(request=request, reader=reader, token=token, now=now), **more)

        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
            return private(opened(request, token, **more))

        return answered

    return decorate


def refuse(request: HttpRequest, kind: links.Kind) -> HttpResponse:
    """The page for a link that opens nothing."""
    return render(request, "web/no_link.html", {"kind": kind}, status=_STATUS[kind])


def due_after(wishes: Wishes | Subscriber, now: datetime) -> datetime:
    """The next moment at which the reader's clock shows the wished hour, in UTC."""
    return next_due(
        now, zone=wishes.time_zone, hour=wishes.hour, cadence=wishes.cadence, weekday=wishes.weekday
    )


def due_with(wishes: Wishes, reader: Subscriber, now: datetime) -> datetime:
    """The same for a reader who changes to these wishes: today's digest is not lost by it."""
    schedule = Schedule(wishes.time_zone, wishes.hour, wishes.cadence, wishes.weekday)
    return due_after_change(reader.next_due_at, now, schedule)


def form_context(form: WishesForm) -> dict[str, Any]:
    """What the templates of the wishes need beside the form itself."""
    now = timezone.now()
    spoken = page_language()
    values = {name: form[name].value() for name in ("language", "hour", "cadence", "weekday")}
    return {
        "form": form,
        "problems": [
            (_PLACES.get(field, field), messages[0])
            for field, messages in form.errors.items()
            if field != "__all__"
        ],
        "is_folded": form.errors.keys().isdisjoint(_FOLDED),
        "offer": offer(spoken, chosen=form["topics"].value() or ()),
        "languages": [(code, name, schedules.language_name(code, spoken)) for code, name in _languages(form)],
        "zone_options": schedules.zone_options(form.shown_zone, now=now),
        "sentence": schedules.sentence(values | {"time_zone": form.shown_zone}, now=now),
        "sentences": schedules.patterns(),
        "cadences": schedules.CADENCES,
        "weekdays": schedules.WEEKDAYS,
        "sizes": [(size, size) for size in sorted({*SIZES, *_size_of(form)})],
        "hours": schedules.hour_choices(spoken),
        "language_label": _("Language of the digest"),
        "hour_label": _("Time of day"),
        "cadence_label": _("How often"),
        "weekday_label": _("Day of the week, if weekly"),
        "size_label": _("Papers per digest"),
        "layouts": LAYOUTS,
        "layout_label": _("Layout"),
    }


def _languages(form: WishesForm) -> list[tuple[str, str]]:
    """The languages that are offered, and the one that the form has."""
    offered = {*offered_languages(), str(form["language"].value() or "")}
    return [choice for choice in LANGUAGE_CHOICES if choice[0] in offered]


def _size_of(form: WishesForm) -> list[int]:
    """The number of papers that the form has, where it is one."""
    text = str(form["size"].value() or "")
    return [int(text)] if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_PAPERS else []
