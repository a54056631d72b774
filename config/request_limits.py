"""How much a request may bring, decided before anything of its body is read.

The server asks here as soon as it has a request's head (:mod:`config.server`); the middlewares hold the same
lines under any other server.
"""

import logging
import re
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.utils import timezone

log = logging.getLogger(__name__)
Response = Callable[[HttpRequest], HttpResponse]

# A form of ours, with all its fields at their longest and every letter percent-encoded, has about 80 KB.
LARGEST_FORM = 256 * 1024
LARGEST_REPORT = 2 * 1024 * 1024  # of a mail service, with many events
LARGEST_FILE = 4 * 1024 * 1024  # a list of readers, from staff who are logged in
_TAKES_A_FILE = "/admin/subscriptions/subscriber/roster/"
# Mail programs and spam filters take the address from List-Unsubscribe and send there what they like.
_ONE_CLICK = re.compile(r"/unsubscribe/[^/]+/?\Z")


def is_one_click(method: str, path: str) -> bool:
    """Whether the request unsubscribes by its address alone (RFC 8058), whatever its body is."""
    return method == "POST" and _ONE_CLICK.match(path) is not None


def largest_body(path: str, *, is_staff: Callable[[], bool]) -> int:
    """How many bytes a request to ``path`` may bring. ``is_staff`` is asked at the one page with a file."""
    if path.startswith("/anymail/"):
        return LARGEST_REPORT
    if path == _TAKES_A_FILE and is_staff():
        return LARGEST_FILE
    return LARGEST_FORM


def has_session(cookies: str) -> bool:
    """Whether the ``Cookie`` header ``cookies`` is of somebody logged in. One query, on its own connection.

    For the server, which has a request's head and nothing of Django yet. False if the database is away.
    """
    from django.contrib.sessions.models import Session
    from django.db import DatabaseError, connection

    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    try:
        session = Session.objects.filter(pk=key, expire_date__gt=timezone.now()).first() if key else None
        return session is not None and SESSION_KEY in session.get_decoded()
    except (DatabaseError, ValueError):
        log.exception("Nobody can say whether a session is there; a large body is refused.")
        return False
    finally:
        connection.close()


def refuse_large_bodies(get_response: Response) -> Response:
    """Middleware, after those that know who asks: 413 before a form is parsed or a file is kept."""

    def answer(request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        is_large = length > LARGEST_FORM and not is_one_click(request.method or "", request.path_info)
        # Who asks is looked up only where it matters.
        if is_large and length > largest_body(request.path_info, is_staff=lambda: _is_staff(request)):
            return HttpResponse(
                "The request is larger than this address takes.",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                content_type="text/plain; charset=utf-8",
            )
        return get_response(request)

    return answer


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_staff)


def forget_one_click_bodies(get_response: Response) -> Response:
    """Middleware, the first of all: what a one-click request says of its body, nobody hears."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_one_click(request.method or "", request.path_info):
            request.content_type, request.content_params = "", {}
            request.META["CONTENT_TYPE"], request.META["CONTENT_LENGTH"] = "", "0"
            request.encoding = "utf-8"  # Django had believed the body's charset for the query too
        return get_response(request)

    return answer
