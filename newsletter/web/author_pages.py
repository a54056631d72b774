"""The papers that we hold of a name."""

import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext

from newsletter.archive.authors import author_papers, author_path
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.texts import clean
from newsletter.web.caching import public_page
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Neighbour, Placement

A_PAGE = 20
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@public_page("language", "before")
def author(request: HttpRequest, name: str) -> HttpResponse:
    """The papers of everybody who writes ``name`` so, the newest first; other spellings lead here."""
    speak(request, request.GET.get("language", ""))
    asked = request.GET.get("before", "")
    if asked and not _NUMBER.fullmatch(asked):
        raise Http404
    language = page_language()
    before = int(asked) if asked else None
    held = author_papers(name, before=before, most=A_PAGE)
    if held is None:
        raise Http404
    base = f"{author_path(held.name)}?language="
    query = f"&before={before}" if before else ""
    if held.name != name:
        return HttpResponseRedirect(f"{base}{language}{query}")
    views = load_views(held.papers, language)
    shown = clean(held.name)
    older = f"{base}{language}&before={held.older}" if held.older else ""
    context = {
        "name": shown,
        "papers": [views[paper] for paper in held.papers if paper in views],
        "spoken": language,
        "place": Placement(
            path=f"{base}{language}{query}",
            title=shown,
            description=gettext("Papers by %(name)s, the newest first.") % {"name": shown},
            language=language,
            pattern=f"{base}{{language}}{query}",
            previous=Neighbour(f"{base}{language}", gettext("Newest papers")) if before else None,
            following=Neighbour(older, gettext("Older papers")) if older else None,
            # The pages after the first move on with each new paper.
            is_indexed=before is None,
        ),
    }
    return render(request, "web/author.html", context)


urlpatterns = [path("authors/<path:name>/", author, name="author")]
