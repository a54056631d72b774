"""The pages behind a link that was mailed to the reader for this: address, move, take along, be forgotten.

A digest that was passed on opens none of them. Its link to the preferences only asks for this link, which
goes to the reader's own mailbox and lasts for an hour.
"""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from newsletter.errors import StateError
from subscriptions import tasks
from subscriptions.abuse import throttling
from subscriptions.addresses import hint, readable_address
from subscriptions.privacy import portability
from subscriptions.readers import consent, links, saved
from subscriptions.readers.links import token as make_token
from subscriptions.web.forms import AddressForm
from subscriptions.web.pages import Visit, linked


@linked("preferences")
def ask(visit: Visit) -> HttpResponse:
    """Mail the link; so often a day at most, whoever asks."""
    if not visit.acts:
        return redirect(f"{reverse('preferences', args=[visit.token])}#data")
    return mail_link(visit, way_back=visit.token)


@linked("preferences")
def renew(visit: Visit) -> HttpResponse:
    """End all links but those that unsubscribe. The way to the new ones is mailed: whoever presses this
    button may be somebody to whom a digest was passed on.
    """
    if not visit.acts:
        return redirect(f"{reverse('preferences', args=[visit.token])}#data")
    if not _may_mail(visit):
        return _tell_mailed(visit, is_mailed=False, way_back=visit.token)
    consent.renew_links(visit.reader, now=visit.now, origin=visit.origin)
    return _tell_mailed(visit, is_mailed=True, is_renewed=True)


def mail_link(visit: Visit, *, way_back: str = "") -> HttpResponse:
    """Mail the link to all that a forwarded digest must not open; so often a day at most."""
    return _tell_mailed(visit, is_mailed=_may_mail(visit), way_back=way_back)


def _may_mail(visit: Visit) -> bool:
    return throttling.admit_notice(email=visit.reader.email, now=visit.now)


def _tell_mailed(
    visit: Visit, *, is_mailed: bool, way_back: str = "", is_renewed: bool = False
) -> HttpResponse:
    """The page says the same of every address: who asks need not learn which of them get no mail."""
    if is_mailed:
        tasks.notify("my-data", visit.reader.pk)
    return visit.page(
        "mailed",
        status=200 if is_mailed else 429,
        is_mailed=is_mailed,
        is_renewed=is_renewed,
        address=hint(visit.reader.email),
        way_back=way_back,
    )


@linked("my-data")
def show(visit: Visit) -> HttpResponse:
    """The reader's address in full, and what can be done with all that is kept."""
    return _show(visit)


def _show(
    visit: Visit, *, status: int = 200, form: AddressForm | None = None, done: str = ""
) -> HttpResponse:
    reader = visit.reader
    return visit.page(
        "my_data",
        status=status,
        address=readable_address(reader.email),
        new_address=readable_address(reader.new_email) if reader.new_email else "",
        address_form=form or AddressForm(),
        preferences_token=make_token(reader, "preferences"),
        feed=links.address("digest-feed", make_token(reader, links.DIGEST_FEED)),
        done=done,
        vote_token=make_token(reader, "vote"),
    )


@linked("my-data")
def renew_feed(visit: Visit) -> HttpResponse:
    """Another address for the private feed of digests; the one before ends."""
    if not visit.acts:
        return redirect("my-data", visit.token)
    saved.renew_feed(visit.reader, links.DIGEST_FEED)
    return _show(visit, done=_("Your feed has a new address; the old one no longer works."))


@linked("my-data")
def move(visit: Visit) -> HttpResponse:
    """Wish for another address, which is asked: the present one has agreed by the link."""
    if not visit.acts:
        return redirect("my-data", visit.token)
    form = AddressForm(visit.request.POST)
    if not form.is_valid():
        return _show(visit, status=422, form=form)
    consent.wish_for_address(visit.reader, form.cleaned_data["email"])
    if throttling.admit_notice(email=visit.reader.new_email, now=visit.now):
        tasks.notify("email-confirm", visit.reader.pk)
    return visit.page("moving", address=readable_address(visit.reader.new_email))


@linked("email-confirm")
def arrive(visit: Visit) -> HttpResponse:
    """The new address agrees: the digest goes there."""
    shown = readable_address(visit.reader.new_email)
    if not visit.acts:
        return visit.page("move", address=shown)
    try:
        consent.change_address(visit.reader, now=visit.now, origin=visit.origin)
    except StateError:
        return visit.page("not_moved", status=409)
    visit.reader.refresh_from_db()
    return visit.page("moved", address=shown, preferences_token=make_token(visit.reader, "preferences"))


@linked("my-data")
def export(visit: Visit, kind: str) -> HttpResponse:
    """All that is kept of the reader, as a file: ``kind`` is json or csv."""
    if kind == "json":
        answer = HttpResponse(portability.as_json(visit.reader), content_type="application/json")
    else:
        answer = HttpResponse(portability.as_csv(visit.reader), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="paperpost.{kind}"'
    return answer


@linked("my-data")
def erase(visit: Visit) -> HttpResponse:
    """Forget the reader: a page that asks, and a button that does it."""
    if not visit.acts:
        return visit.page("erase")
    portability.erase(visit.reader, now=visit.now)
    return visit.page("erased")
