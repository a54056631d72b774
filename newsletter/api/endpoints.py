"""What the API answers: each operation with its parameters and shapes, from which the document is made."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path, Query
from ninja.errors import ValidationError
from ninja.renderers import JSONRenderer

from newsletter.api import lists, shapes
from newsletter.api import paper as one_paper
from newsletter.api.papers import Filters, page_of_papers
from newsletter.api.parameters import LONGEST_TEXT, Day, Paging, PaperLanguage, PaperParameters
from newsletter.api.problems import problem
from newsletter.archive import identifiers
from newsletter.errors import InvalidInput
from newsletter.models import Topic


class NotFound(InvalidInput):
    """What an address names is not there, or not public."""


class _Renderer(JSONRenderer):
    """JSON in which all scripts stand as they are."""

    json_dumps_params: Mapping[str, Any] = {"ensure_ascii": False}


api = NinjaAPI(
    title="Papers",
    version="1",
    description="What the public archive shows, read only. Nothing needs a key.",
    openapi_url=None,  # newsletter.api.document
    docs_url=None,
    urls_namespace="api",
    renderer=_Renderer(),
)


@api.get(
    "/papers",
    response=shapes.Page[shapes.ListedPaper],
    operation_id="listPapers",
    summary="Papers, the latest taken in first",
)
def list_papers(
    request: HttpRequest, response: HttpResponse, parameters: Query[PaperParameters]
) -> dict[str, Any]:
    """What editions or digests showed, but for what an editor took back or its authors withdrew."""
    if parameters.topic and not Topic.objects.filter(slug=parameters.topic).exists():
        raise NotFound(f"There is no topic {parameters.topic!r}; /api/topics has them all.")
    filters = Filters(
        day=parameters.day,
        topic=parameters.topic,
        category=parameters.category or "",
        author=parameters.author,
        language=parameters.language or "",
    )
    items, after = page_of_papers(filters, cursor=parameters.cursor, limit=parameters.limit)
    return _page(request, response, items, after)


@api.get(
    "/papers/{path:identifier}",
    response=shapes.Paper,
    operation_id="getPaper",
    summary="A paper, with summaries, evidence and provenance",
)
def get_paper(request: HttpRequest, identifier: str, parameters: Query[PaperLanguage]) -> shapes.Paper:
    """Withdrawn papers too."""
    del request
    try:
        _scheme, arxiv_id = identifiers.parse(identifier)
    except InvalidInput as error:
        raise NotFound(str(error)) from error
    paper = one_paper.public_paper(arxiv_id, parameters.language or "")
    if paper is None:
        raise NotFound(f"{identifier!r} is not among the papers of this site.")
    return paper


@api.get(
    "/days",
    response=shapes.Page[shapes.Day],
    operation_id="listDays",
    summary="Days that list papers, the newest first",
)
def list_days(request: HttpRequest, response: HttpResponse, parameters: Query[Paging]) -> dict[str, Any]:
    """Each with how many papers and topics it has, and what leads it."""
    items, after = lists.page_of_days(cursor=parameters.cursor, limit=parameters.limit)
    return _page(request, response, items, after)


@api.get("/days/{day}", response=shapes.DayOfTopics, operation_id="getDay", summary="A day, by topic")
def get_day(request: HttpRequest, day: Path[Day]) -> shapes.DayOfTopics:
    """In the order of the day; `/api/papers?day=` tells of the papers."""
    del request
    listed = lists.one_day(day)
    if listed is None:
        raise NotFound(f"Nothing is listed on {day}; /api/days has the days that list papers.")
    return listed


@api.get("/topics", response=list[shapes.Topic], operation_id="listTopics", summary="All topics")
def list_topics(request: HttpRequest) -> list[shapes.Topic]:
    """In the order of the site."""
    del request
    return lists.all_topics()


@api.get("/topics/{slug}", response=shapes.Topic, operation_id="getTopic", summary="A topic")
def get_topic(request: HttpRequest, slug: str) -> shapes.Topic:
    """`/api/papers?topic=` has its papers."""
    del request
    topic = lists.one_topic(slug)
    if topic is None:
        raise NotFound(f"There is no topic {slug[:LONGEST_TEXT]!r}; /api/topics has them all.")
    return topic


@api.get(
    "/authors/{name}",
    response=shapes.NamedAuthor,
    operation_id="getAuthor",
    summary="An author's name, and its newest papers",
)
def get_author(request: HttpRequest, name: str) -> shapes.NamedAuthor:
    """Whatever the accents and capitals. `/api/papers?author=` has all papers."""
    del request
    author = lists.one_author(name)
    if author is None:
        raise NotFound(f"No paper here has an author {name[:LONGEST_TEXT]!r}.")
    return author


def _page(request: HttpRequest, response: HttpResponse, items: list[Any], after: str) -> dict[str, Any]:
    """The shape :class:`shapes.Page`; where the list goes on stands in the Link header too (RFC 8288)."""
    if not after:
        return {"items": items, "next": None}
    parameters = request.GET.copy()
    parameters["cursor"] = after
    following = f"{settings.SITE_URL}{request.path}?{urlencode(sorted(parameters.items()))}"
    response["Link"] = f'<{following}>; rel="next"'
    return {"items": items, "next": following}


@api.exception_handler(ValidationError)
def _refuse_parameters(_request: HttpRequest, error: Any) -> HttpResponse:
    first = error.errors[0]
    name = str(first["loc"][-1])
    fault = str(first.get("ctx", {}).get("error") or first["msg"])
    return problem(
        400, f"The parameter “{name}” cannot be used: {fault[0].lower()}{fault[1:]}.", parameter=name
    )


@api.exception_handler(NotFound)
def _answer_not_found(_request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, str(error))


@api.exception_handler(InvalidInput)
def _refuse(_request: HttpRequest, error: Any) -> HttpResponse:
    return problem(400, str(error))


@api.exception_handler(Exception)
def _raise(_request: HttpRequest, error: Any) -> HttpResponse:
    """As any other view's: no traceback for strangers, and the log has it."""
    raise error
