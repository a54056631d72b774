"""The page of a paper: all that is said of it, what that rests on, and where it leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import re_path
from django.utils.translation import gettext

from newsletter.archive.related import related_to
from newsletter.languages import DEFAULT_LANGUAGE
from newsletter.readings.offers import figures_of
from newsletter.rendering.citations import Citation
from newsletter.rendering.evidence import evidence_of
from newsletter.rendering.paper_rows import load_views
from newsletter.web import paper_parts as parts
from newsletter.web.addresses import LANGUAGE, check_language
from newsletter.web.caching import public_page
from newsletter.web.corrections import public_corrections
from newsletter.web.openness import public_paper
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Neighbour, Placement
from newsletter.web.structured import scholarly_article

RELATED = 4  # of one without a summary the sentence is worked out anew: some milliseconds each
FIGURES = 3


@public_page()
def paper(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """One paper in one language. The same for everybody: what a reader does with it has a page of its own."""
    check_language(language)
    speak(request, language)
    row = public_paper(request, arxiv_id)
    near = related_to(row.pk, RELATED)
    views = load_views({row.pk, *(each.paper for each in near)}, language, also_withdrawn=True)
    view = views[row.pk]
    path = f"/papers/{row.arxiv_id}/{language}/"
    languages = parts.languages_of(row)
    context = {
        "paper": view,
        "picture": parts.own_picture(view.picture),
        "authors": parts.authors_of(row),
        "evidence": evidence_of(view, row.abstract),
        "corrections": public_corrections(row.pk, language),
        "figures": figures_of(row, most=FIGURES),
        "versions": parts.shown_versions(row, language),
        "where": parts.where_of(row, language),
        "other_languages": parts.other_languages(row, language, languages),
        "related": parts.shown_related(near, views),
        "citations": parts.shown_citations(row),
        "acts": parts.reader_acts(),
        "is_withdrawn": row.is_withdrawn,
        "spoken": language,
        "place": Placement(
            path=path,
            title=view.headline,
            description=view.sentence,
            language=language,
            pattern=f"/papers/{row.arxiv_id}/{{language}}/",
            languages=languages,
            repeats="" if language in languages else f"/papers/{row.arxiv_id}/{DEFAULT_LANGUAGE}/",
            picture=f"/share{path.removesuffix('/')}.png",
            kind="article",
            structured=scholarly_article(row, view, page=path),
            above=(Neighbour(f"/archive/?language={page_language()}", gettext("Archive")),),
            is_indexed=not row.is_withdrawn,
        ),
    }
    return render(request, "web/paper.html", context)


@public_page()
def citation(request: HttpRequest, arxiv_id: str, ending: str) -> HttpResponse:
    """How a paper is cited, as a file for programs that keep references."""
    row = public_paper(request, arxiv_id)
    _, write, content_type = parts.CITATION_FORMS[ending]
    answer = HttpResponse(write([Citation.of(row)]), content_type=content_type)
    name = row.arxiv_id.replace("/", "-")
    answer["Content-Disposition"] = f'attachment; filename="arxiv-{name}.{ending}"'
    return answer


_ID = r"^papers/(?P<arxiv_id>[A-Za-z.-]*/?[0-9.]{7,12})"
urlpatterns = [
    re_path(rf"{_ID}/paper\.(?P<ending>bib|ris|json)$", citation, name="citation"),
    re_path(rf"{_ID}/{LANGUAGE}/$", paper, name="paper"),
]
