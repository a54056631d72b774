"""The short form of the sign-up, for public pages that are kept for everybody."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

from newsletter.models import Topic
from subscriptions.abuse import proofs
from subscriptions.web.forms import stamp

register = template.Library()
_A_SECOND = timedelta(seconds=1)


@register.inclusion_tag("web/_topic_sign_up.html")
def topic_sign_up(topic: Topic, language: str) -> dict[str, Any]:
    """A form that asks for nothing but an address: for this topic, in ``language``.

    Its page is the same for everybody for a while, so its stamp is that of the hour: it says that the form is
    ours and of which day, not when this reader opened it. And so the page and its ETag stay the same, too.
    """
    hour = (timezone.now() - _A_SECOND).replace(minute=0, second=0, microsecond=0)
    return {
        "topic": topic,
        "name": topic.name_in(language),
        "spoken": language,
        "shown": stamp(hour),
        "asks_for_proof": proofs.is_asked_for(),
        "proof_seconds": proofs.MINUTES * 60 - 120,
    }


@register.simple_tag
def asks_for_proof() -> bool:
    """Whether the form needs the script that works its proof out."""
    return proofs.is_asked_for()
