"""The public pages of the content: past editions, single papers, and whether the service is well."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from lib.redis_clients import redis_client
from newsletter.day_rules import current_rules
from newsletter.languages import LANGUAGES
from newsletter.models import Edition, Entry
from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from newsletter.web.corrections import public_corrections
from newsletter.web.openness import public_paper
from newsletter.web.pages import page_language, speak
from newsletter.web.waiting import why_no_edition

DAYS_LISTED = 60
SHOWN_A_TOPIC = 12
"""Papers of each topic on the page of a whole day; the page of one of its topics has ``EDITION_SIZE``."""
log = logging.getLogger(__name__)

_public = cache_control(public=True, max_age=300)


@require_safe
@_public
def archive(request: HttpRequest) -> HttpResponse:
    """The days that have a ready edition, newest first, and why today's is not among them."""
    speak(request, request.GET.get("language", ""))
    days = Edition.objects.ready().order_by("-day").values_list("day", flat=True).distinct()[:DAYS_LISTED]
    context = {"days": list(days), "spoken": page_language(), "waiting": why_no_edition(timezone.now())}
    return render(request, "web/archive.html", context)


@require_safe
@_public
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
    context = {
        "day": chosen_day,
        "sections": sections,
        "spoken": language,
        "heading": phrases(language).day(chosen_day),
    }
    return render(request, "web/day.html", context | _other_languages(request))


@require_safe
@_public
def paper(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """One paper in one language."""
    if language not in LANGUAGES or "\0" in arxiv_id:
        raise Http404
    speak(request, language)
    row = public_paper(request, arxiv_id)
    view = load_views({row.pk}, language, also_withdrawn=True)[row.pk]
    context = {
        "paper": view,
        "evidence": evidence_of(view, row.abstract),
        "corrections": public_corrections(row.pk, language),
        "is_withdrawn": row.is_withdrawn,
        "spoken": language,
    }
    return render(request, "web/paper.html", context | _other_languages(request))


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    del request
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database and the broker answer too; else 503, and which does not."""
    del request
    answers = {"database": _database_answers(), "broker": _broker_answers()}
    well = all(answers.values())
    words = {name: "ok" if fine else "failed" for name, fine in answers.items()}
    return JsonResponse({"status": "ok" if well else "failed", **words}, status=200 if well else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("The database does not answer.")
        return False
    return True


def _broker_answers() -> bool:
    try:
        with redis_client(settings.REDIS_URL, timeout=2) as client:
            client.ping()
    except redis.RedisError:
        log.warning("The broker does not answer.")
        return False
    return True


def _sections(
    editions: Sequence[Edition], language: str, *, start: int = 0, end: int, next_page: int = 1
) -> list[dict[str, Any]]:
    """The papers from ``start`` to ``end`` of each edition, each paper in the first that shows it."""
    visible: dict[int, list[int]] = {edition.pk: [] for edition in editions}
    rows = Entry.objects.filter(edition__in=editions, is_hidden=False, paper__is_withdrawn=False)
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


def _other_languages(request: HttpRequest) -> dict[str, Any]:
    """The same page in the other languages of the interface."""
    head, _slash, _language = request.path.rstrip("/").rpartition("/")
    return {
        "addresses": [
            (code, language.own_name, f"{head}/{code}/")
            for code, language in LANGUAGES.items()
            if language.django_code in dict(settings.LANGUAGES)
        ]
    }
