"""The topics of the archive, and what each lists: the newest papers, and all of them month by month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.utils.translation import gettext

from newsletter.archive.topics import (
    TopicListing,
    TopicPapers,
    topic_listings,
    topic_months,
    topic_papers,
)
from newsletter.models import Topic
from newsletter.rendering.paper_rows import load_headlines, load_views
from newsletter.rendering.papers import PaperTitle, PaperView
from newsletter.rendering.phrases import phrases
from newsletter.topics.catalogue import load_areas
from newsletter.web.addresses import LANGUAGE, check_language, month_of, page_of
from newsletter.web.caching import public_page
from newsletter.web.feed_links import feeds_of_topic
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import INTERFACE, Neighbour, Placement
from newsletter.web.structured import paper_items

A_PAGE = 20
"""Papers on a page of a topic, as lines."""


@dataclass(frozen=True, slots=True)
class ShownTopic:
    """A topic in the list of all; one that lists nothing has no ``newest``."""

    slug: str
    name: str
    count: int
    day: date | None
    newest: PaperTitle | None


@dataclass(frozen=True, slots=True)
class ShownDay:
    """The papers of one day on a page of a topic."""

    day: date
    papers: tuple[PaperView, ...]


@public_page("language")
def topics(request: HttpRequest) -> HttpResponse:
    """All topics under their headings: how many papers each lists, and its newest title."""
    speak(request, request.GET.get("language", ""))
    language = page_language()
    listings = topic_listings()
    titles = load_headlines([each.newest for each in listings if each.newest is not None], language)
    context = {
        "areas": _by_area(listings, titles, language),
        "spoken": language,
        "place": Placement(
            path=f"/topics/?language={language}",
            title=gettext("Topics"),
            description=gettext("All topics, how many papers each has, and the newest title of each."),
            language=language,
            pattern="/topics/?language={language}",
        ),
    }
    return render(request, "web/topics.html", context)


def _by_area(
    listings: Sequence[TopicListing], titles: Mapping[int, PaperTitle], language: str
) -> list[tuple[str, list[ShownTopic]]]:
    """The names of the areas that have topics, in the catalogue's order, each with its topics."""
    names = {area.slug: area.name_in(language) for area in load_areas()}
    areas: dict[str, list[ShownTopic]] = {slug: [] for slug in names}
    for each in listings:
        areas.setdefault(each.topic.area, []).append(
            ShownTopic(
                slug=each.topic.slug,
                name=each.topic.name_in(language),
                count=each.papers,
                day=each.day,
                newest=titles.get(each.newest) if each.newest is not None else None,
            )
        )
    return [(names.get(slug, slug), shown) for slug, shown in areas.items() if shown]


@public_page("month", "p")
def topic(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """The newest papers of a topic in one language; ``?month=2026-04`` has all of a month, in pages."""
    check_language(language)
    speak(request, language)
    row = Topic.objects.filter(slug=slug).first()
    months = topic_months(row.pk) if row is not None else []
    if row is None or not (months or row.is_active):
        raise Http404
    asked, page = request.GET.get("month", ""), page_of(request.GET.get("p", ""))
    month = month_of(asked) if asked else None
    if (month is not None and month not in months) or (month is None and page > 1):
        raise Http404
    papers = topic_papers(row.pk, month=month, start=(page - 1) * A_PAGE, most=A_PAGE)
    if page > 1 and not papers.papers:
        raise Http404
    shown = _by_day(papers, language)
    place = _place(row, language, month=month, page=page, around=_around(papers, months, month, page))
    context = {
        "topic": row,
        "name": row.name_in(language),
        "month": phrases(language).month(month) if month else "",
        "months": [(each, phrases(language).month(each), each == month) for each in months],
        "days": shown,
        "spoken": language,
        "place": place.listing(paper_items([paper for each in shown for paper in each.papers])),
    }
    return render(request, "web/topic.html", context)


def _by_day(papers: TopicPapers, language: str) -> list[ShownDay]:
    views = load_views({paper for _, paper in papers.papers}, language)
    grouped: Iterable[Any] = groupby(papers.papers, key=lambda row: row[0])
    shown = [
        ShownDay(day, tuple(views[paper] for _, paper in rows if paper in views)) for day, rows in grouped
    ]
    return [each for each in shown if each.papers]


Spot = tuple[date, int] | None
"""A month and the number of a page of it; None is the page of the newest papers."""


def _around(
    papers: TopicPapers, months: Sequence[date], month: date | None, page: int
) -> tuple[list[Spot], list[Spot]]:
    """The page with newer papers and the one with older ones, where there are such."""
    if month is None:
        return [], [(months[0], 1)] if months else []
    at = months.index(month)
    newer: Spot = (month, page - 1) if page > 1 else (months[at - 1], 1) if at else None
    older: list[Spot] = [(each, 1) for each in months[at + 1 : at + 2]]
    return [newer], [(month, page + 1)] if page * A_PAGE < papers.count else older


def _place(
    topic: Topic,
    language: str,
    *,
    month: date | None,
    page: int,
    around: tuple[Sequence[Spot], Sequence[Spot]],
) -> Placement:
    name = topic.name_in(language)
    here = None if month is None else (month, page)
    before, after = ([_neighbour(topic, spot, language) for spot in spots] for spots in around)
    title = name if here is None else f"{name} · {_name_of(here, language)}"
    return Placement(
        path=_path(topic, here, language),
        title=title,
        description=gettext("New research papers on this topic, in short: %(topic)s") % {"topic": title},
        language=language,
        pattern=_path(topic, here, "{language}"),
        previous=before[0] if before else None,
        following=after[0] if after else None,
        feeds=feeds_of_topic(topic, language),
        picture=f"/share/topics/{topic.slug}/{language}.png",
        above=(Neighbour(f"/topics/?language={language}", gettext("Topics")),),
        # The pages after the first move on with each new paper; in other languages only papers have texts.
        is_indexed=language in INTERFACE and here is None,
    )


def _neighbour(topic: Topic, spot: Spot, language: str) -> Neighbour:
    return Neighbour(_path(topic, spot, language), _name_of(spot, language))


def _name_of(spot: Spot, language: str) -> str:
    if spot is None:
        return gettext("Newest papers")
    month, page = spot
    name = phrases(language).month(month)
    return name if page == 1 else f"{name} · {gettext('Page %(n)s') % {'n': page}}"


def _path(topic: Topic, spot: Spot, language: str) -> str:
    path = f"/topics/{topic.slug}/{language}/"
    if spot is None:
        return path
    month, page = spot
    return f"{path}?month={month:%Y-%m}" + (f"&p={page}" if page > 1 else "")


urlpatterns = [
    path("topics/", topics, name="topics"),
    re_path(rf"^topics/(?P<slug>[-\w]{{1,60}})/{LANGUAGE}/$", topic, name="topic"),
]
