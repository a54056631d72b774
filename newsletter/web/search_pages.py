"""The page that finds papers, and what it suggests while somebody types."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from newsletter.archive.public import listed_papers
from newsletter.languages import LANGUAGES
from newsletter.rendering.texts import clean
from newsletter.search.hits import Hit, load_hits
from newsletter.search.service import Results, search, search_alike
from newsletter.search.suggestions import suggest
from newsletter.search.wishes import wish_of
from newsletter.web.caching import public_page
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Neighbour, Placement
from newsletter.web.search_request import MOST_PAGES, PARAMETERS, SearchRequest, topic_choices

ON_A_PAGE: Final = 20
NEWEST: Final = 10  # papers under an empty form


@public_page(*PARAMETERS)
def search_page(request: HttpRequest) -> HttpResponse:
    """What was found for the words and filters of the address; without any, how to search, and the newest."""
    speak(request, request.GET.get("language", ""))
    asked = SearchRequest.of(request.GET)
    language = code if (code := request.GET.get("language", "")) in LANGUAGES else page_language()
    results = (
        search_alike(asked.like, asked.narrowing)
        if asked.like
        else search(asked.text, asked.narrowing, is_exact=asked.is_exact)
    )
    size = NEWEST if asked.is_empty else ON_A_PAGE
    shown = results.papers[(asked.page - 1) * size : asked.page * size]
    # What a paper shares with another one nobody typed: it is not marked.
    needs = () if asked.like else results.needs
    hits = load_hits([ranked.paper for ranked in shown], needs, language)
    topics = _named_topics()
    context = {
        "asked": asked,
        "results": results,
        "hits": hits,
        "suggested": _suggested([name for _slug, name in topics], hits),
        "first_number": (asked.page - 1) * size + 1,
        "topics": topics,
        "languages": [(code, spec.own_name) for code, spec in LANGUAGES.items()],
        "spoken": language,
        "place": _place(asked, results, language),
        **_ways_on(asked, results),
    }
    return render(request, "web/search.html", context)


@public_page("q", "language")
def suggestions(request: HttpRequest) -> HttpResponse:
    """Topics, authors and titles for what was typed so far: ``{"suggestions": […]}``."""
    speak(request, request.GET.get("language", ""))
    texts = suggest(request.GET.get("q", ""), topics=[name for _slug, name in _named_topics()])
    return JsonResponse({"suggestions": texts}, json_dumps_params={"ensure_ascii": False})


def _suggested(topics: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """What the box offers where no script asks for more: all topics, and the titles that the page shows."""
    return list(dict.fromkeys([*topics, *(hit.view.headline for hit in hits)]))


def _named_topics() -> list[tuple[str, str]]:
    """Slug and name of each topic in the page's language, by name."""
    code = page_language()
    names = [(topic.slug, str(topic.names.get(code) or topic.slug)) for topic in topic_choices()]
    return sorted(names, key=lambda pair: pair[1].casefold())


def _ways_on(asked: SearchRequest, results: Results) -> dict[str, Any]:
    """Where the page leads: to the words as typed, to fewer filters, to a query of one's own."""
    words = [need.word for need in results.needs] if asked.text else []
    is_named = bool(asked.text and not results.needs)
    wish = wish_of(words, asked.narrowing) if not (asked.like or is_named) else None
    return {
        "corrected": " ".join(word.shown for word in words) if results.corrected else "",
        "as_typed": asked.address(exact="1"),
        "without_filters": replace(asked, narrowing=type(asked.narrowing)(), topic="").address(),
        "wish": wish if wish and (wish.query or asked.text) else None,
    }


def _place(asked: SearchRequest, results: Results, language: str) -> Placement:
    size = NEWEST if asked.is_empty else ON_A_PAGE
    pages = 1 if asked.is_empty else min(-(-len(results.papers) // size), MOST_PAGES)
    query = asked.address(p=str(asked.page) if asked.page > 1 else "")

    def neighbour(page: int, name: str) -> Neighbour | None:
        address = asked.address(p=str(page) if page > 1 else "", language=language)
        return Neighbour(f"/search/?{address}", name) if 1 <= page <= pages else None

    return Placement(
        path=f"/search/?{query}&language={language}" if query else f"/search/?language={language}",
        title=_title(asked),
        description=_("Search the titles, authors, abstracts and summaries of all papers that stand here."),
        language=page_language(),
        pattern=f"/search/?{query}&language={{language}}" if query else "/search/?language={language}",
        previous=neighbour(asked.page - 1, _("Better matches")),
        following=neighbour(asked.page + 1, _("More results")),
        is_indexed=asked.is_empty,
    )


def _title(asked: SearchRequest) -> str:
    if asked.like:
        titles = listed_papers().filter(arxiv_id=asked.like).values_list("title", flat=True)[:1]
        return _("Papers like “%(title)s”") % {"title": clean(titles[0]) if titles else asked.like}
    return _("Search: %(words)s") % {"words": asked.text} if asked.text else _("Search")


urlpatterns = [
    path("search/", search_page, name="search"),
    path("search/suggest/", suggestions, name="search-suggest"),
]
