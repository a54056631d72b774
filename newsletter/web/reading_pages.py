"""The page of a paper read in depth, and the pictures that it shows."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Figure, Reading, ReadingText, Summary
from newsletter.readings.pages import PageRows, page_of
from newsletter.web.addresses import LANGUAGE, check_language
from newsletter.web.caching import KEPT_ELSEWHERE, public_page
from newsletter.web.openness import public_paper
from newsletter.web.pages import speak
from newsletter.web.placement import INTERFACE, Neighbour, Placement

_ID = r"(?P<arxiv_id>[A-Za-z.-]*/?[0-9.]{7,12})"
_TYPES = {"webp": "image/webp", "png": "image/png"}


@public_page()
def in_depth(request: HttpRequest, arxiv_id: str, language: str) -> HttpResponse:
    """The reading of a paper in a language; without one, the abstract and the figures that may be shown."""
    check_language(language)
    speak(request, language)
    paper = public_paper(request, arxiv_id)
    texts = ReadingText.objects.filter(reading__paper=paper, state=ReadingText.State.READY)
    rows = PageRows(
        reading=Reading.objects.filter(paper=paper).first(),
        text=texts.filter(language=language).first(),
        figures=list(Figure.objects.filter(paper=paper)),
        summary=Summary.objects.shown().filter(paper=paper, language=language).first(),
    )
    page = page_of(paper, rows, code=language)
    written = {DEFAULT_LANGUAGE, *texts.values_list("language", flat=True)} if page.is_read else INTERFACE
    languages = [code for code in LANGUAGES if code in written]
    context = {
        "page": page,
        "words": page.words,
        "spoken": language,
        "place": Placement(
            path=f"/papers/{paper.arxiv_id}/{language}/in-depth/",
            title=f"{page.title} · {page.words['heading']}",
            description=page.translated_title or page.title,
            language=language,
            pattern=f"/papers/{paper.arxiv_id}/{{language}}/in-depth/" if page.is_read else "",
            languages=tuple(languages),
            repeats="" if language in languages else f"/papers/{paper.arxiv_id}/{DEFAULT_LANGUAGE}/in-depth/",
            picture=f"/share/papers/{paper.arxiv_id}/{language}.png",
            kind="article",
            above=(Neighbour(f"/papers/{paper.arxiv_id}/{language}/", page.title),),
            is_indexed=page.is_read and not paper.is_withdrawn,
        ),
        "addresses": [
            (code, LANGUAGES[code].own_name, f"/papers/{paper.arxiv_id}/{code}/in-depth/")
            for code in LANGUAGES
            if code in languages or code == language
        ],
    }
    return render(request, "web/reading/page.html", context)


@require_safe
@cache_control(public=True, max_age=31_536_000, s_maxage=KEPT_ELSEWHERE, immutable=True)
def picture(request: HttpRequest, arxiv_id: str, name: str) -> FileResponse:
    """One file of a figure that may be shown; its name changes with its contents.

    Whoever has it keeps it; a cache that serves others asks again, for an editor may hide the paper.
    """
    public_paper(request, arxiv_id)
    shown = Figure.objects.shown().filter(paper__arxiv_id=arxiv_id).only("files")
    path = next(
        (path for figure in shown for path in figure.files.values() if path.rsplit("/", 1)[-1] == name), None
    )
    if path is None or not default_storage.exists(path):
        raise Http404
    kind = _TYPES.get(path.rsplit(".", 1)[-1])
    if kind is None:
        raise Http404
    return FileResponse(default_storage.open(path), content_type=kind)


urlpatterns = [
    re_path(rf"^papers/{_ID}/{LANGUAGE}/in-depth/$", in_depth, name="in-depth"),
    re_path(rf"^papers/{_ID}/figures/(?P<name>[\w.-]{{1,120}})$", picture, name="figure"),
]
