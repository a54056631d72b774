"""Which papers a reader gets: candidates, ranking, updates, and what is needed for all of it."""

from subscriptions.digests.choosing import NEWS_DAYS, choose_batch

__all__ = ["NEWS_DAYS", "choose_batch"]
