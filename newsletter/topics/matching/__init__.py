"""Which papers answer a topic's query, and with which words. Pure: no models, no network.

``parse_query`` reads what an editor or a reader wrote, ``matches`` holds it against one paper, and
:class:`QueryIndex` holds a day's papers against all queries at once. :class:`Measure` says how much a paper
that answers is about what was asked.
"""

from newsletter.topics.matching.evaluation import Match, matches
from newsletter.topics.matching.index import Hit, QueryIndex
from newsletter.topics.matching.paper import PaperText
from newsletter.topics.matching.parser import parse_query, topic_query
from newsletter.topics.matching.query import Query
from newsletter.topics.matching.strength import Evidence, Measure, Rarity

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
