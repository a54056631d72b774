"""What every page of the people shares: its language, its headers, and who came through a link."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES, language
from subscriptions import links
from subscriptions.addresses import origin_hash
from subscriptions.models import Subscriber
from subscriptions.throttling import client_ip

_STATUS = {"broken": 404, "foreign": 404, "expired": 410, "used": 410}
_INTERFACE = {code for code, _name in settings.LANGUAGES}


def speak(request: HttpRequest, code: str) -> None:
    """Write the page in the language of ``code``, or leave it in the browser's where we do not speak it."""
    wanted = language(code).django_code if code in LANGUAGES else code.lower()
    if wanted in _INTERFACE:
        translation.activate(wanted)
        request.LANGUAGE_CODE = translation.get_language() or DEFAULT_LANGUAGE


def page_language() -> str:
    """The code of :mod:`newsletter.languages` for the language that the page is written in."""
    spoken = translation.get_language() or DEFAULT_LANGUAGE
    return next((code for code, one in LANGUAGES.items() if one.django_code == spoken), DEFAULT_LANGUAGE)


def origin(request: HttpRequest) -> str:
    """The keyed hash of where the request came from, for the proof of consent."""
    return origin_hash(client_ip(request))


def private(response: HttpResponse) -> HttpResponse:
    """A page behind a signed link: kept by no cache, found by no search engine."""
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
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
        @wraps(view)
        def opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
            now = timezone.now()
            speak(request, request.GET.get("language", ""))
            try:
                reader = links.subscriber_of(token, purpose, now=now)
            except links.LinkError as error:
                return private(refuse(request, error.kind))
            if "language" not in request.GET:
                speak(request, reader.language)
            return private(view(Visit(request=request, reader=reader, token=token, now=now), **more))

        return csrf_exempt(opened)

    return decorate


def refuse(request: HttpRequest, kind: links.Kind) -> HttpResponse:
    """The page for a link that opens nothing."""
    return render(request, "web/no_link.html", {"kind": kind}, status=_STATUS[kind])
