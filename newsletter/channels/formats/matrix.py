"""Matrix: a user's access token sends to a room.

An event has 65,536 bytes at most, with what servers add (https://spec.matrix.org/latest/client-server-api/,
Size limits). ``m.mentions`` without names tells clients that nobody is mentioned, whatever the words. The
transaction's id is the same for each try of a message, so that a server which has it takes it once. 429 says
``retry_after_ms``, or ``Retry-After``. Pure.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from newsletter.channels.answers import Answer, Outcome, accepted, judged, number_of, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending
from newsletter.channels.texts import defused, html, html_url

LONGEST_CONTENT = 60_000  # bytes
_TOKEN = re.compile(r"[!-~]{1,2000}")
_ROOM = re.compile(r"![^\s:/]{1,200}(?::[^\s/]{1,200})?")


class Matrix:
    """See the module."""

    fields = (
        Field("address", "Homeserver", "Where its client API is, such as https://matrix-client.matrix.org"),
        Field(
            "secret",
            "Access token",
            "Make a user for this and log it in; in Element: All settings, Help & About, Access Token.",
        ),
        Field(
            "target",
            "Room id",
            "In Element: the room's settings, Advanced, Internal room ID, such as !abc:example.org. The user "
            "has to be in the room, and the room without encryption: keys are not kept here.",
        ),
    )
    hosts: tuple[str, ...] = ()
    gap = 1.0

    def build(self, post: Post) -> dict[str, Any]:
        """A notice as HTML and as plain text."""
        texts: list[str] = []
        blocks: list[str] = []
        if not post.is_begun:
            texts.append("\n".join(filter(None, (defused(post.line), post.url))))
            tally = f"<br/>{html(post.tally)}" if post.tally else ""
            blocks.append(f"<p>{_link(post.url, post.heading)}{tally}</p>")
        if post.note:
            texts.append(defused(post.note))
            blocks.append(f"<p>{html(post.note)}</p>")
        texts += [_plain(item) for item in post.items]
        blocks += [_block(item) for item in post.items]
        return {
            "msgtype": "m.notice",
            "body": "\n\n".join(texts),
            "format": "org.matrix.custom.html",
            "formatted_body": "".join(blocks),
            "m.mentions": {},
        }

    def fits(self, body: dict[str, Any]) -> bool:
        """Bytes."""
        return len(encoded(body)) <= LONGEST_CONTENT

    def request(self, place: Place, sending: Sending) -> Request:
        """A PUT of an event under the message's key."""
        room, key = quote(place.target, safe=""), quote(sending.key, safe="")
        url = f"{place.address.rstrip('/')}/_matrix/client/v3/rooms/{room}/send/m.room.message/{key}"
        headers = (*JSON, ("Authorization", f"Bearer {place.secret}"))
        return Request(url, encoded(sending.message.body), method="PUT", headers=headers)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """An ``event_id``, or an ``errcode`` and a sentence."""
        said = answer.json
        if answer.status == 200 and "event_id" in said:
            return accepted(said["event_id"])
        wait = number_of(said.get("retry_after_ms"))
        words = " ".join(filter(None, (shown(said.get("errcode", "")), shown(said.get("error", "")))))
        return judged(answer, now=now, words=words, wait=None if wait is None else wait / 1000)

    def problem(self, place: Place) -> str:
        """A homeserver, a token and a room."""
        if not _TOKEN.fullmatch(place.secret):
            return "This is no access token: it is one word of Latin letters and digits."
        if not _ROOM.fullmatch(place.target):
            return "Name the room by its id, such as !abc:example.org; an alias (#…) may move."
        return address_problem(place, self.hosts, "", example="https://matrix.example.org")


def _link(url: str, text: str) -> str:
    return f'<a href="{html_url(url)}"><strong>{html(text)}</strong></a>'


def _plain(item: Item) -> str:
    lines = [defused(item.headline), item.url, defused(item.sentence)]
    lines += [f"• {defused(point)}" for point in item.takeaways]
    return "\n".join(filter(None, (*lines, defused(item.label))))


def _block(item: Item) -> str:
    sentence = f"<br/>{html(item.sentence)}" if item.sentence else ""
    points = "".join(f"<li>{html(point)}</li>" for point in item.takeaways)
    listed = f"<ul>{points}</ul>" if points else ""
    label = f"<p><em>{html(item.label)}</em></p>" if item.label else ""
    return f"<p>{_link(item.url, item.headline)}{sentence}</p>{listed}{label}"
