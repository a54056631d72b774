"""Slack: incoming webhooks with Block Kit.

Rich text is a tree of elements, so that words in it are words and nothing else; only the line for
notifications is mrkdwn, in which ``&``, ``<`` and ``>`` are escaped. A message has 50 blocks at most
(https://docs.slack.dev/reference/block-kit/blocks) and one a second is taken
(https://docs.slack.dev/apis/web-api/rate-limits). Answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
Pure.
"""

from datetime import datetime
from typing import Any

from newsletter.channels.answers import Answer, Outcome, accepted, asked_wait, judged, refused, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending
from newsletter.channels.texts import defused

MOST_BLOCKS = 50
LONGEST_MESSAGE = 12_000  # bytes: Slack refuses what is too long ("msg_blocks_too_long") and names no bound
_LATER = frozenset({"ratelimited", "rate_limited", "internal_error", "service_unavailable"})
_EXAMPLE = "https://hooks.slack.com/services/T…/B…/…"


class Slack:
    """See the module."""

    fields = (
        Field(
            "address",
            "Webhook address",
            "In Slack: api.slack.com/apps, Create New App, Incoming Webhooks, Add New Webhook to Workspace, "
            f"choose the channel, copy. It looks like {_EXAMPLE}",
        ),
    )
    hosts = ("hooks.slack.com", "hooks.slack-gov.com")
    gap = 1.1

    def build(self, post: Post) -> dict[str, Any]:
        """Blocks of rich text: the heading, then one for each paper."""
        blocks = [] if post.is_begun else [_rich(_section(_heading(post)))]
        if post.note:
            blocks.append(_rich(_section([_text(post.note)])))
        blocks += [_paper(item) for item in post.items]
        return {
            "text": _mrkdwn(post.line),
            "blocks": blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }

    def fits(self, body: dict[str, Any]) -> bool:
        """Blocks and bytes."""
        return len(body["blocks"]) <= MOST_BLOCKS and len(encoded(body)) <= LONGEST_MESSAGE

    def request(self, place: Place, sending: Sending) -> Request:
        """A POST to the webhook."""
        return Request(place.address, encoded(sending.message.body), headers=JSON)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """``ok`` is taken; refusals are a word such as ``no_service`` or ``channel_is_archived``.

        The Web API, which gateways stand in with, refuses with the status 200 and an object.
        """
        said = answer.json
        if answer.status == 200 and (answer.text == "ok" or said.get("ok") is True):
            return accepted()
        if answer.status == 200 and said.get("ok") is False:
            words = shown(said.get("error", ""))
            return refused(words, is_later=words in _LATER, wait=asked_wait(answer, now=now))
        return judged(answer, now=now, words=shown(answer.text))

    def problem(self, place: Place) -> str:
        """The address of a webhook."""
        return address_problem(place, self.hosts, "/", example=_EXAMPLE)


def _mrkdwn(text: str) -> str:
    return defused(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def _section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def _link(url: str, text: str) -> dict[str, Any]:
    return {"type": "link", "url": url, "text": text, "style": {"bold": True}}


def _heading(post: Post) -> list[dict[str, Any]]:
    tally = [_text(f"\n{post.tally}")] if post.tally else []
    return [_link(post.url, post.heading), *tally]


def _paper(item: Item) -> dict[str, Any]:
    words = [_link(item.url, item.headline)]
    if item.sentence:
        words.append(_text(f"\n{item.sentence}"))
    parts = [_section(words)]
    if item.takeaways:
        points = [_section([_text(point)]) for point in item.takeaways]
        parts.append({"type": "rich_text_list", "style": "bullet", "elements": points})
    if item.label:
        parts.append(_section([_text(item.label, italic=True)]))
    return _rich(*parts)
