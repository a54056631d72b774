"""A channel's day as a post: what mails and pages show of its papers, in the channel's language."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from newsletter.archive.identifiers import identifier
from newsletter.archive.public import listed_papers
from newsletter.channels.posts import Item, Post
from newsletter.languages import language
from newsletter.models import Channel
from newsletter.models.states import ChannelForm
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases
from newsletter.rendering.shortening import shorten

LONGEST_HEADLINE = 300  # columns
LONGEST_SENTENCE = 600
LONGEST_TAKEAWAY = 400


@dataclass(frozen=True, slots=True)
class Chosen:
    """The papers of a post in their order; the day has ``total``."""

    day: date
    papers: tuple[int, ...]
    total: int
    is_begun: bool = False


def compose(channel: Channel, chosen: Chosen) -> Post:
    """The post of ``chosen`` papers, without those that the public may not see any more. Seven queries."""
    words = phrases(channel.language)
    topic = channel.topic
    name = topic.name_in(channel.language) if topic else settings.SITE_NAME
    page_language = channel.language if _has_pages(channel.language) else "en"
    path = f"/topics/{topic.slug}/" if topic else f"/archive/{chosen.day.isoformat()}/"
    shown = _public(chosen.papers)
    views = load_views(shown, channel.language)
    items = tuple([_item(channel, pk, views[pk]) for pk in chosen.papers if pk in views])
    total = chosen.total - (len(chosen.papers) - len(items))  # without what was hidden meanwhile
    is_empty = not chosen.papers
    return Post(
        day=chosen.day,
        topic=name,
        topic_slug=topic.slug if topic else "",
        language=channel.language,
        heading=f"{name} · {words.day(chosen.day)}",
        tally="" if is_empty else _tally(channel, len(items), total),
        url=f"{settings.SITE_URL}{path}{page_language}/",
        colour=_colour(topic.colour if topic else ""),
        items=items,
        note=words.say("channel.nothing") if is_empty else "",
        is_begun=chosen.is_begun,
    )


def _public(papers: Collection[int]) -> set[int]:
    return set(listed_papers().filter(pk__in=papers).values_list("pk", flat=True))


def _has_pages(code: str) -> bool:
    return language(code).django_code in dict(settings.LANGUAGES)


def _tally(channel: Channel, shown: int, total: int) -> str:
    words = phrases(channel.language)
    if shown >= total:
        return words.count("digest.all_new", shown)
    return words.count("digest.tally", total, n=words.number(shown), m=words.number(total))


def _colour(text: str) -> int:
    try:
        return int(text.removeprefix("#"), 16) & 0xFFFFFF
    except ValueError:
        return 0


def _item(channel: Channel, paper: int, view: PaperView) -> Item:
    form = ChannelForm(channel.form)
    is_full = form is ChannelForm.FULL
    return Item(
        paper=paper,
        identifier=identifier(view),
        headline=shorten(view.headline, LONGEST_HEADLINE),
        title=shorten(view.title, LONGEST_HEADLINE),
        url=f"{settings.SITE_URL}/papers/{view.arxiv_id}/{channel.language}/",
        sentence="" if form is ChannelForm.HEADLINES else shorten(view.sentence, LONGEST_SENTENCE),
        takeaways=tuple(shorten(each, LONGEST_TAKEAWAY) for each in view.takeaways) if is_full else (),
        label=view.label if is_full else "",
    )
