"""The API's addresses: its operations, its document, and a page for people that is made from that."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext

from newsletter.api.answering import machine_page, no_such_address
from newsletter.api.document import document, parameters_of
from newsletter.api.endpoints import api
from newsletter.web.caching import public_page
from newsletter.web.pages import page_language, speak
from newsletter.web.placement import Placement

_ARGUMENT = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


@public_page("language")
def home(request: HttpRequest) -> HttpResponse:
    """What the API has, for people."""
    speak(request, request.GET.get("language", ""))
    language = page_language()
    context = {
        "operations": [
            {"path": address, **operations["get"]} for address, operations in document()["paths"].items()
        ],
        "place": Placement(
            path=f"/api/?language={language}",
            title="API",
            description=gettext("Published papers as JSON, for programs. No key is needed."),
            language=language,
            pattern="/api/?language={language}",
        ),
    }
    return render(request, "web/api.html", context)


def _document(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse(json.dumps(document(), ensure_ascii=False), content_type="application/json")


def _operations() -> Iterator[URLPattern]:
    for pattern in api.urls[0]:
        route = str(pattern.pattern)
        if isinstance(pattern, URLPattern) and route:  # the root is the page for people
            address = "/api/" + _ARGUMENT.sub(r"{\1}", route)
            view: Any = pattern.callback
            yield path(f"api/{route}", machine_page(view, parameters_of(address)), name=f"api-{pattern.name}")


urlpatterns = [
    path("api/", home, name="api-docs"),
    path("api/openapi.json", machine_page(_document, ()), name="api-document"),
    *_operations(),
    # Line ends too, which <path:…> leaves to the page for people.
    re_path(r"^api/(?P<rest>[\s\S]+)\Z", machine_page(no_such_address, ()), name="api-nothing"),
]
