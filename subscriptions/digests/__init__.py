"""Which papers a reader gets: candidates, ranking, updates, and what is needed for all of it."""

from subscriptions.digests.choosing import choose_batch
from subscriptions.digests.histories import NEWS_DAYS

__all__ = ["NEWS_DAYS", "choose_batch"]
