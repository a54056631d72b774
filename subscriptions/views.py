"""The pages of the people: sign up, confirm, choose, leave.

GET and HEAD change nothing, ever: mail scanners and browsers' look-ahead follow every link.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from newsletter.errors import StateError
from newsletter.languages import LANGUAGE_CHOICES, negotiate
from newsletter.models import Paper
from subscriptions import consent, tasks, throttling, votes
from subscriptions.clock import next_due
from subscriptions.forms import ZONE_OF_LANGUAGE, SignUpForm, WishesForm, initial_of, stamp, zone_choices
from subscriptions.links import token as make_token
from subscriptions.models import Delivery, Subscriber
from subscriptions.offer import offered_areas
from subscriptions.pages import Visit, linked, origin, page_language, refuse, speak
from subscriptions.sample import latest_sample
from subscriptions.wishes import Wishes

_pages = require_http_methods(["GET", "HEAD", "POST"])


@_pages
def sign_up(request: HttpRequest) -> HttpResponse:
    """The face of Paperpost: what it is, what a digest looks like, and the form."""
    speak(request, request.GET.get("language", ""))
    if request.method != "POST":
        return render(request, "web/sign_up.html", _sign_up_context(SignUpForm(initial=_guess(request))))
    form = SignUpForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        return render(request, "web/sign_up.html", _sign_up_context(form), status=422)
    ip = throttling.client_ip(request)
    if not throttling.admit_sign_up(ip=ip, now=now):
        form.add_error(None, _("Too many sign-ups came from your network; please try again in an hour."))
        return render(request, "web/sign_up.html", _sign_up_context(form), status=429)
    if not form.is_by_a_program:
        kept = consent.sign_up(
            email=form.cleaned_data["email"],
            wishes=form.wishes(),
            page_language=page_language(),
            origin=origin(request),
            now=now,
        )
        tasks.hand_over(tasks.receive_sign_up, kept.pk)
    return redirect(f"{reverse('check-mail')}?language={page_language()}")


@require_http_methods(["GET", "HEAD"])
def check_mail(request: HttpRequest) -> HttpResponse:
    """Where a sign-up leads, whoever signed up."""
    speak(request, request.GET.get("language", ""))
    return render(request, "web/check_mail.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 Django's signature
    """A form from a page without its cookie: shown again as it was typed, with a fresh one."""
    speak(request, request.GET.get("language", ""))
    form = SignUpForm(request.POST)
    form.is_valid()
    form.add_error(None, _("This page had been open for too long; please press the button once more."))
    return render(request, "web/sign_up.html", _sign_up_context(form), status=403)


@linked("confirm")
def confirm(visit: Visit) -> HttpResponse:
    """The second half of the double opt-in: a page with one button, and what the button does."""
    if not visit.acts:
        topics = visit.reader.topics.active()
        return visit.page("confirm", topics=[topic.name_in(page_language()) for topic in topics])
    try:
        consent.confirm(visit.reader, now=visit.now, origin=visit.origin)
    except StateError:
        return refuse(visit.request, "used")
    tasks.hand_over(tasks.send_notice, "welcome", visit.reader.pk)
    return visit.page("confirmed", preferences_token=make_token(visit.reader, "preferences"))


@linked("unsubscribe")
def unsubscribe(visit: Visit) -> HttpResponse:
    """RFC 8058: the mail program's POST carries no cookie and gets its way; a person sees a page first."""
    if not visit.acts:
        return visit.page("unsubscribe")
    one_click = visit.request.POST.get("List-Unsubscribe") == "One-Click"
    consent.unsubscribe(
        visit.reader, now=visit.now, how="one-click" if one_click else "page", origin=visit.origin
    )
    visit.reader.refresh_from_db()
    undoable = visit.reader.confirmed_at and visit.reader.state == Subscriber.State.UNSUBSCRIBED
    undo_token = make_token(visit.reader, "undo", now=visit.now) if undoable else ""
    return visit.page("unsubscribed", undo_token=undo_token)


@linked("undo")
def undo(visit: Visit) -> HttpResponse:
    """Take an unsubscription back."""
    if not visit.acts:
        return visit.page("undo")
    try:
        consent.undo_unsubscribe(
            visit.reader, now=visit.now, next_due_at=due_after(visit.reader, visit.now), origin=visit.origin
        )
    except StateError:
        return refuse(visit.request, "used")
    return visit.page("confirmed", preferences_token=make_token(visit.reader, "preferences"))


@linked("preferences")
def preferences(visit: Visit) -> HttpResponse:
    """Everything a reader may choose, without a login."""
    form = WishesForm(visit.request.POST if visit.acts else None, initial=initial_of(visit.reader))
    if not visit.acts or not form.is_valid():
        return visit.page("preferences", status=422 if visit.acts else 200, **_form_context(form))
    wishes = form.wishes()
    consent.change(
        visit.reader, wishes, now=visit.now, next_due_at=due_after(wishes, visit.now), origin=visit.origin
    )
    speak(visit.request, wishes.language)
    return visit.page("preferences", saved=True, **_form_context(form))


@linked("vote")
def vote(visit: Visit) -> HttpResponse:
    """More or less like a paper: ``?paper=ARXIV_ID&value=1`` or ``-1`` says what the button will do."""
    paper = Paper.objects.filter(arxiv_id=visit.request.GET.get("paper", "")[:32].replace("\0", "")).first()
    if paper is None:
        return refuse(visit.request, "broken")
    asked = visit.request.GET.get("value", "1")
    if not visit.acts:
        return visit.page("vote", paper=paper, value="-1" if asked == "-1" else "1")
    value = visit.request.POST.get("value", asked)
    if value not in ("1", "0", "-1"):
        return refuse(visit.request, "broken")
    votes.cast(visit.reader, paper, int(value), now=visit.now)
    return visit.page("voted", paper=paper, value=value)


@linked("view")
def digests(visit: Visit) -> HttpResponse:
    """All digests that this reader was sent."""
    sent = visit.reader.deliveries.filter(state=Delivery.State.SENT).order_by("-day")
    return visit.page("digests", deliveries=sent[:400])


def due_after(wishes: Wishes | Subscriber, now: datetime) -> datetime:
    """The next moment at which the reader's clock shows the wished hour, in UTC."""
    return next_due(
        now, zone=wishes.time_zone, hour=wishes.hour, cadence=wishes.cadence, weekday=wishes.weekday
    )


def _guess(request: HttpRequest) -> dict[str, Any]:
    """What the browser tells of its reader."""
    accepted = negotiate(request.headers.get("Accept-Language", ""))
    code = page_language() if request.GET.get("language") else accepted
    return {
        "language": code,
        "time_zone": ZONE_OF_LANGUAGE.get(code, "UTC"),
        "hour": 8,
        "cadence": Subscriber.Cadence.DAILY.value,
        "weekday": 0,
        "size": 10,
        "topics": [],
    }


def _sign_up_context(form: SignUpForm) -> dict[str, Any]:
    return _form_context(form) | {
        "shown": form["shown"].value() or stamp(timezone.now()),
        "sample": latest_sample(page_language()),
    }


def _form_context(form: WishesForm) -> dict[str, Any]:
    return {
        "form": form,
        "areas": offered_areas(page_language(), chosen=form["topics"].value() or ()),
        "languages": LANGUAGE_CHOICES,
        "zones": zone_choices(),
        "language_label": _("Language of the digest"),
        "hour_label": _("Hour"),
        "cadence_label": _("How often"),
        "weekday_label": _("Day, if once a week"),
        "size_label": _("Papers in one digest"),
    }
