"""What readers rule of what was learned of them: take out, want fewer, start anew, switch off and on."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from subscriptions.models import Subscriber, TasteImport, TasteOverride, Vote
from subscriptions.models.states import TasteStance
from subscriptions.readers.consent import note_change
from subscriptions.taste.learning import lock_taste, relearn, relearn_locked

Kind = TasteOverride.Kind

MOST_FEWER = 300
"""Of one reader: each is looked at when papers are put in order, so that the oldest go."""
MOST_FORGOTTEN = 5_000  # far more than a profile holds; none of them goes by itself

_LEARNED = (Kind.AUTHOR, Kind.TERM)


class Subject(NamedTuple):
    """What a reader rules about: ``key`` names it among its kind, ``label`` is what the reader saw."""

    kind: str
    key: str
    label: str


def forget(subscriber: Subscriber, subject: Subject, *, now: datetime) -> None:
    """Take an author or a term out of what was learned: no vote brings it back, until it is lifted."""
    taken_out = TasteOverride.objects.filter(subscriber=subscriber, stance=TasteStance.FORGET)
    if taken_out.count() < MOST_FORGOTTEN:
        _rule(subscriber, subject, TasteStance.FORGET, now=now)


def want_fewer(subscriber: Subscriber, subject: Subject, *, now: datetime) -> None:
    """Have papers of this author, category or topic stand further down.

    What the reader took out stays so: the link by which fewer are wanted may have been passed on.
    """
    taken_out = TasteOverride.objects.filter(
        subscriber=subscriber, kind=subject.kind, key=subject.key, stance=TasteStance.FORGET
    )
    same = TasteOverride.objects.filter(
        subscriber=subscriber, kind=subject.kind, key=subject.key, stance=TasteStance.FEWER
    )
    if not (taken_out.exists() or same.exists()):
        _rule(subscriber, subject, TasteStance.FEWER, now=now)


@transaction.atomic
def _rule(subscriber: Subscriber, subject: Subject, stance: TasteStance, *, now: datetime) -> None:
    TasteOverride.objects.update_or_create(
        subscriber=subscriber,
        kind=subject.kind,
        key=subject.key,
        defaults={"label": subject.label[:300], "stance": stance, "at": now},
    )
    rows = TasteOverride.objects.filter(subscriber=subscriber, stance=TasteStance.FEWER)
    oldest = list(rows.order_by("-at", "-pk").values_list("pk", flat=True)[MOST_FEWER:])
    if oldest:
        TasteOverride.objects.filter(pk__in=oldest).delete()
    if subject.kind in _LEARNED or oldest:
        relearn(subscriber.pk, now=now)


@transaction.atomic
def lift(subscriber: Subscriber, override: TasteOverride, *, now: datetime) -> None:
    """Undo :func:`forget` or :func:`want_fewer`: the votes count for it again."""
    TasteOverride.objects.filter(pk=override.pk, subscriber=subscriber).delete()
    if override.kind in _LEARNED:
        relearn(subscriber.pk, now=now)


@transaction.atomic
def reset(subscriber: Subscriber, *, now: datetime, origin: str = "") -> None:
    """Forget all votes and what was learned from them, what was taken out, and the lists brought along."""
    TasteImport.objects.filter(subscriber=subscriber).drop()  # first: none of them is counted any more
    taste = lock_taste(subscriber.pk, now=now)
    Vote.objects.filter(subscriber=subscriber).delete()
    TasteOverride.objects.filter(subscriber=subscriber).delete()
    relearn_locked(taste)
    note_change(subscriber, {"taste": "reset"}, now=now, origin=origin)


@transaction.atomic
def switch(subscriber: Subscriber, *, is_on: bool, now: datetime, origin: str = "") -> None:
    """Whether votes shape the order of this reader's papers from now on. They are kept either way."""
    state = Subscriber.Taste.ON if is_on else Subscriber.Taste.OFF
    if Subscriber.objects.filter(pk=subscriber.pk).exclude(taste=state).update(taste=state):
        note_change(subscriber, {"taste": state.value}, now=now, origin=origin)
    subscriber.taste = state
