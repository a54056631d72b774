"""The desk of the content. Its pages show and its buttons call stage functions; no rule lives here."""

from newsletter.admin import editions, papers, sources, summaries, topics, users

__all__ = ["editions", "papers", "sources", "summaries", "topics", "users"]
