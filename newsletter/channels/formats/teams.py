"""Microsoft Teams: a workflow that posts an Adaptive Card when a webhook request is received.

Words stand in text runs of rich text, which know no Markdown; links are actions of a run. A message has 28 KB
at most, and more than four requests a second are refused
(https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using). A
workflow says 202 before it has posted: what it does then, it tells its owner in Power Automate. Pure.
"""

from datetime import datetime
from typing import Any

from newsletter.channels.answers import Answer, Outcome, Verdict, accepted, judged, shown
from newsletter.channels.formats.base import JSON, Field, address_problem, encoded
from newsletter.channels.posts import Item, Place, Post, Request, Sending

LONGEST_MESSAGE = 20_000  # bytes: the service counts its own form of a card, which is longer
_EXAMPLE = "https://….environment.api.powerplatform.com/…/workflows/…/triggers/manual/paths/invoke?…"


class Teams:
    """See the module."""

    fields = (
        Field(
            "address",
            "Workflow address",
            "In Teams: the channel's menu, Workflows, “Send webhook alerts to a channel”, then copy the "
            f"webhook link. It looks like {_EXAMPLE}",
        ),
    )
    hosts = (".logic.azure.com", ".api.powerplatform.com", ".logic.azure.us", ".webhook.office.com")
    gap = 1.0

    def build(self, post: Post) -> dict[str, Any]:
        """A card of rich text."""
        body = [] if post.is_begun else [_rich(*_heading(post))]
        if post.note:
            body.append(_rich(_run(post.note)))
        for item in post.items:
            body += _paper(item, is_first=not body)
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "lang": post.language,
            "msteams": {"width": "Full"},
            "body": body,
        }
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card,
        }
        return {"type": "message", "attachments": [attachment]}

    def fits(self, body: dict[str, Any]) -> bool:
        """Bytes."""
        return len(encoded(body)) <= LONGEST_MESSAGE

    def request(self, place: Place, sending: Sending) -> Request:
        """A POST to the workflow's trigger."""
        return Request(place.address, encoded(sending.message.body), headers=JSON)

    def outcome(self, answer: Answer, *, now: datetime) -> Outcome:
        """202 is taken; an old connector says 200 and a 1, or a sentence about what went wrong."""
        if answer.status == 202 or (answer.status == 200 and answer.text in ("", "1")):
            return accepted()
        error = answer.json.get("error")
        said = error if isinstance(error, dict) else {}
        words = " ".join(filter(None, (shown(said.get("code", "")), shown(said.get("message", "")))))
        words = words or shown(answer.text[:200])
        if answer.status == 200:
            late = "429" in words
            return Outcome(Verdict.LATER if late else Verdict.REFUSED, words)
        return judged(answer, now=now, words=words)

    def problem(self, place: Place) -> str:
        """The address of a workflow."""
        return address_problem(place, self.hosts, "/", example=_EXAMPLE)


def _run(text: str, **looks: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text} | looks


def _link(url: str, text: str, **looks: Any) -> dict[str, Any]:
    action = {"type": "Action.OpenUrl", "url": url}
    return _run(text, weight="Bolder", color="Accent", selectAction=action, **looks)


def _rich(*runs: dict[str, Any], **looks: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)} | looks


def _heading(post: Post) -> list[dict[str, Any]]:
    tally = [_run(f"  {post.tally}", isSubtle=True)] if post.tally else []
    return [_link(post.url, post.heading, size="Large"), *tally]


def _paper(item: Item, *, is_first: bool) -> list[dict[str, Any]]:
    blocks = [_rich(_link(item.url, item.headline), **({} if is_first else {"separator": True}))]
    texts = [item.sentence, *(f"• {point}" for point in item.takeaways)]
    blocks += [_rich(_run(text), spacing="Small") for text in texts if text]
    if item.label:
        blocks.append(_rich(_run(item.label, isSubtle=True, size="Small"), spacing="Small"))
    return blocks
