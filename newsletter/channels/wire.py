"""One HTTP request to a service, and what is known when it fails.

Nothing is followed, and nothing is sent to an address in a private network, except to the hosts that the
operator names in ``CHANNEL_PRIVATE_HOSTS``: the address that was connected to counts, not what a name is said
to mean. Errors name the host alone: the rest of an address is a secret.
"""

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from django.conf import settings

from newsletter.channels.answers import Answer
from newsletter.channels.posts import Request
from newsletter.errors import PaperpostError
from newsletter.sources.http import Alarm, trust, user_agent

CONNECT, READ, TOTAL = 10.0, 20.0, 40.0  # seconds
LONGEST_ANSWER = 64 * 1024  # bytes that are read
_SENDING = ".send_request_headers.started"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotSentError(PaperpostError):
    """Not a byte of the message left. ``is_permanent``: it never will, to this address."""

    is_permanent: bool = False


class NoAnswerError(PaperpostError):
    """The message was being sent, or was sent, and no answer came: it may have been taken."""


class _Watch:
    """Notes in httpcore's trace whether the request began to leave."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self.is_sending = False

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(_SENDING):
            self.is_sending = True
        self._alarm.watch(event, info)


def deliver(request: Request) -> Answer:
    """Send ``request`` once and return the answer, of any status.

    Raises :class:`NotSentError` or :class:`NoAnswerError`.
    """
    parts = _parts(request.url)
    host = str(parts.hostname)
    timeout = httpx.Timeout(READ, connect=CONNECT)
    headers = {"User-Agent": user_agent(), "Accept-Encoding": "identity", **dict(request.headers)}
    with Alarm(TOTAL, _peer_check(parts)) as alarm:
        watch = _Watch(alarm)
        try:
            with (
                httpx.Client(verify=trust(), timeout=timeout, follow_redirects=False) as client,
                client.stream(
                    request.method,
                    request.url,
                    content=request.body,
                    headers=headers,
                    extensions={"trace": watch},
                ) as response,
            ):
                lower = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, lower, _body(response))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise _failure(host, error, is_sending=watch.is_sending) from None


def _body(response: httpx.Response) -> bytes:
    """What came of the body: the status alone says most."""
    body = bytearray()
    try:
        for piece in response.iter_raw():
            body += piece
            if len(body) > LONGEST_ANSWER:
                break
    except (httpx.HTTPError, OSError):
        return bytes(body)
    return bytes(body[:LONGEST_ANSWER])


def _failure(host: str, error: Exception, *, is_sending: bool) -> PaperpostError:
    """The error that says what is known. Addresses may stand in httpx's words: its kind is said."""
    kind = type(error).__name__
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol) or (
        isinstance(error, ValueError) and not is_sending
    ):
        return NotSentError(f"The address on {host} cannot be asked ({kind}).", is_permanent=True)
    if not is_sending or isinstance(error, httpx.ProxyError):
        cause = error.__cause__ or error
        why = str(cause) if isinstance(error, httpx.ConnectError) else kind
        return NotSentError(f"{host} cannot be reached: {why[:120]}.")
    return NoAnswerError(f"{host} was sent the message and gave no answer ({kind}).")


def _parts(url: str) -> SplitResult:
    """The parts of an address that may be asked. Raises NotSentError for any other."""
    try:
        parts = urlsplit(url)
        is_asked = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise NotSentError("The address is no web address.", is_permanent=True) from None
    if not is_asked or parts.scheme not in ("http", "https"):
        raise NotSentError("The address is no web address.", is_permanent=True)
    if parts.scheme != "https" and not _is_named(parts):
        raise NotSentError(
            f"{parts.hostname} would be sent the message unencrypted: use https, or name the host in "
            "CHANNEL_PRIVATE_HOSTS.",
            is_permanent=True,
        )
    return parts


def _is_named(parts: SplitResult) -> bool:
    """Whether the operator allows this host to be a private one."""
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return bool({host, f"{host}:{port}"} & set(settings.CHANNEL_PRIVATE_HOSTS))


def _peer_check(parts: SplitResult) -> Callable[[str], None] | None:
    """What looks at the address of whoever answers. Behind a proxy of the operator's it is the proxy."""
    if _is_named(parts):
        return None
    host = str(parts.hostname)
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        is_proxied = parts.scheme in getproxies() and not proxy_bypass(host)
        return None if is_proxied else check_public
    check_public(host)
    return check_public


def check_public(peer: str) -> None:
    """Raise NotSentError unless ``peer``, an IP address, is one host on the public internet."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = inner or address
    if not address.is_global or address.is_multicast:
        raise NotSentError(
            "The address lies in a private network: name its host in CHANNEL_PRIVATE_HOSTS to allow that.",
            is_permanent=True,
        )
