"""Who has agreed to what: sign up, confirm, change, pause, unsubscribe, with the proof kept.

Every change is one transaction and writes one :class:`~subscriptions.models.ConsentEvent`; who leaves, comes
back or moves stands in the journal of wishes too. Nothing here sends mail or hands over work: the caller does
that with what is to be said, after the commit.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from newsletter.errors import StateError
from newsletter.models import SetAside, Topic
from newsletter.set_aside import isolating
from subscriptions import journal, stages
from subscriptions.addresses import address_hash
from subscriptions.journal import WishKind
from subscriptions.models import ConsentEvent, SignUp, Subscriber, Subscription, Suppression
from subscriptions.readers import welcomes
from subscriptions.readers.clock import local_day, next_due, zone_of
from subscriptions.readers.wishes import Wishes

# Counts up when what the form and the confirmation page say changes; the proof names it.
TEXT_VERSION = "2026-12"
FORGET_DAYS = 14
FORGOTTEN_AT_ONCE = 500

# Whoever asked not to be written to again is not written to, whoever fills in the form with that address.
# A reader who bounced or was erased may come back: by a confirmation from that mailbox, and only by it.
_FINAL = (Suppression.Reason.COMPLAINED, Suppression.Reason.OPERATOR)


def sign_up(*, email: str, wishes: Wishes, page_language: str, origin: str, now: datetime) -> SignUp:
    """Keep a form for a worker to receive. One insert, the same whatever is known of the address.

    ``email`` is normalised (:func:`subscriptions.addresses.normalise`); ``origin`` is a keyed hash.
    """
    return SignUp.objects.create(
        email=email,
        wishes=wishes.as_json(),
        language=page_language,
        text_version=TEXT_VERSION,
        origin_hash=origin,
        at=now,
    )


@transaction.atomic
def receive(sign_up_id: int) -> tuple[str, Subscriber] | None:
    """Note a kept form, and make a pending subscriber for an address that has none.

    The form of somebody who is known changes nothing before it is confirmed: its wishes wait in its consent
    event, because whoever filled it in may be a stranger. Returns the kind of notice to send ("confirm" or
    "already") and to whom; None when there is nothing to say: the form was received before, or its address
    must not be written to.
    """
    form = SignUp.objects.select_for_update().filter(pk=sign_up_id).first()
    if form is None:
        return None
    form.delete()
    if Suppression.objects.of(form.email).filter(reason__in=_FINAL).exists():
        return None
    subscriber = Subscriber.objects.select_for_update().filter(email__iexact=form.email).first()
    if subscriber and subscriber.state in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED):
        return "already", subscriber
    if subscriber is not None and _was_asked_since_it_bounced(subscriber, now=form.at):
        return None
    wishes = Wishes.from_json(form.wishes)
    if subscriber is None:
        subscriber = Subscriber(email=form.email, state=Subscriber.State.PENDING, taste=_taste_after(form))
        _write(subscriber, wishes)
    ConsentEvent.objects.create(
        subscriber=subscriber,
        kind=ConsentEvent.Kind.SIGNED_UP,
        at=form.at,
        text_version=form.text_version,
        language=form.language,
        origin_hash=form.origin_hash,
        detail=wishes.as_json(),
    )
    return "confirm", subscriber


def wishes_of_form(subscriber: Subscriber, form: int | None = None) -> Wishes | None:
    """What the sign-up form with the consent event ``form``, or the last one, asked for; None if not kept."""
    events = ConsentEvent.objects.filter(subscriber=subscriber, kind=ConsentEvent.Kind.SIGNED_UP)
    event = (events if form is None else events.filter(pk=form)).order_by("-pk").first()
    return Wishes.from_json(event.detail) if event and "language" in event.detail else None


@transaction.atomic
def confirm(
    subscriber: Subscriber, *, now: datetime, form: int | None = None, origin: str = ""
) -> Subscriber:
    """The reader pressed the button on the page of the confirmation link: from now on mail may be sent.

    What the form asked for (the last one, if none is named) holds from now on, and the first digest is due at
    once, with a welcome (:mod:`subscriptions.readers.welcomes`). Raises
    :class:`~newsletter.errors.StateError` for who reads already, or must not be written to.
    """
    fresh = _locked(subscriber)
    is_refused = Suppression.objects.of(fresh.email).filter(reason__in=_FINAL).exists()
    if fresh.state in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED) or is_refused:
        raise StateError("This subscription is not waiting for a confirmation.")
    wishes = wishes_of_form(fresh, form)
    if wishes is None and fresh.state != Subscriber.State.PENDING:
        raise StateError("This subscription is not waiting for a confirmation.")
    fresh.state = Subscriber.State.ACTIVE
    fresh.confirmed_at = fresh.next_due_at = now
    fresh.last_edition_day = fresh.paused_until = None
    if fresh.taste == Subscriber.Taste.UNTOLD and _names_profiling(fresh, form):
        fresh.taste = Subscriber.Taste.ON
    if wishes is None:
        fresh.save()
    else:
        _write(fresh, wishes)
    Suppression.objects.of(fresh.email).exclude(reason__in=_FINAL).delete()
    _note(fresh, ConsentEvent.Kind.CONFIRMED, now=now, origin=origin)
    journal.note(WishKind.REJOINED, address_hash(fresh.email))
    welcomes.owe(fresh.pk, now=now)
    return fresh


def _taste_after(form: SignUp) -> str:
    """Votes count at once for who signed up by a text that says so; others are told first."""
    return Subscriber.Taste.ON if form.text_version == TEXT_VERSION else Subscriber.Taste.UNTOLD


def _names_profiling(subscriber: Subscriber, form: int | None) -> bool:
    """Whether the form that is confirmed had the text that says what votes do."""
    events = ConsentEvent.objects.filter(subscriber=subscriber, kind=ConsentEvent.Kind.SIGNED_UP)
    event = (events if form is None else events.filter(pk=form)).order_by("-pk").first()
    return event is not None and event.text_version == TEXT_VERSION


@transaction.atomic
def unsubscribe(subscriber: Subscriber, *, now: datetime, how: str, origin: str = "") -> bool:
    """No more mail to this reader, from this moment. ``how``: "one-click", "page", "mail" or "preferences".

    Returns whether anything changed: doing it twice is fine.
    """
    fresh = _locked(subscriber)
    if fresh.state in (Subscriber.State.UNSUBSCRIBED, Subscriber.State.SUPPRESSED):
        return False
    fresh.state = Subscriber.State.UNSUBSCRIBED
    fresh.next_due_at = fresh.paused_until = None
    fresh.save()
    _note(fresh, ConsentEvent.Kind.UNSUBSCRIBED, now=now, origin=origin, detail={"how": how})
    journal.note(WishKind.LEFT, address_hash(fresh.email))
    return True


@transaction.atomic
def undo_unsubscribe(
    subscriber: Subscriber, *, now: datetime, next_due_at: datetime, origin: str = ""
) -> None:
    """Take back the last :func:`unsubscribe`. Someone who never confirmed stays unconfirmed.

    Raises :class:`~newsletter.errors.StateError` when the reader is not unsubscribed.
    """
    fresh = _locked(subscriber)
    if fresh.state != Subscriber.State.UNSUBSCRIBED or fresh.confirmed_at is None:
        raise StateError("There is nothing to undo.")
    fresh.state = Subscriber.State.ACTIVE
    fresh.next_due_at = next_due_at
    fresh.save()
    fresh.deliveries.go_on(now)
    _note(fresh, ConsentEvent.Kind.RESUMED, now=now, origin=origin, detail={"how": "undo"})
    journal.note(WishKind.REJOINED, address_hash(fresh.email))


@transaction.atomic
def change(
    subscriber: Subscriber, wishes: Wishes, *, now: datetime, next_due_at: datetime, origin: str = ""
) -> Subscriber:
    """The reader's wishes from now on; the next digest at ``next_due_at`` if the reader is active."""
    fresh = _locked(subscriber)
    if fresh.state == Subscriber.State.ACTIVE:
        fresh.next_due_at = next_due_at
    _write(fresh, wishes)
    _note(fresh, ConsentEvent.Kind.CHANGED, now=now, origin=origin, detail=wishes.as_json())
    return fresh


@transaction.atomic
def unfollow(subscriber: Subscriber, slug: str, *, now: datetime, origin: str = "") -> bool:
    """Stop one topic only. Returns whether it was followed."""
    gone, _ = Subscription.objects.filter(subscriber=subscriber, topic__slug=slug).delete()
    if gone:
        _note(subscriber, ConsentEvent.Kind.CHANGED, now=now, origin=origin, detail={"unfollowed": slug})
    return bool(gone)


@transaction.atomic
def change_queries(
    subscriber: Subscriber, queries: Sequence[str], *, now: datetime, origin: str = ""
) -> None:
    """The reader's own searches from now on."""
    Subscriber.objects.filter(pk=subscriber.pk).update(queries=list(queries))
    subscriber.queries = list(queries)
    detail: dict[str, object] = {"queries": list(queries)}
    _note(subscriber, ConsentEvent.Kind.CHANGED, now=now, origin=origin, detail=detail)


@transaction.atomic
def pause(subscriber: Subscriber, *, until: date, now: datetime, origin: str = "") -> None:
    """No mail until the reader's own morning of ``until``. Raises StateError unless active or paused."""
    fresh = _locked(subscriber)
    if fresh.state not in (Subscriber.State.ACTIVE, Subscriber.State.PAUSED):
        raise StateError("Only a running subscription can be paused.")
    fresh.state = Subscriber.State.PAUSED
    fresh.paused_until = until
    fresh.next_due_at = None
    fresh.save()
    _note(fresh, ConsentEvent.Kind.PAUSED, now=now, origin=origin, detail={"until": until.isoformat()})


@transaction.atomic
def resume(subscriber: Subscriber, *, now: datetime, next_due_at: datetime, origin: str = "") -> None:
    """End a pause. Raises StateError unless paused."""
    fresh = _locked(subscriber)
    if fresh.state != Subscriber.State.PAUSED:
        raise StateError("This subscription is not paused.")
    fresh.state = Subscriber.State.ACTIVE
    fresh.paused_until = None
    fresh.next_due_at = next_due_at
    fresh.save()
    fresh.deliveries.go_on(now)
    _note(fresh, ConsentEvent.Kind.RESUMED, now=now, origin=origin)


def wish_for_address(subscriber: Subscriber, new_email: str) -> None:
    """Note where the reader wants the digest to go; nothing goes there until that address has agreed."""
    subscriber.new_email = new_email
    Subscriber.objects.filter(pk=subscriber.pk).update(new_email=new_email)


@transaction.atomic
def change_address(subscriber: Subscriber, *, now: datetime, origin: str = "") -> None:
    """The new address has agreed, as the old one did by its link: the digest goes there, and old links end.

    Raises :class:`~newsletter.errors.StateError` when another reader has that address, when it must not be
    written to, or when nothing was wished for. The note keeps the old address' hash: what comes back late
    about it is not held against the new one.
    """
    fresh = _locked(subscriber)
    old, wished = address_hash(fresh.email), fresh.new_email
    taken = Subscriber.objects.filter(email__iexact=wished).exclude(pk=fresh.pk).exists()
    refused = Suppression.objects.of(wished).filter(reason__in=_FINAL).exists()
    if not wished or taken or refused:
        raise StateError("The digest cannot move to this address.")
    fresh.email, fresh.new_email = wished, ""
    fresh.links_epoch += 1
    fresh.save()
    Suppression.objects.of(wished).exclude(reason__in=_FINAL).delete()
    _note(fresh, ConsentEvent.Kind.CHANGED, now=now, origin=origin, detail={"address": "moved", "was": old})
    journal.note(WishKind.MOVED, old, to_hash=address_hash(wished))


@transaction.atomic
def renew_links(subscriber: Subscriber, *, now: datetime, origin: str = "") -> Subscriber:
    """Make all earlier links of the reader invalid, but for those that unsubscribe."""
    fresh = _locked(subscriber)
    fresh.links_epoch += 1
    fresh.save()
    _note(fresh, ConsentEvent.Kind.CHANGED, now=now, origin=origin, detail={"links": "renewed"})
    return fresh


def moves(subscriber: Subscriber) -> list[tuple[datetime, str]]:
    """When the digest moved to another address, and the hash of the one it left; in the order of time."""
    return [
        (at, detail["was"])
        for at, detail in ConsentEvent.objects.filter(
            subscriber=subscriber, kind=ConsentEvent.Kind.CHANGED, detail__address="moved"
        )
        .order_by("at", "pk")
        .values_list("at", "detail")
    ]


def wake(now: datetime) -> int:
    """End the pauses whose day has come on the reader's own calendar. Returns how many."""
    paused = Subscriber.objects.filter(
        state=Subscriber.State.PAUSED, paused_until__lte=now.date() + timedelta(days=1)
    )
    with isolating(stages.WAKING, now=now) as run:
        return sum(run.each(paused.iterator(chunk_size=500), partial(_wake_one, now=now)))


def _wake_one(reader: Subscriber, *, now: datetime) -> bool:
    if not reader.paused_until or reader.paused_until > local_day(now, reader.time_zone):
        return False
    midnight = datetime.combine(reader.paused_until, time(), tzinfo=zone_of(reader.time_zone))
    due = next_due(
        midnight - timedelta(minutes=1),
        zone=reader.time_zone,
        hour=reader.hour,
        cadence=reader.cadence,
        weekday=reader.weekday,
    )
    resume(reader, now=now, next_due_at=due)
    return True


def forget_unconfirmed(now: datetime) -> int:
    """Delete those who never confirmed, :data:`FORGET_DAYS` after the last form with their address.

    Who was a reader once, and whose address somebody entered again, is unsubscribed as before. Returns how
    many were deleted.
    """
    pending = Subscriber.objects.pending_since(now - timedelta(days=FORGET_DAYS))
    pending.exclude(confirmed_at=None).update(state=Subscriber.State.UNSUBSCRIBED)
    ids = pending.filter(confirmed_at=None).order_by("pk").values_list("pk", flat=True)
    forgotten = last = 0
    with isolating(stages.FORGETTING, now=now) as run:
        while chunk := list(ids.filter(pk__gt=last)[:FORGOTTEN_AT_ONCE]):
            last = chunk[-1]
            forgotten += sum(run.together(chunk, _forget))
    return forgotten


@transaction.atomic
def _forget(ids: Sequence[int]) -> int:
    SetAside.objects.filter(owner__in=[stages.reader(pk) for pk in ids]).delete()
    return Subscriber.objects.filter(pk__in=ids).delete()[1].get("subscriptions.Subscriber", 0)


def _was_asked_since_it_bounced(subscriber: Subscriber, *, now: datetime) -> bool:
    """Whether an address that bounced has had its confirmation: one, until the unconfirmed are forgotten."""
    bounced = Suppression.objects.of(subscriber.email).filter(reason=Suppression.Reason.BOUNCED)
    at = bounced.values_list("at", flat=True).first()
    sign_ups = ConsentEvent.objects.filter(subscriber=subscriber, kind=ConsentEvent.Kind.SIGNED_UP)
    return at is not None and sign_ups.filter(at__gt=max(at, now - timedelta(days=FORGET_DAYS))).exists()


def _locked(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.select_for_update().get(pk=subscriber.pk)


def _write(subscriber: Subscriber, wishes: Wishes) -> None:
    """Save ``subscriber`` with ``wishes``, and follow exactly those topics of them that there are."""
    subscriber.language = wishes.language
    subscriber.time_zone = wishes.time_zone
    subscriber.hour = wishes.hour
    subscriber.cadence = wishes.cadence
    subscriber.weekday = wishes.weekday
    subscriber.size = wishes.size
    subscriber.queries = list(wishes.queries)
    subscriber.wants_updates = wishes.wants_updates
    if wishes.layout != (subscriber.layout or settings.DIGEST_LAYOUT):  # else it may stay the operator's
        subscriber.layout = wishes.layout
    subscriber.groups_topics = wishes.groups_topics
    subscriber.save()
    SetAside.objects.filter(stage=stages.ZONES.slug, item=stages.reader(subscriber.pk)).delete()
    follow_exactly(subscriber, wishes.topics)


def follow_exactly(subscriber: Subscriber, slugs: Iterable[str]) -> None:
    """Make ``slugs`` the reader's topics; those that stay keep their date."""
    wanted = set(Topic.objects.filter(slug__in=list(slugs)).values_list("pk", flat=True))
    followed = set(subscriber.subscriptions.values_list("topic_id", flat=True))
    subscriber.subscriptions.filter(topic_id__in=followed - wanted).delete()
    Subscription.objects.bulk_create(
        [Subscription(subscriber=subscriber, topic_id=topic) for topic in sorted(wanted - followed)],
        ignore_conflicts=True,
    )


def note_change(subscriber: Subscriber, detail: dict[str, object], *, now: datetime, origin: str) -> None:
    """Keep the proof of a change that the reader made, of which ``detail`` says what."""
    _note(subscriber, ConsentEvent.Kind.CHANGED, now=now, origin=origin, detail=detail)


def _note(
    subscriber: Subscriber, kind: str, *, now: datetime, origin: str, detail: dict[str, object] | None = None
) -> None:
    ConsentEvent.objects.create(
        subscriber=subscriber,
        kind=kind,
        at=now,
        text_version=TEXT_VERSION,
        language=subscriber.language,
        origin_hash=origin,
        detail=detail or {},
    )
