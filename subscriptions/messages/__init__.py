"""A chosen digest as a message: HTML, text and headers, for a thousand readers at once."""

from subscriptions.messages.composing import (
    LARGEST_HTML,
    Digest,
    Message,
    build_batch,
    composed,
    draft_batch,
    fitting,
    frame_of,
    joined,
    texts_of,
)

__all__ = [
    "LARGEST_HTML",
    "Digest",
    "Message",
    "build_batch",
    "composed",
    "draft_batch",
    "fitting",
    "frame_of",
    "joined",
    "texts_of",
]
