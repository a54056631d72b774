"""What an editor does to one summary: write it, release it, ask for another answer; old wordings are stored.

The checks and the model's client take seconds to load, and every process loads the admin: so they are
imported where they are used.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from newsletter.errors import InvalidInput, ModelError, StateError
from newsletter.models import GlossaryTerm, Summary, SummaryAttempt, SummaryRevision
from newsletter.models.desk import SummaryVersion
from newsletter.records import MOST_TAKEAWAYS, SummaryDraft, Takeaway

if TYPE_CHECKING:
    from newsletter.grounding import Finding

State, Author = Summary.State, Summary.Author
_ANSWERS = ~Q(answer="") & Q(purpose__in=("first", "repair", "hint"))
LONGEST = 2000  # characters of one field


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a summary, for comparing. ``draft`` is None for an answer that could not be read."""

    name: str
    at: datetime | None
    draft: SummaryDraft | None


def write(
    summary_id: int, draft: SummaryDraft, *, by: Any, at: datetime, seen: datetime | None
) -> "tuple[Finding, ...]":
    """Make ``draft`` the summary: an editor's version, which no model overwrites.

    ``seen`` is the summary's ``written_at`` when the editor began; StateError if it has changed since.
    Returns what the checks say about the new words: warnings, because the editor has the last word.
    """
    if not draft.sentence.strip():
        raise InvalidInput("A summary needs its sentence.")
    if not draft.takeaways or len(draft.takeaways) > MOST_TAKEAWAYS:
        raise InvalidInput(f"Write one to {MOST_TAKEAWAYS} takeaways.")
    texts = [
        draft.title,
        draft.sentence,
        *(text for each in draft.takeaways for text in (each.text, each.evidence)),
    ]
    if any(len(text) > LONGEST for text in texts):
        raise InvalidInput(f"No field may have more than {LONGEST} characters.")
    with transaction.atomic():
        row = Summary.objects.select_for_update(of=("self",)).select_related("paper").get(pk=summary_id)
        if row.written_at != seen:
            raise StateError(
                "This summary was changed meanwhile. Nothing was overwritten; compare and save again."
            )
        _keep(row)
        SummaryRevision.objects.keep_first([row])
        row.draft = draft
        row.state, row.author, row.written_at, row.reason = State.READY, Author.EDITOR, at, ""
        row.is_outdated, row.paper_version = False, row.paper.version
        row.lease = row.lease_until = row.retry_at = None
        row.save()
        SummaryRevision.objects.keep(row, at=at, by=by)
        _keep(row, by=by)
    return findings(row)


def release(summary_id: int, *, by: Any, at: datetime, attempt_id: int) -> None:
    """Release a refused answer: it becomes the editor's version."""
    attempt = SummaryAttempt.objects.select_related("summary").get(pk=attempt_id, summary=summary_id)
    try:
        draft = _read(attempt, _english(attempt.summary))
    except ModelError as error:
        raise InvalidInput(f"This answer cannot be read: {error}") from error
    write(summary_id, draft, by=by, at=at, seen=attempt.summary.written_at)


def ask_again(summary_id: int, *, hint: str, at: datetime) -> None:
    """Ask the model for another answer; what is there now is kept. Raises StateError as the service does."""
    from newsletter.summaries import service

    with transaction.atomic():
        service.ask_again(summary_id, hint=hint)
        _keep(Summary.objects.get(pk=summary_id), at=at)


def _keep(row: Summary, *, by: Any = None, at: datetime | None = None) -> None:
    """Store the row's wording as a version, unless it is empty or equals the last one."""
    when = row.written_at or at
    if not row.sentence or when is None:
        return
    wording = {name: getattr(row, name) for name in ("title", "sentence", "takeaways", "keywords")}
    last = SummaryVersion.objects.filter(summary=row).first()
    if last is None or last.draft != wording or by is not None:
        SummaryVersion.objects.create(
            summary=row, author=row.author or Author.MODEL, draft=wording, by=by, at=when
        )


def findings(row: Summary) -> "tuple[Finding, ...]":
    """What the checks say about the summary as it stands; nothing for an empty one."""
    from newsletter.grounding import check_summary
    from newsletter.summaries.jobs import source_of

    if not row.sentence:
        return ()
    checked = check_summary(row.draft, source_of(row.paper), language=row.language)
    return tuple(each for each in checked if each.verdict != "passed")


def _english(row: Summary) -> SummaryDraft | None:
    """What a rendering is of; None for English, and where there is nothing to render."""
    from newsletter.summaries.forms import ENGLISH
    from newsletter.summaries.originals import originals

    return None if row.language == ENGLISH else originals([row.paper_id])[row.paper_id].draft


def _read(attempt: SummaryAttempt, english: SummaryDraft | None) -> SummaryDraft:
    """Raises :class:`~newsletter.errors.ModelError` for a malformed answer or a lost original."""
    from newsletter.llm.failures import ModelFailure, failure
    from newsletter.summaries import forms
    from newsletter.summaries.jobs import source_of

    form = forms.SummaryForm.of_version(attempt.prompt_version)
    if form is forms.SummaryForm.RENDERING and english is None:
        raise failure(ModelFailure.MALFORMED, "The English summary that it renders is not there any more.")
    source = source_of(attempt.summary.paper)
    return forms.read(form, attempt.answer, source=source, english=english).draft


def question(row: Summary) -> list[tuple[str, str]]:
    """(role, text) of what a model would be asked now: by this prompt, glossary and hint.

    Nothing where it waits for the English summary that it will be a rendering of.
    """
    from newsletter.summaries import forms
    from newsletter.summaries.jobs import source_of

    form = forms.SummaryForm.of(mode=settings.SUMMARY_MODE, language=row.language)
    english = _english(row) if form is forms.SummaryForm.RENDERING else None
    if form is forms.SummaryForm.RENDERING and english is None:
        return []
    inputs = forms.PromptInput(
        source=source_of(row.paper),
        language=row.language,
        english=english,
        glossary=GlossaryTerm.objects.in_language(row.language),
        hint=row.hint,
    )
    return [(message.role, message.content) for message in forms.request(form, inputs).messages]


def last_answer(row: Summary) -> tuple[SummaryAttempt, SummaryDraft] | None:
    """The newest answer of a model that can be read, whether or not it was refused."""
    english = _english(row)
    for attempt in row.attempts.filter(_ANSWERS).select_related("summary__paper").order_by("-pk")[:3]:
        try:
            return attempt, _read(attempt, english)
        except ModelError:
            continue
    return None


def versions(row: Summary) -> list[Wording]:
    """Every wording there was: the models' answers and what was written at the desk, the newest first."""
    wordings = []
    for version in row.kept_versions.select_related("by"):
        author = f"{version.author}{f' ({version.by.get_username()})' if version.by else ''}"
        stored = version.draft
        draft = SummaryDraft(
            sentence=stored["sentence"],
            takeaways=tuple(Takeaway(**point) for point in stored["takeaways"]),
            title=stored["title"],
            keywords=tuple(stored["keywords"]),
        )
        wordings.append(Wording(author, version.at, draft))
    english = _english(row)
    for attempt in row.attempts.filter(_ANSWERS).select_related("summary__paper").order_by("-pk"):
        try:
            answer: SummaryDraft | None = _read(attempt, english)
        except ModelError:
            answer = None
        wordings.append(Wording(f"{attempt.model}, {attempt.get_purpose_display()}", attempt.at, answer))
    return sorted(wordings, key=lambda each: each.at.timestamp() if each.at else 0.0, reverse=True)
