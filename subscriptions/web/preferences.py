"""The pages behind a reader's preferences link: choose and pause.

The link stands in every digest, and whoever got one forwarded has it: nothing here tells the address, and
what would harm a reader needs a link of its own (:mod:`subscriptions.web.my_data`).
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from newsletter.errors import StateError
from subscriptions.addresses import hint
from subscriptions.digests import catch_up
from subscriptions.messages.page import build_page
from subscriptions.models import Delivery, Subscriber
from subscriptions.readers import consent, saved
from subscriptions.readers.clock import local_day
from subscriptions.readers.links import token as make_token
from subscriptions.readers.queries import OwnQueries, wanted_queries
from subscriptions.web import let_go
from subscriptions.web.forms import PauseForm, WishesForm, initial_of
from subscriptions.web.mail_pages import page_of
from subscriptions.web.pages import Visit, due_after, due_with, form_context, linked, refuse
from subscriptions.web.saved import paper_of
from subscriptions.web.start import begin
from subscriptions.web.way_back import ARRIVED, newest_with

MOST_DIGESTS = 400

# What the page says after something was done; the address of the page names it.
_DONE: Mapping[str, Any] = {
    "saved": _("Your choices are saved."),
    "paused": _("Your digest is paused."),
    "resumed": _("You will get your digest again."),
    "queued": _("A digest with the best of what you missed is on its way."),
    "nothing": _("You have not missed anything in your topics."),
    "weekly": _("Once a week, your digest will list what you saved."),
    "no-weekly": _("Your digest will no longer list what you saved."),
    "tomorrow": _("You have already asked for this today; please try again tomorrow."),
}


def _back(visit: Visit, done: str) -> HttpResponse:
    """Back to the preferences, which say what was done."""
    return redirect(f"{reverse('preferences', args=[visit.token])}?done={done}#done")


def _show(visit: Visit, *, status: int = 200, **changed: Any) -> HttpResponse:
    reader = visit.reader
    today = local_day(visit.now, reader.time_zone)
    form = changed.pop("form", None) or WishesForm(initial=initial_of(reader))
    context: dict[str, Any] = {
        "pause_form": PauseForm(today=today),
        "done": _DONE.get(visit.request.GET.get("done", "")),
        "address": hint(reader.email),
        "tomorrow": today + timedelta(days=1),
        "in_a_year": today + timedelta(days=366),
        "wants_weekly": saved.wants_weekly(reader),
        "view_token": make_token(reader, "view"),
        "unsubscribe_token": make_token(reader, "unsubscribe"),
    } | changed
    return visit.page("preferences", status=status, **context, **form_context(form))


@linked("preferences")
def preferences(visit: Visit) -> HttpResponse:
    """Everything a reader may choose, without a login."""
    if not visit.acts:
        wanted = wanted_queries(visit.request.GET.getlist("query"))
        return _show(visit, form=WishesForm(initial=_with_queries(initial_of(visit.reader), wanted)))
    form = WishesForm(visit.request.POST, initial=initial_of(visit.reader))
    if not form.is_valid():
        return _show(visit, status=422, form=form)
    wishes = form.wishes()
    due = due_with(wishes, visit.reader, visit.now)
    consent.change(visit.reader, wishes, now=visit.now, next_due_at=due, origin=visit.origin)
    return _back(visit, "saved")


def _with_queries(initial: dict[str, Any], wanted: OwnQueries) -> dict[str, Any]:
    """The reader's own choices with those of ``wanted``: nothing is kept before the button."""
    for name, added in asdict(wanted).items():
        lines = [line for line in str(initial.get(name) or "").splitlines() if line]
        initial[name] = "\n".join(dict.fromkeys([*lines, *added.splitlines()]))
    return initial


@linked("preferences")
def start(visit: Visit) -> HttpResponse:
    """Topics and searches for what the reader works on; nothing is saved before the reader does so."""
    if not visit.acts:
        return redirect(f"{reverse('preferences', args=[visit.token])}#start")
    started = begin(visit.request)
    if "X-Fragment" in visit.request.headers:
        return visit.page("_start_result", start=started)
    initial = initial_of(visit.reader) | started.fields(visit.request.POST)
    return _show(visit, form=WishesForm(initial=initial), start=started, opens_fold=True)


@linked("preferences")
def pause(visit: Visit) -> HttpResponse:
    """No digest until a day, or again from now on."""
    if not visit.acts:
        return redirect(f"{reverse('preferences', args=[visit.token])}#pause")
    form = PauseForm(visit.request.POST, today=local_day(visit.now, visit.reader.time_zone))
    is_end = "resume" in visit.request.POST
    if not is_end and not form.is_valid():
        return _show(visit, status=422, pause_form=form)
    try:
        if is_end:
            _resume(visit)
        else:
            until = form.cleaned_data["until"]
            consent.pause(visit.reader, until=until, now=visit.now, origin=visit.origin)
    except StateError:  # it was ended in another window, or the reader has left
        return _back(visit, "")
    return _back(visit, "resumed" if is_end else "paused")


def _resume(visit: Visit) -> None:
    due = due_after(visit.reader, visit.now)
    consent.resume(visit.reader, now=visit.now, next_due_at=due, origin=visit.origin)


@linked("preferences")
def weekly(visit: Visit) -> HttpResponse:
    """Whether a digest a week names what the reader saved: ``on`` is 1 or 0."""
    if not visit.acts:
        return redirect(f"{reverse('preferences', args=[visit.token])}#weekly")
    is_wanted = visit.request.POST.get("on") == "1"
    saved.choose_weekly(visit.reader, is_wanted=is_wanted)
    return _back(visit, "weekly" if is_wanted else "no-weekly")


@linked("preferences")
def send_missed(visit: Visit) -> HttpResponse:
    """The best of what the reader missed, as one more digest that goes out at once."""
    if not visit.acts:
        return redirect(f"{reverse('preferences', args=[visit.token])}#pause")
    if visit.reader.state not in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED):
        return _back(visit, "")
    if visit.reader.state == Subscriber.State.PAUSED:
        _resume(visit)
    return _back(visit, catch_up.queue_catch_up(visit.reader, now=visit.now))


@linked("view")
def digests(visit: Visit) -> HttpResponse:
    """All digests that this reader was sent."""
    sent = visit.reader.deliveries.filter(state=Delivery.State.SENT).order_by("-day")
    is_let_go = let_go.may_have_had(visit.reader, let_go.last_day(visit.now), now=visit.now)
    return visit.page("digests", deliveries=sent[:MOST_DIGESTS], is_let_go=is_let_go)


@linked("view")
def digest(visit: Visit, day: str) -> HttpResponse:
    """One digest of the reader: what the mail shows, whole."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        return refuse(visit.request, "broken")
    delivery = visit.reader.deliveries.filter(day=wanted).first()
    if delivery is None and let_go.may_have_had(visit.reader, wanted, now=visit.now):
        return let_go.page_of_day(visit, wanted)
    return _shown(visit, delivery if delivery and delivery.state in ARRIVED else None)


@linked("vote")
def digest_of_paper(visit: Visit) -> HttpResponse:
    """The newest digest that had the paper that ``?paper=ARXIV_ID`` names: the way back from a vote.

    It has the links of its cards alone, which are the visitor's already.
    """
    paper = paper_of(visit)
    delivery = newest_with(visit.reader, paper) if paper is not None else None
    if paper is not None and delivery is None and let_go.may_have_had_paper(paper, now=visit.now):
        return let_go.page_of_paper(visit, paper)
    return _shown(visit, delivery, leads_on=False)


def _shown(visit: Visit, delivery: Delivery | None, *, leads_on: bool = True) -> HttpResponse:
    page = build_page(delivery, leads_on=leads_on) if delivery is not None else None
    if page is None:
        return refuse(visit.request, "broken")
    shown = page_of(page)
    return HttpResponse(shown.html, headers={"Content-Security-Policy": _mail_policy(shown.styles)})


def _mail_policy(styles: str) -> str:
    """What a digest's page may load: its own style sheets and its pictures."""
    elsewhere = " https:" if settings.REMOTE_PICTURES else ""
    return (
        f"default-src 'none'; style-src {styles}; img-src 'self' data:{elsewhere}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
