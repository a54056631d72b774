"""What Paperpost learned from a reader's votes, behind the link that is mailed for this, and what rules it.

A digest that was passed on shows nothing of it: its link can only switch learning on and off.
"""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from subscriptions.models import Subscriber, TasteOverride, Vote
from subscriptions.readers import tastes, votes
from subscriptions.readers.tastes import Subject
from subscriptions.taste.overview import overview_of
from subscriptions.web.pages import Visit, linked, refuse


def _back(visit: Visit, place: str = "") -> HttpResponse:
    return redirect(reverse("learned", args=[visit.token]) + place)


@linked("my-data")
def show(visit: Visit) -> HttpResponse:
    """What was learned, with a button to take out each thing."""
    return visit.page("learned", overview=overview_of(visit.reader))


@linked("my-data")
def forget(visit: Visit) -> HttpResponse:
    """Take one thing out: ``what`` is its name on the page. What is not there changes nothing."""
    if visit.acts:
        learned = overview_of(visit.reader).learned.get(visit.request.POST.get("what", ""))
        if learned is not None:
            subject = Subject(learned.kind, learned.key, learned.label)
            tastes.forget(visit.reader, subject, now=visit.now)
    return _back(visit, "#taken-out")


@linked("my-data")
def lift(visit: Visit) -> HttpResponse:
    """Undo what the reader took out or wanted fewer of: ``override`` is its number."""
    number = visit.request.POST.get("override", "")
    if visit.acts and _is_key(number):
        override = TasteOverride.objects.filter(subscriber=visit.reader, pk=int(number)).first()
        if override is not None:
            tastes.lift(visit.reader, override, now=visit.now)
    return _back(visit, "#taken-out")


@linked("my-data")
def take_back(visit: Visit) -> HttpResponse:
    """Take one vote back: ``vote`` is its number."""
    number = visit.request.POST.get("vote", "")
    if visit.acts and _is_key(number):
        vote = Vote.objects.select_related("paper").filter(subscriber=visit.reader, pk=int(number)).first()
        if vote is not None:
            votes.cast(visit.reader, vote.paper, 0, now=visit.now)
    return _back(visit, "#votes")


@linked("my-data")
def reset(visit: Visit) -> HttpResponse:
    """Forget all votes and everything learned: a page that asks, and a button that does it."""
    if not visit.acts:
        return visit.page("learned_reset")
    tastes.reset(visit.reader, now=visit.now, origin=visit.origin)
    return _back(visit)


@linked("my-data")
def switch(visit: Visit) -> HttpResponse:
    """Learning on or off, from the page that shows what was learned."""
    return _switched(visit, may_start=True) or _back(visit, "#switch")


@linked("preferences")
def switch_by_digest(visit: Visit) -> HttpResponse:
    """The same by the link that stands in every digest; it shows nothing of what was learned.

    It does not start learning before the reader was told: it may have been passed on with a digest.
    """
    back = redirect(reverse("preferences", args=[visit.token]) + "#learning")
    return _switched(visit, may_start=visit.reader.taste != Subscriber.Taste.UNTOLD) or back


def _switched(visit: Visit, *, may_start: bool) -> HttpResponse | None:
    """Do as ``taste`` says; a refusal where it says neither on nor off, or on where that may not be."""
    if not visit.acts:
        return None
    wanted = visit.request.POST.get("taste", "")
    if wanted not in (("on", "off") if may_start else ("off",)):
        return refuse(visit.request, "broken")
    tastes.switch(visit.reader, is_on=wanted == "on", now=visit.now, origin=visit.origin)
    return None


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
