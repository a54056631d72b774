"""Which papers answer a topic's query, and with which words. Pure: no models, no network.

``parse_query`` reads what an editor or a reader wrote, ``matches`` holds it against one paper, and
:class:`QueryIndex` holds a day's papers against all queries at once. :class:`Measure` says how much a paper
that answers is about what was asked.
"""

from newsletter.matching.evaluation import Match, matches
from newsletter.matching.index import Hit, QueryIndex
from newsletter.matching.paper import PaperText
from newsletter.matching.parser import parse_query, topic_query
from newsletter.matching.query import Query
from newsletter.matching.strength import Evidence, Measure, Rarity

__all__ = [
    "Evidence",
    "Hit",
    "Match",
    "Measure",
    "PaperText",
    "Query",
    "QueryIndex",
    "Rarity",
    "matches",
    "parse_query",
    "topic_query",
]
