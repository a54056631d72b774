"""What somebody works on, from a paste: papers that are here, titles, words; and what to subscribe to for it.

1. :func:`~newsletter.interests.reading.read_interests` says what a list or words mean, and asks no source.
2. :func:`~newsletter.interests.topics.suggest_topics` ranks topics, and
   :func:`~newsletter.interests.phrases.suggest_phrases` finds phrases for searches.
"""

from newsletter.interests.phrases import suggest_phrases
from newsletter.interests.reading import MOST_BYTES, MOST_ENTRIES, Interests, read_interests
from newsletter.interests.topics import suggest_topics

__all__ = ["MOST_BYTES", "MOST_ENTRIES", "Interests", "read_interests", "suggest_phrases", "suggest_topics"]
