"""HTTP requests to the sources: a user agent, time limits, a size limit, and a check of the peer's address.

``fetch`` makes exactly one HTTP request. Redirects are returned (``redirect_target``), because each hop
is a request of its own, which the gate has to count and delay.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from django.conf import settings

from newsletter.errors import SourceError, Unreadable
from newsletter.sources.inflating import ENCODINGS, inflated

ATOM = "application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"
FEED = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8"
HTML = "text/html, application/xhtml+xml;q=0.9"
JSON = "application/json"

# Statuses after which the same request may succeed later. 403 and 406 are what arXiv's edge sends to clients
# it is slowing down; they say nothing about the request itself.
TRANSIENT_STATUSES = frozenset({403, 406, 408, 425, 429})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@cache
def trust() -> ssl.SSLContext:
    """The certificates we trust; reading them takes longer than a request."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Seconds for connecting, for each read and for the whole answer; bytes of the decoded body.

    ``is_a_file``: the body is a file, which will not be smaller the next time; a larger one is refused for
    good.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    size: int = 64 * 1024 * 1024
    is_a_file: bool = False


@dataclass(frozen=True, slots=True)
class FetchedResponse:
    """One HTTP answer; header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def user_agent() -> str:
    """Who we are and whom to write to, as arXiv and Hugging Face ask of automated clients."""
    contact = f"; mailto:{settings.CONTACT_EMAIL}" if settings.CONTACT_EMAIL else ""
    return f"Paperpost/{settings.VERSION} ({settings.SITE_URL}{contact})"


def host_of(url: str) -> str:
    """The host of ``url``, for messages: addresses may hold passwords, hosts do not."""
    try:
        return urlsplit(url).hostname or url[:80]
    except ValueError:
        return url[:80]


class Alarm:
    """Shuts the connection when the time for the whole answer is over.

    A read limit alone lets a server drip one byte a second for ever, in the headers as well as in the body.
    """

    def __init__(self, seconds: float, check_peer: Callable[[str], None] | None) -> None:
        self.rang = False
        self._check_peer = check_peer
        self._stream: Any = None
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """A trace function for httpcore: remembers the connection once there is one."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._stream = info["return_value"]
        if event == "connection.connect_tcp.complete" and self._check_peer is not None:
            self._check_peer(self._stream.get_extra_info("server_addr")[0])

    def _ring(self) -> None:
        self.rang = True
        if self._stream is not None:
            try:
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed at the same moment

    def __enter__(self) -> "Alarm":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def fetch(
    url: str,
    *,
    accept: str,
    limits: FetchLimits | None = None,
    check_peer: Callable[[str], None] | None = None,
) -> FetchedResponse:
    """GET ``url`` once and return whatever came, of any status.

    ``check_peer`` gets the IP address of the peer before the request is sent, and may raise.
    Raises ``SourceError``: transient for time-outs, dropped connections, undecodable and oversized bodies;
    permanent for an address that cannot be asked at all and, as ``Unreadable``, for an oversized file.
    """
    limits = limits or FetchLimits()
    timeout = httpx.Timeout(limits.read, connect=limits.connect)
    headers = {"User-Agent": user_agent(), "Accept": accept, "Accept-Encoding": ENCODINGS}
    host = host_of(url)
    with Alarm(limits.total, check_peer) as alarm:
        try:
            urlsplit(url)  # httpx takes an unclosed bracket for a host name
            with (
                httpx.Client(
                    verify=trust(), timeout=timeout, headers=headers, follow_redirects=False
                ) as client,
                client.stream("GET", url, extensions={"trace": alarm.watch}) as response,
            ):
                body = bytearray()
                for piece in _decoded(response, host):
                    body += piece
                    if len(body) > limits.size:
                        raise _too_large(host, limits)
                if alarm.rang:
                    # Without a Content-Length, the end that the alarm made looks like the end of the answer.
                    raise _too_slow(host, limits)
                return FetchedResponse(
                    url=url,
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=bytes(body),
                )
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
            raise SourceError(f"{url[:200]!r} is no address that can be asked: {error}.") from error
        except httpx.TimeoutException as error:
            raise SourceError(f"{host} did not answer within {limits.read:g} s.", transient=True) from error
        except (httpx.TransportError, httpx.DecodingError, OSError) as error:
            if alarm.rang:
                raise _too_slow(host, limits) from error
            why = str(error) or type(error).__name__
            raise SourceError(f"The connection to {host} failed: {why}.", transient=True) from error


def _decoded(response: httpx.Response, host: str) -> Iterator[bytes]:
    try:
        yield from inflated(response.iter_raw(), response.headers.get("content-encoding", ""))
    except ValueError as error:
        raise SourceError(f"{host} sent an answer that is no use: {error}.", transient=True) from error


def _too_large(host: str, limits: FetchLimits) -> SourceError:
    message = f"{host} sent more than {limits.size // 2**20} MB in one answer."
    if limits.is_a_file:
        return Unreadable(message, reason="too large")
    return SourceError(message, transient=True)


def _too_slow(host: str, limits: FetchLimits) -> SourceError:
    return SourceError(f"{host} did not finish its answer within {limits.total:g} s.", transient=True)


def raise_for_status(answer: FetchedResponse, *, now: datetime) -> None:
    """Raise ``SourceError`` unless the status is 200; ``retry_after`` carries what the source asked for."""
    if answer.status == 200:
        return
    transient = answer.status in TRANSIENT_STATUSES or answer.status >= 500
    throttled = " (it asks us to slow down)" if answer.status in {403, 406, 429} else ""
    raise SourceError(
        f"{host_of(answer.url)} answered HTTP {answer.status}{throttled}.",
        transient=transient,
        retry_after=retry_after(answer.headers, now=now),
    )


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds of a ``Retry-After`` header, which is a number or an HTTP date (RFC 9110, section 10.2.3).

    None if there is none or it makes no sense; never negative.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), 7 * 86400.0)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), 7 * 86400.0)


def redirect_target(answer: FetchedResponse) -> str | None:
    """Where a redirect leads, None if ``answer`` is none.

    Raises ``SourceError`` if it leaves the host: a source that moves is the operator's decision, and a login
    page of a hotel network is not arXiv. Going from http to https on the same host is fine, never back.
    """
    if answer.status not in REDIRECTS or "location" not in answer.headers:
        return None
    target = answer.headers["location"]
    try:
        target = urljoin(answer.url, target)
        old, new = urlsplit(answer.url), urlsplit(target)
        same = old.hostname == new.hostname and (
            (old.scheme, old.port) == (new.scheme, new.port)
            or ((old.scheme, new.scheme) == ("http", "https") and new.port in {None, 443})
        )
    except ValueError:
        same = False
    if not same:
        raise SourceError(
            f"{host_of(answer.url)} redirects to another place ({target[:120]!r}); not followed.",
            transient=True,
        )
    return target
