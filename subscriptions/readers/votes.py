"""What readers tell by voting: more like this, less like this, or neither after all."""

from datetime import datetime

from django.db import transaction

from newsletter.models import Paper
from subscriptions.models import Subscriber, Vote
from subscriptions.taste.learning import learn_vote, relearn


@transaction.atomic
def cast(subscriber: Subscriber, paper: Paper, value: int, *, now: datetime) -> None:
    """Count one vote: 1 for more like this, -1 for less, 0 to take it back. The last word counts.

    What is learned of the reader's taste changes with it.
    """
    before = Vote.objects.filter(subscriber=subscriber, paper=paper).first()
    if before is not None and before.value == value:
        return
    if value == 0:
        if before is not None:
            before.delete()
            relearn(subscriber.pk, now=now)
        return
    if before is None:
        learn_vote(Vote.objects.create(subscriber=subscriber, paper=paper, value=value, at=now))
        return
    before.value, before.at, before.corpus = value, now, 0
    before.save()
    relearn(subscriber.pk, now=now)
