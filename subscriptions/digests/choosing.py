"""Which papers a reader's digest holds: read for a thousand readers at once, then chosen for each alone.

Candidates are what the reader's topics and own queries brought since the reader's last digest. Nothing goes
to a reader twice, nothing that an editor hid, and nothing that is no news any more (:data:`NEWS_DAYS`). Only
who asks for it gets notable new versions of what was sent (:mod:`subscriptions.digests.updates`). Who liked
papers has an order of one's own (:mod:`subscriptions.digests.own_order`); the others have everybody's. For a
share of the former both orders are interleaved, so that votes tell which is better.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.conf import settings

from subscriptions.digests.candidates import CandidateIndex, CandidateIndexCache, Mask, TopicCandidates
from subscriptions.digests.interleaving import Interleaved, interleave, is_in_trial
from subscriptions.digests.own_order import OwnSelection, Seeker, select_by_taste
from subscriptions.digests.ranking import Constraints, Selection, select
from subscriptions.digests.reasons import brought_by, taste_reasons, wish_reasons
from subscriptions.digests.situations import Batch, Situation, candidates_of, load_situations
from subscriptions.digests.tastes import ReaderTaste, tastes_of
from subscriptions.digests.updates import Update, may_go_alone, most_beside_new, pick_of
from subscriptions.models import Subscriber
from subscriptions.picks import PINNED, Pick, Picks, Reason, Team, Wish

ALSO = 20
"""How many papers that missed the cut are named in one line each."""
_NO_TEAMS: Mapping[int, Team] = {}


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reader gets on the reader's own ``day``.

    ``picks`` is None when there is nothing to send, and ``reason`` says why. ``edition_day`` is what to
    remember as the last day that the reader has had.
    """

    subscriber_id: int
    day: date
    picks: Picks | None
    reason: str = ""
    edition_day: date | None = None


@dataclass(frozen=True, slots=True)
class _Offer:
    """What there is for one reader who gets a digest: ``papers`` of the index, ``new`` of them.

    ``refused`` and ``pinned`` are places in the index. ``waits``: some papers come with the next digest.
    """

    situation: Situation
    by_wish: Mapping[Wish, TopicCandidates]
    papers: Mask
    refused: Sequence[int]
    pinned: frozenset[int]
    updates: Sequence[Update]
    new: int
    waits: bool

    @property
    def size(self) -> int:
        """Places for new papers."""
        return self.situation.reader.size - len(self.updates)


def choose_batch(
    subscribers: Sequence[Subscriber],
    *,
    now: datetime,
    index_cache: CandidateIndexCache | None = None,
    topics: Mapping[int, tuple[int, ...]] | None = None,
    is_dry: bool = False,
) -> list[Choice]:
    """A choice for each of ``subscribers``, in their order. Reads with a constant number of queries.

    A run over many batches passes the same ``index_cache`` each time: the candidates are then read for many.
    ``topics`` are those of readers who stand in no table, by the reader's id. A dry choice takes summaries
    for written that still can be.
    """
    if not subscribers:
        return []
    batch = Batch.of(subscribers, topics=topics, now=now, is_dry=is_dry)
    index = batch.index_from(index_cache or CandidateIndexCache())
    choices: dict[int, Choice] = {}
    offers: dict[int, _Offer] = {}
    for number, situation in enumerate(load_situations(batch, index)):
        offer = _offer(situation, index, now=now)
        if isinstance(offer, Choice):
            choices[number] = offer
        else:
            offers[number] = offer
    choices.update(_choose(offers, index))
    return [choices[number] for number in range(len(subscribers))]


def _offer(situation: Situation, index: CandidateIndex, *, now: datetime) -> _Offer | Choice:
    """What there is to choose from, or the choice where nothing is to be chosen."""
    reader, day = situation.reader, situation.day
    if not situation.topics and not reader.queries and not situation.updates:
        return Choice(reader.pk, day, None, reason="The reader follows no topic and has no query.")
    by_wish = candidates_of(situation, index)
    if not by_wish:
        reason = "No edition is ready that the reader has not had."
        return _updates_alone(situation, situation.updates, now=now, otherwise=reason)
    hidden = frozenset[int]().union(*[candidates.hidden for candidates in by_wish.values()])
    papers = np.logical_or.reduce([candidates.mask for candidates in by_wish.values()])
    refused = _leave_out((*situation.history.papers, *hidden), papers, index)
    unseen = new = int(np.count_nonzero(papers))
    if situation.late:
        refused += _leave_out(situation.late, papers, index)
        new = int(np.count_nonzero(papers))
    if unseen and not new:
        return Choice(reader.pk, day, None, reason="The summaries of all new papers are still being written.")
    updates = [update for update in situation.updates if update.paper not in hidden]
    if not new:
        reason = "Everything in the reader's editions was sent before."
        return _updates_alone(situation, updates, now=now, otherwise=reason)
    return _Offer(
        situation,
        by_wish,
        papers,
        refused,
        pinned=frozenset[int]().union(*[candidates.pinned for candidates in by_wish.values()]),
        updates=updates[: most_beside_new(reader.size)],
        new=new,
        waits=unseen > new,
    )


def _leave_out(ids: Iterable[int], papers: Mask, index: CandidateIndex) -> list[int]:
    """Take ``ids`` out of ``papers``; returns their places."""
    places = index.places
    out = [places[paper] for paper in ids if paper in places]
    if out:
        papers[out] = False
    return out


def _choose(offers: Mapping[int, _Offer], index: CandidateIndex) -> dict[int, Choice]:
    """The digests of those for whom there is something: by the own order of who has one, else everybody's."""
    tastes = tastes_of([offer.situation.reader for offer in offers.values()])
    seekers = {
        number: _seeker(offer, tastes[offer.situation.reader.pk])
        for number, offer in offers.items()
        if offer.situation.reader.pk in tastes
    }
    own: dict[int, OwnSelection] = dict(select_by_taste(seekers, index, also=ALSO))
    lifted = taste_reasons(own, index)
    choices = {}
    for number, offer in offers.items():
        selection = _selection(offer, own.get(number), index)
        choices[number] = _digest(offer, selection, lifted.get(number, {}), index)
    return choices


def _seeker(offer: _Offer, taste: ReaderTaste) -> Seeker:
    situation = offer.situation
    return Seeker(
        by_wish=offer.by_wish,
        papers=offer.papers,
        since=situation.since,
        size=offer.size,
        pinned=offer.pinned,
        waiting=situation.history.waiting,
        taste=taste,
        seed=f"{situation.reader.pk} {situation.day}",
    )


def _selection(
    offer: _Offer, own: OwnSelection | None, index: CandidateIndex
) -> Selection | OwnSelection | Interleaved:
    """The reader's own order where there is one, else everybody's; both in one for readers in the trial."""
    if own is None:
        return _select(offer, index)
    situation = offer.situation
    if not is_in_trial(situation.reader.pk, settings.RANKING_TRIAL_SHARE):
        return own
    everybodys = _select(offer, index)
    mixed = interleave(
        own.papers,
        everybodys.papers,
        size=offer.size,
        seed=f"{situation.reader.pk} {situation.day}",
        constraints=Constraints(pinned=offer.pinned, alike=index.alike),
    )
    shown = set(mixed.papers)
    missed = dict.fromkeys((*mixed.also, *own.also, *everybodys.also))
    also = tuple([place for place in missed if place not in shown])
    return Interleaved(mixed.papers, also[:ALSO], mixed.teams)


def _select(offer: _Offer, index: CandidateIndex) -> Selection:
    return select(
        {wish: candidates.queue for wish, candidates in offer.by_wish.items()},
        size=offer.size,
        also=ALSO,
        constraints=Constraints(
            pinned=offer.pinned,
            refused=offer.refused,
            waiting=offer.situation.history.waiting,
            alike=index.alike,
        ),
    )


def _digest(
    offer: _Offer,
    selection: Selection | OwnSelection | Interleaved,
    lifted: Mapping[int, Reason],
    index: CandidateIndex,
) -> Choice:
    situation, ids, by_wish = offer.situation, index.papers, offer.by_wish
    reader = situation.reader
    newest = max([candidates.newest for candidates in by_wish.values()])
    teams = selection.teams if isinstance(selection, Interleaved) else _NO_TEAMS
    brought, papers = brought_by(by_wish), []
    for place in selection.papers:
        reasons = wish_reasons(place, brought, index)
        if place in offer.pinned:
            reasons.insert(0, PINNED)
        if place in lifted:
            reasons.append(lifted[place])
        papers.append(Pick(ids[place], tuple(reasons), teams.get(place)))
    picks = Picks(
        papers=(
            *papers,
            *map(pick_of, offer.updates),
        ),
        also=tuple([ids[place] for place in selection.also]),
        day=newest,
        new=offer.new,
        topics=situation.topics,
        editions=tuple([edition for candidates in by_wish.values() for edition in candidates.editions]),
        queried=_queried_besides(offer, selection, index),
    )
    # What waits for its summary comes with the next digest, which looks at the newest editions once more.
    had = newest - timedelta(days=1) if offer.waits else newest
    edition_day = max(had, reader.last_edition_day or had)
    return Choice(reader.pk, situation.day, picks, edition_day=edition_day)


def _updates_alone(
    situation: Situation, updates: Sequence[Update], *, now: datetime, otherwise: str
) -> Choice:
    """A digest of updates where there is no new paper to wait for; else nothing, for the reason given."""
    reader = situation.reader
    if not may_go_alone(updates, now=now):
        return Choice(reader.pk, situation.day, None, reason=otherwise)
    shown = updates[: reader.size]
    picks = Picks(
        papers=tuple([pick_of(update) for update in shown]),
        day=max(update.version.seen_at for update in shown).astimezone(UTC).date(),
        topics=situation.topics,
    )
    return Choice(reader.pk, situation.day, picks)


def _queried_besides(
    offer: _Offer, selection: Selection | OwnSelection | Interleaved, index: CandidateIndex
) -> tuple[int, ...]:
    """What only queries found and nothing names, best first; an edition tells its own papers."""
    if all(kind == "topic" for kind, _ in offer.by_wish):
        return ()
    masks = {
        kind: np.logical_or.reduce(
            [candidates.mask for (of, _), candidates in offer.by_wish.items() if of == kind]
            or [np.zeros(len(index.papers), np.bool_)]
        )
        for kind in ("topic", "query")
    }
    besides = masks["query"] & ~masks["topic"] & offer.papers
    besides[[*selection.papers, *selection.also]] = False
    return tuple([index.papers[place] for place in np.flatnonzero(besides).tolist()])
