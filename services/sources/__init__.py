"""A local server that speaks arXiv's and Hugging Face's true wire formats from records in memory.

``with SourceServer(papers=[...], daily={day: rows}) as server:`` and point ``ARXIV_API_URL`` and its sisters
at ``server.url``. The demo serves the bundled sample with it, the tests serve recorded days and inject
faults.
"""

from services.sources.server import LogEntry, Request, Response, SourceServer

__all__ = ["LogEntry", "Request", "Response", "SourceServer"]
