"""An editor's acts on one edition.

Each act names the revision that the editor saw. If somebody else was faster the act is refused and nothing is
lost; else it is done, counted, and logged with what it was before, so that it can be undone until the edition
is frozen.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from newsletter.editions import composition
from newsletter.errors import InvalidInput, StateError
from newsletter.languages import LANGUAGES
from newsletter.models import Edition, Entry, Paper
from newsletter.models.desk import EditionChange
from newsletter.topics.assignment import TopicMatch, weigh_topics

LONGEST_NOTE = 2000  # characters
NOT_UNDONE = ("undone", "recalled", "put back")  # of a frozen edition: sent mails cannot be changed
ADDING = ("added", "merged")  # acts that may put a paper into the edition
ON_PAPERS = (*ADDING, "moved", "pinned", "unpinned", "hidden", "shown")
"""Acts that change papers' places: undoing one needs to know what they were."""
PLACE = ("position", "is_pinned", "is_hidden", "is_placed")
"""What an editor may change of an entry."""
Find = Callable[[str], Paper]


class StaleError(StateError):
    """Another editor changed the edition after this one looked at it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts, when, and on which ``revision`` of the edition."""

    by: Any
    at: datetime
    revision: int


@contextmanager
def _acting(
    edition_id: int, desk: Desk, *, kind: str, detail: str = "", is_frozen: bool = False
) -> Iterator[Edition]:
    """The locked edition; what the block does to it is logged as one change of one revision."""
    with transaction.atomic():
        edition = Edition.objects.select_for_update(of=("self",)).select_related("topic").get(pk=edition_id)
        if is_frozen != (edition.state == Edition.State.FROZEN):
            raise StateError(f"{edition} cannot be changed like this: it is {edition.get_state_display()}.")
        if edition.revision != desk.revision:
            raise StaleError(_who_was_faster(edition))
        before = _state_of(edition)
        if kind in ON_PAPERS:
            before["entries"] = _places_of(edition)
        yield edition
        if kind in ADDING:
            known = [row[0] for row in before["entries"]]
            before["added"] = list(
                edition.entries.exclude(paper__in=known).values_list("paper_id", flat=True)
            )
        Edition.objects.filter(pk=edition.pk).update(revision=desk.revision + 1)
        EditionChange.objects.create(
            edition=edition,
            kind=kind,
            detail=detail[:300],
            by=desk.by,
            at=desk.at,
            revision=desk.revision + 1,
            before=before,
        )


def _who_was_faster(edition: Edition) -> str:
    last = edition.changes.select_related("by").first()
    if last is None:
        return f"{edition} was changed meanwhile. Nothing was done; look at it again."
    name = last.by.get_username() if last.by else "Somebody"
    detail = f" ({last.detail})" if last.detail else ""
    return f"{name} was faster: {last.kind}{detail}. Nothing of yours was done; look again and repeat it."


def _state_of(edition: Edition) -> dict[str, Any]:
    return {
        "state": edition.state,
        "approved_at": edition.approved_at.isoformat() if edition.approved_at else None,
        "approved_by": edition.approved_by_id,
        "note": edition.note,
    }


def _places_of(edition: Edition) -> list[list[Any]]:
    rows = edition.entries.order_by("position", "pk")
    return [list(row) for row in rows.values_list("paper_id", *PLACE)]


# -- the whole edition --------------------------------------------------------------------------------------


def approve(edition_id: int, desk: Desk) -> None:
    """Release it to readers. Raises StateError if it is frozen or was changed meanwhile; so do all acts."""
    with _acting(edition_id, desk, kind="approved") as edition:
        composition.approve(edition, by=desk.by, at=desk.at)


def hold(edition_id: int, desk: Desk) -> None:
    """Keep it from readers, also from approval by the clock."""
    with _acting(edition_id, desk, kind="held") as edition:
        composition.hold(edition)


def reopen(edition_id: int, desk: Desk) -> None:
    """Take an approval or a hold back."""
    with _acting(edition_id, desk, kind="reopened") as edition:
        composition.reopen(edition)


def write_note(edition_id: int, desk: Desk, *, notes: dict[str, str]) -> None:
    """Set the editor's note in the given languages; an empty text takes one away."""
    for code, text in notes.items():
        if code not in LANGUAGES:
            raise InvalidInput(f"{code!r} is no language of Paperpost.")
        if len(text) > LONGEST_NOTE:
            raise InvalidInput(
                f"The note in {LANGUAGES[code].own_name} has more than {LONGEST_NOTE} characters."
            )
    with _acting(edition_id, desk, kind="note", detail=", ".join(sorted(notes))) as edition:
        note = {**edition.note, **{code: text.strip() for code, text in notes.items()}}
        composition.write_note(edition, {code: text for code, text in note.items() if text})


# -- one paper in it ----------------------------------------------------------------------------------------


def _entry(edition: Edition, entry_id: int) -> Entry:
    entry = Entry.objects.select_related("paper").filter(edition=edition, pk=entry_id).first()
    if entry is None:
        raise StateError("This paper is not in the edition any more.")
    return entry


def _name(entry_id: int) -> str:
    titles = Entry.objects.filter(pk=entry_id).values_list("paper__arxiv_id", "paper__title")
    return next((f"{arxiv_id} {title}" for arxiv_id, title in titles), "")


def pin(edition_id: int, desk: Desk, *, entry_id: int, pinned: bool = True) -> None:
    """Put a paper before all others, or take the pin off."""
    with _acting(
        edition_id, desk, kind="pinned" if pinned else "unpinned", detail=_name(entry_id)
    ) as edition:
        composition.pin(_entry(edition, entry_id), pinned=pinned)


def hide(edition_id: int, desk: Desk, *, entry_id: int, hidden: bool = True) -> None:
    """Keep a paper of this edition from readers, or show it again."""
    with _acting(edition_id, desk, kind="hidden" if hidden else "shown", detail=_name(entry_id)) as edition:
        composition.hide(_entry(edition, entry_id), hidden=hidden)


def recall(edition_id: int, desk: Desk, *, entry_id: int, recalled: bool = True) -> None:
    """Take a paper of a frozen edition out of the digests that are not sent yet, or put it back.

    A digest says what it picked when it was queued, and leaves out what is hidden when it is written.
    """
    kind = "recalled" if recalled else "put back"
    with _acting(edition_id, desk, kind=kind, detail=_name(entry_id), is_frozen=True) as edition:
        entry = _entry(edition, entry_id)
        Entry.objects.filter(pk=entry.pk).update(
            is_hidden=recalled, is_pinned=entry.is_pinned and not recalled
        )


def move(edition_id: int, desk: Desk, *, entry_id: int, to: int) -> None:
    """Give a paper place ``to``, counted from 1 over the whole list; those behind it make room."""
    with _acting(edition_id, desk, kind="moved", detail=f"{_name(entry_id)} → {to}") as edition:
        mine = _entry(edition, entry_id)
        rows = list(edition.entries.order_by("-is_pinned", "position", "pk"))
        rest = [row for row in rows if row.pk != mine.pk]
        rest.insert(max(min(to, len(rows)) - 1, 0), next(row for row in rows if row.pk == mine.pk))
        _renumber(rest)
        Entry.objects.filter(pk=mine.pk).update(is_placed=True)


def _renumber(rows: Sequence[Entry]) -> None:
    moved = [(position, row) for position, row in enumerate(rows, 1) if row.position != position]
    for position, row in moved:
        row.position = position
    Entry.objects.bulk_update([row for _, row in moved], ["position"])


def add_paper(edition_id: int, desk: Desk, *, arxiv_id: str, find: Find) -> Entry:
    """Add the paper that ``find`` gives for the id, after the others. Raises InvalidInput if it is there."""
    paper = find(arxiv_id)
    detail = f"{paper.arxiv_id} {paper.title}"
    with _acting(edition_id, desk, kind="added", detail=detail) as edition:
        if edition.entries.filter(paper=paper).exists():
            raise InvalidInput(f"{paper.arxiv_id} is already in this edition.")
        last = edition.entries.aggregate(last=Max("position"))["last"] or 0
        match = _match(edition, paper)
        return Entry.objects.create(
            edition=edition, paper=paper, position=last + 1, matched=match.words, strength=match.strength
        )


def _match(edition: Edition, paper: Paper) -> TopicMatch:
    weighed, _ = weigh_topics([edition.topic], [paper])
    return weighed[edition.topic_id].get(paper.pk, TopicMatch([], 0.0))


def merge(edition_id: int, desk: Desk, *, entry_id: int, into: int) -> None:
    """``entry_id`` is the same work as entry ``into``: it is hidden, and the other takes the better place."""
    if entry_id == into:
        raise InvalidInput("A paper cannot be merged with itself.")
    with _acting(edition_id, desk, kind="merged", detail=f"{_name(entry_id)} into {_name(into)}") as edition:
        double, remaining = _entry(edition, entry_id), _entry(edition, into)
        best, pinned = min(double.position, remaining.position), double.is_pinned or remaining.is_pinned
        Entry.objects.filter(pk=double.pk).update(
            is_hidden=True, is_pinned=False, position=max(double.position, remaining.position)
        )
        Entry.objects.filter(pk=remaining.pk).update(
            is_hidden=False,
            is_pinned=pinned,
            position=best,
            is_placed=double.is_placed or remaining.is_placed,
        )


def replace(edition_id: int, desk: Desk, *, entry_id: int, by: int) -> None:
    """Entry ``entry_id`` is the same work as paper ``by``, which comes into the edition in its place."""
    paper = Paper.objects.get(pk=by)
    detail = f"{_name(entry_id)} into {paper.arxiv_id} {paper.title}"
    with _acting(edition_id, desk, kind="merged", detail=detail) as edition:
        double = _entry(edition, entry_id)
        match = _match(edition, paper)
        Entry.objects.create(
            edition=edition,
            paper=paper,
            position=double.position,
            is_pinned=double.is_pinned,
            is_placed=double.is_placed,
            matched=match.words or double.matched,
            strength=match.strength,
        )
        Entry.objects.filter(pk=double.pk).update(
            is_hidden=True, is_pinned=False, position=double.position + 1
        )


# -- undo ---------------------------------------------------------------------------------------------------


def last_change(edition_id: int) -> EditionChange | None:
    """The change that :func:`undo` would take back."""
    return (
        EditionChange.objects.filter(edition=edition_id, is_undone=False)
        .exclude(kind__in=NOT_UNDONE)
        .select_related("by")
        .first()
    )


def undo(edition_id: int, desk: Desk) -> str:
    """Take the last change back, whoever made it; returns what it was. Raises StateError if there is none.

    A paper that composing added since then stays, and so does an approval that the clock gave since then.
    """
    change = last_change(edition_id)
    if change is None:
        raise StateError("There is nothing to undo.")
    detail = f"{change.kind} {change.detail}".strip()
    with _acting(edition_id, desk, kind="undone", detail=detail) as edition:
        _restore(edition, change)
        EditionChange.objects.filter(pk=change.pk).update(is_undone=True)
    return detail


def _restore(edition: Edition, change: EditionChange) -> None:
    before = change.before
    if change.kind in ("approved", "held", "reopened"):
        at = before["approved_at"]
        Edition.objects.filter(pk=edition.pk).update(
            state=before["state"],
            approved_at=datetime.fromisoformat(at) if at else None,
            approved_by=before["approved_by"],
        )
        return
    if change.kind == "note":
        Edition.objects.filter(pk=edition.pk).update(note=before["note"])
        return
    edition.entries.filter(paper__in=before.get("added", ())).delete()
    was = {paper: values for paper, *values in before["entries"]}
    rows = [entry for entry in edition.entries.all() if entry.paper_id in was]
    for row in rows:
        for name, value in zip(PLACE, was[row.paper_id], strict=False):  # older changes know fewer
            setattr(row, name, value)
    Entry.objects.bulk_update(rows, PLACE)


def approve_day(day: date, *, by: Any, at: datetime) -> int:
    """Release every draft of ``day`` that nobody holds. Returns how many."""
    approved = 0
    for pk, revision in Edition.objects.waiting().filter(day=day).values_list("pk", "revision"):
        try:
            approve(pk, Desk(by=by, at=at, revision=revision))
        except StateError:
            continue  # another editor changed it at the same moment: that decision stands
        approved += 1
    return approved
