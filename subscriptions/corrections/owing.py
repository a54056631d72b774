"""Who is told of a correction: gathered once it is confirmed, given to the next digest, said in it.

A digest that fails or is skipped has told nothing: the next one does. One of which it is not known whether
it arrived counts as told, as everywhere: at most once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Subquery

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.languages import DEFAULT_LANGUAGE
from newsletter.models import Correction, Summary
from newsletter.models.states import CorrectionKind, CorrectionState
from newsletter.rendering.corrections import ToldCorrection
from newsletter.set_aside import isolating
from subscriptions import stages
from subscriptions.corrections.reach import Reach, is_in_flight, reach_of
from subscriptions.models import Delivery, OwedCorrection, Subscriber
from subscriptions.models.states import CorrectionMailState, DeliveryState, SubscriberState

TOLD_FOR = timedelta(days=90)  # who pauses for longer is not told any more
MOST_AT_ONCE = 5  # corrections in one digest; the others are told by the next
_MAY_COME_BACK = (SubscriberState.ACTIVE, SubscriberState.PAUSED)


# -- who ----------------------------------------------------------------------------------------------------


def gather(*, now: datetime) -> int:
    """Write down for each confirmed correction who had what it is about; returns how many readers are new.

    May run twice, and be ended anywhere: who is there already stays as it is. While a digest with the paper
    is being sent, it is looked for again the next time. A correction that fails is set aside.
    """
    with isolating(stages.CORRECTIONS, now=now) as run:
        confirmed = Correction.objects.filter(state=CorrectionState.CONFIRMED).order_by("pk")
        return sum(run.each(run.wanted(list(confirmed)), _gather_one))


def _gather_one(correction: Correction) -> int:
    # Before the readers are looked for: what is claimed from now on is made of the corrected text.
    is_complete = not is_in_flight(correction.paper_id)
    reach = reach_of(correction.paper_id, [correction.language]).get(correction.language, Reach())
    count = 0
    for ids in chunked(sorted(reach.concerned(correction)), IDS_A_QUERY):
        known = OwedCorrection.objects.filter(correction=correction, subscriber__in=ids)
        readers = Subscriber.objects.filter(pk__in=ids, state__in=_MAY_COME_BACK)
        rows = [
            OwedCorrection(
                correction=correction,
                subscriber_id=reader,
                mail_state=CorrectionMailState.OWED if correction.has_mail else CorrectionMailState.NONE,
            )
            for reader in set(readers.values_list("pk", flat=True))
            - set(known.values_list("subscriber_id", flat=True))
        ]
        OwedCorrection.objects.bulk_create(rows, ignore_conflicts=True)
        count += len(rows)
    if is_complete:
        Correction.objects.filter(pk=correction.pk, state=CorrectionState.CONFIRMED).update(
            state=CorrectionState.GATHERED
        )
    return count


# -- by which digest ----------------------------------------------------------------------------------------


def give_to(rows: Sequence[Delivery], *, now: datetime) -> int:
    """Have the digests ``rows``, just queued at ``now``, tell what their readers have coming; how many.

    In the transaction that queued them. One query where there is no correction of late.
    """
    recent = Correction.objects.public().filter(confirmed_at__gte=now - TOLD_FOR)
    if not rows or not recent.exists():
        return 0
    owed: dict[int, list[int]] = defaultdict(list)
    untold = OwedCorrection.objects.untold().filter(
        subscriber__in=[row.subscriber_id for row in rows], correction__confirmed_at__gte=now - TOLD_FOR
    )
    for pk, reader in untold.order_by("correction_id").values_list("pk", "subscriber_id"):
        owed[reader].append(pk)
    given = [pk for of_reader in owed.values() for pk in of_reader[:MOST_AT_ONCE]]
    queued = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"), created_at=now, state=DeliveryState.QUEUED
    )
    for ids in chunked(given, IDS_A_QUERY):
        OwedCorrection.objects.filter(pk__in=ids).update(delivery=Subquery(queued.values("pk")[:1]))
    return len(given)


def told_by(deliveries: Iterable[Delivery]) -> dict[int, tuple[ToldCorrection, ...]]:
    """What each of ``deliveries`` (by id) says of corrections. One query."""
    rows = OwedCorrection.objects.filter(delivery__in=[row.pk for row in deliveries if row.pk])
    told: dict[int, list[ToldCorrection]] = defaultdict(list)
    titles = Summary.objects.filter(
        paper=OuterRef("correction__paper"), language=OuterRef("correction__language")
    )
    columns = rows.annotate(own_title=Subquery(titles.values("title")[:1])).order_by("correction_id")
    for delivery, *row in columns.values_list("delivery_id", *_COLUMNS):
        told[delivery].append(_told(row))
    return {delivery: tuple(corrections) for delivery, corrections in told.items()}


_COLUMNS = (
    *("correction__paper__arxiv_id", "correction__paper__title", "own_title", "correction__language"),
    *("correction__kind", "correction__old", "correction__right"),
)


def _told(row: Sequence[Any]) -> ToldCorrection:
    """What is told of one row of :data:`_COLUMNS`."""
    arxiv_id, title, own_title, language, kind, old, right = row
    return ToldCorrection(
        arxiv_id=arxiv_id,
        title=own_title or title,
        title_language=language if own_title else DEFAULT_LANGUAGE,
        language=language,
        is_recall=kind == CorrectionKind.RECALL,
        old=old,
        right=right,
    )


def told_of(correction: Correction) -> ToldCorrection:
    """The same for one correction. One query, and one for its paper."""
    paper, language = correction.paper, correction.language
    own_title = Summary.objects.filter(paper=paper, language=language).values_list("title", flat=True).first()
    facts = (paper.arxiv_id, paper.title, own_title, language)
    return _told((*facts, correction.kind, correction.old, correction.right))


# -- by a mail of its own -----------------------------------------------------------------------------------


def take_mail(owed: OwedCorrection, *, now: datetime) -> bool:
    """Whether the mail of ``owed`` is now the caller's alone to send. Committed before it leaves."""
    due = OwedCorrection.objects.mails_due(now).filter(pk=owed.pk)
    taken = due.update(
        mail_state=CorrectionMailState.SENDING, mail_at=now, mail_attempts=F("mail_attempts") + 1
    )
    return bool(taken)


def settle_mail(
    owed: OwedCorrection,
    state: CorrectionMailState,
    *,
    now: datetime,
    retry_at: datetime | None = None,
    counts: bool = True,
) -> None:
    """What became of a mail that was taken. An attempt that does not count (no mail left) is given back."""
    taken = OwedCorrection.objects.filter(pk=owed.pk, mail_state=CorrectionMailState.SENDING)
    attempts = F("mail_attempts") if counts else F("mail_attempts") - 1
    taken.update(mail_state=state, mail_at=now, retry_at=retry_at, mail_attempts=attempts)


def doubt_abandoned(*, now: datetime) -> int:
    """Mails that a dead sender was sending may have arrived; only for the holder of the senders' lock."""
    abandoned = OwedCorrection.objects.filter(mail_state=CorrectionMailState.SENDING)
    return abandoned.update(mail_state=CorrectionMailState.UNCERTAIN, mail_at=now)
