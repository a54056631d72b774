"""Which days a channel is to post, and of which papers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from newsletter.archive.public import READY, listed_entries
from newsletter.models import Channel, Edition, IntakeDay
from newsletter.models.states import IntakeState, Source


@dataclass(frozen=True, slots=True)
class DayPapers:
    """The papers of a day, the first ``size`` of ``total``."""

    papers: tuple[int, ...]
    total: int


def lateness() -> timedelta:
    """How long after its hour a day may still be posted (``CHANNEL_LATE_HOURS``)."""
    return timedelta(hours=settings.CHANNEL_LATE_HOURS)


def due_at(channel: Channel, day: date) -> datetime:
    """When ``day`` is due: the channel's hour on the clock of its zone, as a moment in UTC.

    An hour that a change of clocks leaves out is the moment of the change; of one that comes twice, the first
    counts. Each day has one row, so that neither is posted twice.
    """
    return datetime.combine(day, time(channel.hour), tzinfo=ZoneInfo(channel.time_zone)).astimezone(UTC)


def days_in_reach(channel: Channel, now: datetime) -> Iterator[date]:
    """The days that are due and not too late at ``now``, the oldest first, none from before the channel."""
    today = now.astimezone(ZoneInfo(channel.time_zone)).date()
    for back in range(settings.CHANNEL_LATE_HOURS // 24 + 1, -1, -1):
        day = today - timedelta(days=back)
        due = due_at(channel, day)
        if channel.created_at <= due <= now <= due + lateness():
            yield day


def papers_of(channel: Channel, day: date) -> DayPapers | None:
    """The papers of ``day`` for ``channel``: those that the public may see, in the editor's order.

    None while the day is not ready: no edition is approved yet, or, for all topics, some are still drafts.
    """
    editions = Edition.objects.filter(day=day)
    entries = listed_entries().filter(edition__day=day)
    if channel.topic_id is not None:
        entries = entries.filter(edition__topic=channel.topic_id)
        editions_of_topic = editions.filter(topic=channel.topic_id)
        is_ready = editions_of_topic.ready().exists() or (
            not editions_of_topic.exists() and _is_over(day, has_editions=editions.exists())
        )
    else:
        states = set(editions.values_list("state", flat=True))
        is_ready = _is_over(day, has_editions=bool(states)) and (not states or bool(states & set(READY)))
    if not is_ready:
        return None
    rows = entries.order_by("-is_pinned", "position", "edition__topic__position", "paper_id")
    papers = tuple(dict.fromkeys(rows.values_list("paper_id", flat=True)))
    return DayPapers(papers[: channel.size], len(papers))


def _is_over(day: date, *, has_editions: bool) -> bool:
    """Whether no edition of ``day`` is still to come: none is a draft, or nothing was announced."""
    if has_editions:
        return not Edition.objects.filter(day=day, state=Edition.State.DRAFT).exists()
    return IntakeDay.objects.filter(day=day, source=Source.ARXIV, state=IntakeState.EMPTY).exists()
