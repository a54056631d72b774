"""A stranger with a browser: fills in the form, reads the mail, follows links."""

import re
from datetime import timedelta
from typing import Any

from celery import current_app
from django.core import mail
from django.test import Client, TestCase
from django.utils import timezone

from subscriptions.tasks import receive_late_sign_ups
from subscriptions.web.forms import stamp

LINK = re.compile(r"https?://[^/\s]+(/[^\s<>\"]*)")


def form(**fields: Any) -> dict[str, Any]:
    """A complete sign-up as a browser would post it, ten seconds after the page was made."""
    return {
        "email": "ada@example.org",
        "topics": ["diffusion-models"],
        "language": "en",
        "time_zone": "Europe/Berlin",
        "hour": "7",
        "cadence": "daily",
        "weekday": "0",
        "size": "10",
        "website": "",
        "shown": stamp(timezone.now() - timedelta(seconds=10)),
        **fields,
    }


def act(client: Client, path: str, data: Any = None, **extra: Any) -> Any:
    """POST, and let the workers do at once what was handed to them, with their second look."""
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    try:
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = client.post(path, data or {}, **extra)
        with TestCase.captureOnCommitCallbacks(execute=True):
            receive_late_sign_ups()
        return answer
    finally:
        current_app.conf.task_always_eager = before


def link_in(message: mail.EmailMessage, page: str) -> str:
    """The path of the first link to ``page`` in a mail's text."""
    return next(path for path in LINK.findall(str(message.body)) if path.startswith(f"/{page}/"))
