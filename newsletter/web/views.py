"""The public pages of the content: past editions, single papers, and whether the service is well."""

import logging
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
from newsletter.languages import LANGUAGES
from newsletter.models import Edition, Entry
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.phrases import phrases
from newsletter.web.openness import public_paper
from newsletter.web.pages import page_language, speak
from newsletter.web.waiting import why_no_edition

DAYS_LISTED = 60
SHOWN_A_TOPIC = 12
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
    """One day's editions in one language."""
    chosen_day = _day(day)
    if language not in LANGUAGES:
        raise Http404
    speak(request, language)
    editions = list(
        Edition.objects.ready()
        .filter(day=chosen_day)
        .select_related("topic")
        .order_by("topic__position", "pk")
    )
    if not editions:
        raise Http404
    entries: dict[int, list[Entry]] = {}
    rows = Entry.objects.filter(edition__in=editions, is_hidden=False, paper__is_withdrawn=False)
    for entry in rows:
        entries.setdefault(entry.edition_id, []).append(entry)
    shown = {edition.pk: entries.get(edition.pk, [])[:SHOWN_A_TOPIC] for edition in editions}
    views = load_views({entry.paper_id for of_topic in shown.values() for entry in of_topic}, language)
    shown_papers: set[int] = set()
    sections: list[dict[str, Any]] = []
    for edition in editions:
        fresh = [entry.paper_id for entry in shown[edition.pk] if entry.paper_id not in shown_papers]
        shown_papers.update(fresh)
        if fresh:
            sections.append(
                {
                    "topic": edition.topic.name_in(language),
                    "note": str(edition.note.get(language) or ""),
                    "papers": [views[paper] for paper in fresh if paper in views],
                    "more": len(entries[edition.pk]) - len(shown[edition.pk]),
                }
            )
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
    context = {"paper": view, "is_withdrawn": row.is_withdrawn, "spoken": language}
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
