"""How large a request's body may be, decided before any of it is read.

The web server asks here as soon as it has a request's head (:mod:`config.server`); the middlewares enforce
the same limits under any other server.
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
LARGEST_REPORT = 2 * 1024 * 1024  # a webhook call of a mail service, with many events
LARGEST_FILE = 4 * 1024 * 1024  # a list of subscribers, from staff who are logged in
LARGEST_LIST = 6 * 1024 * 1024  # a reader's list of papers of 5 MB, as a form sends it
_UPLOAD_PATH = "/admin/subscriptions/subscriber/roster/"
_READERS_LIST = re.compile(r"/my-data/([^/]+)/import/\Z")
# Mail programs and spam filters send any body to the address in List-Unsubscribe.
_ONE_CLICK = re.compile(r"/unsubscribe/[^/]+/?\Z")


def is_one_click(method: str, path: str) -> bool:
    """Whether the request is a one-click unsubscription (RFC 8058): its address alone decides."""
    return method == "POST" and _ONE_CLICK.match(path) is not None


def largest_body(path: str, *, is_staff: Callable[[], bool]) -> int:
    """The most bytes in the body of a request to ``path``. ``is_staff`` is called for uploads only."""
    if path.startswith("/anymail/"):
        return LARGEST_REPORT
    if path == _UPLOAD_PATH and is_staff():
        return LARGEST_FILE
    readers_list = _READERS_LIST.match(path)
    if readers_list and _opens_lists(readers_list[1]):
        return LARGEST_LIST
    return LARGEST_FORM


def _opens_lists(token: str) -> bool:
    # Imported here: the web server reads this module before Django's models are there.
    from subscriptions.readers import links

    return links.is_made_for(token, "my-data", now=timezone.now())


def has_session(cookies: str) -> bool:
    """Whether the ``Cookie`` header ``cookies`` is of a logged-in user. One query, on its own connection.

    For the web server, before Django handles the request. False if the database does not answer.
    """
    from django.contrib.sessions.models import Session
    from django.db import DatabaseError, connection

    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    try:
        session = Session.objects.filter(pk=key, expire_date__gt=timezone.now()).first() if key else None
        return session is not None and SESSION_KEY in session.get_decoded()
    except (DatabaseError, ValueError):
        log.exception("The session could not be looked up, so a large request body is refused.")
        return False
    finally:
        connection.close()


def refuse_large_bodies(get_response: Response) -> Response:
    """Middleware, after authentication: answers 413 before a form is parsed or a file is stored."""

    def answer(request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        is_large = length > LARGEST_FORM and not is_one_click(request.method or "", request.path_info)
        # The user is loaded from the database only for a request of this size.
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
    """Middleware, the first of all: nothing after it sees the body of a one-click request, or its headers."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_one_click(request.method or "", request.path_info):
            request.content_type, request.content_params = "", {}
            request.META["CONTENT_TYPE"], request.META["CONTENT_LENGTH"] = "", "0"
            request.encoding = "utf-8"  # else Django decodes the query with the charset of the body
        return get_response(request)

    return answer
