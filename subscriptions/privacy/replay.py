"""The wishes of a journal, done again in a database that was restored and so has forgotten them."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError, transaction

from lib.chunks import chunked
from newsletter.errors import StateError
from subscriptions import journal
from subscriptions.addresses import address_hashes
from subscriptions.feedback import events
from subscriptions.journal import Wish, WishKind
from subscriptions.models import ConsentEvent, Departure, OwedNotice, SignUp, Subscriber, Suppression
from subscriptions.models.states import NoticeKind, SuppressionReason
from subscriptions.privacy import portability
from subscriptions.readers import consent, suppressions

HOW = "journal of wishes"
_AT_ONCE = 2000  # readers, or hashes
_SUPPRESSED = {
    WishKind.BOUNCED: SuppressionReason.BOUNCED,
    WishKind.COMPLAINED: SuppressionReason.COMPLAINED,
    WishKind.ERASED: SuppressionReason.ERASED,
    WishKind.OPERATOR: SuppressionReason.OPERATOR,
}
_FINAL = (SuppressionReason.COMPLAINED, SuppressionReason.OPERATOR)
logger = logging.getLogger(__name__)
_Wishes = dict[str, list[Wish]]


def replay(wishes: Iterable[Wish]) -> Counter[str]:
    """Do ``wishes`` in the order of their moments, each reader's together. Nothing is entered anew.

    Counts: ``wishes``; ``readers`` whose rows were changed; ``moved``, who had another address that is not
    known any more and are unsubscribed from the one they left; ``unknown``, who confirmed after the backup
    was taken and are not in it; ``failed`` readers, whose wishes could not be done (the log says why). Holds
    the wishes in memory, some 300 bytes each. May run twice.
    """
    by_hash: _Wishes = defaultdict(list)
    counts: Counter[str] = Counter()
    for wish in wishes:
        by_hash[wish.address_hash].append(wish)
        counts["wishes"] += 1
    for each in by_hash.values():
        each.sort(key=lambda wish: wish.at)  # what the disk did not take at once stands later in the file
    if not by_hash:
        return counts
    with journal.not_noted():
        _forget_erased(by_hash)
        known = _replay_readers(by_hash, counts)
        _replay_rows(by_hash, counts, known=known)
    return counts


def _forget_erased(by_hash: _Wishes) -> None:
    """No form that waits, and no wish to move, brings an address back that was erased."""
    erased = {each for each, wishes in by_hash.items() if any(w.kind is WishKind.ERASED for w in wishes)}
    if not erased:
        return
    forms = SignUp.objects.values_list("pk", "email").iterator(chunk_size=_AT_ONCE)
    SignUp.objects.filter(pk__in=_known_by(erased, forms)).delete()
    moving = Subscriber.objects.exclude(new_email="").values_list("pk", "new_email")
    wishes = _known_by(erased, moving.iterator(chunk_size=_AT_ONCE))
    Subscriber.objects.filter(pk__in=wishes).update(new_email="")


def _known_by(hashes: set[str], addresses: Iterable[tuple[int, str]]) -> list[int]:
    return [pk for pk, address in addresses if not hashes.isdisjoint(address_hashes(address))]


def _replay_readers(by_hash: _Wishes, counts: Counter[str]) -> set[str]:
    """Returns the hashes that belong to a reader of the database."""
    known: set[str] = set()
    addresses = Subscriber.objects.order_by("pk").values_list("pk", "email")
    for some in chunked(addresses.iterator(chunk_size=_AT_ONCE), _AT_ONCE):
        for pk, email in some:
            mine = [each for each in address_hashes(email) if each in by_hash]
            if not mine:
                continue
            known.update(mine)
            own = sorted((wish for each in mine for wish in by_hash[each]), key=lambda wish: wish.at)
            try:
                _replay_one(pk, own, by_hash, counts)
            except (OperationalError, InterfaceError):
                raise  # the database is away: no reader is to blame, and the restore is run again
            except Exception:
                logger.exception("The wishes of reader %s could not be done again.", pk)
                counts["failed"] += 1
            else:
                counts["readers"] += 1
    return known


@transaction.atomic
def _replay_one(pk: int, wishes: Sequence[Wish], by_hash: _Wishes, counts: Counter[str]) -> None:
    for wish in wishes:
        reader = Subscriber.objects.filter(pk=pk).first()
        if reader is None:
            return  # erased; what came after is done to the rows of the hash
        if wish.kind is WishKind.MOVED:
            if _move(reader, wish):
                later = [each for each in by_hash.get(wish.to_hash, ()) if each.at >= wish.at]
                _replay_one(pk, later, by_hash, counts)
                return
            counts["moved"] += 1
        else:
            _ACTS[wish.kind](reader, wish.at)


def _move(reader: Subscriber, wish: Wish) -> bool:
    """Whether the move could be done: the address that was wished for is known."""
    if reader.new_email and wish.to_hash in address_hashes(reader.new_email):
        try:
            consent.change_address(reader, now=wish.at)
        except StateError as error:
            logger.info("Reader %s does not move: %s", reader.pk, error)
        else:
            return True
    consent.unsubscribe(reader, now=wish.at, how=f"{HOW}: moved to another address after the backup")
    return False


def _leave(reader: Subscriber, at: datetime) -> None:
    consent.unsubscribe(reader, now=at, how=HOW)


def _rejoin(reader: Subscriber, at: datetime) -> None:
    """Active as from ``at``; a welcome was sent then."""
    try:
        consent.confirm(reader, now=at)
    except StateError:
        if reader.state != Subscriber.State.UNSUBSCRIBED or _is_refused(reader):
            return
        Subscriber.objects.filter(pk=reader.pk).update(
            state=Subscriber.State.ACTIVE, next_due_at=at, confirmed_at=reader.confirmed_at or at
        )
        ConsentEvent.objects.create(
            subscriber=reader,
            kind=ConsentEvent.Kind.RESUMED,
            at=at,
            language=reader.language,
            detail={"how": HOW},
        )
    OwedNotice.objects.filter(subscriber=reader, kind=NoticeKind.WELCOME).delete()


def _is_refused(reader: Subscriber) -> bool:
    return Suppression.objects.of(reader.email).filter(reason__in=_FINAL).exists()


def _erase(reader: Subscriber, at: datetime) -> None:
    portability.erase(reader, now=at)


def _suppress(reason: SuppressionReason, reader: Subscriber, at: datetime) -> None:
    events.suppress(reader, reason=reason, now=at, why=HOW)


def _depart(reader: Subscriber, at: datetime) -> None:
    """Stops imports only: done to the rows of the hash."""


def _lift(reader: Subscriber, at: datetime) -> None:
    suppressions.lift(reader.email, by=HOW, why=HOW, now=at)


_ACTS: dict[WishKind, Callable[[Subscriber, datetime], None]] = {
    **{kind: partial(_suppress, reason) for kind, reason in _SUPPRESSED.items()},
    WishKind.LEFT: _leave,
    WishKind.REJOINED: _rejoin,
    WishKind.ERASED: _erase,
    WishKind.DEPARTED: _depart,
    WishKind.LIFTED: _lift,
}


def _replay_rows(by_hash: _Wishes, counts: Counter[str], *, known: set[str]) -> None:
    """What is kept of addresses, whether or not a reader has them."""
    for some in chunked(by_hash.items(), _AT_ONCE):
        departed: list[Departure] = []
        with transaction.atomic():
            for address_hash, wishes in some:
                departed += _replay_hash(address_hash, wishes)
                if address_hash not in known and wishes[-1].kind is WishKind.REJOINED:
                    counts["unknown"] += 1
            Departure.objects.bulk_create(departed, ignore_conflicts=True)


def _replay_hash(address_hash: str, wishes: Sequence[Wish]) -> list[Departure]:
    departed = []
    rows = Suppression.objects.filter(address_hash=address_hash)
    for wish in wishes:
        if wish.kind in _SUPPRESSED:
            defaults = {"reason": _SUPPRESSED[wish.kind], "at": wish.at}
            Suppression.objects.get_or_create(address_hash=address_hash, defaults=defaults)
        elif wish.kind is WishKind.REJOINED:
            rows.exclude(reason__in=_FINAL).delete()
        elif wish.kind is WishKind.LIFTED:
            rows.delete()
        if wish.kind in (WishKind.DEPARTED, WishKind.LIFTED):
            departed.append(Departure(address_hash=address_hash, at=wish.at))
    return departed
