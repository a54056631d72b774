"""Feishu and Lark: custom bots with rich posts.

A post is a tree of texts and links, so that words in it are words. A request has 20 KB at most, and five a
second, 100 a minute are taken (https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot). With a
secret, ``sign`` is the HMAC-SHA256 of nothing under the key "timestamp\\nsecret". Errors have a code, also
where the status is 200. Pure.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from newsletter.channels.answers import Answer, Outcome, Verdict, accepted, asked_wait, judged, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending
from newsletter.channels.texts import defused

LONGEST_REQUEST = 20_000  # bytes
_SIGNED = 200  # bytes of time and signature
_EXAMPLE = "https://open.feishu.cn/open-apis/bot/v2/hook/…"
_LATER = frozenset({11232, 11233, 99991400})  # too many requests: of the bot, at full hours, of the tenant
_GONE = {
    19001: "There is no such bot any more",
    19021: "The signature does not fit: put the bot's secret in again, and look at this server's clock",
    19022: "This server's address is not on the bot's IP allow-list",
    19024: "The bot asks for a keyword that the post does not have: choose its signature check instead",
}
_LANGUAGES = {"zh-Hans": "zh_cn", "zh-Hant": "zh_cn", "ja": "ja_jp"}

Line = list[dict[str, Any]]


class Feishu:
    """See the module."""

    fields = (
        Field(
            "address",
            "Webhook address",
            "In the group: Settings, Bots, Add Bot, Custom Bot, copy. It looks like "
            f"{_EXAMPLE} (Lark: open.larksuite.com)",
        ),
        Field(
            "secret",
            "Secret",
            "Under Security Settings, Set signature verification; else empty.",
            is_needed=False,
        ),
    )
    hosts = ("open.feishu.cn", "open.larksuite.com")
    gap = 0.7

    def build(self, post: Post) -> dict[str, Any]:
        """A post of lines: each a list of texts and links."""
        lines: list[Line] = []
        if not post.is_begun:
            lines.append(
                [_link(post.url, post.heading), *([_text(f" – {post.tally}")] if post.tally else [])]
            )
        if post.note:
            lines.append([_text(post.note)])
        for item in post.items:
            lines += [*([[_text("")]] if lines else []), *_paper(item)]
        content = {_LANGUAGES.get(post.language, "en_us"): {"title": "", "content": lines}}
        return {"msg_type": "post", "content": {"post": content}}

    def fits(self, body: dict[str, Any]) -> bool:
        """Bytes, and room for the signature."""
        return len(encoded(body)) + _SIGNED <= LONGEST_REQUEST

    def request(self, place: Place, sending: Sending) -> Request:
        """A POST to the bot, signed where it has a secret."""
        body = sending.message.body
        if place.secret:
            seconds = str(int(sending.now.timestamp()))
            body = {"timestamp": seconds, "sign": signature(place.secret, seconds), **body}
        return Request(place.address, encoded(body), headers=JSON)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """``code`` 0 is taken."""
        said = answer.json
        code = said.get("code", said.get("StatusCode"))
        words = shown(f"{code} {said.get('msg', '')}" if code is not None else answer.text[:200])
        if answer.status == 200 and code == 0:
            return accepted()
        # Older gateways say it under a code that stands for other things, too.
        if code in _LATER or "too many request" in words.lower():
            return Outcome(Verdict.LATER, words, wait=asked_wait(answer, now=now))
        if code in _GONE:
            return Outcome(Verdict.GONE, f"{_GONE[code]} ({words})")
        if answer.status == 200 and code is not None:
            return Outcome(Verdict.REFUSED, words)
        return judged(answer, now=now, words=words)

    def problem(self, place: Place) -> str:
        """The address of a custom bot."""
        return address_problem(place, self.hosts, "/open-apis/bot/", example=_EXAMPLE)


def signature(secret: str, seconds: str) -> str:
    """The value of ``sign``."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _text(text: str) -> dict[str, Any]:
    return {"tag": "text", "text": defused(text)}


def _link(url: str, text: str) -> dict[str, Any]:
    return {"tag": "a", "text": defused(text), "href": url}


def _paper(item: Item) -> list[Line]:
    lines = [[_link(item.url, item.headline)]]
    texts = [item.sentence, *(f"• {point}" for point in item.takeaways), item.label]
    return lines + [[_text(text)] for text in texts if text]
