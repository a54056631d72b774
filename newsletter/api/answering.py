"""What every address of the API does around its operation: methods, limits, parameters, CORS."""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from newsletter.api.limits import count_request, give_back
from newsletter.api.problems import problem
from newsletter.web.caching import LONGEST_VALUE, MOST_VALUES, public_page

METHODS: Final = "GET, HEAD, OPTIONS"
EXPOSED: Final = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
ASKED_WITH: Final = "Accept, If-None-Match"
View = Callable[..., HttpResponse]


def machine_page(view: View, parameters: Collection[str]) -> View:
    """``view`` (of GET) as an address of the API that takes ``parameters`` and no other; each once, but for
    "name*".

    Kept and conditional as all public pages are; open to scripts of all sites, because nothing here is
    anybody's own.
    """
    kept = public_page(*parameters)(_as_get(view))

    @csrf_exempt  # other methods get 405 here, not the page about forged forms
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return _open(_preflight())
        now = timezone.now()
        standing = count_request(request, now=now)
        if not standing.is_within:
            wait = f"come back in {standing.seconds} seconds"
            response = problem(429, f"More than {standing.limit.most} requests in a minute: {wait}.")
        else:
            response = _refusal(request, parameters) or _answered(kept, request, *args, **kwargs)
        if (
            response.status_code == HTTPStatus.NOT_MODIFIED
            and request.headers.get("If-None-Match", "").strip() != "*"
        ):
            give_back(request, now=now)
        standing.tell(response)
        return _open(response)

    return answer


def _answered(kept: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    response = kept(request, *args, **kwargs)
    if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        return response
    late = problem(503, "This takes too long: ask for fewer items, or again in a minute.")
    late["Retry-After"] = response["Retry-After"]
    return late


def no_such_address(request: HttpRequest, **_rest: str) -> HttpResponse:
    """The answer for every other path below ``/api/``."""
    return problem(
        404, f"The API has no address {request.path[:LONGEST_VALUE]!r}; /api/openapi.json has all."
    )


def _preflight() -> HttpResponse:
    """What scripts of other sites may ask (CORS, Fetch standard)."""
    response = HttpResponse(status=204, headers={"Allow": METHODS})
    response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = ASKED_WITH
    response["Access-Control-Max-Age"] = "86400"  # seconds
    return response


def _refusal(request: HttpRequest, parameters: Collection[str]) -> HttpResponse | None:
    if request.method not in ("GET", "HEAD"):
        response = problem(405, f"This API is read only: use {METHODS}.")
        response["Allow"] = METHODS
        return response
    try:
        given = list(request.GET.lists())
    except TooManyFieldsSent:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return problem(400, f"This request has more than {most} parameters: give each once.")
    return _wrong_parameter(given, parameters)


def _wrong_parameter(given: list[tuple[str, list[str]]], parameters: Collection[str]) -> HttpResponse | None:
    known = {parameter.removesuffix("*"): parameter.endswith("*") for parameter in parameters}
    for name, values in given:
        if name not in known:
            taken = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            return problem(
                400, f"This address has no parameter “{name[:LONGEST_VALUE]}”: {taken}.", parameter=name
            )
        if fault := _fault(values, may_repeat=known[name]):
            return problem(400, f"The parameter “{name}” {fault}.", parameter=name)
    return None


def _fault(values: Sequence[str], *, may_repeat: bool) -> str:
    if len(values) > 1 and not may_repeat:
        return "is there twice: give it once"
    if len(values) > MOST_VALUES:
        return f"is there more than {MOST_VALUES} times"
    if not all(values):
        return "is empty: leave it out"
    if any(len(value) > LONGEST_VALUE for value in values):
        return f"is longer than {LONGEST_VALUE} characters"
    return ""


def _as_get(view: View) -> View:
    """HEAD is GET without the body, which the server leaves out."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method, request.method = request.method, "GET"
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = method

    return answer


def _open(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response
