"""Where a sign-up leads, whoever signed up: to which address a mail went, and what to do if none comes.

The form that was sent goes along in a signed cookie of the browser that sent it, for an hour: the server
keeps nothing, no address stands in an address of a page, and known and unknown addresses look the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from newsletter.web.pages import page_language, speak
from subscriptions import tasks
from subscriptions.abuse import throttling
from subscriptions.readers import consent
from subscriptions.readers.wishes import Wishes
from subscriptions.web.pages import origin

WAIT = timedelta(minutes=1)  # before a mail is sent once more
_COOKIE = "paperpost-form"
_SALT = "paperpost.sent-form"
_KEPT_SECONDS = 3600
_LONGEST = 3800  # bytes of a cookie that every browser keeps (RFC 6265, section 6.1: 4096 with its name)


@dataclass(frozen=True, slots=True)
class SentForm:
    """What was sent, to be sent once more or filled in again. ``at`` is when a mail was asked for last."""

    email: str
    wishes: Wishes
    at: datetime
    is_repeated: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """The form that this browser sent within the last hour; None if there is none."""
        try:
            email, wishes, at, is_repeated = signing.loads(
                request.COOKIES.get(_COOKIE, ""), salt=_SALT, max_age=_KEPT_SECONDS
            )
            return cls(email, Wishes.from_json(wishes), datetime.fromisoformat(at), bool(is_repeated))
        except (signing.BadSignature, ValueError, TypeError, KeyError):  # or it is of another version
            return None

    def keep(self, response: HttpResponse) -> None:
        """Give the form to the browser; without its searches if they are too long for a cookie."""
        row = [self.email, self.wishes.as_json(), self.at.isoformat(), self.is_repeated]
        value = signing.dumps(row, salt=_SALT)
        if len(value) > _LONGEST:
            value = signing.dumps(row, salt=_SALT, compress=True)
        if len(value) > _LONGEST:
            row[1] = self.wishes.as_json() | {"queries": []}
            value = signing.dumps(row, salt=_SALT)
        response.set_cookie(
            _COOKIE,
            value,
            max_age=_KEPT_SECONDS,
            secure=settings.CSRF_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )

    def seconds_left(self, now: datetime) -> int:
        """How long until a mail is sent once more; 0 if one may be asked for."""
        return max(0, round((self.at + WAIT - now).total_seconds()))


def forget(response: HttpResponse) -> None:
    """Have the browser drop the form."""
    response.delete_cookie(_COOKIE, samesite="Lax")


def lead_there(sent: SentForm) -> HttpResponse:
    """The answer to a form that was taken."""
    response = HttpResponseRedirect(f"{reverse('check-mail')}?language={page_language()}")
    sent.keep(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def check_mail(request: HttpRequest) -> HttpResponse:
    """Which mail to look for; and, sent, one more of it."""
    speak(request, request.GET.get("language", ""))
    sent = SentForm.of(request)
    now = timezone.now()
    if request.method != "POST":
        return _page(request, sent, now=now)
    if sent is None:
        return HttpResponseRedirect(f"{reverse('sign-up')}?language={page_language()}")
    if sent.seconds_left(now):
        return _page(
            request, sent, now=now, problem=_("Please wait a minute before sending it again."), status=429
        )
    if not throttling.admit_sign_up(ip=throttling.client_ip(request), now=now):
        problem = _("Too many sign-ups came from your network; please try again in an hour.")
        return _page(request, sent, now=now, problem=problem, status=429)
    consent.sign_up(
        email=sent.email, wishes=sent.wishes, page_language=page_language(), origin=origin(request), now=now
    )
    tasks.hand_over_sign_up()
    return lead_there(SentForm(sent.email, sent.wishes, now, is_repeated=True))


def _page(
    request: HttpRequest, sent: SentForm | None, *, now: datetime, problem: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "sent": sent,
        "seconds_left": sent.seconds_left(now) if sent else 0,
        "problem": problem,
        "a_day": settings.NOTICES_PER_ADDRESS,
        "keeps_mail": settings.MAIL_STAYS_HERE,
    }
    response = render(request, "web/check_mail.html", context, status=status)
    add_never_cache_headers(response)
    return response
