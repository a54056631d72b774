"""How a digest is laid out: which of its papers have how much room, and in which order they stand."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from newsletter.rendering.card_content import Grade
from subscriptions.models.states import Layout
from subscriptions.picks import Pick, ReasonKind

FULL_CARDS = 2  # after the first, in the standard layout


class Shape(NamedTuple):
    """What a reader chose. ``layout`` is a value of :class:`~subscriptions.models.states.Layout`."""

    layout: str = Layout.STANDARD.value
    groups_topics: bool = False


STANDARD = Shape()


def shape_of(layout: str, *, groups_topics: bool) -> Shape:
    """What a reader's row says; without a layout of the reader's own that of the operator."""
    return Shape(layout or settings.DIGEST_LAYOUT, groups_topics)


def grades(layout: str, count: int) -> tuple[Grade, ...]:
    """The grade of each of ``count`` papers."""
    if layout == Layout.BRIEF:
        return (Grade.COMPACT,) * count
    if layout == Layout.FULL:
        return (Grade.LEAD, *[Grade.WHOLE] * (count - 1))[:count]
    return (Grade.LEAD, *[Grade.FULL] * FULL_CARDS, *[Grade.COMPACT] * (count - 1))[:count]


def topic_of(pick: Pick) -> int:
    """The id of the topic that brought a paper; 0 for what another wish brought, and for new versions."""
    if pick.is_update:
        return 0
    return next((reason.topic for reason in pick.reasons if reason.kind == ReasonKind.TOPIC), 0)


def grouped(picks: Sequence[Pick]) -> list[Pick]:
    """``picks`` by topic, in the order in which topics first come; without one, and new versions, last."""
    topics = list(dict.fromkeys([topic for pick in picks if (topic := topic_of(pick))]))
    places = {topic: place for place, topic in enumerate([*topics, 0])}
    return sorted(picks, key=lambda pick: places[topic_of(pick)])
