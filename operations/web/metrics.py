"""``/metrics`` for Prometheus: numbers about this installation, for its operator alone."""

import hmac
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from lib.networks import is_private
from operations.metrics.exposition import exposition

PROXY_HEADERS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics. Raises Http404 for whoever may not read them: that there is such a page is not told."""
    if not (_has_the_token(request) or _is_from_a_private_network(request)):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_the_token(request: HttpRequest) -> bool:
    """Whether the request has ``Authorization: Bearer METRICS_TOKEN`` (RFC 6750, section 2.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    return bool(expected) and scheme.lower() == "bearer" and _are_equal(token.strip(), expected)


def _are_equal(token: str, expected: str) -> bool:
    return hmac.compare_digest(token.encode(), expected.encode())


def _is_from_a_private_network(request: HttpRequest) -> bool:
    """Whether nobody outside loopback and private networks can have sent the request.

    What a proxy says of its client is no proof, whether it is believed or not: Docker hands visitors by IPv6
    (and all of them, where it runs without root) to the proxy with the address of its own bridge.
    """
    return is_private(request.META.get("REMOTE_ADDR", "")) and not _came_through_a_proxy(request)


def _came_through_a_proxy(request: HttpRequest) -> bool:
    """Whether the request has a header that proxies add, or asks for the public name of a site with TLS.

    Paperpost itself speaks no TLS.
    """
    site = urlsplit(settings.SITE_URL)
    host, _ = split_domain_port(request.get_host())
    is_public_name = site.scheme == "https" and host == site.hostname
    return is_public_name or any(name in request.headers for name in PROXY_HEADERS)


urlpatterns = [path("metrics", metrics, name="metrics")]
