"""A day's editions taken together: one order of all its papers, and an editor's acts on all editions at once.

The day has no rows of its own. An act on a paper is done in each edition of the day that holds it and is not
frozen, in one transaction: all of them or none. Each edition logs its part; parts of one act have the same
moment and person, so that undoing takes them back together.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from newsletter.desk import curation
from newsletter.desk.curation import NOT_UNDONE, Desk, Find, StaleError
from newsletter.desk.order import order_of
from newsletter.editions.composition import OPEN_STATES
from newsletter.errors import InvalidInput, StateError
from newsletter.models import Edition, Entry
from newsletter.models.desk import EditionChange
from newsletter.topics.assignment import match_topics

State = Edition.State
# One act on one edition; False: there was nothing to do.
EditionAct = Callable[[Edition, Desk], bool | None]


def papers_of(day: date) -> list[int]:
    """The ids of a day's papers, hidden ones too, in the day's order."""
    rows = Entry.objects.filter(edition__day=day).values_list(
        "edition_id", "paper_id", "position", "is_pinned", "paper__votes"
    )
    places = list(rows)
    return order_of((row[:4] for row in places), {paper: votes for _, paper, _, _, votes in places})


def revision_of(editions: Iterable[Edition]) -> int:
    """The sum of the editions' revisions: it grows with each change, which shows concurrent edits."""
    return sum(edition.revision for edition in editions)


@transaction.atomic
def _each(day: date, desk: Desk, part: EditionAct, *, states: Iterable[str] = OPEN_STATES) -> int:
    """Do ``part`` in the day's editions that are in one of ``states``. Returns in how many it was done.

    Raises StaleError when one was changed after ``desk.revision``, StateError when there was nothing to do.
    """
    editions = list(
        Edition.objects.select_for_update(of=("self",)).filter(day=day).select_related("topic").order_by("pk")
    )
    if revision_of(editions) != desk.revision:
        raise StaleError(_who_was_faster(day))
    wanted = set(states)
    done = sum(
        part(edition, replace(desk, revision=edition.revision)) is not False
        for edition in editions
        if edition.state in wanted
    )
    if not done:
        raise StateError("No edition of the day could be changed by this.")
    return done


def _who_was_faster(day: date) -> str:
    last = EditionChange.objects.filter(edition__day=day).select_related("by", "edition__topic").first()
    if last is None:
        return "The day was changed meanwhile. Nothing was done; look at it again."
    name = last.by.get_username() if last.by else "Somebody"
    sentence = f"{name} was faster: {last.kind} in {last.edition.topic}."
    return f"{sentence} Nothing of yours was done; look again and repeat it."


def _on_paper(
    day: date, desk: Desk, paper: int, act: Callable[[int, Desk, int], None], *, unless: dict[str, Any]
) -> int:
    def part(edition: Edition, at: Desk) -> bool:
        entry = edition.entries.filter(paper=paper).exclude(**unless).values_list("pk", flat=True).first()
        if entry is None:
            return False
        act(edition.pk, at, entry)
        return True

    return _each(day, desk, part)


def pin(day: date, desk: Desk, *, paper: int, pinned: bool = True) -> int:
    """Put a paper before all others in each of its editions, or take the pins off."""
    return _on_paper(
        day,
        desk,
        paper,
        lambda pk, at, entry: curation.pin(pk, at, entry_id=entry, pinned=pinned),
        unless={"is_pinned": pinned},
    )


def hide(day: date, desk: Desk, *, paper: int, hidden: bool = True) -> int:
    """Keep a paper from readers of all its editions, or show it again."""
    return _on_paper(
        day,
        desk,
        paper,
        lambda pk, at, entry: curation.hide(pk, at, entry_id=entry, hidden=hidden),
        unless={"is_hidden": hidden},
    )


def recall(day: date, desk: Desk, *, paper: int, recalled: bool = True) -> int:
    """Take a paper out of every edition, and of every digest that is not sent yet; or put it back."""

    def part(edition: Edition, at: Desk) -> bool:
        entry = edition.entries.filter(paper=paper).exclude(is_hidden=recalled).first()
        if entry is None:
            return False
        if edition.state == State.FROZEN:
            curation.recall(edition.pk, at, entry_id=entry.pk, recalled=recalled)
        else:
            curation.hide(edition.pk, at, entry_id=entry.pk, hidden=recalled)
        return True

    return _each(day, desk, part, states=State.values)


def move(day: date, desk: Desk, *, paper: int, to: int) -> int:
    """Give a paper place ``to`` of the day: in each of its editions it comes after those before it there."""
    order = [each for each in papers_of(day) if each != paper]
    before = order[: max(to - 1, 0)]

    def part(edition: Edition, at: Desk) -> bool:
        rows = {row.paper_id: row for row in edition.entries.order_by("-is_pinned", "position", "pk")}
        if paper not in rows:
            return False
        was = list(rows)
        others = [each for each in was if each != paper]
        last = max((others.index(each) for each in before if each in rows), default=-1)
        if last + 1 == was.index(paper):
            return False
        curation.move(edition.pk, at, entry_id=rows[paper].pk, to=last + 2)
        return True

    try:
        return _each(day, desk, part)
    except StaleError:
        raise
    except StateError as error:
        raise InvalidInput(
            "No open edition holds this paper and those that it would pass: for no reader would it change."
        ) from error


def merge(day: date, desk: Desk, *, paper: int, into: int) -> int:
    """``paper`` is the same work as ``into``, which takes its place in all its editions."""
    if paper == into:
        raise InvalidInput("A paper cannot be merged with itself.")

    def part(edition: Edition, at: Desk) -> bool:
        entries = dict(edition.entries.filter(paper__in=(paper, into)).values_list("paper_id", "pk"))
        if paper not in entries:
            return False
        if into in entries:
            curation.merge(edition.pk, at, entry_id=entries[paper], into=entries[into])
        else:
            curation.replace(edition.pk, at, entry_id=entries[paper], by=into)
        return True

    return _each(day, desk, part)


def add_paper(day: date, desk: Desk, *, arxiv_id: str, find: Find) -> int:
    """Add a paper to each open edition of the day whose topic it matches, after the others."""
    paper = find(arxiv_id)
    topics = [edition.topic for edition in Edition.objects.filter(day=day).select_related("topic")]
    matches, _ = match_topics(topics, [paper])
    fitting = {topic for topic, papers in matches.items() if paper.pk in papers}
    if not fitting:
        raise InvalidInput(
            f"{paper.arxiv_id} matches no topic of the day; add it on the page of one edition."
        )

    def part(edition: Edition, at: Desk) -> bool:
        if edition.topic_id not in fitting or edition.entries.filter(paper=paper).exists():
            return False
        curation.add_paper(edition.pk, at, arxiv_id=arxiv_id, find=lambda _: paper)
        return True

    return _each(day, desk, part)


def write_note(day: date, desk: Desk, *, notes: dict[str, str]) -> int:
    """Write the same note into all open editions of the day."""
    if not notes:
        raise InvalidInput("The note is as it was.")
    return _each(day, desk, lambda edition, at: curation.write_note(edition.pk, at, notes=notes))


def approve(day: date, desk: Desk) -> int:
    """Release every draft; what somebody holds stays held."""
    return _each(day, desk, lambda edition, at: curation.approve(edition.pk, at), states=(State.DRAFT,))


def hold(day: date, desk: Desk) -> int:
    """Keep every edition from readers that is not frozen."""
    return _each(
        day, desk, lambda edition, at: curation.hold(edition.pk, at), states=(State.DRAFT, State.APPROVED)
    )


def reopen(day: date, desk: Desk) -> int:
    """Take approvals and holds back."""
    return _each(
        day, desk, lambda edition, at: curation.reopen(edition.pk, at), states=(State.HELD, State.APPROVED)
    )


def last_act(day: date) -> list[EditionChange]:
    """The changes of the last act on the day or on one of its editions: what :func:`undo` takes back."""
    open_changes = (
        EditionChange.objects.filter(edition__day=day, is_undone=False)
        .exclude(kind__in=NOT_UNDONE)
        .select_related("by", "edition__topic")
    )
    last = open_changes.order_by("-at", "-pk").first()
    return list(open_changes.filter(at=last.at, by=last.by_id)) if last else []


def undo(day: date, desk: Desk) -> str:
    """Take the last act on the day back in every edition that is not frozen; returns what it was."""
    changes = {change.edition_id: change for change in last_act(day)}
    if not changes:
        raise StateError("There is nothing to undo.")

    def part(edition: Edition, at: Desk) -> bool:
        if edition.pk not in changes:
            return False
        curation.undo(edition.pk, at)
        return True

    done = _each(day, desk, part)
    first = next(iter(changes.values()))
    return f"{first.kind} {first.detail}".strip() + f" ({done} of {len(changes)} editions)"
