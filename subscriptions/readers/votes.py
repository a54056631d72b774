"""What readers tell by voting: more like this, less like this, or neither after all."""

from datetime import datetime

from newsletter.models import Paper
from subscriptions.models import Subscriber, Vote


def cast(subscriber: Subscriber, paper: Paper, value: int, *, now: datetime) -> None:
    """Count one vote: 1 for more like this, -1 for less, 0 to take it back. The last word counts."""
    if value == 0:
        Vote.objects.filter(subscriber=subscriber, paper=paper).delete()
        return
    Vote.objects.update_or_create(subscriber=subscriber, paper=paper, defaults={"value": value, "at": now})
