"""Days, topics and authors as the API gives them."""

from collections.abc import Collection
from datetime import date
from typing import Final
from urllib.parse import quote

from django.conf import settings

from newsletter.api import cursors, shapes
from newsletter.archive.authors import author_papers
from newsletter.archive.days import FIRST_PAPER, day_listings, day_sections, listing_editions
from newsletter.archive.identifiers import identifier
from newsletter.archive.public import listed_entries
from newsletter.archive.topics import TopicListing, topic_listings
from newsletter.models import Paper, Topic

_DAYS: Final = "days"
PAPERS_A_TOPIC: Final = 100  # that a day names; the list of papers has all


def page_of_days(*, cursor: str, limit: int) -> tuple[list[shapes.Day], str]:
    """At most ``limit`` days that list something, the newest first, and the cursor of the next page.

    Six queries. :class:`~newsletter.errors.InvalidInput` for a cursor that is none.
    """
    editions = listing_editions()
    if cursor:
        editions = editions.filter(day__lt=cursors.decode_day(_DAYS, cursor))
    days = list(editions.order_by("-day").values_list("day", flat=True).distinct()[: limit + 1])
    shown = days[:limit]
    if not shown:
        return [], ""
    listings = day_listings(shown[-1], shown[0])
    leads = _named([listing.lead for listing in listings])
    items = [
        shapes.Day(
            day=listing.day,
            papers=listing.papers,
            topics=listing.topics,
            lead=leads[listing.lead],
            url=_day_url(listing.day),
        )
        for listing in listings
        if listing.lead in leads
    ]
    return items, cursors.encode(_DAYS, f"{shown[-1]:%F}") if len(days) > limit else ""


def one_day(day: date) -> shapes.DayOfTopics | None:
    """What ``day`` lists, by topic; None for nothing. Three queries."""
    sections = day_sections(day, each=PAPERS_A_TOPIC)
    if not sections:
        return None
    names = _named([paper for section in sections for paper in section.papers])
    return shapes.DayOfTopics(
        day=day,
        url=_day_url(day),
        topics=[
            shapes.Section(
                topic=section.topic.slug,
                papers_count=section.count,
                papers=[names[paper] for paper in section.papers if paper in names],
                note={language: text for language, text in section.note.items() if text},
            )
            for section in sections
        ],
    )


def all_topics() -> list[shapes.Topic]:
    """All topics, in their order. Five queries."""
    listings = topic_listings()
    newest = _named([listing.newest for listing in listings if listing.newest is not None])
    return [_topic(listing, newest.get(listing.newest or 0)) for listing in listings]


def one_topic(slug: str) -> shapes.Topic | None:
    """The topic with this ``slug``; None if there is none. Four queries."""
    topic = Topic.objects.filter(slug=slug).first()
    if topic is None:
        return None
    editions = listing_editions().filter(topic=topic).annotate(lead=FIRST_PAPER).order_by("-day")
    day, lead = editions.values_list("day", "lead").first() or (None, None)
    papers = listed_entries().filter(edition__topic=topic).count()
    newest = _named([lead]).get(lead) if lead else None
    return _topic(TopicListing(topic, papers, lead, day), newest)


def one_author(name: str) -> shapes.NamedAuthor | None:
    """Who has papers by this ``name``; None for nobody. Three queries."""
    found = author_papers(name, most=shapes.NEWEST)
    if found is None:
        return None
    names = _named(found.papers)
    quoted = quote(found.name, safe="")
    return shapes.NamedAuthor(
        name=found.name,
        url=f"{settings.SITE_URL}/authors/{quoted}/",
        newest=[names[paper] for paper in found.papers if paper in names],
        papers_url=f"{settings.SITE_URL}/api/papers?author={quoted}",
    )


def _topic(listing: TopicListing, newest: str | None) -> shapes.Topic:
    topic: Topic = listing.topic
    return shapes.Topic(
        slug=topic.slug,
        names=topic.names,
        area=topic.area,
        categories=topic.categories,
        papers=listing.papers,
        newest=newest,
        newest_day=listing.day,
        url=f"{settings.SITE_URL}/topics/{topic.slug}/en/",
    )


def _named(papers: Collection[int]) -> dict[int, str]:
    """The identifiers of ``papers`` (ids). One query."""
    return {row.pk: identifier(row) for row in Paper.objects.filter(pk__in=papers).only("arxiv_id")}


def _day_url(day: date) -> str:
    return f"{settings.SITE_URL}/archive/{day:%F}/en/"
