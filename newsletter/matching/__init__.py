"""Which papers answer a topic's query, and with which words. Pure: no models, no network.

``parse_query`` reads what an editor or a reader wrote, ``matches`` holds it against one paper, and
:class:`QueryIndex` holds a day's papers against all queries at once.
"""

from newsletter.matching.evaluation import Match, matches
from newsletter.matching.index import Hit, QueryIndex
from newsletter.matching.paper import PaperText
from newsletter.matching.parser import parse_query, topic_query
from newsletter.matching.query import Query

__all__ = ["Hit", "Match", "PaperText", "Query", "QueryIndex", "matches", "parse_query", "topic_query"]
