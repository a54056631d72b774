"""The newest day, a day, and the pages of its parts: one topic, or what readers' own searches found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import re_path
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from newsletter.archive import days
from newsletter.archive.days import DaySection
from newsletter.day_rules import current_rules
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases
from newsletter.web.addresses import DAY, LANGUAGE, check_language, day_of, page_of
from newsletter.web.caching import public_page
from newsletter.web.feed_links import feeds_of_day
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import INTERFACE, Neighbour, Placement
from newsletter.web.structured import paper_items
from newsletter.web.waiting import why_no_edition

PAPERS_A_DAY = 24
"""Papers on the page of a whole day, of all topics together. The pages of its topics have the others."""
MOST_OF_A_TOPIC = 12
IN_FULL = 4
"""Of the papers on the page of a whole day, those that stand with all that is said of them."""
A_PAGE = 12
"""Papers in full on a page."""


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A topic on the page of a day: some papers in full, some as lines, and where the others are.

    ``more`` papers stand on the pages of the section, of which ``next_page`` continues this one.
    """

    topic: str
    slug: str
    note: str
    papers: tuple[PaperView, ...]
    lines: tuple[PaperView, ...]
    more: int
    next_page: int = 1


@public_page()
def today(request: HttpRequest, language: str) -> HttpResponse:
    """The newest day that lists something, at its own address for search engines; else why there is none."""
    check_language(language)
    speak(request, language)
    newest = days.newest_days(2)
    waiting = why_no_edition(timezone.now())
    if newest:
        previous = newest[1] if newest[1:] else None
        context = _whole_day(newest[0], language, previous=previous, following=None)
        return render(request, "web/day.html", context | {"waiting": waiting})
    place = Placement(
        path=f"/today/{language}/",
        title=gettext("Today"),
        description=gettext("The newest papers of the day, by topic."),
        language=language,
        pattern="/today/{language}/",
        is_indexed=False,
    )
    return render(request, "web/today.html", {"waiting": waiting, "place": place})


@public_page("topic", "list", "p")
def day(request: HttpRequest, day: str, language: str) -> HttpResponse:
    """One day in one language: the first papers of each topic. ``?topic=SLUG`` has all of one, in pages;
    ``?list=searches`` what only readers' own searches found.
    """
    chosen_day = day_of(day)
    check_language(language)
    speak(request, language)
    page = page_of(request.GET.get("p", ""))
    if request.GET.get("list") == "searches":
        context = _found_by_readers(chosen_day, language, page)
    elif slug := request.GET.get("topic", ""):
        context = _one_topic(chosen_day, slug, language, page)
    else:
        previous, following = days.day_before(chosen_day), days.day_after(chosen_day)
        context = _whole_day(chosen_day, language, previous=previous, following=following)
    return render(request, "web/day.html", context)


def _whole_day(
    chosen_day: date, language: str, *, previous: date | None, following: date | None
) -> dict[str, Any]:
    size = current_rules().edition_size
    sections = days.day_sections(chosen_day, each=min(size, MOST_OF_A_TOPIC))
    if not sections:
        raise Http404
    name = phrases(language).day(chosen_day)
    others = days.other_papers(chosen_day, following).count()
    shown = _sections(sections, language, size=size)
    return {
        "day": chosen_day,
        "heading": name,
        "sections": [section for section in shown if section.papers or section.lines],
        "others": [section for section in shown if not section.papers and not section.lines],
        "found_by_readers": others,
        "spoken": language,
        "place": Placement(
            path=_day_path(chosen_day, language),
            title=name,
            description=_description(shown, name),
            language=language,
            pattern=_day_path(chosen_day, "{language}"),
            previous=_day_neighbour(previous, language),
            following=_day_neighbour(following, language),
            feeds=feeds_of_day(chosen_day, language),
            picture=_picture(chosen_day, language),
            above=(Neighbour(f"/archive/?language={page_language()}", gettext("Archive")),),
            is_indexed=language in INTERFACE,
        ).listing(paper_items([paper for each in shown for paper in (*each.papers, *each.lines)])),
    }


def _description(sections: Sequence[ShownSection], day: str) -> str:
    """What stands on the page of a day: its first title and its topics."""
    papers = [paper for section in sections for paper in (*section.papers, *section.lines)]
    topics = ngettext("%(n)s topic", "%(n)s topics", len(sections)) % {"n": len(sections)}
    return f"{day} · {topics} · {papers[0].headline}" if papers else f"{day} · {topics}"


def _sections(sections: Sequence[DaySection], language: str, *, size: int) -> list[ShownSection]:
    """The first papers of each topic, each paper in the first that has it, :data:`PAPERS_A_DAY` in all."""
    each = max(PAPERS_A_DAY // len(sections), 1)
    chosen: dict[str, tuple[int, ...]] = {}
    seen: set[int] = set()
    for section in sections:
        fresh = tuple(paper for paper in section.papers if paper not in seen)
        chosen[section.topic.slug] = fresh[: min(each, max(PAPERS_A_DAY - len(seen), 0))]
        seen.update(chosen[section.topic.slug])
    views = load_views(seen, language)
    left = IN_FULL
    shown = []
    for section in sections:
        papers = [views[paper] for paper in chosen[section.topic.slug] if paper in views]
        # Some in full, and of many topics the first of each, so that the page begins with several.
        count = min(left, len(papers) if len(sections) <= 2 else 1)
        left -= min(count, len(papers))
        row = _shown_section(section, papers, language, in_full=count)
        continues = section.papers[: len(papers)] == chosen[section.topic.slug] and len(papers) == size
        shown.append(replace(row, next_page=2 if continues else 1))
    return shown


def _shown_section(
    section: DaySection, papers: Sequence[PaperView], language: str, *, in_full: int
) -> ShownSection:
    return ShownSection(
        topic=section.topic.name_in(language),
        slug=section.topic.slug,
        note=str(section.note.get(language) or ""),
        papers=tuple(papers[:in_full]),
        lines=tuple(papers[in_full:]),
        more=section.count - len(papers),
    )


def _one_topic(chosen_day: date, slug: str, language: str, page: int) -> dict[str, Any]:
    size = min(current_rules().edition_size, A_PAGE)
    section = days.day_section(chosen_day, slug, start=(page - 1) * size, most=size)
    if section is None or not section.papers:
        raise Http404
    views = load_views(section.papers, language)
    shown = _shown_section(
        section, [views[paper] for paper in section.papers if paper in views], language, in_full=size
    )
    shown = replace(shown, more=0, note=shown.note if page == 1 else "")
    query = f"?topic={slug}"
    context = _list_page(chosen_day, language, query, page=page, is_last=page * size >= section.count)
    title = f"{shown.topic} · {phrases(language).day(chosen_day)}"
    return context | {"sections": [shown], "place": _place_of_part(context["place"], title, shown)}


def _found_by_readers(chosen_day: date, language: str, page: int) -> dict[str, Any]:
    if not days.day_sections(chosen_day, each=1):
        raise Http404
    papers = days.other_papers(chosen_day, days.day_after(chosen_day))
    ids = list(papers.values_list("pk", flat=True)[(page - 1) * A_PAGE : page * A_PAGE + 1])
    if not ids:
        raise Http404
    views = load_views(ids[:A_PAGE], language)
    heading = gettext("Found by readers’ own searches")
    shown = ShownSection(heading, "", "", tuple(views[paper] for paper in ids if paper in views), (), 0)
    context = _list_page(chosen_day, language, "?list=searches", page=page, is_last=len(ids) <= A_PAGE)
    title = f"{heading} · {phrases(language).day(chosen_day)}"
    return context | {"sections": [shown], "place": _place_of_part(context["place"], title, shown)}


def _place_of_part(place: Placement, title: str, shown: ShownSection) -> Placement:
    papers = (*shown.papers, *shown.lines)
    description = f"{title} · {papers[0].headline}" if papers else title
    return replace(place, title=title, description=description).listing(paper_items(papers))


def _list_page(chosen_day: date, language: str, query: str, *, page: int, is_last: bool) -> dict[str, Any]:
    """What the pages of a part of a day share: the way to those before and after, and to the day."""

    def address(number: int, code: str = language) -> str:
        return _day_path(chosen_day, code) + query + (f"&p={number}" if number > 1 else "")

    def neighbour(number: int) -> Neighbour:
        return Neighbour(address(number), gettext("Page %(n)s") % {"n": number})

    name = phrases(language).day(chosen_day)
    return {
        "day": chosen_day,
        "heading": name,
        "is_part": True,
        "spoken": language,
        "place": Placement(
            path=address(page),
            title=name,
            description=name,
            language=language,
            pattern=address(page, "{language}"),
            previous=neighbour(page - 1) if page > 1 else None,
            following=None if is_last else neighbour(page + 1),
            picture=_picture(chosen_day, language),
            above=(Neighbour(_day_path(chosen_day, language), name),),
            # The day itself and the topic are what should be found; this lists some of their papers again.
            is_indexed=False,
        ),
    }


def _day_path(day: date, language: str) -> str:
    return f"/archive/{day:%F}/{language}/"


def _picture(day: date, language: str) -> str:
    return f"/share/days/{day:%F}/{language}.png"


def _day_neighbour(day: date | None, language: str) -> Neighbour | None:
    return None if day is None else Neighbour(_day_path(day, language), phrases(language).day(day))


urlpatterns = [
    re_path(rf"^today/{LANGUAGE}/$", today, name="today"),
    re_path(rf"^archive/{DAY}/{LANGUAGE}/$", day, name="archive-day"),
]
