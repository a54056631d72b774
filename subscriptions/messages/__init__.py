"""A chosen digest as a message: HTML, text and headers, for a thousand readers at once."""

from subscriptions.messages.composing import (
    LARGEST_HTML,
    Digest,
    MimeMessage,
    assemble,
    build_batch,
    compose_digest,
    draft_batch,
    fit_digest,
    frame_of,
    texts_of,
)

__all__ = [
    "LARGEST_HTML",
    "Digest",
    "MimeMessage",
    "assemble",
    "build_batch",
    "compose_digest",
    "draft_batch",
    "fit_digest",
    "frame_of",
    "texts_of",
]
