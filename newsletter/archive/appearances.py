"""On which days and under which topics a paper stood."""

from dataclasses import dataclass
from datetime import date

from newsletter.archive.public import READY
from newsletter.models import Entry

MOST_DAYS = 12


@dataclass(frozen=True, slots=True)
class Appearance:
    """A day, and the topics (slug, name) that showed the paper on it."""

    day: date
    topics: tuple[tuple[str, str], ...]


def appearances_of(paper: int, language: str) -> list[Appearance]:
    """The last :data:`MOST_DAYS` days on which ready editions showed ``paper`` (id), the newest first.

    Names of topics are in ``language``. One query. A withdrawn paper's days are told, too.
    """
    entries = Entry.objects.filter(paper=paper, is_hidden=False, edition__state__in=READY)
    rows = entries.select_related("edition__topic").order_by(
        "-edition__day", "edition__topic__position", "pk"
    )
    days: dict[date, list[tuple[str, str]]] = {}
    for entry in rows:
        topic = entry.edition.topic
        days.setdefault(entry.edition.day, []).append((topic.slug, topic.name_in(language)))
    return [Appearance(day, tuple(topics)) for day, topics in list(days.items())[:MOST_DAYS]]
