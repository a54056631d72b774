"""What a reader does with a paper from its public page, which is the same for everybody and knows nobody.

Its links lead to ``/reader/``. A browser in which a reader pressed "Remember me" sends a cookie there, and
nowhere else: the link that each card of the reader's mails has. It shows nothing of what is kept. The visit
changes nothing; it leads on to the reader's own page with the button. Any other browser is asked for an
address, and whatever it is, the page says the same.
"""

from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from newsletter.errors import InvalidInput
from newsletter.web.pages import page_language, speak
from subscriptions import tasks
from subscriptions.abuse import throttling
from subscriptions.models import Subscriber
from subscriptions.readers.links import LinkError, subscriber_of
from subscriptions.readers.links import token as make_token
from subscriptions.web.forms import AddressForm
from subscriptions.web.pages import Visit, is_of_another_site, linked, private

COOKIE: Final = "paperpost-reader"
KEPT_SECONDS: Final = 180 * 24 * 3600
_ACTS: Final = {
    "save": ("save", {}),
    "more": ("vote", {"value": "1"}),
    "less": ("vote", {"value": "-1"}),
    "follow": ("follow", {}),
}
"""By the name of an act: the reader's page that has its button, and what more its address says."""


@require_http_methods(["GET", "HEAD", "POST"])
def reader(request: HttpRequest) -> HttpResponse:
    """``?act=save|more|less|follow&paper=ARXIV_ID`` leads a known browser to the page with the button."""
    speak(request, request.GET.get("language", ""))
    return private(_ask(request) if request.method == "POST" else _lead(request))


def _lead(request: HttpRequest) -> HttpResponse:
    known = _token_of(request)
    act, paper = _ACTS.get(request.GET.get("act", "")), request.GET.get("paper", "")[:32]
    if known and act and paper:
        page, more = act
        return redirect(f"{reverse(page, args=[known])}?{urlencode({'paper': paper, **more})}")
    return _page(request, token=known)


def _ask(request: HttpRequest) -> HttpResponse:
    """Mail the link to whoever is subscribed by the address. How long it takes does not tell who is."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    if not throttling.admit_sign_up(ip=throttling.client_ip(request), now=timezone.now()):
        form.add_error("email", _("Too many requests came from your network; please try again in an hour."))
        return _page(request, form=form, status=429)
    subscriber = Subscriber.objects.filter(email=form.cleaned_data["email"]).only("pk").first()
    tasks.ask_for_link(subscriber.pk if subscriber else 0)
    return _page(request, is_asked=True)


def _page(
    request: HttpRequest,
    *,
    form: AddressForm | None = None,
    token: str = "",
    is_asked: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form or AddressForm(),
        "token": token,
        "is_asked": is_asked,
        "query": request.GET.urlencode(),
        "spoken": page_language(),
    }
    return render(request, "web/reader.html", context, status=status)


def _token_of(request: HttpRequest) -> str:
    """The link in this browser's cookie, while it opens something; else nothing."""
    token = request.COOKIES.get(COOKIE, "")
    try:
        subscriber_of(token, "vote", now=timezone.now())
    except (LinkError, InvalidInput):
        return ""
    return token


@linked("vote")
def remember(visit: Visit) -> HttpResponse:
    """Have this browser remember the reader, or, with ``forget``, no longer."""
    # Else another site could make a visitor save papers into the list of whoever made that site.
    is_foreign = visit.acts and is_of_another_site(visit.request)
    if is_foreign or not visit.acts:
        response = visit.page("remembered", status=403 if is_foreign else 200, is_foreign=is_foreign)
        # From a page without a referrer, browsers that know no Sec-Fetch-Site send "Origin: null".
        response["Referrer-Policy"] = "same-origin"
        return response
    forgets = "forget" in visit.request.POST
    response = visit.page("remembered", is_remembered=not forgets, is_forgotten=forgets)
    if forgets:
        response.delete_cookie(COOKIE, path=reverse("reader"), samesite="Lax")
        return response
    response.set_cookie(
        COOKIE,
        make_token(visit.reader, "vote"),
        max_age=KEPT_SECONDS,
        path=reverse("reader"),
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
