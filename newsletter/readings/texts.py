"""Readings that are ready, put into the languages that readers use: the rows of their texts."""

from datetime import datetime, timedelta

from newsletter.errors import ModelError
from newsletter.images.stored_figures import captions
from newsletter.languages import language
from newsletter.models import Figure, GlossaryTerm, Reading, ReadingText
from newsletter.readings.facts import Facts
from newsletter.readings.languages import TargetLanguage, render
from newsletter.readings.model_session import TokensSpent
from newsletter.readings.selection import wanted_languages
from newsletter.readings.tools import ReadingTools
from newsletter.set_aside import Isolation

RENDER_DAYS = 30  # how long a reading is put into a language that gets its first reader


def write_missing(tools: ReadingTools, run: Isolation, *, now: datetime, limit: int) -> tuple[int, list[str]]:
    """The newest readings in the languages that they lack, until ``limit`` texts are written.

    Returns how many were written, and a line for each problem.
    """
    rows = Reading.objects.filter(state=Reading.State.READY, read_at__gte=now - timedelta(days=RENDER_DAYS))
    written, problems = 0, []
    ordered = rows.select_related("paper").order_by("-read_at")
    for count, troubles in run.each(ordered, lambda row: write_languages(row, tools, now=now)):
        written += count
        if written >= limit:
            break
        problems += troubles
        if troubles:
            break  # what hinders one hinders the next; the next run tries again
    return written, problems


def write_languages(row: Reading, tools: ReadingTools, *, now: datetime) -> tuple[int, list[str]]:
    """One reading in the languages that it lacks: how many were written, and why no more were."""
    existing = set(row.texts.values_list("language", flat=True))
    written = 0
    for code in wanted_languages():
        if code in existing:
            continue
        try:
            write_language(row, code, tools=tools, now=now)
        except (ModelError, TokensSpent) as error:
            return written, [f"{row.paper.arxiv_id} in {code}: {error.message}"]
        written += 1
    return written, []


def write_language(row: Reading, code: str, *, tools: ReadingTools, now: datetime) -> ReadingText:
    """Put a reading that is ready into one language.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language,
    :class:`~newsletter.errors.ModelError`, :class:`~newsletter.readings.model_session.TokensSpent`.
    """
    code = language(code).code
    facts = Facts.from_json(row.facts)
    target = TargetLanguage(
        code=code,
        title=row.paper.title,
        source=row.paper.abstract,
        glossary=tuple(GlossaryTerm.objects.in_language(code)),
    )
    figures = row.paper.figures.filter(state=Figure.State.SHOWN)
    rendered = render(facts, captions(list(figures)), target, session=tools.session(row, now=now))
    is_enough = rendered.is_enough(facts)
    dropped = [{"id": name, "reason": why} for name, why in rendered.dropped.items()]
    text, _ = ReadingText.objects.update_or_create(
        reading=row,
        language=code,
        defaults={
            "state": ReadingText.State.READY if is_enough else ReadingText.State.HELD,
            "texts": rendered.texts,
            "captions": rendered.captions,
            "dropped": dropped,
            "reason": "" if is_enough else "Too many statements failed their check.",
            "written_at": now,
        },
    )
    return text
