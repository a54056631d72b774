"""A chosen digest as a message: HTML, text and headers, for a thousand readers at once."""

from subscriptions.messages.composing import (
    MimeMessage,
    assemble,
    build_batch,
    draft_batch,
    texts_of,
)
from subscriptions.messages.digest import Digest, compose_digest, frame_of, headings_of
from subscriptions.messages.fitting import LARGEST_HTML, fit_digest

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
    "headings_of",
    "texts_of",
]
