"""What mail services report by webhook, through Anymail: it checks who calls and normalises the events."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.dispatch import receiver
from django.utils import timezone

from newsletter.text.border import clean_line, clean_text
from subscriptions.feedback.events import Feedback, record
from subscriptions.feedback.names import without_names
from subscriptions.feedback.return_paths import NoticeTag, named_by_tag
from subscriptions.feedback.verdicts import Kind, Verdict, judge_words
from subscriptions.models import Delivery

LONGEST_DETAIL = 2_000  # characters
LONGEST_ID = 200
OLDEST = timedelta(days=365)


class Event(Protocol):
    """The fields of Anymail's normalised tracking event that are read."""

    event_type: str | None
    event_id: str | None
    timestamp: datetime | None
    message_id: str | None
    recipient: str | None
    metadata: Mapping[str, Any] | None
    description: str | None
    mta_response: str | None
    reject_reason: str | None
    esp_event: Any


_BY_REASON = {
    RejectReason.INVALID: Verdict(Kind.HARD, "invalid address"),
    RejectReason.BOUNCED: Verdict(Kind.HARD, "bounced"),
    RejectReason.TIMED_OUT: Verdict(Kind.SOFT, "timed out"),
    RejectReason.BLOCKED: Verdict(Kind.BLOCKED, "refused by policy"),
    RejectReason.SPAM: Verdict(Kind.BLOCKED, "spam or content"),
    RejectReason.UNSUBSCRIBED: Verdict(Kind.COMPLAINT, "unsubscribed at the service"),
}


def judge_event(event: Event) -> Verdict:
    """The verdict on a service's event. The receiving server's words count more than the service's class."""
    kind = event.event_type
    if kind == EventType.COMPLAINED:
        return Verdict(Kind.COMPLAINT, "complaint")
    if kind == EventType.UNSUBSCRIBED:
        return Verdict(Kind.COMPLAINT, "unsubscribed at the service")
    if kind == EventType.AUTORESPONDED:
        return Verdict(Kind.AUTO_REPLY, "automatic reply")
    if kind == EventType.DEFERRED:
        return Verdict(Kind.SOFT, "delayed")
    if kind == EventType.FAILED:
        return Verdict(Kind.BLOCKED, "the service failed")
    if kind == EventType.REJECTED and event.reject_reason == RejectReason.SPAM:
        return Verdict(Kind.COMPLAINT, "complained before, says the service")
    if kind not in (EventType.BOUNCED, EventType.REJECTED):
        return Verdict(Kind.NONE, str(kind))
    known = _BY_REASON.get(
        str(event.reject_reason), Verdict(Kind.SOFT, str(event.reject_reason or "refused"))
    )
    words = judge_words(without_names(event.mta_response or "", recipient=str(event.recipient or "")))
    if words is not None and known.kind in (Kind.HARD, Kind.SOFT):
        known = words
    if known.kind is Kind.HARD and _says_soft(event.esp_event):
        return Verdict(Kind.SOFT, known.reason)
    return known


_CLASSES = ("event", "type", "bounce_type", "bounceType", "bounce", "severity", "status", "hard_bounce")


def _says_soft(raw: Any, depth: int = 0) -> bool:
    """Whether the service's own class of the event is soft, which Anymail's normalised form does not tell."""
    if not isinstance(raw, Mapping) or depth > 3:
        return False
    for name in _CLASSES:
        value = raw.get(name)
        if isinstance(value, str) and re.search(r"soft|transient|temporary", value, re.IGNORECASE):
            return True
        if name == "hard_bounce" and value is False:
            return True
    return any(_says_soft(value, depth + 1) for value in raw.values())


def feedback_of(event: Event, *, service: str, now: datetime) -> Feedback:
    """What a service's event says, as feedback; its kind is NONE where nothing follows from it."""
    verdict = judge_event(event)
    named = _named(event)
    return Feedback(
        kind=verdict.kind,
        reason=verdict.reason,
        source=service,
        event_id=event_id(event),
        at=_moment(event, now=now),
        delivery_id=named if isinstance(named, int) else None,
        notice=named if isinstance(named, NoticeTag) else None,
        detail=clean_text(event.mta_response or event.description, longest=LONGEST_DETAIL),
        final=event.event_type != EventType.DEFERRED,
        opt_out=_is_opt_out(event),
    )


def _is_opt_out(event: Event) -> bool:
    """Whether the reader has asked the service for no more mail, which is no complaint."""
    return bool(
        event.event_type == EventType.UNSUBSCRIBED or event.reject_reason == RejectReason.UNSUBSCRIBED
    )


def _moment(event: Event, *, now: datetime) -> datetime:
    """When the service says that it happened, unless no mail of ours can have been under way then."""
    at = event.timestamp
    if at is None or at.tzinfo is None:
        return now
    return at if now - OLDEST <= at <= now + timedelta(days=1) else now


def event_id(event: Event) -> str:
    """The service's name for the event; else a hash of all it says, so that a repetition is known as one."""
    if name := clean_line(event.event_id, longest=LONGEST_ID):
        return name
    payload = json.dumps(event.esp_event, sort_keys=True, default=str)
    return hashlib.sha256(f"{event.event_type} {payload}".encode()).hexdigest()


def _named(event: Event) -> int | NoticeTag | None:
    """Our mail, by the signed tag that went out with it or by its Message-ID: a delivery or a notice."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    tag = named_by_tag(str(metadata.get("delivery", "")))
    if isinstance(tag, NoticeTag):
        return tag
    return (
        tag.delivery_id if tag else delivery_of_message_id(clean_line(event.message_id, longest=LONGEST_ID))
    )


def delivery_of_message_id(text: str) -> int | None:
    """The delivery whose message bore this Message-ID."""
    text = text.strip()
    try:
        day = datetime.strptime(text[1:9], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        return None
    # The day first: it has an index.
    return Delivery.objects.filter(day=day, message_id=text).values_list("pk", flat=True).first()


@receiver(tracking, dispatch_uid="paperpost feedback")
def receive(event: AnymailTrackingEvent, esp_name: str, **_: object) -> None:
    """Anymail's signal: one event of one webhook call."""
    record([feedback_of(event, service=esp_name, now=timezone.now())])
