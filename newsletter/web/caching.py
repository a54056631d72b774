"""Public answers: the same for everybody, kept for half a minute here and half a minute by caches.

Together that is less than the minute within which a paper that an editor hid is gone everywhere.
"""

import gzip
import re
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

KEPT_HERE: Final = 25  # seconds
KEPT_ELSEWHERE: Final = 30  # seconds
LONGEST_VALUE: Final = 200  # characters of one parameter
LARGEST_KEPT: Final = (
    64_000  # bytes: what is larger, as a part of the sitemap or a picture, is made each time
)
SMALLEST_COMPRESSED: Final = 500  # bytes
_COMPRESSED_KINDS: Final = ("text/", "application/", "image/svg+xml")
_ACCEPTS_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
View = Callable[..., HttpResponse]


def public_page(*parameters: str) -> Callable[[View], View]:
    """Make a view answer everybody alike, from a cache, with an ETag and conditional requests (RFC 9110, 13).

    ``parameters`` are the names in the query string that the view reads; it sees no other, and of each the
    last value, cut to :data:`LONGEST_VALUE`: what a view cannot see cannot poison what others get. It sees no
    cookie either, but for staff, who look at what is not public yet and whose answers nobody keeps. The page
    depends on the path, those parameters and the language of the interface; its links name no host.
    """

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.GET = _known(request, parameters)  # type: ignore[assignment]  # immutable, but untyped
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                return _private(view(request, *args, **kwargs))
            is_compressed = bool(_ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")))
            key = _key(request, is_compressed=is_compressed)
            response: HttpResponse | None = caches["pages"].get(key)
            if response is None:
                response = _public(view(request, *args, **kwargs))
                if is_compressed:
                    _compress(response)
                if response.status_code == 200 and len(response.content) <= LARGEST_KEPT:
                    caches["pages"].set(key, response, KEPT_HERE)
            return _conditional(request, response)

        return answer

    return decorate


def _known(request: HttpRequest, parameters: tuple[str, ...]) -> QueryDict:
    known = QueryDict(mutable=True)
    for name in parameters:
        value = request.GET.get(name)
        if value:
            known[name] = value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_VALUE]
    known._mutable = False
    return known


def _key(request: HttpRequest, *, is_compressed: bool) -> str:
    parts = (request.path, request.GET.urlencode(), get_language() or "", "gzip" if is_compressed else "")
    return blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _public(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=KEPT_ELSEWHERE)
    patch_vary_headers(response, ["Accept-Encoding", "Accept-Language", "Cookie"])
    if response.status_code == 200:
        response["ETag"] = f'"{blake2b(response.content, digest_size=16).hexdigest()}"'
    return response


def _compress(response: HttpResponse) -> None:
    """Compress ``response``. It is the same for everybody, so its length gives no secret away (BREACH).

    Its ETag becomes a weak one: it names the page, not these bytes (RFC 9110, 8.8.3.3).
    """
    kind = response.get("Content-Type", "")
    content = response.content
    if not kind.startswith(_COMPRESSED_KINDS) or len(content) < SMALLEST_COMPRESSED:
        return
    response.content = gzip.compress(content, compresslevel=6, mtime=0)
    response["Content-Encoding"] = "gzip"
    if "ETag" in response:
        response["ETag"] = f"W/{response['ETag']}"


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 for who holds this very page (weak comparison, RFC 9110, 13.1.2), else the page.

    Who has no ETag is believed by the very moment that a page named (13.1.3): a list that lost its newest
    item is older than before, and not unchanged.
    """
    etag = response.get("ETag")
    if etag is None or not (_is_held(request, etag) or _is_of_that_moment(request, response)):
        return response
    unchanged = HttpResponse(status=304)
    for name in ("Cache-Control", "Content-Location", "ETag", "Expires", "Last-Modified", "Vary"):
        if name in response:
            unchanged[name] = response[name]
    return unchanged


def _is_held(request: HttpRequest, etag: str) -> bool:
    held = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in held or etag.removeprefix("W/") in {value.removeprefix("W/") for value in held}


def _is_of_that_moment(request: HttpRequest, response: HttpResponse) -> bool:
    if "If-None-Match" in request.headers or "Last-Modified" not in response:
        return False
    return request.headers.get("If-Modified-Since") == response["Last-Modified"]
