"""The public feeds: of a topic, of all topics, and of a day, in a language."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, NamedTuple

from django.conf import settings

from newsletter.feeds.entries import entries_of, plain
from newsletter.feeds.json_feed import JSON_TYPE, write_json
from newsletter.feeds.listings import Listing, newest_of, of_day
from newsletter.feeds.opml import write_opml
from newsletter.feeds.records import Feed, ListedFeed
from newsletter.feeds.xml_writers import ATOM_TYPE, RSS_TYPE, write_atom, write_rss
from newsletter.languages import language as language_of
from newsletter.models import Publication, Topic
from newsletter.rendering.phrases import phrases

ALL: Final = "all"
"""What stands for all topics in the addresses of feeds."""


class Format(NamedTuple):
    """A format of feeds: how it is written, its media type and what people call it."""

    write: Callable[[Feed, str], bytes]
    media_type: str
    name: str

    @property
    def kind(self) -> str:
        """The media type without its parameters."""
        return self.media_type.partition(";")[0]


FORMATS: Final[Mapping[str, Format]] = {
    "atom": Format(write_atom, ATOM_TYPE, "Atom"),
    "rss": Format(write_rss, RSS_TYPE, "RSS"),
    "json": Format(write_json, JSON_TYPE, "JSON Feed"),
}
"""By the ending of an address."""


def topic_feed(slug: str, language: str) -> Feed | None:
    """The newest papers of the topic ``slug``, or of :data:`ALL`; None if there is no such topic."""
    listing = newest_of("" if slug == ALL else slug)
    if listing is None:
        return None
    page = page_of_topic(listing.topic, language)
    return _feed(listing, language, f"feed {slug} {language}", title_of_topic(listing.topic, language), page)


def day_feed(day: date, language: str) -> Feed | None:
    """The papers of ``day``; None if it lists nothing."""
    listing = of_day(day)
    if listing is None:
        return None
    title = f"{phrases(language).day(day)} · {settings.SITE_NAME}"
    return _feed(listing, language, f"feed {day:%F} {language}", title, f"/archive/{day:%F}/{language}/")


def title_of_topic(topic: Topic | None, language: str) -> str:
    """What the feed of a topic, or of all, is called."""
    name = topic.name_in(language) if topic else phrases(language).say("feed.all")
    return plain(f"{name} · {settings.SITE_NAME}")


def opml(language: str) -> bytes:
    """The list of all feeds in ``language``: of all topics and of each that is active. Two queries."""
    topics: list[Topic | None] = [None, *Topic.objects.active()]
    listed = [
        ListedFeed(
            title=title_of_topic(topic, language),
            address=f"{settings.SITE_URL}{path_of_topic(topic, language)}.rss",
            url=f"{settings.SITE_URL}{page_of_topic(topic, language)}",
            language=language,
        )
        for topic in topics
    ]
    return write_opml(
        listed,
        title=f"{plain(settings.SITE_NAME)} · {language_of(language).own_name}",
        owner=plain(settings.SITE_NAME),
        changed_at=Publication.objects.own().since.replace(microsecond=0),
    )


def path_of_topic(topic: Topic | None, language: str) -> str:
    """The path of a topic's feed, or of that of all topics, without the ending that names the format."""
    return f"/feeds/{topic.slug if topic else ALL}/{language}"


def page_of_topic(topic: Topic | None, language: str) -> str:
    """The path of the page for people."""
    return f"/topics/{topic.slug}/{language}/" if topic else f"/today/{language}/"


def _feed(listing: Listing, language: str, name: str, title: str, page: str) -> Feed:
    publication = Publication.objects.own()
    entries = entries_of(listing.papers, language, publication=publication)
    moments = [publication.since, *[entry.updated for entry in entries]]
    if entries:
        moments = moments[1:]
    if listing.changed_at:
        moments.append(listing.changed_at)
    return Feed(
        id=publication.urn(name),
        title=plain(title),
        description=phrases(language).say("feed.lead"),
        language=language,
        publisher=plain(settings.SITE_NAME),
        url=f"{settings.SITE_URL}{page}",
        changed_at=max(moments).replace(microsecond=0),
        entries=entries,
    )
