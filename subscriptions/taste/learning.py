"""From votes to a profile: vote by vote, or all of them anew.

Every vote is learned with the corpus as it was when the vote was cast, so both ways give the same profile. A
vote costs a constant number of queries.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.db import transaction
from django.db.models import Q

from lib.chunks import chunked
from newsletter.features.corpus import (
    StoredFeatures,
    ensure_features,
    numbers_with_names,
    papers_in_corpus,
    read_features,
    read_numbered,
)
from newsletter.set_aside import ItemKind, isolating
from subscriptions import stages
from subscriptions.models import Delivery, Taste, TasteOverride, Vote
from subscriptions.taste.profile import (
    OTHER_PAPERS,
    RECIPE,
    Forgotten,
    Lesson,
    OtherPaper,
    TasteProfile,
    VotedAuthor,
    learn,
    learned_names,
    sent_mean,
)

SENT_DAYS = 28
SENT_HALF_LIFE = 7.0  # days
VOTES_AT_ONCE = 500
"""So many votes are learned anew within a request: some 3 ms each."""
_LESSONS_AT_ONCE = 50


def prepare(papers: Collection[int], *, now: datetime) -> None:
    """Make what is learned from ``papers`` (ids) ready, before the transaction in which they are voted on."""
    ensure_features(papers, now=now)


def lock_taste(subscriber_id: int, *, now: datetime) -> Taste:
    """The row of what was learned of a reader, locked: votes of one reader are cast one after another."""
    Taste.objects.get_or_create(pk=subscriber_id, defaults={"updated_at": now})
    return Taste.objects.select_for_update().get(pk=subscriber_id)


def learn_vote(vote: Vote, taste: Taste) -> None:
    """Bring ``taste``, which is locked, up to date with its reader's newest vote.

    Where the profile was made by another recipe, or not from all votes, it is made anew.
    """
    vote.corpus = papers_in_corpus()
    vote.save(update_fields=["corpus"])
    is_latest = not Vote.objects.filter(subscriber=taste.pk, at__gt=vote.at).exists()
    if taste.recipe != RECIPE or taste.is_outdated or not is_latest:
        relearn_locked(taste)
        return
    forgotten = _forgotten(vote.subscriber_id)
    profile = TasteProfile.unpack(bytes(taste.profile))
    for lesson in _lessons([vote]):
        profile = learn(profile, lesson, forgotten)
    _keep(taste, _with_sent(profile, vote.subscriber_id, until=vote.at))


def relearn(subscriber_id: int, *, now: datetime) -> None:
    """:func:`relearn_locked` for one reader."""
    with transaction.atomic():
        relearn_locked(lock_taste(subscriber_id, now=now))


def relearn_locked(taste: Taste) -> None:
    """Make a locked taste anew from all votes: after one was taken back, or something was taken out.

    Of a reader with more than :data:`VOTES_AT_ONCE` votes it is done by the next :func:`relearn_outdated`,
    because nobody shall wait for it.
    """
    if Vote.objects.filter(subscriber=taste.pk).count() > VOTES_AT_ONCE:
        taste.is_outdated = True
        taste.save(update_fields=["is_outdated"])
    else:
        _remake(taste)


def profiles_of(readers: Sequence[int]) -> dict[int, TasteProfile]:
    """The stored profiles of ``readers`` (ids) by reader. One query."""
    rows = Taste.objects.filter(pk__in=readers, recipe=RECIPE).values_list("pk", "profile")
    return {reader: TasteProfile.unpack(bytes(packed)) for reader, packed in rows}


def relearn_outdated(*, now: datetime, most: int = 1000) -> int:
    """Make profiles anew that an older recipe made, or that votes have overtaken; at most so many.

    Returns how many. May run twice.
    """
    outdated = Taste.objects.filter(~Q(recipe=RECIPE) | Q(is_outdated=True)).order_by("pk")
    relearned = 0
    with isolating(stages.TASTES, now=now, items=ItemKind(owner=stages.reader)) as run:
        for reader in run.wanted(outdated.values_list("pk", flat=True)[:most]):
            run.one(reader, partial(_remake_for, now=now))
            relearned += 1
    return relearned - len(run.set_aside)


def _remake_for(subscriber_id: int, *, now: datetime) -> None:
    prepare(Vote.objects.filter(subscriber=subscriber_id).values_list("paper", flat=True), now=now)
    with transaction.atomic():
        _remake(lock_taste(subscriber_id, now=now))


def _remake(taste: Taste) -> None:
    votes = list(Vote.objects.filter(subscriber=taste.pk).order_by("at", "pk"))
    undated = [vote for vote in votes if not vote.corpus]
    if undated:
        papers = papers_in_corpus()
        for vote in undated:
            vote.corpus = papers
        Vote.objects.bulk_update(undated, ["corpus"], batch_size=500)
    taste.recipe, taste.is_outdated = RECIPE, False
    _keep(taste, _learned(taste.pk, votes, _forgotten(taste.pk)))


def profile_before(subscriber_id: int, moment: datetime) -> TasteProfile:
    """The profile as votes cast before ``moment`` make it, without what was taken out since.

    Writes nothing: a paper that has no features teaches nothing here.
    """
    votes = list(Vote.objects.filter(subscriber=subscriber_id, at__lt=moment).order_by("at", "pk"))
    if any(not vote.corpus for vote in votes):
        papers = papers_in_corpus()
        for vote in votes:
            vote.corpus = vote.corpus or papers
    return _learned(subscriber_id, votes, _forgotten(subscriber_id, before=moment))


def _learned(subscriber_id: int, votes: Sequence[Vote], forgotten: Forgotten) -> TasteProfile:
    profile = TasteProfile()
    for chunk in chunked(votes, _LESSONS_AT_ONCE):
        for lesson in _lessons(chunk):
            profile = learn(profile, lesson, forgotten)
    return _with_sent(profile, subscriber_id, until=votes[-1].at) if votes else profile


def _keep(taste: Taste, profile: TasteProfile) -> None:
    taste.profile = profile.pack()
    taste.save(update_fields=["profile", "recipe", "is_outdated", "updated_at"])


def _forgotten(subscriber_id: int, *, before: datetime | None = None) -> Forgotten:
    """What the reader took out, and the authors of whom the reader wants fewer."""
    rows = TasteOverride.objects.filter(subscriber=subscriber_id)
    if before is not None:
        rows = rows.filter(at__lt=before)
    by_kind: dict[str, list[int]] = {}
    kinds = (TasteOverride.Kind.AUTHOR, TasteOverride.Kind.TERM)
    for kind, key in rows.filter(kind__in=kinds).values_list("kind", "key"):
        by_kind.setdefault(kind, []).append(int(key))
    terms = sorted(by_kind.get(TasteOverride.Kind.TERM, ()))
    return Forgotten(frozenset(by_kind.get(TasteOverride.Kind.AUTHOR, ())), np.array(terms, np.uint32))


def _lessons(votes: Sequence[Vote]) -> list[Lesson]:
    """What each of ``votes`` teaches, in their order; nothing where its paper's features are missing."""
    stored = read_features([vote.paper_id for vote in votes])
    votes = [vote for vote in votes if vote.paper_id in stored]
    names = {vote.pk: learned_names(stored[vote.paper_id].names) for vote in votes if vote.value > 0}
    wanted = {name for of_vote in names.values() for name in of_vote}
    numbers = numbers_with_names(wanted, until=max((vote.corpus for vote in votes), default=0))
    newest: dict[tuple[int, int], tuple[int, list[int]]] = {}
    for vote in votes:
        own = stored[vote.paper_id].number
        for name in names.get(vote.pk, ()):
            until = bisect_right(numbers.get(name, ()), vote.corpus)
            others = [number for number in numbers.get(name, ())[:until][-OTHER_PAPERS:] if number != own]
            newest[vote.pk, name] = (until, others)
    papers = read_numbered({number for _, others in newest.values() for number in others})
    return [_lesson(vote, stored[vote.paper_id], names, newest, papers) for vote in votes]


def _lesson(
    vote: Vote,
    paper: StoredFeatures,
    names: Mapping[int, Sequence[int]],
    newest: Mapping[tuple[int, int], tuple[int, list[int]]],
    papers: Mapping[int, StoredFeatures],
) -> Lesson:
    authors = []
    for name in names.get(vote.pk, ()):
        count, others = newest[vote.pk, name]
        known = [papers[number] for number in others if number in papers]
        authors.append(VotedAuthor(name, count, [OtherPaper(one.vector, one.names) for one in known]))
    return Lesson(vote.paper_id, vote.value, paper.vector, authors, vote.corpus)


def _with_sent(profile: TasteProfile, subscriber_id: int, *, until: datetime) -> TasteProfile:
    """``profile`` with the mean of what was sent in the weeks before ``until`` and not voted on."""
    days: dict[int, datetime] = {}
    since = until - timedelta(days=SENT_DAYS)
    rows = Delivery.objects.arrived().filter(
        subscriber=subscriber_id, created_at__gt=since, created_at__lt=until
    )
    for at, picks in rows.order_by("created_at").values_list("created_at", "picks"):
        days.update({pick.paper: at for pick in picks.papers})
    for paper in Vote.objects.filter(subscriber=subscriber_id, at__lte=until).values_list("paper", flat=True):
        days.pop(paper, None)
    stored = read_features(days)
    ages = {paper: (until - at).total_seconds() / 86400 for paper, at in days.items()}
    weighed = [
        (stored[paper].vector, 0.5 ** (ages[paper] / SENT_HALF_LIFE)) for paper in days if paper in stored
    ]
    return replace(profile, sent=sent_mean(weighed))
