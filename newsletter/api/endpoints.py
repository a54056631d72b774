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
from newsletter.api.parameters import (
    LONGEST_TEXT,
    Day,
    Paging,
    PaperLanguage,
    PaperParameters,
    SearchParameters,
    days_of,
)
from newsletter.api.problems import problem
from newsletter.api.search import find, page_of_results
from newsletter.archive import identifiers
from newsletter.errors import InvalidInput
from newsletter.models import Topic
from newsletter.search.narrowing import Narrowing


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
) -> shapes.Page[shapes.ListedPaper]:
    """What editions or digests showed, but for what an editor took back or its authors withdrew."""
    if parameters.topic and not Topic.objects.filter(slug=parameters.topic).exists():
        raise _no_topic(parameters.topic)
    filters = Filters(
        day=parameters.day,
        topic=parameters.topic,
        category=parameters.category or "",
        author=parameters.author,
        language=parameters.language or "",
    )
    items, after = page_of_papers(filters, cursor=parameters.cursor, limit=parameters.limit)
    # Not validated again: the items are of these shapes already, and one of fifty costs a millisecond.
    return shapes.Page[shapes.ListedPaper].model_construct(**_page(request, response, items, after))


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


@api.get(
    "/search",
    response=shapes.FoundPapers,
    operation_id="searchPapers",
    summary="Papers that answer a search, the best first",
)
def search_papers(
    request: HttpRequest, response: HttpResponse, parameters: Query[SearchParameters]
) -> shapes.FoundPapers:
    """Those with all words before those that lack some; at most some 600. `/search/` finds the same."""
    if parameters.q and parameters.like:
        raise InvalidInput("Give words in “q” or a paper in “like”, not both.")
    results = find(
        parameters.q, parameters.like, _narrowing(parameters), is_exact=parameters.exact is not None
    )
    if results is None:
        raise NotFound(f"“like” names no paper of this site: {parameters.like!r}.")
    items, after = page_of_results(
        results, parameters.language or "", cursor=parameters.cursor, limit=parameters.limit
    )
    told: dict[str, Any] = {"count": results.count, "is_cut": results.is_cut, "corrected": results.corrected}
    return shapes.FoundPapers.model_construct(**_page(request, response, items, after), **told)


def _narrowing(parameters: SearchParameters) -> Narrowing:
    topic = None
    if parameters.topic:
        topic = Topic.objects.filter(slug=parameters.topic).values_list("pk", flat=True).first()
        if topic is None:
            raise _no_topic(parameters.topic)
    since, until = days_of(parameters.day) if parameters.day else (parameters.since, parameters.until)
    return Narrowing(
        since=since,
        until=until,
        topic=topic,
        category=parameters.category or "",
        author=parameters.author,
        language=parameters.language or "",
        has_code="code" in parameters.has,
        has_reading="reading" in parameters.has,
    )


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
        raise _no_topic(slug)
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


def _no_topic(slug: str) -> NotFound:
    return NotFound(f"There is no topic {slug[:LONGEST_TEXT]!r}; /api/topics has them all.")


def _page(request: HttpRequest, response: HttpResponse, items: list[Any], after: str) -> dict[str, Any]:
    """The fields of :class:`shapes.Page`; where the list goes on stands in the Link header too (RFC 8288)."""
    if not after:
        return {"items": items, "next": None}
    parameters = request.GET.copy()
    parameters["cursor"] = after
    following = f"{settings.SITE_URL}{request.path}?{urlencode(sorted(parameters.lists()), doseq=True)}"
    response["Link"] = f'<{following}>; rel="next"'
    return {"items": items, "next": following}


@api.exception_handler(ValidationError)
def _refuse_parameters(_request: HttpRequest, error: Any) -> HttpResponse:
    first = error.errors[0]
    name = [part for part in first["loc"] if isinstance(part, str)][-1]  # behind it, the place in a list
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
