"""Refuses request bodies, and addresses, that cannot be read, with one sentence.

Django decodes even the query string in the charset that the Content-Type names, before any view or middleware
sees the request, and Python knows ``zlib``, ``idna`` and ``undefined`` as charsets. Our pages are in UTF-8,
so every form is, and no other charset is ever used.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.http import parse_header_parameters

from newsletter.text.border import charset_of

FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
FORM_CHARSETS: Final = frozenset({"utf-8", "ascii"})
ONE_CLICK: Final = "unsubscribe"  # decided by its token alone, whatever its body says (RFC 8058, 3.1)
_PLAIN: Final = "text/plain; charset=utf-8"
logger = logging.getLogger(__name__)


def believe_no_charset() -> None:
    """Have requests keep the charset that they name as a parameter, and never decode anything in it."""
    HttpRequest._set_content_type_params = _read_content_type  # type: ignore[attr-defined]


def _read_content_type(request: HttpRequest, meta: Mapping[str, Any]) -> None:
    try:
        kind, parameters = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
    except (LookupError, ValueError, TypeError, AttributeError):  # parameters in pieces (RFC 2231)
        kind, parameters = "", {"charset": ""}
    request.content_type, request.content_params = kind, parameters


class ReadableBodies:
    """Refuses a body in no charset, and a form that cannot be read, before the check against forged requests.

    That check reads the form, and its errors would be answered as ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on: the check waits until the view is known (:meth:`process_view`)."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """The refusal of a body that cannot be read, else None; Django calls it before the view."""
        match = request.resolver_match
        if request.method in ("GET", "HEAD", "OPTIONS") or (match and match.url_name == ONE_CLICK):
            return None
        is_form = request.content_type in FORMS
        charset = (request.content_params or {}).get("charset")
        if charset is not None:
            name = charset_of(charset)
            if not name or (is_form and name not in FORM_CHARSETS):
                return _refusal(request, "names a charset that is not read here; use UTF-8")
        return _read(request) if is_form else None

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The refusal of an address with more parameters than are read; Django calls it when a view fails."""
        if not isinstance(error, TooManyFieldsSent):
            return None
        text = f"This address has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} parameters.\n"
        return HttpResponse(text, status=400, content_type=_PLAIN)


def _read(request: HttpRequest) -> HttpResponse | None:
    try:
        _ = request.POST
    except RequestDataTooBig:
        return _refusal(request, "is larger than any form here", status=413)
    except (
        MultiPartParserError,
        BadRequest,
        SuspiciousOperation,
        UnreadablePostError,
        ValueError,
        LookupError,
    ):
        return _refusal(request, "is no form that can be read")
    return None


def _refusal(request: HttpRequest, fault: str, *, status: int = 400) -> HttpResponse:
    request._mark_post_parse_error()  # type: ignore[attr-defined]  # nobody reads it again
    logger.info("The body of a request was refused: it %s.", fault)
    text = f"The body of this request {fault}.\n"
    return HttpResponse(text, status=status, content_type=_PLAIN)
