"""What readers tell by voting: more like this, less like this, or neither after all.

All votes of one reader wait for one lock, so that each is learned from what the one before left.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.models import Paper
from subscriptions.models import Subscriber, Vote
from subscriptions.taste.learning import learn_vote, lock_taste, prepare, relearn_locked


def cast(subscriber: Subscriber, paper: Paper, value: int, *, now: datetime) -> None:
    """Count one vote: 1 for more like this, -1 for less, 0 to take it back. The last word counts.

    What is learned of the reader's taste changes with it.
    """
    prepare([paper.pk], now=now)
    with transaction.atomic():
        taste = lock_taste(subscriber.pk, now=now)
        before = Vote.objects.filter(subscriber=subscriber, paper=paper).first()
        if value == (before.value if before else 0):
            return
        if before is not None:
            before.delete()
        if value:
            vote = Vote.objects.create(subscriber=subscriber, paper=paper, value=value, at=now)
            if before is None:
                learn_vote(vote, taste)
                return
        relearn_locked(taste)


def like_all(subscriber: Subscriber, papers: Sequence[Paper], *, now: datetime) -> set[int]:
    """Count "more like this" for all of ``papers`` on which there is no vote yet. Returns their ids.

    The oldest comes first: what was liked last weighs most. What is learned is learned once for all of them.
    """
    prepare([paper.pk for paper in papers], now=now)
    with transaction.atomic():
        taste = lock_taste(subscriber.pk, now=now)
        cast_before = Vote.objects.filter(subscriber=subscriber).values_list("paper", flat=True)
        voted = {
            paper
            for part in chunked([paper.pk for paper in papers], IDS_A_QUERY)
            for paper in cast_before.filter(paper__in=part)
        }
        liked = {paper.pk: paper for paper in papers if paper.pk not in voted}
        in_order = sorted(liked.values(), key=lambda paper: (paper.published_at or now, paper.pk))
        Vote.objects.bulk_create(
            [Vote(subscriber=subscriber, paper=paper, value=1, at=now) for paper in in_order],
            batch_size=1000,
        )
        if liked:
            relearn_locked(taste)
    return set(liked)


@transaction.atomic
def withdraw(subscriber: Subscriber, votes: Collection[int], *, now: datetime) -> None:
    """Take back the votes with these ids, and forget what was learned from them."""
    taste = lock_taste(subscriber.pk, now=now)
    for part in chunked(sorted(votes), IDS_A_QUERY):
        Vote.objects.filter(subscriber=subscriber, pk__in=part).delete()
    if votes:
        relearn_locked(taste)
