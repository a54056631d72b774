"""What a channel says of a day, before any service's own form: plain texts and our own addresses. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from newsletter.rendering.shortening import shorten

_SENTENCES = (600, 300, 150)
_HEADLINES = (300, 150, 80, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A paper of a post. ``identifier`` names it for machines; ``label`` says who wrote the words."""

    paper: int
    identifier: str
    headline: str
    title: str
    url: str
    sentence: str = ""
    takeaways: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A day for a channel: a heading that leads to ``url``, and papers. ``tally`` says how many.

    ``note`` stands in place of the papers on a day without any. ``is_begun``: an earlier message had the
    heading.
    """

    day: date
    topic: str
    topic_slug: str
    language: str
    heading: str
    tally: str
    url: str
    colour: int = 0
    items: tuple[Item, ...] = ()
    note: str = ""
    is_begun: bool = False

    @property
    def line(self) -> str:
        """The heading and how many papers, on one line: what a notification shows."""
        return f"{self.heading} – {self.tally}" if self.tally else self.heading


@dataclass(frozen=True, slots=True)
class Message:
    """One message in a service's own form, and the papers in it."""

    body: dict[str, Any]
    papers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel posts to. ``address`` and ``secret`` are secrets; ``target`` is a room or a chat."""

    address: str = ""
    secret: str = ""
    target: str = ""

    def __repr__(self) -> str:
        return "Place(********)"


@dataclass(frozen=True, slots=True)
class Sending:
    """One message about to leave. ``key`` names it, the same for each try; ``now`` is signed along."""

    message: Message
    key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Its address and headers may hold secrets."""

    url: str
    body: bytes
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Request({self.method}, {len(self.body)} bytes)"


Build = Callable[[Post], dict[str, Any]]
Fits = Callable[[dict[str, Any]], bool]


def next_message(post: Post, build: Build, fits: Fits) -> Message:
    """The next message of ``post``: as many of its papers, in order, as ``fits`` says one message takes.

    ``build`` makes a body of a post. A paper that is too long for a message by itself is said in fewer words.
    """
    if not post.items:
        return Message(build(post), ())
    taken: list[Item] = []
    body: dict[str, Any] = {}
    for item in post.items:
        longer = build(replace(post, items=(*taken, item)))
        if not fits(longer):
            break
        taken.append(item)
        body = longer
    if not taken:
        for shorter in _shorter(post.items[0]):
            taken, body = [shorter], build(replace(post, items=(shorter,)))
            if fits(body):
                break
    return Message(body, tuple(item.paper for item in taken))


def messages_of(post: Post, build: Build, fits: Fits) -> Iterator[Message]:
    """All messages of ``post``, in order."""
    while True:
        message = next_message(post, build, fits)
        yield message
        post = without(post, message.papers)
        if not post.items:
            return


def without(post: Post, papers: Sequence[int]) -> Post:
    """What is left of ``post`` once a message with ``papers`` has left."""
    done = set(papers)
    return replace(post, is_begun=True, items=tuple(item for item in post.items if item.paper not in done))


def _shorter(item: Item) -> Iterator[Item]:
    """``item`` in fewer and fewer words, the last ones short enough for every service."""
    yield replace(item, label="")
    bare = replace(item, label="", takeaways=())
    for room in _SENTENCES:
        yield replace(bare, sentence=shorten(item.sentence, room) if item.sentence else "")
    for room in _HEADLINES:
        title, headline = shorten(item.title, room), shorten(item.headline, room)
        yield replace(bare, sentence="", title=title, headline=headline)
