"""Mattermost: incoming webhooks with Markdown.

A post has 16,383 characters (https://docs.mattermost.com/developers/integrate/webhooks/incoming). The server
looks for ``@channel`` and the like in the text itself, where no backslash helps: :func:`texts.defused` does.
Pure.
"""

from datetime import datetime
from typing import Any

from newsletter.channels.answers import Answer, Outcome, Verdict, accepted, judged, number_of, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending
from newsletter.channels.texts import markdown

LONGEST_TEXT = 16_383
_EXAMPLE = "https://chat.example.org/hooks/…"


class Mattermost:
    """See the module."""

    fields = (
        Field(
            "address",
            "Webhook address",
            "In Mattermost: Integrations, Incoming Webhooks, Add Incoming Webhook, choose the channel, copy. "
            f"It looks like {_EXAMPLE}",
        ),
    )
    hosts: tuple[str, ...] = ()
    gap = 0.2

    def build(self, post: Post) -> dict[str, Any]:
        """Paragraphs of Markdown."""
        paragraphs: list[str] = []
        if not post.is_begun:
            tally = f"\n{markdown(post.tally)}" if post.tally else ""
            paragraphs.append(f"#### [{markdown(post.heading)}]({post.url}){tally}")
        if post.note:
            paragraphs.append(markdown(post.note))
        paragraphs += [_paper(item) for item in post.items]
        return {"text": "\n\n".join(paragraphs)}

    def fits(self, body: dict[str, Any]) -> bool:
        """Characters."""
        return len(body["text"]) <= LONGEST_TEXT

    def request(self, place: Place, sending: Sending) -> Request:
        """A POST to the webhook."""
        return Request(place.address, encoded(sending.message.body), headers=JSON)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """``ok``, or an error with an id and a sentence; a webhook that was deleted is a 400.

        A page with the status 200 is that of a login before the server.
        """
        if answer.status == 200 and answer.text == "ok":
            return accepted()
        said = answer.json
        words = shown(said.get("message") or answer.text[:200])
        if answer.status == 400 and said.get("id") == "web.incoming_webhook.invalid.app_error":
            return Outcome(Verdict.GONE, words)
        wait = number_of(answer.headers.get("x-ratelimit-reset")) if answer.status == 429 else None
        return judged(answer, now=now, words=words, wait=wait)

    def problem(self, place: Place) -> str:
        """The address of a webhook; a site may lie below a path."""
        if "/hooks/" not in place.address:
            return f"Something is missing in this address. It looks like {_EXAMPLE}."
        return address_problem(place, self.hosts, "/", example=_EXAMPLE)


def _paper(item: Item) -> str:
    lines = [f"**[{markdown(item.headline)}]({item.url})**"]
    if item.sentence:
        lines.append(markdown(item.sentence))
    lines += [f"* {markdown(point)}" for point in item.takeaways]
    if item.label:
        lines += ["", f"_{markdown(item.label)}_"]
    return "\n".join(lines)
