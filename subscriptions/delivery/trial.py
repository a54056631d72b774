"""One mail that an operator sends to see whether mail leaves."""

from datetime import datetime

from django.conf import settings

from subscriptions.addresses import normalise
from subscriptions.delivery.dispatch import dispatch
from subscriptions.delivery.gate import MailKind
from subscriptions.messages.single import SingleMail, build_single


def send_trial(to: str, *, now: datetime) -> None:
    """A short mail to ``to`` on the road that digests take. Raises as :func:`dispatch` does.

    Raises InvalidInput if ``to`` is no address.
    """
    mail = SingleMail(
        recipient=normalise(to),
        subject=f"A test from {settings.SITE_NAME}",
        text="This mail took the road that digests take: it can leave.\n",
        auto_submitted="auto-generated",
    )
    dispatch(MailKind.TEST, build_single(mail, now=now), reader=None, now=now)
