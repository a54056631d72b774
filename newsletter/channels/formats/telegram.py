"""Telegram: a bot that sends to a chat or a channel, in HTML.

The bot's token stands in the address of each call. A message has 4096 characters after its tags are read
(https://core.telegram.org/bots/api#sendmessage); here they count with them, in UTF-16 units, which is less.
Some 20 messages a minute go to one group (https://core.telegram.org/bots/faq). Too many: ``retry_after`` in
``parameters``. Pure.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from newsletter.channels.answers import Answer, Outcome, Verdict, accepted, judged, number_of, shown
from newsletter.channels.formats.base import JSON, Field, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending
from newsletter.channels.texts import html, html_url, utf16_length

LONGEST_TEXT = 4096
_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{20,100}")
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,40}")
_NO_CHAT = (
    "chat not found",
    "not enough rights",
    "have no rights",
    "not a member",
    "need administrator",
)


class Telegram:
    """See the module. ``address`` of a place is that of the Bot API; the secret is the token."""

    fields = (
        Field(
            "secret",
            "Bot token",
            "In Telegram: write /newbot to @BotFather and copy the token, such as 123456789:ABC… Then add "
            "the bot to your channel as an administrator who may post, or to your group.",
        ),
        Field("target", "Chat", "@name of a public channel, or the number of a chat, such as -1001234567890"),
    )
    hosts: tuple[str, ...] = ()
    gap = 3.1

    def build(self, post: Post) -> dict[str, Any]:
        """Paragraphs of HTML."""
        tally = f"\n{html(post.tally)}" if post.tally else ""
        paragraphs = [] if post.is_begun else [f"{_link(post.url, post.heading)}{tally}"]
        if post.note:
            paragraphs.append(html(post.note))
        paragraphs += [_paper(item) for item in post.items]
        return {
            "text": "\n\n".join(paragraphs),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }

    def fits(self, body: dict[str, Any]) -> bool:
        """Characters."""
        return utf16_length(body["text"]) <= LONGEST_TEXT

    def request(self, place: Place, sending: Sending) -> Request:
        """A call of ``sendMessage``."""
        url = f"{place.address.rstrip('/')}/bot{place.secret}/sendMessage"
        return Request(url, encoded({"chat_id": place.target, **sending.message.body}), headers=JSON)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """``ok`` with a message, or ``error_code`` and ``description``."""
        said = answer.json
        result, details = said.get("result"), said.get("parameters")
        if answer.status == 200 and said.get("ok") is True:
            return accepted(result.get("message_id", "") if isinstance(result, dict) else "")
        details = details if isinstance(details, dict) else {}
        code = said.get("error_code")
        if said.get("ok") is False and isinstance(code, int) and 400 <= code < 600:
            answer = replace(answer, status=code)  # whatever a server between says
        words = shown(said.get("description") or answer.text)
        if moved := details.get("migrate_to_chat_id"):
            return Outcome(Verdict.GONE, f"The group has a new number: put {shown(moved)} in as the chat.")
        if answer.status == 400 and any(each in words for each in _NO_CHAT):
            return Outcome(Verdict.GONE, words)
        return judged(answer, now=now, words=words, wait=number_of(details.get("retry_after")))

    def problem(self, place: Place) -> str:
        """A token and a chat."""
        if not _TOKEN.fullmatch(place.secret):
            return "This is no token of a bot. It looks like 123456789:ABC…, as @BotFather writes it."
        if not _CHAT.fullmatch(place.target):
            return "Name the chat as @name or by its number, such as -1001234567890."
        return ""


def _link(url: str, text: str) -> str:
    return f'<b><a href="{html_url(url)}">{html(text)}</a></b>'


def _paper(item: Item) -> str:
    lines = [_link(item.url, item.headline)]
    if item.sentence:
        lines.append(html(item.sentence))
    lines += [f"• {html(point)}" for point in item.takeaways]
    if item.label:
        lines.append(f"<i>{html(item.label)}</i>")
    return "\n".join(lines)
