"""The one gate before every mail: who may be written to, about what.

:data:`WHEN` and :data:`DESPITE` are the whole of it. Nothing reaches a transport without passing here:
digests when they are claimed, every other mail in :mod:`subscriptions.delivery.dispatch`. What the operator
is told of Paperpost itself alone goes past it (:mod:`operations.alarms.mails`): it leaves without a database.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from itertools import chain

from subscriptions.addresses import address_hashes
from subscriptions.models import Delivery, Subscriber, Suppression
from subscriptions.models.states import SubscriberState as State
from subscriptions.models.states import SuppressionReason as Reason


class MailKind(StrEnum):
    """What we write for. A notice's kind is its name in :data:`subscriptions.delivery.notices.KINDS`."""

    DIGEST = "digest"
    CONFIRM = "confirm"
    ALREADY = "already"
    WELCOME = "welcome"
    GOODBYE = "goodbye"
    MY_DATA = "my-data"
    REACH_ADDRESS = "email-confirm"
    LEAVING = "leaving"
    CORRECTION = "correction"
    TEST = "test"
    FORWARD = "forward"  # a reader's own mail, passed on to the editor


_NOBODY = ""  # there is no reader: an operator's own mailbox, or the editor's
_EVERYBODY = frozenset({_NOBODY, *State})

# In which state a reader gets a mail of a kind.
WHEN: dict[MailKind, frozenset[str]] = {
    MailKind.DIGEST: frozenset({State.ACTIVE}),
    MailKind.CONFIRM: frozenset({State.PENDING, State.UNSUBSCRIBED, State.SUPPRESSED}),
    MailKind.ALREADY: frozenset({State.ACTIVE, State.PAUSED}),
    MailKind.WELCOME: frozenset({State.ACTIVE}),
    MailKind.GOODBYE: frozenset({State.UNSUBSCRIBED}),
    MailKind.MY_DATA: frozenset({State.PENDING, State.ACTIVE, State.PAUSED, State.UNSUBSCRIBED}),
    MailKind.REACH_ADDRESS: frozenset({State.PENDING, State.ACTIVE, State.PAUSED, State.UNSUBSCRIBED}),
    MailKind.LEAVING: frozenset({State.ACTIVE, State.PAUSED}),
    MailKind.CORRECTION: frozenset({State.ACTIVE}),
    MailKind.TEST: frozenset({_NOBODY}),
    MailKind.FORWARD: _EVERYBODY,
}

# What an address gets although it is suppressed. Who complained, or was suppressed by the operator, gets
# nothing. A mailbox that bounced may have come back to life, and who was erased may return: each by a
# confirmation that somebody asked for, and by nothing else.
_CONFIRMATIONS = frozenset({MailKind.CONFIRM, MailKind.REACH_ADDRESS, MailKind.FORWARD})
DESPITE: dict[str, frozenset[MailKind]] = {
    Reason.BOUNCED: _CONFIRMATIONS,
    Reason.ERASED: _CONFIRMATIONS,
    Reason.COMPLAINED: frozenset({MailKind.FORWARD}),
    Reason.OPERATOR: frozenset({MailKind.FORWARD}),
}
FINAL = (Reason.COMPLAINED, Reason.OPERATOR)


def why_not(kind: MailKind, *, state: str, reasons: Collection[str]) -> str:
    """Why a mail must not be sent, in a few words; empty if it may. Pure.

    ``state`` is the reader's, empty where there is none; ``reasons`` are those for which the address is
    suppressed. A reason that this table does not know stops everything.
    """
    if not all(kind in DESPITE.get(reason, ()) for reason in reasons):
        return "the address is suppressed"
    if state not in WHEN[kind]:
        return f"the reader is {State(state).label}" if state else "there is no reader"
    return ""


def refusal(kind: MailKind, *, recipient: str, reader: Subscriber | None) -> str:
    """Why this mail must not go to ``recipient``; empty if it may. One query.

    What a reader's present address is suppressed for by the reader's or the operator's will holds for every
    address that the reader names.
    """
    reasons = set(Suppression.objects.of(recipient).values_list("reason", flat=True))
    if reader is not None and reader.email.lower() != recipient.lower():
        final = Suppression.objects.of(reader.email).filter(reason__in=FINAL)
        reasons |= set(final.values_list("reason", flat=True))
    return why_not(kind, state=reader.state if reader else _NOBODY, reasons=reasons)


def refused_digests(rows: Sequence[Delivery]) -> dict[int, str]:
    """Why some of ``rows`` must not be sent, by id; one query however many they are."""
    hashes = {row.pk: address_hashes(row.subscriber.email) for row in rows}
    reason_by_hash = _reasons(chain.from_iterable(hashes.values()))
    refused = {}
    for row in rows:
        reasons = [reason_by_hash[known] for known in hashes[row.pk] if known in reason_by_hash]
        why = why_not(MailKind.DIGEST, state=row.subscriber.state, reasons=reasons)
        if why:
            refused[row.pk] = why
    return refused


def _reasons(hashes: Iterable[str]) -> dict[str, str]:
    rows = Suppression.objects.filter(address_hash__in=set(hashes))
    return dict(rows.values_list("address_hash", "reason"))
