"""What every address of the API does before and after its operation: methods, parameters, CORS."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from newsletter.api.problems import problem
from newsletter.web.caching import LONGEST_VALUE, public_page

METHODS: Final = "GET, HEAD, OPTIONS"
EXPOSED: Final = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
ASKED_WITH: Final = "Accept, If-None-Match"
View = Callable[..., HttpResponse]


def machine_page(view: View, parameters: Collection[str]) -> View:
    """``view`` (of GET) as an address of the API that takes ``parameters`` and no other.

    Kept and conditional as all public pages are; open to scripts of all sites, because nothing here is
    anybody's own.
    """
    kept = public_page(*parameters)(_as_get(view))

    @csrf_exempt  # other methods get 405 here, not the page about forged forms
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _refusal(request, parameters)
        return _open(kept(request, *args, **kwargs) if response is None else response)

    return answer


def no_such_address(request: HttpRequest, **_rest: str) -> HttpResponse:
    """The answer for every other path below ``/api/``."""
    return problem(
        404, f"The API has no address {request.path[:LONGEST_VALUE]!r}; /api/openapi.json has all."
    )


def _refusal(request: HttpRequest, parameters: Collection[str]) -> HttpResponse | None:
    if request.method == "OPTIONS":
        response = HttpResponse(status=204, headers={"Allow": METHODS})
        response["Access-Control-Allow-Methods"] = METHODS
        response["Access-Control-Allow-Headers"] = ASKED_WITH
        response["Access-Control-Max-Age"] = "86400"  # seconds
        return response
    if request.method not in ("GET", "HEAD"):
        response = problem(405, f"This API is read only: use {METHODS}.")
        response["Allow"] = METHODS
        return response
    for name, values in request.GET.lists():
        if name not in parameters:
            known = f"it takes {', '.join(sorted(parameters))}" if parameters else "it takes none"
            return problem(
                400, f"This address has no parameter “{name[:LONGEST_VALUE]}”: {known}.", parameter=name
            )
        if len(values) > 1:
            return problem(400, f"The parameter “{name}” is there twice: give it once.", parameter=name)
        if len(values[0]) > LONGEST_VALUE:
            fault = f"is longer than {LONGEST_VALUE} characters"
            return problem(400, f"The parameter “{name}” {fault}.", parameter=name)
    return None


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
