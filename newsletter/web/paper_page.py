"""The page of a paper: all that is said of it, and what that rests on."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import re_path

from newsletter.languages import LANGUAGES
from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from newsletter.web.caching import public_page
from newsletter.web.corrections import public_corrections
from newsletter.web.openness import public_paper
from newsletter.web.pages import speak
from newsletter.web.placement import Placement
from newsletter.web.structured import scholarly_article


@public_page()
def paper(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """One paper in one language."""
    if language not in LANGUAGES or "\0" in arxiv_id:
        raise Http404
    speak(request, language)
    row = public_paper(request, arxiv_id)
    view = load_views({row.pk}, language, also_withdrawn=True)[row.pk]
    path = f"/papers/{row.arxiv_id}/{language}/"
    context = {
        "paper": view,
        "evidence": evidence_of(view, row.abstract),
        "corrections": public_corrections(row.pk, language),
        "is_withdrawn": row.is_withdrawn,
        "spoken": language,
        "place": Placement(
            path=path,
            title=view.headline,
            description=view.sentence,
            language=language,
            pattern=f"/papers/{row.arxiv_id}/{{language}}/",
            picture=f"/share{path.removesuffix('/')}.png",
            kind="article",
            structured=scholarly_article(row, view, page=path),
            is_indexed=not row.is_withdrawn,
        ),
    }
    return render(request, "web/paper.html", context)


_ADDRESS = r"^papers/(?P<arxiv_id>[A-Za-z.-]*/?[0-9.]{7,12})/(?P<language>[A-Za-z-]{2,10})/$"
urlpatterns = [re_path(_ADDRESS, paper, name="paper")]
