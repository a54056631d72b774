"""Each model's own thresholds: found from its own answers, kept in the database, used by the next run."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from newsletter import stages
from newsletter.errors import InvalidInput, ModelError
from newsletter.grounding import DEFAULT, Source, Thresholds
from newsletter.models import KnownModel, SummaryAttempt
from newsletter.set_aside import isolating
from newsletter.summaries import forms
from newsletter.summaries.jobs import source_of
from newsletter.summaries.second_look import SupportQuestion

CalibrationPair = tuple[str, Source]  # a summary in English, and what it is of

# Faults that these checks find are what the thresholds decide; an answer with another fault is no example.
_MOVABLE = frozenset({"direction", "overlap"})


def thresholds_of(model: str) -> Thresholds:
    """A model's thresholds; those that Paperpost begins with until the model is calibrated."""
    stored = KnownModel.objects.filter(endpoint="", model=model).values_list("thresholds", flat=True).first()
    return Thresholds.from_json(stored) if isinstance(stored, dict) and _is_sound(stored) else DEFAULT


def _is_sound(stored: dict[str, object]) -> bool:
    habits = stored.get("habits")
    if not isinstance(habits, dict):
        return False
    limits = [value for name, value in stored.items() if name != "habits"]
    return all(isinstance(value, int | float) for value in [*limits, *habits.values()])


def keep_thresholds(model: str, thresholds: Thresholds) -> None:
    """From now on these are the model's."""
    KnownModel.objects.update_or_create(
        endpoint="",
        model=model,
        defaults={"thresholds": thresholds.to_json(), "learned_at": timezone.now()},
    )


def judge_limits_of(model: str) -> dict[str, float]:
    """From which P(yes) on a model's second look accepts a statement, by language, where that was fitted."""
    stored = (
        KnownModel.objects.filter(endpoint="", model=model).values_list("judge_limits", flat=True).first()
    )
    limits = stored if isinstance(stored, dict) else {}
    return {
        code: float(limit)
        for code, limit in limits.items()
        if isinstance(limit, int | float) and 0 < limit <= 1
    }


def keep_judge_limit(model: str, language: str, limit: float) -> None:
    """From now on this is the least P(yes), 0-1, of the model's second look in a language."""
    with transaction.atomic():
        row, _ = KnownModel.objects.select_for_update().get_or_create(
            endpoint="", model=model, defaults={"learned_at": timezone.now()}
        )
        row.judge_limits = {**row.judge_limits, language: round(limit, 4)}
        row.save(update_fields=["judge_limits"])


def statements_in(path: Path) -> Iterator[tuple[SupportQuestion, bool]]:
    """The statements in a file of JSON lines with "passage", "statement" and "is_true", and whether they are.

    Raises :class:`~newsletter.errors.InvalidInput` naming the line that is not so.
    """
    for number, row in _rows(path):
        try:
            passage, text = (" ".join(row[name].split()) for name in ("passage", "statement"))
            is_true = row["is_true"]
        except (KeyError, TypeError, AttributeError):
            is_true = None
        if not isinstance(is_true, bool):
            words = 'is no JSON object with the texts passage and statement and is_true, "true" or "false"'
            raise InvalidInput(f"Line {number} of {path} {words}.")
        yield SupportQuestion("statement", text, passage), is_true


def own_pairs(model: str, *, since: datetime) -> Iterator[CalibrationPair]:
    """A model's first answers in English, each with its paper, but for those with a fault beyond dispute.

    Answers that only a movable threshold refused belong to them: without these, each calibration would allow
    a little less than the one before.
    """
    attempts = SummaryAttempt.objects.filter(
        # Providers answer in the name of the version behind the name that was asked.
        model__startswith=model,
        at__gte=since,
        purpose=SummaryAttempt.Purpose.FIRST,
        error="",
        summary__language="en",
    ).exclude(findings=[])
    rows = attempts.select_related("summary__paper").order_by("pk").iterator(chunk_size=200)
    with isolating(stages.CALIBRATION, now=timezone.now()) as run:
        yield from run.each(rows, _pair)


def _pair(attempt: SummaryAttempt) -> CalibrationPair | None:
    failed = {each.get("check") for each in attempt.findings if each.get("verdict") == "failed"}
    if attempt.paper_version != attempt.summary.paper.version or failed - _MOVABLE:
        return None
    try:
        source = source_of(attempt.summary.paper)
        draft = forms.read(
            forms.SummaryForm.of_version(attempt.prompt_version), attempt.answer, source=source
        ).draft
    except ModelError:
        return None
    text = " ".join([draft.sentence, *(each.text for each in draft.takeaways)])
    return text, source


def pairs_in(path: Path) -> Iterator[CalibrationPair]:
    """The pairs in a file of JSON lines with "title", "abstract" and "summary", all in English.

    Raises :class:`~newsletter.errors.InvalidInput` naming the line that is not so.
    """
    for number, row in _rows(path):
        try:
            texts = [" ".join(row[name].split()) for name in ("title", "abstract", "summary")]
        except (KeyError, TypeError, AttributeError) as error:
            words = "is no JSON object with the texts title, abstract and summary"
            raise InvalidInput(f"Line {number} of {path} {words}.") from error
        yield texts[2], Source(title=texts[0], abstract=texts[1])


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    """The number and the value of each line of a file of JSON lines; None for one that is no JSON."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, None
