"""In which order summaries are written: a paper's English one before those that are renderings of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lib.chunks import chunked
from newsletter.models import Summary
from newsletter.summaries import ledger
from newsletter.summaries.forms import ENGLISH
from newsletter.summaries.needs import want
from newsletter.summaries.originals import OriginalStatus, originals


@dataclass(frozen=True, slots=True)
class Order:
    """``first``: ids of summaries that can be worked on now; ``after``: those that follow, by paper id."""

    first: list[int] = field(default_factory=list)
    after: dict[int, list[int]] = field(default_factory=dict)


def english_first(summary_ids: Sequence[int], *, now: datetime, with_model: bool) -> Order:
    """What a run works on, in the given order: each rendering after its English summary.

    The English summary of a paper that is wanted in another language is wanted, too, whether or not anybody
    reads English. What waits for an English summary that cannot be written now is left out.
    """
    rows = _rows(summary_ids)
    papers = list(dict.fromkeys(paper for paper, code, _ in rows.values() if code != ENGLISH))
    requested = {paper for paper, code, is_requested in rows.values() if code != ENGLISH and is_requested}
    for is_request in (True, False):
        want(
            ((paper, ENGLISH) for paper in papers if (paper in requested) == is_request),
            is_request=is_request,
        )
    open_now: dict[int, int] = {}
    statuses: dict[int, OriginalStatus] = {}
    for ids in chunked(papers, ledger.CHUNK):
        work = Summary.objects.filter(
            ledger.open_work(now, with_model=with_model), paper__in=ids, language=ENGLISH
        )
        open_now.update(work.values_list("paper_id", "pk"))
        statuses.update({paper: each.status for paper, each in originals(ids).items()})
    order = Order()
    seen: set[int] = set()
    for pk, (paper, code, _) in rows.items():
        if code == ENGLISH:
            _add(order, pk, seen)
        elif paper in open_now:
            _add(order, open_now[paper], seen)
            order.after.setdefault(paper, []).append(pk)
        elif statuses[paper] is not OriginalStatus.WAITING:
            _add(order, pk, seen)
    return order


def _rows(summary_ids: Sequence[int]) -> dict[int, tuple[int, str, bool]]:
    """The paper, the language and whether somebody asked for it, of each summary that is there, in order."""
    rows: dict[int, tuple[int, str, bool]] = {}
    for ids in chunked(summary_ids, ledger.CHUNK):
        columns = ("pk", "paper_id", "language", "is_requested")
        for pk, *columns_of_row in Summary.objects.filter(pk__in=ids).values_list(*columns):
            rows[pk] = columns_of_row[0], columns_of_row[1], columns_of_row[2]
    return {pk: rows[pk] for pk in summary_ids if pk in rows}


def _add(order: Order, summary_id: int, seen: set[int]) -> None:
    if summary_id not in seen:
        seen.add(summary_id)
        order.first.append(summary_id)
