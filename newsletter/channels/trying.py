"""What an editor tries of a channel: a test post, and how its next one looks. Neither is in the ledger."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.channels.answers import Outcome, Verdict
from newsletter.channels.content import Chosen, compose
from newsletter.channels.days import papers_of
from newsletter.channels.formats import service_of
from newsletter.channels.formats.base import encoded
from newsletter.channels.places import place_of
from newsletter.channels.posting import outcome_of
from newsletter.channels.posts import Item, Post, Sending, messages_of, next_message
from newsletter.errors import InvalidInput
from newsletter.models import Channel, Edition

TRIED = 2  # papers of a test post
DAYS_BACK = 10  # editions' days that are looked through for one that is ready
_SENTENCES = {
    Verdict.SENT: "The service has taken the test post: look into the chat.",
    Verdict.LATER: "The service takes nothing for now",
    Verdict.REFUSED: "The service refused the test post",
    Verdict.GONE: "The service knows no such channel",
    Verdict.UNREACHED: "Nothing was sent",
    Verdict.UNCERTAIN: "Nobody knows whether it arrived: look into the chat",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a preview: its papers, how many bytes it has, and the form in which it is sent."""

    items: tuple[Item, ...]
    size: int
    body: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How the newest ready day would be posted."""

    post: Post
    parts: tuple[Part, ...]


def newest(channel: Channel) -> Post | None:
    """The newest ready day as a post of ``channel``; None where there is none."""
    editions = Edition.objects.ready()
    if channel.topic_id is not None:
        editions = editions.filter(topic=channel.topic_id)
    days = editions.order_by("-day").values_list("day", flat=True).distinct()[:DAYS_BACK]
    for day in days:
        chosen = papers_of(channel, day)
        if chosen is not None and chosen.papers:
            return compose(channel, Chosen(day, chosen.papers, chosen.total))
    return None


def preview(channel: Channel) -> Preview | None:
    """The newest ready day in the messages that it would be sent in."""
    post = newest(channel)
    if post is None:
        return None
    service = service_of(channel.service)
    items = {item.paper: item for item in post.items}
    parts = []
    for message in messages_of(post, service.build, service.fits):
        body = encoded(message.body)
        parts.append(Part(tuple(items[paper] for paper in message.papers), len(body), body.decode()))
    return Preview(post, tuple(parts))


def try_out(channel: Channel, *, now: datetime) -> str:
    """Send one message now and say what the service answered. Raises InvalidInput where it was not taken."""
    post = newest(channel)
    if post is None:
        post = compose(channel, Chosen(now.date(), (), 0))
    post = replace(post, items=post.items[:TRIED], heading=f"Test · {post.heading}")
    service = service_of(channel.service)
    message = next_message(post, service.build, service.fits)
    sending = Sending(message, key=f"test-{uuid.uuid4().hex}", now=now)
    outcome = outcome_of(channel, service.request(place_of(channel), sending))
    return _said(outcome)


def _said(outcome: Outcome) -> str:
    sentence = _SENTENCES[outcome.verdict]
    if outcome.verdict is Verdict.SENT:
        return sentence
    raise InvalidInput(f"{sentence}: {outcome.reason}")
