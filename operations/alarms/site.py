"""Whether the web process is alive, asked from outside it: at the address that readers use, or a nearer one.

Of the answer nothing is repeated: it may be anybody's.
"""

import ipaddress
import json
import logging
import queue
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from newsletter.sources.http import Alarm, trust, user_agent
from operations.alarms.conditions import CannotTellError
from operations.alarms.engine import watch_looked_of_late
from operations.alarms.kinds import Problem

SECONDS = 5.0  # for the whole answer, the DNS included
LARGEST = 4096  # bytes of an answer of ours
PATH = "/health/ready"
PARTS = ("database", "static", "migrations")  # of which /health/ready tells
NOBODY = "none"
log = logging.getLogger(__name__)
_GATEWAY = (502, 503, 504)  # what a proxy says whose web process is away (RFC 9110, section 15.6)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: ``status`` and ``body`` (cut), or ``status`` 0 and ``failure``, words of ours."""

    status: int = 0
    body: bytes = b""
    failure: str = ""


def site_down(_: datetime) -> list[Problem]:
    """The site does not answer, or not as a web process that can serve its pages. Not asked in the demo.

    Raises CannotTellError where it cannot be asked for a reason that has nothing to do with it.
    """
    address = settings.SITE_CHECK_URL or settings.SITE_URL
    if settings.DEBUG or address == NOBODY:
        return []
    name = "SITE_CHECK_URL" if settings.SITE_CHECK_URL else "SITE_URL"
    is_near = bool(settings.SITE_CHECK_URL) or _is_near(address)
    fault = judge(ask(address, host=urlsplit(settings.SITE_URL).netloc, through_proxies=not is_near))
    return [Problem("site_down", f"The site at {name} {fault}")] if fault else []


def site_down_without_watch(now: datetime) -> list[Problem]:
    """The same for workers, who may be on machines that cannot reach the site: the watch goes before them.

    Raises CannotTellError while the watch looks.
    """
    if watch_looked_of_late(now):
        raise CannotTellError("The watch asks.")
    return site_down(now)


def _is_near(address: str) -> bool:
    """Whether no proxy leads to ``address``: it is this machine's, or a name without a domain."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # that is found out when it is asked
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return "." not in host or host.endswith(".localhost")


def judge(answer: Answer) -> str:
    """What is wrong, and what to do, as the end of a sentence; empty if all is well. Pure."""
    if answer.failure:
        return answer.failure
    parts = _parts_of(answer.body)
    if answer.status == 200 and parts.get("status") == "ok":
        return ""
    failed = [name for name in PARTS if parts.get(name) == "failed"]
    if failed:
        return f"cannot serve its pages ({', '.join(failed)}): read the log of web."
    if 300 <= answer.status < 400:
        return f"redirects ({answer.status}): name the address that is redirected to, or see the proxy."
    if answer.status in _GATEWAY:
        return f"answers {answer.status}, as a proxy does behind which web is dead: restart web."
    if answer.status == 400:
        return "answers 400: ALLOWED_HOSTS has to name the host of SITE_URL."
    return f"answers {answer.status}, and not as Paperpost does: see where its name and the proxy lead."


def _parts_of(body: bytes) -> dict[str, object]:
    try:
        parts = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parts if isinstance(parts, dict) else {}


def ask(
    address: str, *, host: str, context: ssl.SSLContext | None = None, through_proxies: bool = False
) -> Answer:
    """What ``address`` answers for ``host``, within :data:`SECONDS` whatever it does.

    ``through_proxies``: those that the environment names (``HTTPS_PROXY`` and the like) are used. Raises
    CannotTellError, after a line in the log, where asking fails on this side. In a thread, because the
    system's resolver knows no time limit; it ends by itself.
    """
    answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()

    def get() -> None:
        try:
            answers.put(_get(address, host, context, through_proxies=through_proxies))
        except Exception:
            log.exception("The site cannot be asked whether it is well.")
            answers.put(None)

    threading.Thread(target=get, daemon=True).start()
    try:
        answer = answers.get(timeout=SECONDS + 0.5)
    except queue.Empty:
        return _TOO_SLOW
    if answer is None:
        raise CannotTellError("The site cannot be asked; the log says why.")
    return answer


_TOO_SLOW = Answer(failure=f"does not answer within {SECONDS:g} seconds: restart web and the proxy.")
_NOT_FOUND = Answer(failure="has a host that the DNS does not know: see its records, and this machine's DNS.")


def _get(address: str, host: str, context: ssl.SSLContext | None, *, through_proxies: bool) -> Answer:
    headers = {"Host": host, "User-Agent": user_agent(), "Accept-Encoding": "identity"}
    with Alarm(SECONDS, None) as alarm:
        try:
            with (
                httpx.Client(
                    verify=context or trust(),
                    timeout=SECONDS,
                    follow_redirects=False,
                    trust_env=through_proxies,
                ) as client,
                client.stream(
                    "GET",
                    address.rstrip("/") + PATH,
                    headers=headers,
                    extensions={"trace": alarm.watch},
                ) as response,
            ):
                body = b""
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > LARGEST:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return _TOO_SLOW if alarm.rang else _failure(error)
    return _TOO_SLOW if alarm.rang else Answer(response.status_code, body[:LARGEST])


def _failure(error: BaseException) -> Answer:
    """Why there is no answer, without a word of the peer's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return _NOT_FOUND
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = f"has a certificate that is not valid ({cause.verify_message}): renew it, for this name"
            return Answer(failure=f"{why}, from an authority that browsers know.")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return _TOO_SLOW
    if isinstance(error, httpx.ConnectError):
        return Answer(failure="cannot be reached: start web and the proxy.")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
        return Answer(failure="is no address that can be asked: write it as https://digest.example.org.")
    return Answer(failure="breaks its answer off: see the proxy, and the log of web.")
