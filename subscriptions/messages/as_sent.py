"""A digest as it was sent: with the papers that were in it, and the revisions that it carried."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from newsletter.errors import InvalidInput
from subscriptions.carried import Carried, read_carried
from subscriptions.corrections.owing import told_by
from subscriptions.messages import assemble, compose_digest, fit_digest
from subscriptions.messages.previews import MailPreview, nobody, opened
from subscriptions.messages.render_cache import RenderCache
from subscriptions.messages.rows import BatchRows, spoken
from subscriptions.models import Delivery
from subscriptions.picks import PINNED, Pick, Picks

_UNSAVED = -1
_NOBODY = "reader@example.org"


class SentCache(RenderCache):
    """Shows papers also where they were hidden or withdrawn since."""

    def __init__(self) -> None:
        super().__init__(BatchRows(also_withdrawn=True))

    @override
    def hidden_from(self, picks: Picks) -> Collection[int]:
        return frozenset()


def preview_as_sent(delivery: Delivery, *, to: str) -> MailPreview:
    """The mail of a delivery with the revisions it carried; written to ``to``, its links are nobody's.

    What papers' sources say (titles, votes), topics and notes are those of today. Raises InvalidInput where
    it is not known what the delivery carried: nothing was sent, or that was before it was kept.
    """
    carried = carried_by_row(delivery)
    if carried is None:
        raise InvalidInput(
            "It is not known what this digest carried: it was not sent, or before that was kept."
        )
    picks = delivery.picks
    row = Delivery(
        pk=delivery.pk,
        subscriber_id=delivery.subscriber_id,
        day=delivery.day,
        language=delivery.language,
        created_at=delivery.created_at,
        picks=replace(
            picks,
            papers=tuple([pick for pick in picks.papers if pick.paper in carried.cards]),
            also=tuple([paper for paper in picks.named if paper in carried.lines]),
        ),
    )
    return _shown(row, carried, to=to, at=delivery.settled_at or delivery.created_at)


def preview_revision(paper: int, language: str, number: int, *, at: datetime) -> MailPreview:
    """A digest of ``paper`` (id) alone, whose summary is the revision ``number``; its links are nobody's."""
    row = Delivery(
        pk=_UNSAVED,
        subscriber_id=_UNSAVED,
        day=at.date(),
        language=language,
        created_at=at,
        picks=Picks(papers=(Pick(paper, (PINNED,)),), new=1),
    )
    return _shown(row, Carried(cards={paper: number}), to=_NOBODY, at=at)


def carried_by_row(delivery: Delivery) -> Carried | None:
    """What a row of the ledger says that its mail carried; None where that is not known."""
    picks = delivery.picks
    papers = [pick.paper for pick in picks.papers]
    return read_carried(delivery.revisions, papers=papers, also=picks.also)


def _shown(row: Delivery, carried: Carried, *, to: str, at: datetime) -> MailPreview:
    cache = SentCache()
    cache.refresh([row], corrections=told_by([row]))
    language = spoken(row.language)
    cache.show_revisions(
        {(paper, language): number for paper, number in {**carried.lines, **carried.cards}.items()}
    )
    digest = compose_digest(row, cache)
    if digest is None:
        raise InvalidInput("Nothing is left of this digest: its papers are gone.")
    return opened(assemble(row, nobody(to), *fit_digest(digest), now=at))
