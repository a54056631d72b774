"""The past editions: all days, and the papers of one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.utils import timezone
from django.utils.translation import gettext

from newsletter.archive.public import listed_entries
from newsletter.day_rules import current_rules
from newsletter.languages import LANGUAGES
from newsletter.models import Edition
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from newsletter.web.caching import public_page
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Placement
from newsletter.web.waiting import why_no_edition

DAYS_LISTED = 60
SHOWN_A_TOPIC = 12
"""Papers of each topic on the page of a whole day; the page of one of its topics has ``EDITION_SIZE``."""


@public_page("language")
def archive(request: HttpRequest) -> HttpResponse:
    """The days that have a ready edition, newest first, and why today's is not among them."""
    speak(request, request.GET.get("language", ""))
    days = Edition.objects.ready().order_by("-day").values_list("day", flat=True).distinct()[:DAYS_LISTED]
    context = {
        "days": list(days),
        "spoken": page_language(),
        "waiting": why_no_edition(timezone.now()),
        "place": Placement(
            path=f"/archive/?language={page_language()}",
            title=gettext("Past editions"),
            description=gettext("Past editions"),
            language=page_language(),
            pattern="/archive/?language={language}",
        ),
    }
    return render(request, "web/archive.html", context)


@public_page("topic", "p")
def day(request: HttpRequest, day: str, language: str) -> HttpResponse:
    """One day's editions in one language, the first papers of each; ``?topic=SLUG`` is one of them, in pages
    of ``EDITION_SIZE``.
    """
    chosen_day = _day(day)
    if language not in LANGUAGES:
        raise Http404
    speak(request, language)
    topic = request.GET.get("topic", "")
    editions = list(
        Edition.objects.ready()
        .filter(day=chosen_day, **({"topic__slug": topic.replace("\0", "")} if topic else {}))
        .select_related("topic")
        .order_by("topic__position", "pk")
    )
    if not editions:
        raise Http404
    size = current_rules().edition_size
    if not topic:
        end = min(size, SHOWN_A_TOPIC)
        # The page of a topic goes on where this one stops, unless that is within its first page.
        sections = _sections(editions, language, end=end, next_page=2 if end == size else 1)
    else:
        page = _page(request.GET.get("p", ""))
        sections = _sections(editions, language, start=(page - 1) * size, end=page * size, next_page=page + 1)
    if topic and not sections:
        raise Http404
    heading = phrases(language).day(chosen_day)
    context = {
        "day": chosen_day,
        "sections": sections,
        "spoken": language,
        "heading": heading,
        "place": Placement(
            path=f"/archive/{chosen_day:%F}/{language}/",
            title=heading,
            description=heading,
            language=language,
            pattern=f"/archive/{chosen_day:%F}/{{language}}/",
            picture=f"/share/days/{chosen_day:%F}/{language}.png",
        ),
    }
    return render(request, "web/day.html", context)


def _sections(
    editions: Sequence[Edition], language: str, *, start: int = 0, end: int, next_page: int = 1
) -> list[dict[str, Any]]:
    """The papers from ``start`` to ``end`` of each edition, each paper in the first that shows it."""
    visible: dict[int, list[int]] = {edition.pk: [] for edition in editions}
    rows = listed_entries().filter(edition__in=editions)
    for edition_id, paper in rows.values_list("edition_id", "paper_id"):
        visible[edition_id].append(paper)
    views = load_views({paper for papers in visible.values() for paper in papers[start:end]}, language)
    shown: set[int] = set()
    sections = []
    for edition in editions:
        papers = visible[edition.pk]
        fresh = [paper for paper in papers[start:end] if paper not in shown]
        shown.update(fresh)
        if fresh:
            sections.append(
                {
                    "topic": edition.topic.name_in(language),
                    "slug": edition.topic.slug,
                    "note": str(edition.note.get(language) or "") if start == 0 else "",
                    "papers": [views[paper] for paper in fresh if paper in views],
                    "more": len(papers) - end,
                    "next_page": next_page,
                }
            )
    return sections


def _page(text: str) -> int:
    """The number of a page in untrusted ``text``, else the first."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) <= 3 else 1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


urlpatterns = [
    path("archive/", archive, name="archive"),
    re_path(r"^archive/(?P<day>\d{4}-\d\d-\d\d)/(?P<language>[A-Za-z-]{2,10})/$", day, name="archive-day"),
]
