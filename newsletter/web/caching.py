"""Public answers: the same for everybody, kept for half a minute here and half a minute by caches.

Together that is less than the minute within which a paper that an editor hid is gone everywhere.
"""

import gzip
import logging
import re
import threading
import time
import zlib
from collections.abc import Callable
from copy import copy
from datetime import datetime
from functools import wraps
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from newsletter.web.time_limits import PageOverdue, page_time_limit

KEPT_HERE: Final = 25  # seconds
FRESH: Final = 20  # seconds; an older page is shown while one thread makes it anew
KEPT_ELSEWHERE: Final = 30  # seconds
LONGEST_WAIT: Final = 5  # seconds for another thread that makes the same page
LONGEST_VALUE: Final = 200  # characters of one parameter
LONGEST_ADDRESS: Final = 500  # characters in the log
RETRY_AFTER: Final = 30  # seconds
LARGEST_KEPT: Final = 64_000  # bytes, compressed: what is larger, as a picture, is made each time
SMALLEST_COMPRESSED: Final = 500  # bytes
_COMPRESSED_KINDS: Final = ("text/", "application/", "image/svg+xml")
_ACCEPTS_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_OF_UNCHANGED: Final = (
    "Cache-Control",
    "Content-Language",
    "Content-Location",
    "ETag",
    "Expires",
    "Last-Modified",
    "Vary",
)
_SECONDS_A_DAY: Final = 86_400
MOST_VALUES: Final = 4  # of a parameter that may be given more than once
# Of all pages: two that share one wait for each other, and the memory stays what it is.
_LOCKS: Final = tuple([threading.RLock() for _ in range(256)])
View = Callable[..., HttpResponse]
log = logging.getLogger(__name__)


def public_page(*parameters: str) -> Callable[[View], View]:
    """Make a view answer everybody alike, from a cache, with an ETag and conditional requests (RFC 9110, 13).

    ``parameters`` are the names in the query string that the view reads; it sees no other, and of each the
    last value (of "name*" several), cut to :data:`LONGEST_VALUE`: what a view cannot see cannot poison what
    others get. It sees no cookie either, but for staff, who look at what is not public yet and whose answers
    nobody keeps. The page depends on the path, those parameters and the language of the interface; its links
    name no host. One that takes longer than ``PAGE_TIME_LIMIT`` is given up.
    """

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.GET = _known(request, parameters)  # type: ignore[assignment]  # immutable, but untyped

            def make() -> HttpResponse:
                return _in_time(view, request, args, kwargs)

            has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
            if has_session and request.user.is_staff:
                return _private(make())
            is_compressed = bool(_ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")))
            key = _key(request, is_compressed=is_compressed)
            response = _kept_or_made(key, lambda: _shared(request, make(), is_compressed=is_compressed))
            response = _conditional(request, response)
            # The end of a session that is none travels with this answer: that is nobody else's.
            return _private(response) if has_session else response

        return answer

    return decorate


def _in_time(view: View, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponse:
    try:
        with page_time_limit(settings.PAGE_TIME_LIMIT):
            return view(request, *args, **kwargs)
    except PageOverdue as error:
        address = request.get_full_path()[:LONGEST_ADDRESS]
        log.warning("%r took longer than PAGE_TIME_LIMIT and was given up: %s", address, error)
        response = render(request, "web/busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = str(RETRY_AFTER)
        return response


def _kept_or_made(key: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The page of ``key``. Of many requests for it at once, one makes it; the others get it as it was, or
    wait where it is not there yet.
    """
    kept = _kept(key)
    if kept is not None and time.time() - kept[0] < FRESH:
        return kept[1]
    lock = _LOCKS[int(key[:8], 16) % len(_LOCKS)]
    is_mine = lock.acquire(timeout=0 if kept is not None else LONGEST_WAIT)
    try:
        if kept is not None and not is_mine:
            return kept[1]
        by_another = _kept(key)
        if by_another is not None and time.time() - by_another[0] < FRESH:
            return by_another[1]
        began = time.time()  # what the page shows may have changed while it was made
        response = make()
        left = KEPT_HERE - (time.time() - began)
        if response.status_code == HTTPStatus.OK and left > 0:
            _keep(key, began, response, left)
        return response
    finally:
        if is_mine:
            lock.release()


def _kept(key: str) -> tuple[float, HttpResponse] | None:
    """When the page of ``key`` was begun, and the page; None if it is not kept."""
    entry: tuple[float, HttpResponse, bytes] | None = caches["pages"].get(key)
    if entry is None:
        return None
    began, response, packed = entry
    if packed:
        response.content = zlib.decompress(packed)
    return began, response


def _keep(key: str, began: float, response: HttpResponse, seconds: float) -> None:
    """Keep a page for so long if it is everybody's and not too large; a feed or list of fifty is packed."""
    packed = b""
    if "private" in response.get("Cache-Control", ""):
        return
    if len(response.content) > LARGEST_KEPT:
        packed = zlib.compress(response.content, level=1)
        if len(packed) > LARGEST_KEPT:
            return
        response = copy(response)
        response.content = b""
    caches["pages"].set(key, (began, response, packed), seconds)


def _shared(request: HttpRequest, response: HttpResponse, *, is_compressed: bool) -> HttpResponse:
    """``response`` as everybody gets it; private if the view, against its promise, made it for one reader."""
    has_token = request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or hasattr(request, "_csp_nonce")
    if response.cookies or has_token:
        log.error("%r answers with one reader's own cookie, token of a form, or nonce.", request.path)
        return _private(response)
    response = _public(response)
    if spoken := get_language():  # the page's own: who gets it from the cache may prefer another
        response.headers.setdefault("Content-Language", spoken)
    if is_compressed:
        _compress(response)
    return response


def _known(request: HttpRequest, parameters: tuple[str, ...]) -> QueryDict:
    known = QueryDict(mutable=True)
    for name in parameters:
        values = request.GET.getlist(name.removesuffix("*"))
        wanted = sorted(set(values))[:MOST_VALUES] if name.endswith("*") else values[-1:]
        for value in wanted:
            if value:
                plain = value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_VALUE]
                known.appendlist(name.removesuffix("*"), plain)
    known._mutable = False
    return known


def _key(request: HttpRequest, *, is_compressed: bool) -> str:
    parts = (request.path, request.GET.urlencode(), get_language() or "", "gzip" if is_compressed else "")
    # As repr writes them, no sign in one part is taken for the border of the next.
    return blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def _public(response: HttpResponse) -> HttpResponse:
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _private(response)
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

    Who has no ETag is believed by the very moment that a page named (13.1.3): see :func:`content_moment`.
    """
    etag = response.get("ETag")
    if etag is None or not (_is_held(request, etag) or _is_of_that_moment(request, response)):
        return response
    unchanged = HttpResponse(status=304)
    for name in _OF_UNCHANGED:
        if name in response:
            unchanged[name] = response[name]
    return unchanged


def content_moment(changed_at: datetime, content: bytes) -> int:
    """The second, since 1970, that a list of what changed last at ``changed_at`` names as Last-Modified.

    A paper that is withdrawn or hidden leaves a list without a moment of its own, so ``changed_at`` alone may
    stand for two contents. ``content`` moves it back by up to a day: another content is another moment, and
    never one to come (RFC 9110, 8.8.2.1).
    """
    moved = int.from_bytes(blake2b(content, digest_size=8).digest()) % _SECONDS_A_DAY
    return int(changed_at.timestamp()) - moved


def _is_held(request: HttpRequest, etag: str) -> bool:
    held = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in held or etag.removeprefix("W/") in {value.removeprefix("W/") for value in held}


def _is_of_that_moment(request: HttpRequest, response: HttpResponse) -> bool:
    if "If-None-Match" in request.headers or "Last-Modified" not in response:
        return False
    return request.headers.get("If-Modified-Since") == response["Last-Modified"]
