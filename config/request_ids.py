"""An id for each request, by which its lines in the log are found."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

# Shorter than the token of a link, so that none comes into the log this way.
_SAFE = re.compile(r"[A-Za-z0-9._-]{8,36}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request that is answered here; empty outside of one."""
    return _current.get()


def identify_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a request keeps a sound ``X-Request-ID`` or gets one, and its answer says which."""

    def answer(request: HttpRequest) -> HttpResponse:
        # Not by request.headers, which would be made from headers that later middleware changes.
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SAFE.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # for what logs after the middleware
        before = _current.set(request_id)
        try:
            response = get_response(request)
        finally:
            _current.reset(before)
        response["X-Request-ID"] = request_id
        return response

    return answer
