"""Reading in depth, as the rest of Paperpost uses it: choose papers, read each once, say it in each language.

A reading is a row that moves: wanted → claimed → ready | held | failed. Any number of workers may run; each
claims what it works on, a claim ends with its lease, and what was answered meanwhile is stored call by call.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from newsletter import stages
from newsletter.day_rules import current_rules
from newsletter.errors import ModelError, PaperpostError, SourceError
from newsletter.grounding.languages import detect
from newsletter.images.stored_figures import captions, store_figures
from newsletter.languages import LANGUAGES, language
from newsletter.llm.budget import Prices, spent_tokens
from newsletter.llm.endpoint import model_named, model_prices
from newsletter.llm.failures import OPERATORS_TURN, ModelFailure
from newsletter.models import (
    Demand,
    Entry,
    Figure,
    GlossaryTerm,
    Paper,
    Reading,
    ReadingText,
)
from newsletter.readings.asking import Asker, Model, TokensSpent
from newsletter.readings.extraction import extract
from newsletter.readings.facts import Facts
from newsletter.readings.languages import render
from newsletter.records import StageReport
from newsletter.set_aside import Isolation, ItemKind, isolating
from newsletter.sources.fulltext.document import Document
from newsletter.sources.fulltext.fetch import FullTexts
from newsletter.summaries.prompts import Term

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=45)
COME_BACK = timedelta(minutes=20)  # doubled with each attempt, up to LATEST
LATEST = timedelta(hours=12)
MOST_ATTEMPTS = 8
RECENT_DAYS = 3
RENDER_DAYS = 30  # how long a reading is put into a language that gets its first reader
NO_MODEL = "No language model is set (OPENAI_BASE_URL or OPENAI_API_KEY)."
State = Reading.State


# -- which papers --------------------------------------------------------------------------------------------


def choose(day: date, *, now: datetime) -> int:
    """Want readings of the papers of ``day`` that an editor pinned or enough readers voted for.

    Never more in all than the settings of the day say, an editor's wishes among them; returns how many
    are new.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = Reading.objects.filter(wanted_at__gte=midnight).count()
    rules = current_rules()
    room = max(0, rules.readings_a_day - taken)
    pinned = Entry.objects.filter(edition__day=day, is_pinned=True, paper=OuterRef("pk"))
    candidates = Paper.objects.filter(
        Q(Exists(pinned))
        | Q(votes__gte=rules.reading_min_votes, pk__in=Paper.objects.announced_on(day).values("pk")),
        is_withdrawn=False,
        reading__isnull=True,
    )
    ranked = candidates.annotate(is_pinned=Exists(pinned)).order_by("-is_pinned", "-votes", "pk")[:room]
    new = 0
    editors = set(Entry.objects.filter(edition__day=day, is_pinned=True).values_list("paper_id", flat=True))
    for paper in ranked:
        chosen = Reading.Chosen.EDITOR if paper.pk in editors else Reading.Chosen.VOTES
        new += want(paper, chosen=chosen, now=now)
    return new


def want(paper: Paper, *, chosen: str = Reading.Chosen.EDITOR, now: datetime) -> bool:
    """Make sure that ``paper`` is read in depth in its present version; True if that is new work.

    What an editor hid stays as it is.
    """
    row, is_new = Reading.objects.get_or_create(
        paper=paper, defaults={"chosen": chosen, "wanted_at": now, "paper_version": paper.version}
    )
    if is_new:
        return True
    return bool(
        Reading.objects.filter(pk=row.pk)
        .exclude(state__in=(State.CLAIMED, State.HIDDEN))
        .filter(Q(paper_version__lt=paper.version) | Q(state__in=(State.FAILED, State.HELD)))
        .update(
            state=State.WANTED,
            paper_version=paper.version,
            retry_at=None,
            attempts_count=0,
            reason="",
            wanted_at=now,
        )
    )


def renew(now: datetime) -> int:
    """Readings of papers that have a newer version since are wanted again; returns how many."""
    outdated = Reading.objects.filter(
        state__in=(State.READY, State.HELD), paper__version__gt=F("paper_version")
    )
    return sum(want(row.paper, now=now) for row in outdated.select_related("paper"))


def wanted_languages() -> list[str]:
    """The languages that readers in use have, English apart: the facts are English."""
    spoken = Demand.objects.filter(readers__gt=0).values_list("language", flat=True).distinct()
    return sorted(code for code in spoken if code in LANGUAGES and code != "en")


# -- one run -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with; a test brings its own. ``model`` is None where none is set."""

    source: FullTexts
    model: Model | None
    prices: Prices = field(default_factory=Prices)


def read_in_depth(
    limit: int = 5, *, now: datetime, day: date | None = None, tools: Tools | None = None
) -> StageReport:
    """Choose the papers of ``day`` (else of the last days), read up to ``limit``, and put what is read into
    the languages that readers use. For the periodic task and the command."""
    days = [day] if day else [now.date() - timedelta(days=back) for back in range(RECENT_DAYS)]
    counts = {"chosen": sum(choose(each, now=now) for each in days) + renew(now)}
    with nullcontext(tools) if tools else configured_tools() as these:
        return _read_several(limit, counts, tools=these, now=now)


def _read_several(limit: int, counts: dict[str, int], *, tools: Tools, now: datetime) -> StageReport:
    problems: list[str] = []
    for name in ("ready", "held", "failed", "later", "languages"):
        counts[name] = 0
    with isolating(stages.READINGS, now=now, items=ItemKind(key=_name)) as run:
        for _ in range(limit):
            row = claim(now)
            if row is None:
                break
            outcome, problem = _read_apart(row, run, tools=tools, now=now)
            counts[outcome] += 1
            if problem:
                problems.append(f"{row.paper.arxiv_id}: {problem}")
    with isolating(stages.TRANSLATIONS, now=now, items=ItemKind(key=_name)) as run:
        if tools.model is not None:
            written, trouble = _render_missing(tools, run, now=now, limit=4 * limit)
            counts["languages"] += written
            problems += trouble
    return StageReport(counts, (*problems, *run.set_aside))


def _name(row: Reading) -> str:
    return row.paper.arxiv_id


def _read_apart(row: Reading, run: Isolation, *, tools: Tools, now: datetime) -> tuple[str, str]:
    """As :func:`_read`. What nobody foresaw sets the paper aside; it comes back a few times, as usual."""
    done = run.one(row, partial(_read, tools=tools, now=now))
    if done is not None:
        return done
    return _later(row, SourceError(run.failed_items[-1][1], transient=True), now=now)


def read_paper(paper: Paper, *, now: datetime, tools: Tools | None = None) -> StageReport:
    """Read one paper now, whoever chose it, and put it into the languages that readers use."""
    want(paper, now=now)
    with nullcontext(tools) if tools else configured_tools() as these:
        return _read_one(paper, tools=these, now=now)


def _read_one(paper: Paper, *, tools: Tools, now: datetime) -> StageReport:
    counts = dict.fromkeys(("ready", "held", "failed", "later", "languages"), 0)
    problems: list[str] = []
    Reading.objects.filter(paper=paper, state=State.WANTED).update(retry_at=None)
    row = claim(now, paper=paper)
    if row is not None:
        outcome, problem = _read(row, tools=tools, now=now)
        counts[outcome] += 1
        problems += [f"{paper.arxiv_id}: {problem}"] if problem else []
    if tools.model is not None:
        for ready in Reading.objects.filter(paper=paper, state=State.READY):
            written, trouble = _render_languages(ready, tools, now=now)
            counts["languages"] += written
            problems += trouble
    return StageReport(counts, tuple(problems))


@contextmanager
def configured_tools() -> Iterator[Tools]:
    """arXiv and the model as the settings say; what is learned of the model is kept in the end."""
    with model_named(settings.READING_MODEL) or nullcontext() as model:
        yield Tools(FullTexts(), model, model_prices())


def claim(now: datetime, *, paper: Paper | None = None) -> Reading | None:
    """Take the next reading that may be worked on, or that of ``paper``; None if there is none."""
    rows = Reading.objects.claimable(now).order_by("wanted_at", "pk")
    if paper is not None:
        rows = rows.filter(paper=paper)
    for row in rows[:10]:
        lease = uuid.uuid4()
        taken = (
            Reading.objects.claimable(now)
            .filter(pk=row.pk)
            .update(state=State.CLAIMED, lease=lease, lease_until=now + LEASE)
        )
        if taken:
            return Reading.objects.select_related("paper").get(pk=row.pk)
    return None


def _read(row: Reading, *, tools: Tools, now: datetime) -> tuple[str, str]:
    """Work on a claimed row; what became of it ("ready", "held", "failed", "later") and a problem, if any."""
    paper = row.paper
    try:
        document = tools.source.read(
            paper.arxiv_id,
            paper.version,
            title=paper.title,
            abstract=paper.abstract,
            is_last_try=row.attempts_count + 1 >= MOST_ATTEMPTS,
        )
        _keep_document(row, document)
        store_figures(paper, document, source=tools.source)
        return _read_document(row, document, tools=tools, now=now)
    except TokensSpent as error:
        if error.whose == "day":
            tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=10, second=0, microsecond=0)
            return _settle(row, State.WANTED, error.message, retry_at=tomorrow), error.message
        return _settle(row, State.HELD, error.message), error.message
    except ModelError as error:
        return _after_model_error(row, error, now=now)
    except SourceError as error:
        return _later(row, error, now=now)


def _read_document(row: Reading, document: Document, *, tools: Tools, now: datetime) -> tuple[str, str]:
    spoken = detect(" ".join(each.text for each in document.passages())[:6000], expected="en")
    if spoken != "en":
        name = LANGUAGES[spoken].english_name if spoken in LANGUAGES else "another language"
        return _settle(row, State.FAILED, f"The paper is written in {name}; only English is read."), ""
    if tools.model is None:
        return _settle(row, State.WANTED, NO_MODEL, retry_at=now + timedelta(days=1)), ""
    found = extract(
        document,
        asker=_asker(row, tools, now=now),
        title=row.paper.title,
        abstract=row.paper.abstract,
        context=settings.READING_CONTEXT,
    )
    row.facts = found.facts.to_json()
    if found.unread:
        row.notes = [*row.notes, f"{found.unread} pieces of the paper were left out for lack of tokens."]
    if not found.facts.is_enough:
        refused = "; ".join(each.reason for each in found.refused[:3])
        reason = f"Too little of what the model noted stands in the paper. {refused}".strip()
        return _settle(row, State.HELD, reason), ""
    row.read_at = now
    return _settle(row, State.READY, ""), ""


def _keep_document(row: Reading, document: Document) -> None:
    """What the page says about the text itself."""
    row.origin = document.origin
    row.paper_version = row.paper.version
    row.affiliations = list(document.affiliations)
    row.code_links = list(document.code_links)
    row.data_links = list(document.data_links)
    row.references_count = len(document.references)
    row.source_url = document.url[:300]
    row.notes = list(document.notes)


def _settle(row: Reading, state: str, reason: str, *, retry_at: datetime | None = None) -> str:
    """Give the claim back, if it is still ours, with everything that was learned."""
    values = {
        name: getattr(row, name)
        for name in (
            "origin", "paper_version", "facts", "affiliations", "code_links", "data_links",
            "references_count", "source_url", "notes", "read_at", "attempts_count",
        )
    }  # fmt: skip
    with transaction.atomic():
        ours = Reading.objects.filter(pk=row.pk, state=State.CLAIMED, lease=row.lease).update(
            **values, state=state, reason=reason, retry_at=retry_at, lease=None, lease_until=None
        )
        if ours and state == State.READY:
            row.texts.all().delete()  # they said what the facts were before
    return {State.WANTED: "later"}.get(State(state), str(state))


def _later(row: Reading, error: PaperpostError, *, now: datetime) -> tuple[str, str]:
    row.attempts_count += 1
    if row.attempts_count >= MOST_ATTEMPTS or not error.transient:
        return _settle(row, State.FAILED, error.message), error.message
    wait = min(COME_BACK * 2 ** (row.attempts_count - 1), LATEST)
    asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    return _settle(row, State.WANTED, error.message, retry_at=now + max(wait, asked)), error.message


def _after_model_error(row: Reading, error: ModelError, *, now: datetime) -> tuple[str, str]:
    if error.transient:
        return _later(row, error, now=now)
    if error.kind in OPERATORS_TURN:
        return (
            _settle(row, State.WANTED, error.message, retry_at=now + timedelta(hours=1)),
            error.message,
        )
    if error.kind in {ModelFailure.REFUSAL, ModelFailure.CONTENT_FILTER}:
        return _settle(row, State.HELD, error.message), ""
    return _settle(row, State.FAILED, error.message), error.message


def _asker(row: Reading, tools: Tools, *, now: datetime) -> Asker:
    if tools.model is None:
        raise ModelError(NO_MODEL, kind=ModelFailure.NOT_FOUND)
    spent = spent_tokens(now.date())
    return Asker(
        reading=row,
        model=tools.model,
        ceiling=settings.READING_TOKENS,
        day_left=current_rules().tokens_a_day - spent,
        now=now,
        prices=tools.prices,
    )


# -- languages -----------------------------------------------------------------------------------------------


def _render_missing(tools: Tools, run: Isolation, *, now: datetime, limit: int) -> tuple[int, list[str]]:
    rows = Reading.objects.filter(state=State.READY, read_at__gte=now - timedelta(days=RENDER_DAYS))
    written, problems = 0, []
    ordered = rows.select_related("paper").order_by("-read_at")
    for count, trouble in run.each(ordered, lambda row: _render_languages(row, tools, now=now)):
        written += count
        if written >= limit:
            break
        problems += trouble
        if trouble:
            break  # what hinders one hinders the next; the next run tries again
    return written, problems


def _render_languages(row: Reading, tools: Tools, *, now: datetime) -> tuple[int, list[str]]:
    there = set(row.texts.values_list("language", flat=True))
    written = 0
    for code in wanted_languages():
        if code in there:
            continue
        try:
            write_language(row, code, tools=tools, now=now)
        except (ModelError, TokensSpent) as error:
            return written, [f"{row.paper.arxiv_id} in {code}: {error.message}"]
        written += 1
    return written, []


def write_language(row: Reading, code: str, *, tools: Tools, now: datetime) -> ReadingText:
    """Put a reading that is ready into one language.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language,
    :class:`~newsletter.errors.ModelError`, :class:`~newsletter.readings.asking.TokensSpent`.
    """
    code = language(code).code
    facts = Facts.from_json(row.facts)
    rendered = render(
        facts,
        captions(list(row.paper.figures.filter(state=Figure.State.SHOWN))),
        code=code,
        asker=_asker(row, tools, now=now),
        title=row.paper.title,
        source=row.paper.abstract,
        glossary=_glossary(code),
    )
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


def _glossary(code: str) -> Sequence[Term]:
    rows = GlossaryTerm.objects.filter(language=code).values_list("term", "translation")
    return [Term(term, translation) for term, translation in rows]


def statement_in(facts: Facts, text: ReadingText | None) -> Facts:
    """The facts as ``text`` says them; what it does not say is left out. None: in English."""
    if text is None:
        return facts
    return replace(
        facts,
        statements=tuple(
            replace(each, text=text.texts[each.id]) for each in facts.statements if each.id in text.texts
        ),
    )
