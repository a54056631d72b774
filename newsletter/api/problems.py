"""What went wrong with a request, in one sentence that a person and a program can read (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Final

from django.http import HttpResponse

MEDIA_TYPE: Final = "application/problem+json"


def problem(status: int, detail: str, *, parameter: str = "") -> HttpResponse:
    """The answer with ``status``. ``parameter`` is the name of the one that is wrong."""
    members = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if parameter:
        members["parameter"] = parameter
    return HttpResponse(json.dumps(members), status=status, content_type=MEDIA_TYPE)
