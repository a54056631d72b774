"""The desk's page on whether ranking by taste helps: votes, places, coverage, and the last replay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_safe

from newsletter.admin.shared import require_permission
from newsletter.desk.charts import columns
from subscriptions.desk import ranking_figures
from subscriptions.desk.ranking_figures import DAYS, FEWEST, Coverage, VoteFigures, Votes
from subscriptions.models import RankingReplay
from subscriptions.models.states import TasteState
from subscriptions.picks import Team

KEPT = 3600  # seconds: a month of digests and votes is added up
KINDS = {
    "topic": "of a topic the reader follows",
    "query": "answers a query of the reader",
    "pinned": "pinned by an editor",
    "update": "a new version of a paper sent before",
    "author": "by an author whom the reader liked",
    "coauthor": "by a co-author of one",
    "words": "shares words with a liked paper",
    "new": "new for the reader, to explore",
    "followed": "the reader follows it",
}
TEAMS = {Team.TASTE: "the reader's own order", Team.EVERYBODY: "everybody's order"}


def urls(wrap: Callable[..., Any], site: AdminSite) -> list[URLPattern]:
    """The address, below those of the deliveries; ``wrap`` asks who comes."""

    def page(request: HttpRequest) -> HttpResponse:
        return ranking_page(request, site)

    return [path("ranking/", wrap(require_safe(page)), name="subscriptions_delivery_ranking")]


def ranking_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The figures of the last :data:`DAYS` days, at most an hour old."""
    require_permission(request, "subscriptions.view_delivery")
    now = timezone.now()
    figures = cache.get_or_set(f"desk-ranking-{now:%F}", lambda: _figures(now), KEPT) or {}
    return TemplateResponse(
        request,
        "admin/desk/ranking.html",
        {
            **site.each_context(request),
            "title": "Does ranking help?",
            "window": DAYS,
            "fewest": FEWEST,
            "replay": RankingReplay.objects.order_by("-pk").first(),
            **figures,
        },
    )


def _figures(now: datetime) -> dict[str, Any]:
    votes = ranking_figures.vote_figures(now - timedelta(days=DAYS), now)
    # Of the days that are over everywhere: the digests of the others are still being made.
    days = [now.date() - timedelta(days=back) for back in range(DAYS // 2, 0, -1)]
    coverage = [one for day in days if (one := ranking_figures.coverage_of(day)) is not None]
    states = ranking_figures.taste_states()
    return {
        "votes": votes,
        "in_trial": votes.trial_readers >= FEWEST,
        "teams": [(TEAMS[team], votes.teams[team]) for team in Team],
        "kinds": [(KINDS.get(kind, kind.value), votes.kinds[kind]) for kind in sorted(votes.kinds)],
        "places": sorted(votes.places.items()),
        "days": sorted(votes.days.items()),
        "coverage": coverage,
        "states": [(label, states[state]) for state, label in TasteState.choices],
        "with_taste": ranking_figures.readers_with_taste(),
        "at": now,
        **_charts(votes, coverage),
    }


def _charts(votes: VoteFigures, coverage: list[Coverage]) -> dict[str, Any]:
    """The pictures; what few readers stand behind is in none."""

    def cast(one: Votes) -> int:
        return one.up + one.down

    places = [(f"place {at}", 100 * one.share.value) for at, one in _shown(votes.places) if one.share]
    by_day = [(f"{day:%-d %b}", float(cast(one))) for day, one in _shown(votes.days)]
    outside = [(f"{one.day:%-d %b}", round(100 * one.outside, 1)) for one in coverage if one.is_shown]
    return {
        "places_chart": columns(
            [(name, round(value, 1)) for name, value in places], label="Votes up by place", unit=" %"
        ),
        "days_chart": columns(by_day, label="Votes by day"),
        "outside_chart": columns(outside, label="Outside the most frequent topic", unit=" %"),
    }


def _shown(counted: dict[Any, Votes]) -> list[tuple[Any, Votes]]:
    return sorted((key, one) for key, one in counted.items() if one.is_shown)
