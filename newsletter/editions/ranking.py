"""The orders of papers, as sort keys that end with the arXiv id: no order depends on chance. Pure."""

import math
from datetime import datetime

VOTES_WEIGHT = 0.1  # what the votes of a paper that very many voted for add to its strength
VERY_MANY_VOTES = 200


def by_votes_then_date(
    votes: int, published_at: datetime | None, arxiv_id: str, *, strength: float = 0.0
) -> tuple[int, float, float, str]:
    """Most votes first, then the strongest match (to one decimal), then the newest, then by id."""
    published = published_at.timestamp() if published_at else 0.0
    return -votes, -round(strength, 1), -published, arxiv_id


def by_strength_and_votes(
    strength: float, votes: int, published_at: datetime | None, arxiv_id: str
) -> tuple[float, int, float, float, str]:
    """The order of an edition: the strongest match first, where votes add a tenth at most.

    Strengths count to two decimals; among equals as :func:`by_votes_then_date`.
    """
    liked = min(1.0, math.log1p(votes) / math.log1p(VERY_MANY_VOTES))
    return -round(strength + VOTES_WEIGHT * liked, 2), *by_votes_then_date(votes, published_at, arxiv_id)
