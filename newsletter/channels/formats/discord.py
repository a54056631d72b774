"""Discord: webhooks with embeds.

Headlines are the titles of embeds, so that their links are fields; all words are escaped, and nobody is
mentioned whatever they say. At most 10 embeds a message, 256 characters of a title, 4096 of a description,
6000 in all embeds, 2000 of the message itself (https://discord.com/developers/docs/resources/message, Embed
Limits). ``wait=true`` asks for an answer that names the message; 429 says ``retry_after`` in seconds. Pure.
"""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsletter.channels.answers import Answer, Outcome, accepted, judged, number_of, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending
from newsletter.channels.texts import fitted, markdown

MOST_EMBEDS = 10
LONGEST_TITLE = 256
LONGEST_DESCRIPTION = 4096
LONGEST_EMBEDS = 6000
LONGEST_CONTENT = 2000
_EXAMPLE = "https://discord.com/api/webhooks/…/…"


class Discord:
    """See the module."""

    fields = (
        Field(
            "address",
            "Webhook address",
            "In Discord: the channel's settings, Integrations, Webhooks, New Webhook, Copy Webhook URL. For "
            f"a thread add ?thread_id=… to it. It looks like {_EXAMPLE}",
        ),
    )
    hosts = ("discord.com", ".discord.com", "discordapp.com")
    gap = 0.5

    def build(self, post: Post) -> dict[str, Any]:
        """The heading as the message, an embed for each paper."""
        heading = "" if post.is_begun else f"**[{_escaped(post.heading)}]({post.url})**"
        lines = [heading, "" if post.is_begun else _escaped(post.tally), _escaped(post.note)]
        return {
            "content": "\n".join(filter(None, lines)),
            "embeds": [_embed(item, post.colour) for item in post.items],
            "allowed_mentions": {"parse": []},
        }

    def fits(self, body: dict[str, Any]) -> bool:
        """Characters and embeds."""
        embeds = body["embeds"]
        descriptions = [embed.get("description", "") for embed in embeds]
        return (
            len(body["content"]) <= LONGEST_CONTENT
            and len(embeds) <= MOST_EMBEDS
            and all(len(each) <= LONGEST_DESCRIPTION for each in descriptions)
            and sum(len(embed["title"]) for embed in embeds) + sum(map(len, descriptions)) <= LONGEST_EMBEDS
        )

    def request(self, place: Place, sending: Sending) -> Request:
        """A POST to the webhook that waits for the message."""
        parts = urlsplit(place.address)
        query = urlencode([*(pair for pair in parse_qsl(parts.query) if pair[0] != "wait"), ("wait", "true")])
        url = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
        return Request(url, encoded(sending.message.body), headers=JSON)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """A message with its id, or an error with a code and a sentence; 204 where nobody waits for one."""
        said = answer.json
        if answer.status == 204 or (answer.status == 200 and "id" in said):
            return accepted(said.get("id", ""))
        wait = number_of(said.get("retry_after"))
        return judged(answer, now=now, words=shown(said.get("message") or answer.text), wait=wait)

    def problem(self, place: Place) -> str:
        """The address of a webhook."""
        return address_problem(place, self.hosts, "/api/", example=_EXAMPLE)


def _escaped(text: str) -> str:
    return markdown(text).replace("<", "\\<")


def _embed(item: Item, colour: int) -> dict[str, Any]:
    lines = [_escaped(item.sentence)] if item.sentence else []
    lines += [f"• {_escaped(point)}" for point in item.takeaways]
    if item.label:
        lines.append(f"*{_escaped(item.label)}*")
    embed: dict[str, Any] = {
        "title": fitted(item.headline, LONGEST_TITLE, _escaped),
        "url": item.url,
        "color": colour,
    }
    return embed | ({"description": "\n".join(lines)} if lines else {})
