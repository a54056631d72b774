"""Corrections as an editor drafts them: from the last change of a summary, or as a recall of the paper.

A changed summary is no correction by itself: only what an editor marks as one is told to readers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db import transaction
from django.db.models import Case, When

from newsletter.errors import InvalidInput, StateError
from newsletter.models import Correction, SummaryRevision
from newsletter.records import LONGEST_STATEMENT

State, Kind = Correction.State, Correction.Kind


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What an editor confirms: which drafts (ids), how many readers each has, whether also by a mail."""

    drafts: tuple[int, ...]
    readers: Mapping[int, int]
    has_mail: bool = False


@transaction.atomic
def draft_from_last_change(paper: int, language: str, *, by: Any, at: datetime) -> Correction:
    """A draft that says what the last change of a summary made right; one that is there follows.

    What was wrong and what is right are prefilled from the difference between the newest revision and the one
    from which the draft was first made; an old statement that somebody wrote by hand stays. Raises StateError
    where nothing was changed, or the earlier words were the abstract's own.
    """
    newest, *earlier = [*SummaryRevision.objects.of(paper, language)] or [None]
    if newest is None or not earlier:
        raise StateError("This summary has not been changed since it was first written.")
    draft = Correction.objects.drafts().filter(paper=paper, language=language, kind=Kind.STATEMENT).first()
    base = _base(draft, earlier)
    old, right = changed_statements(base, newest)
    if old == right:
        raise StateError("No statement changed: there is nothing to correct.")
    if draft is None:
        return Correction.objects.create(
            paper_id=paper,
            language=language,
            kind=Kind.STATEMENT,
            old=old,
            right=right,
            from_revision=base.number,
            to_revision=newest.number,
            by=by,
            created_at=at,
        )
    if draft.to_revision != newest.number:
        shown = next((row for row in earlier if row.number == draft.to_revision), None)
        if shown is None or draft.old == changed_statements(base, shown)[0]:
            draft.old = old
        draft.right, draft.from_revision, draft.to_revision = right, base.number, newest.number
        draft.save(update_fields=["old", "right", "from_revision", "to_revision"])
    return draft


def _base(draft: Correction | None, earlier: Sequence[SummaryRevision]) -> SummaryRevision:
    """The revision of ``earlier`` (newest first) that said what was wrong; the one a draft quotes stays."""
    ours = [row for row in earlier if row.is_summary or row.title]
    if not ours:
        raise StateError("Readers have had the abstract’s own words until now: there is nothing to correct.")
    quoted = [row for row in ours if draft is not None and row.number == draft.wrong_revision]
    return (quoted or ours)[0]


def changed_statements(before: SummaryRevision, after: SummaryRevision) -> tuple[str, str]:
    """The statements that differ in two revisions, as one text each, of at most LONGEST_STATEMENT."""
    pairs = [
        (before.sentence, after.sentence),
        *zip_longest(before.takeaways, after.takeaways, fillvalue=""),
        (before.title, after.title),
    ]
    changed = [(old, new) for old, new in pairs if old != new]
    old = " ".join([said for said, _ in changed if said])
    right = " ".join([said for _, said in changed if said])
    return old[:LONGEST_STATEMENT], right[:LONGEST_STATEMENT]


@transaction.atomic
def draft_recall(paper: int, languages: Collection[str], *, by: Any, at: datetime) -> int:
    """A draft in each of ``languages`` that says that the paper is recalled; returns how many are new."""
    return sum(
        Correction.objects.drafts().get_or_create(
            paper_id=paper, language=language, kind=Kind.RECALL, defaults={"by": by, "created_at": at}
        )[1]
        for language in languages
    )


def write_draft(draft_id: int, *, old: str, right: str) -> None:
    """Keep an editor's words in a draft. Raises InvalidInput for words that cannot be told."""
    draft = Correction.objects.drafts().filter(pk=draft_id).first()
    if draft is None:
        raise StateError("This correction is not a draft any more.")
    old, right = " ".join(old.split()), " ".join(right.split())
    if max(len(old), len(right)) > LONGEST_STATEMENT:
        raise InvalidInput(f"At most {LONGEST_STATEMENT} characters: a statement is one line of a mail.")
    draft.old, draft.right = ("" if draft.kind == Kind.RECALL else old), right
    if problem := problem_of(draft):
        raise InvalidInput(problem)
    draft.save(update_fields=["old", "right"])


def problem_of(draft: Correction) -> str:
    """Why a draft cannot be told as it stands, in one sentence; empty if it can."""
    if draft.kind == Kind.RECALL:
        return ""
    if not draft.old or not draft.right:
        return "Say what was wrong and what is right."
    return "What was wrong and what is right are the same." if draft.old == draft.right else ""


def drop_draft(draft_id: int) -> bool:
    """Delete a draft; the summary stays as it is."""
    return bool(Correction.objects.drafts().filter(pk=draft_id).delete()[0])


@transaction.atomic
def confirm(paper: int, confirmation: Confirmation, *, by: Any, at: datetime) -> int:
    """Have the drafts told; returns how many there were. From then on their words stand.

    Raises StateError where they are no drafts any more, such as after a second click, and InvalidInput where
    one cannot be told as it stands.
    """
    of_paper = Correction.objects.drafts().filter(paper=paper, pk__in=confirmation.drafts)
    drafts = list(of_paper.select_for_update().order_by("pk"))
    if not drafts or len(drafts) != len(set(confirmation.drafts)):
        raise StateError("These corrections were confirmed or dropped already; nothing was told twice.")
    for draft in drafts:
        if problem := problem_of(draft):
            raise InvalidInput(f"{draft.language}: {problem}")
    numbers = [When(pk=draft.pk, then=confirmation.readers.get(draft.pk, 0)) for draft in drafts]
    return Correction.objects.filter(pk__in=[draft.pk for draft in drafts], state=State.DRAFT).update(
        state=State.CONFIRMED,
        has_mail=confirmation.has_mail,
        readers=Case(*numbers, default=0),
        by=by,
        confirmed_at=at,
    )
