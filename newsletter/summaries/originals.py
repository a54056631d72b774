"""The English summaries that those of other languages are renderings of."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from django.db.models import Exists, F, OuterRef, Q

from newsletter.models import Summary
from newsletter.records import SummaryDraft
from newsletter.summaries.forms import ENGLISH, SHARED

State, Author = Summary.State, Summary.Author

# How a reason begins that only a change of the English summary ends.
NO_ORIGINAL = "There is no English summary to render: "
_GIVEN_UP = (State.HELD, State.FAILED)


class OriginalStatus(Enum):
    """Whether a paper's English summary can be rendered in other languages."""

    READY = auto()  # it may be rendered
    EXTRACT = auto()  # there is only the abstract's own text
    GIVEN_UP = auto()  # until somebody looks at it
    WAITING = auto()  # it is yet to be written


@dataclass(frozen=True, slots=True)
class Original:
    """An English summary. ``draft`` is what it says if it is ready; ``reason`` why it is given up.

    ``state`` is then the state, held or failed, that its renderings share.
    """

    status: OriginalStatus
    draft: SummaryDraft | None = None
    state: str = ""
    reason: str = ""


def originals(paper_ids: Iterable[int]) -> dict[int, Original]:
    """The English summaries of papers, by paper id; a paper that has none is waiting for it."""
    wanted = sorted(set(paper_ids))
    rows = Summary.objects.filter(paper__in=wanted, language=ENGLISH).select_related("paper")
    known = {row.paper_id: _original(row) for row in rows}
    return {paper: known.get(paper, Original(OriginalStatus.WAITING)) for paper in wanted}


def _original(row: Summary) -> Original:
    if row.state in _GIVEN_UP:
        return Original(OriginalStatus.GIVEN_UP, state=row.state, reason=f"{NO_ORIGINAL}{row.reason}"[:1000])
    if row.state != State.READY:
        return Original(OriginalStatus.WAITING)
    if row.author == Author.EXTRACT:
        return Original(OriginalStatus.EXTRACT)
    if row.paper_version != row.paper.version or row.is_outdated:
        if row.author != Author.EDITOR:
            return Original(OriginalStatus.WAITING)
        reason = f"{NO_ORIGINAL}an editor wrote it for version {row.paper_version}; look at it."
        return Original(OriginalStatus.GIVEN_UP, state=State.HELD, reason=reason)
    return Original(OriginalStatus.READY, draft=row.draft)


def take_up(mode: str) -> int:
    """Want again what was given up for want of an English summary that has changed; returns how many."""
    rows = Summary.objects.filter(state__in=_GIVEN_UP, reason__startswith=NO_ORIGINAL)
    if mode == SHARED:
        outdated = Q(state=State.READY) & (Q(is_outdated=True) | ~Q(paper_version=F("paper__version")))
        hopeless = Summary.objects.filter(
            Q(state__in=_GIVEN_UP) | outdated, language=ENGLISH, paper=OuterRef("paper")
        )
        rows = rows.filter(~Exists(hopeless))
    return rows.update(state=State.WANTED, reason="", retry_at=None)
