"""The versions of a paper that were seen, and what changed from each to the next."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from newsletter.archive.changes import Change, change_between
from newsletter.models import PaperVersion
from newsletter.rendering.texts import clean

MOST = 20


@dataclass(frozen=True, slots=True)
class SeenVersion:
    """A version by its number. ``day`` is when it was submitted; ``change`` is what differs from the one
    that was seen before, None of the first.
    """

    number: int
    day: date | None
    change: Change | None = None


def versions_of(paper: int) -> list[SeenVersion]:
    """The last :data:`MOST` seen versions of ``paper`` (id), the newest first. One query."""
    rows = list(PaperVersion.objects.filter(paper=paper).order_by("-version")[: MOST + 1])
    versions = [
        SeenVersion(
            row.version,
            row.updated_at.date() if row.updated_at else None,
            _change((before.title, before.abstract), (row.title, row.abstract)) if before else None,
        )
        for row, before in zip(rows, [*rows[1:], None], strict=False)
    ]
    return versions[:MOST]


@lru_cache(maxsize=512)
def _change(before: tuple[str, str], after: tuple[str, str]) -> Change:
    """Versions never change, so what differs is worked out once: of 20 long ones it takes milliseconds."""
    return change_between((clean(before[0]), clean(before[1])), (clean(after[0]), clean(after[1])))
