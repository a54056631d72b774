"""Which summaries channels need: what they post of the newest days, in their languages."""

from collections.abc import Collection
from datetime import date

from newsletter.languages import LANGUAGES
from newsletter.models import Channel, Edition, Entry

NEWEST_DAYS = 2  # a late day may still be posted while the next one is made


def channel_needs(papers: Collection[int] | None = None) -> list[tuple[int, str]]:
    """Paper and language, in the order of the posts; ``papers`` asks for some papers only.

    One query where no channel is on, else two and one for each topic.
    """
    columns = ("topic_id", "language", "size")
    channels = [row for row in Channel.objects.on().values_list(*columns) if row[1] in LANGUAGES]
    if not channels:
        return []
    days = list(Edition.objects.order_by("-day").values_list("day", flat=True).distinct()[:NEWEST_DAYS])
    orders = {topic: [_order(topic, day) for day in days] for topic in {row[0] for row in channels}}
    pairs = [
        (paper, code)
        for topic, code, size in channels
        for order in orders[topic]
        for paper in order[:size]
        if papers is None or paper in papers
    ]
    return list(dict.fromkeys(pairs))


def _order(topic: int | None, day: date) -> list[int]:
    """The papers of a day as a channel posts them, also of editions that are still drafts."""
    entries = Entry.objects.filter(edition__day=day, is_hidden=False, paper__is_withdrawn=False)
    entries = entries.exclude(edition__state=Edition.State.HELD)
    if topic is not None:
        entries = entries.filter(edition__topic=topic)
    order = ("-is_pinned", "position", "edition__topic__position", "paper_id")
    return list(dict.fromkeys(entries.order_by(*order).values_list("paper_id", flat=True)))
