"""A plain webhook: JSON for a program, signed by the rules of Standard Webhooks.

``webhook-id`` is the same for each try of a message, ``webhook-signature`` is ``v1,`` and the HMAC-SHA256 of
``id.timestamp.body`` in base64 (https://www.standardwebhooks.com; it asks for some 20 KB a message at most).
Words stand as they are: whoever shows them escapes them. Pure.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Any

from newsletter.channels.answers import Answer, Outcome, accepted, judged, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending

LONGEST_MESSAGE = 20_000  # bytes
SHORTEST_KEY = 24  # bytes, as the rules ask for
_PREFIX = "whsec_"
_GONE = frozenset({404, 410})


class Webhook:
    """See the module."""

    fields = (
        Field(
            "address",
            "Address",
            "Where your program takes a POST with JSON, such as https://example.org/hook",
        ),
        Field(
            "secret",
            "Signing secret",
            'whsec_ and 24 to 64 random bytes in base64, known to your program: python3 -c "import base64, '
            "secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\"",
        ),
    )
    hosts: tuple[str, ...] = ()
    gap = 0.2

    def build(self, post: Post) -> dict[str, Any]:
        """An event ``papers.day`` with the papers."""
        topic = {"slug": post.topic_slug, "name": post.topic} if post.topic_slug else None
        return {
            "type": "papers.day",
            "data": {
                "day": post.day.isoformat(),
                "topic": topic,
                "language": post.language,
                "heading": post.heading,
                "url": post.url,
                "is_continued": post.is_begun,
                "note": post.note,
                "papers": [_paper(item) for item in post.items],
            },
        }

    def fits(self, body: dict[str, Any]) -> bool:
        """Bytes, and room for the time."""
        return len(encoded(body)) + 64 <= LONGEST_MESSAGE

    def request(self, place: Place, sending: Sending) -> Request:
        """A signed POST."""
        body = encoded({**sending.message.body, "timestamp": sending.now.isoformat()})
        seconds = str(int(sending.now.timestamp()))
        headers = (
            *JSON,
            ("webhook-id", sending.key),
            ("webhook-timestamp", seconds),
            ("webhook-signature", signature(place.secret, sending.key, seconds, body)),
        )
        return Request(place.address, body, headers=headers)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """Any 2xx is taken."""
        if 200 <= answer.status < 300:
            return accepted()
        return judged(answer, now=now, words=shown(answer.text[:200]), gone=_GONE)

    def problem(self, place: Place) -> str:
        """An address and a secret."""
        try:
            length = len(key_of(place.secret))
        except ValueError:
            length = 0
        if not SHORTEST_KEY <= length <= 64:
            return "The signing secret is whsec_ and 24 to 64 random bytes in base64."
        return address_problem(place, self.hosts, "", example="https://example.org/hook")


def key_of(secret: str) -> bytes:
    """The bytes of a secret ``whsec_…``. Raises ValueError for what is no base64."""
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error


def signature(secret: str, key: str, seconds: str, body: bytes) -> str:
    """The value of ``webhook-signature``."""
    signed = b".".join((key.encode(), seconds.encode(), body))
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _paper(item: Item) -> dict[str, Any]:
    return {
        "id": item.identifier,
        "url": item.url,
        "headline": item.headline,
        "title": item.title,
        "sentence": item.sentence,
        "takeaways": list(item.takeaways),
        "written_by": item.label,
    }
