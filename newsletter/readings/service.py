"""Reading in depth, as the rest of Paperpost uses it: choose papers, read each once, say it in each language.

What was answered is stored call by call, so that a worker that is killed loses none.
"""

from contextlib import nullcontext
from datetime import date, datetime, timedelta
from functools import partial

from django.conf import settings

from newsletter import stages
from newsletter.errors import ModelError, SourceError
from newsletter.grounding import Source
from newsletter.grounding.languages import detect
from newsletter.images.stored_figures import store_figures
from newsletter.languages import LANGUAGES
from newsletter.models import Paper, Reading
from newsletter.readings.extraction import extract
from newsletter.readings.ledger import ReadingOutcome, claim, is_last_try, put_off, settle, settle_model_error
from newsletter.readings.model_session import TokensSpent
from newsletter.readings.selection import choose, renew, want
from newsletter.readings.texts import write_languages, write_missing
from newsletter.readings.tools import NO_MODEL, ReadingTools, configured_tools
from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, isolating
from newsletter.sources.fulltext.document import Document

RECENT_DAYS = 3
LANGUAGE_SAMPLE = 6000  # characters by which a paper's language is known
State = Reading.State


def read_in_depth(
    limit: int = 5, *, now: datetime, day: date | None = None, tools: ReadingTools | None = None
) -> StageReport:
    """Choose the papers of ``day`` (else of the last days), read up to ``limit``, and put what is read into
    the languages that readers use. For the periodic task and the command."""
    days = [day] if day else [now.date() - timedelta(days=back) for back in range(RECENT_DAYS)]
    counts = {"chosen": sum(choose(each, now=now) for each in days) + renew(now)}
    with nullcontext(tools) if tools else configured_tools() as usable:
        return _read_several(limit, counts, tools=usable, now=now)


def read_paper(paper: Paper, *, now: datetime, tools: ReadingTools | None = None) -> StageReport:
    """Read one paper now, whoever chose it, and put it into the languages that readers use."""
    want(paper, now=now)
    with nullcontext(tools) if tools else configured_tools() as usable:
        return _read_one(paper, tools=usable, now=now)


def _read_several(limit: int, counts: dict[str, int], *, tools: ReadingTools, now: datetime) -> StageReport:
    problems: list[str] = []
    for name in ("ready", "held", "failed", "later", "languages"):
        counts[name] = 0
    with isolating(stages.READINGS, now=now, items=ItemKind(key=_arxiv_id)) as run:
        for _ in range(limit):
            row = claim(now)
            if row is None:
                break
            outcome = _read_apart(row, run, tools=tools, now=now)
            counts[outcome.name] += 1
            if outcome.problem:
                problems.append(f"{row.paper.arxiv_id}: {outcome.problem}")
    with isolating(stages.TRANSLATIONS, now=now, items=ItemKind(key=_arxiv_id)) as run:
        if tools.model is not None:
            written, troubles = write_missing(tools, run, now=now, limit=4 * limit)
            counts["languages"] += written
            problems += troubles
    return StageReport(counts, (*problems, *run.set_aside))


def _arxiv_id(row: Reading) -> str:
    return row.paper.arxiv_id


def _read_apart(row: Reading, run: Isolation, *, tools: ReadingTools, now: datetime) -> ReadingOutcome:
    """As :func:`_read`. Any other error sets the paper aside; it is tried again a few times, as usual."""
    outcome = run.one(row, partial(_read, tools=tools, now=now))
    if outcome is not None:
        return outcome
    return put_off(row, SourceError(run.failed_items[-1][1], transient=True), now=now)


def _read_one(paper: Paper, *, tools: ReadingTools, now: datetime) -> StageReport:
    counts = dict.fromkeys(("ready", "held", "failed", "later", "languages"), 0)
    problems: list[str] = []
    Reading.objects.filter(paper=paper, state=State.WANTED).update(retry_at=None)
    row = claim(now, paper=paper)
    if row is not None:
        outcome = _read(row, tools=tools, now=now)
        counts[outcome.name] += 1
        problems += [f"{paper.arxiv_id}: {outcome.problem}"] if outcome.problem else []
    if tools.model is not None:
        for ready in Reading.objects.filter(paper=paper, state=State.READY):
            written, troubles = write_languages(ready, tools, now=now)
            counts["languages"] += written
            problems += troubles
    return StageReport(counts, tuple(problems))


def _read(row: Reading, *, tools: ReadingTools, now: datetime) -> ReadingOutcome:
    """Work on a claimed row, and settle it."""
    paper = row.paper
    try:
        document = tools.source.read(
            paper.arxiv_id,
            paper.version,
            title=paper.title,
            abstract=paper.abstract,
            is_last_try=is_last_try(row),
        )
        _note_document(row, document)
        store_figures(paper, document, source=tools.source)
        return _read_document(row, document, tools=tools, now=now)
    except TokensSpent as error:
        if error.whose == "day":
            tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=10, second=0, microsecond=0)
            return settle(row, State.WANTED, error.message, problem=error.message, retry_at=tomorrow)
        return settle(row, State.HELD, error.message, problem=error.message)
    except ModelError as error:
        return settle_model_error(row, error, now=now)
    except SourceError as error:
        return put_off(row, error, now=now)


def _read_document(row: Reading, document: Document, *, tools: ReadingTools, now: datetime) -> ReadingOutcome:
    sample = " ".join(each.text for each in document.passages())[:LANGUAGE_SAMPLE]
    code = detect(sample, expected="en")
    if code != "en":
        name = LANGUAGES[code].english_name if code in LANGUAGES else "another language"
        return settle(row, State.FAILED, f"The paper is written in {name}; only English is read.")
    if tools.model is None:
        return settle(row, State.WANTED, NO_MODEL, retry_at=now + timedelta(days=1))
    extraction = extract(
        document,
        Source(row.paper.title, row.paper.abstract),
        session=tools.session(row, now=now),
        context=settings.READING_CONTEXT,
    )
    row.facts = extraction.facts.to_json()
    if extraction.unread:
        note = f"{extraction.unread} pieces of the paper were left out for lack of tokens."
        row.notes = [*row.notes, note]
    if not extraction.facts.is_enough:
        refused = "; ".join(each.reason for each in extraction.refused[:3])
        reason = f"Too little of what the model noted stands in the paper. {refused}".strip()
        return settle(row, State.HELD, reason)
    row.read_at = now
    return settle(row, State.READY)


def _note_document(row: Reading, document: Document) -> None:
    """What the page says about the text itself."""
    row.origin = document.origin
    row.paper_version = row.paper.version
    row.affiliations = list(document.affiliations)
    row.code_links = list(document.code_links)
    row.data_links = list(document.data_links)
    row.references_count = len(document.references)
    row.source_url = document.url[:300]
    row.notes = list(document.notes)
