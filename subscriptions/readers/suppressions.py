"""Suppressions taken back by an owner: with a reason, recorded, and without making anybody a reader again."""

from datetime import datetime

from django.db import transaction

from subscriptions import journal
from subscriptions.addresses import address_hash, without_addresses
from subscriptions.journal import WishKind
from subscriptions.models import ConsentEvent, Departure, LiftedSuppression, Subscriber, Suppression

LONGEST_REASON = 200  # characters


@transaction.atomic
def lift(address: str, *, by: str, why: str, now: datetime) -> bool:
    """Let ``address`` sign up again, by its own double opt-in; False if it is not suppressed.

    Only keyed hashes are kept, so the address has to be given. Its reader, if there is one, is unsubscribed
    and not active. The record outlives an erasure and therefore holds no address, not even one in ``why``.
    """
    suppressions = list(Suppression.objects.of(address).select_for_update())
    LiftedSuppression.objects.bulk_create(
        LiftedSuppression(
            address_hash=row.address_hash,
            reason=row.reason,
            suppressed_at=row.at,
            at=now,
            by=by[:150],
            why=without_addresses(why, reader=address)[:LONGEST_REASON],
        )
        for row in suppressions
    )
    # An import is no double opt-in: it does not bring the address back.
    for row in suppressions:
        Departure.objects.get_or_create(address_hash=row.address_hash, defaults={"at": now})
    Suppression.objects.filter(pk__in=[row.pk for row in suppressions]).delete()
    journal.note(WishKind.LIFTED, address_hash(address))
    reader = Subscriber.objects.select_for_update().filter(email__iexact=address).first()
    if reader is not None and reader.state == Subscriber.State.SUPPRESSED:
        Subscriber.objects.filter(pk=reader.pk).update(state=Subscriber.State.UNSUBSCRIBED)
        ConsentEvent.objects.create(
            subscriber=reader,
            kind=ConsentEvent.Kind.CHANGED,
            at=now,
            language=reader.language,
            detail={"how": f"suppression lifted by {by}"},
        )
        return True
    return bool(suppressions)
