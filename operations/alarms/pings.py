"""The ping address: a service that expects to hear from us, and raises the alarm when it does not.

The form is that of healthchecks.io: a GET while all is well, a POST to ``/fail`` with what is wrong.
"""

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings

SECONDS = 10.0
LONGEST = 10_000  # characters of the sentences
log = logging.getLogger(__name__)


def ping(sentences: Sequence[str]) -> bool:
    """Tell ``PING_URL`` what is wrong, or that nothing is; returns whether it took that. Never raises for it.

    The address is a secret, and is not logged.
    """
    if not settings.PING_URL:
        return False
    try:
        with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
            if sentences:
                body = "\n".join(sentences)[:LONGEST]
                answer = client.post(fail_url(settings.PING_URL), content=body.encode())
            else:
                answer = client.get(settings.PING_URL)
    except httpx.HTTPError as error:
        log.warning("PING_URL cannot be reached: %s", type(error).__name__)
        return False
    if not answer.is_success:
        log.warning("PING_URL answers with status %d.", answer.status_code)
    return answer.is_success


def fail_url(url: str) -> str:
    """``url`` with ``/fail`` behind its path."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
