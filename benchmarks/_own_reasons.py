"""Messages whose every card names something that this one reader liked."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.models import Paper
from subscriptions.messages import assemble, compose_digest, fit_digest
from subscriptions.messages.render_cache import RenderCache
from subscriptions.models import Delivery, Vote
from subscriptions.picks import Pick, by_words


def with_own_reasons(rows: Sequence[Delivery], *, now: datetime) -> list[Delivery]:
    """The rows, each of their papers liked for a paper that hardly any other reader of it liked."""
    liked = list(Paper.objects.order_by("pk").values_list("pk", flat=True))
    named = 0
    for row in rows:
        papers = []
        for pick in row.picks.papers:
            papers.append(
                Pick(pick.paper, (*pick.reasons, by_words("a term", liked=liked[named % len(liked)])))
            )
            named += 1
        row.picks = replace(row.picks, papers=tuple(papers))
    Vote.objects.bulk_create(
        Vote(subscriber_id=row.subscriber_id, paper_id=paper, value=1, at=now)
        for row in rows
        for paper in {reason.liked for pick in row.picks.papers for reason in pick.reasons if reason.liked}
    )
    return list(rows)


def seconds(rows: Sequence[Delivery], cache: RenderCache, *, now: datetime) -> float:
    """How long it takes to compose and join the messages of ``rows``."""
    at = time.perf_counter()
    cache.refresh(rows)
    for row in rows:
        digest = compose_digest(row, cache)
        if digest is not None:
            assemble(row, cache.recipients[row.subscriber_id], *fit_digest(digest), now=now)
    return time.perf_counter() - at
