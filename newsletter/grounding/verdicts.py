"""All checks together: a summary or a text and its source in, findings out."""

import re
from collections.abc import Iterable, Iterator, Sequence

from newsletter.grounding import evidence as evidences
from newsletter.grounding import hygiene, languages, overlap, registers, shape, words
from newsletter.grounding.availability import check_availability
from newsletter.grounding.calibration import DEFAULT
from newsletter.grounding.directions import suspect_direction
from newsletter.grounding.findings import CHECKS, Finding, Source, Suspicion, Thresholds
from newsletter.grounding.names import suspect_names
from newsletter.grounding.neighbours import Others
from newsletter.grounding.numbers import suspect_context, suspect_numbers
from newsletter.grounding.roles import suspect_roles
from newsletter.grounding.senses import suspect_direction_across
from newsletter.grounding.sharing import suspect_sharing
from newsletter.records import SummaryDraft

_SOURCE_LANGUAGE = "en"


def suspicions(
    text: str,
    source: str,
    *,
    language: str,
    evidence: str = "",
    thresholds: Thresholds = DEFAULT,
) -> Iterator[Suspicion]:
    """What is doubtful in a text about a source, with scores; ``source`` is the whole source text.

    With ``evidence`` numbers and directions are held against it alone. Arguments need no normalising.
    """
    said, known = words.normalise(text), words.normalise(source)
    shown = words.normalise(evidence)
    yield from suspect_names(said, known, language=language)
    yield from suspect_numbers(said, shown or known, language=language, elsewhere=known if shown else "")
    if language == _SOURCE_LANGUAGE:
        yield from suspect_context(said, known, language=language)
        yield from suspect_roles(said, known)
        yield from suspect_direction(said, known, habits=thresholds.habits)
        yield from suspect_overlap(said, known, thresholds, evidence=shown)
    yield from suspect_sharing(said, shown, known, language=language)
    if shown:
        yield from suspect_direction_across(said, shown, language=language)
    elif language != _SOURCE_LANGUAGE:
        yield from suspect_direction_across(said, known, language=language)


def suspect_overlap(
    said: str, known: str, thresholds: Thresholds, *, evidence: str = ""
) -> Iterator[Suspicion]:
    yield from overlap.suspect_overlap(said, known, habits=thresholds.habits, evidence=evidence)


def _judge(found: Iterable[Suspicion], *, field: str, thresholds: Thresholds) -> Iterator[Finding]:
    for each in found:
        if each.score >= getattr(thresholds, each.limit or each.check):
            yield Finding(each.check, "failed", field, each.words, each.message)


def check_text(
    text: str,
    source: Source,
    *,
    language: str = "en",
    evidence: str = "",
    others: Sequence[Source] | Others = (),
    thresholds: Thresholds = DEFAULT,
    field: str = "text",
) -> tuple[Finding, ...]:
    """Every check that a single text can be put to; nothing but failures and warnings comes back.

    ``language`` is a code of :mod:`newsletter.languages`; the source is taken to be English. ``others`` are
    the other papers of the same day, prepared where many summaries are checked.

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language.
    """
    return tuple(
        _check_text(
            text,
            source,
            language=language,
            evidence=evidence,
            others=_prepared(others),
            thresholds=thresholds,
            field=field,
        )
    )


def _prepared(others: Sequence[Source] | Others) -> Others | None:
    if isinstance(others, Others):
        return others if others.positions else None
    return Others.of(others) if others else None


def _check_text(
    text: str,
    source: Source,
    *,
    language: str,
    evidence: str,
    others: Others | None,
    thresholds: Thresholds,
    field: str,
) -> Iterator[Finding]:
    if not text.strip():
        yield Finding("schema", "failed", field, (), "This is empty.")
        return
    whole = source.whole
    yield from hygiene.check_hygiene(text, whole, field=field, language=language)
    yield from hygiene.check_injection(text, whole, field=field)
    yield from languages.check_language(text, language=language, field=field, source=whole)
    yield from languages.check_script(text, whole, language=language, field=field)
    yield from check_availability(text, evidence, field=field)
    trusted = hygiene.without_instructions(whole)
    found = suspicions(text, trusted, language=language, evidence=evidence, thresholds=thresholds)
    yield from _judge(found, field=field, thresholds=thresholds)
    if others is not None:
        yield from _check_other_paper(
            text, trusted, others, language=language, thresholds=thresholds, field=field
        )


def _check_other_paper(
    text: str, source: str, others: Others, *, language: str, thresholds: Thresholds, field: str
) -> Iterator[Finding]:
    """In the source's language by all words, in others by the names and numbers that stay as they are."""
    said = words.normalise(text)
    if language != _SOURCE_LANGUAGE:
        known = words.normalise(source)
        lacking = [each for each in suspect_names(said, known, language=language) if each.score >= 1]
        for each in lacking:
            if others.naming(each.words[0]):
                message = f"“{each.words[0]}” belongs to another paper of the day."
                yield Finding("other_paper", "failed", field, each.words, message)
                return
        return
    other = others.better(said, words.normalise(source), habits=thresholds.habits)
    if other is not None:
        message = f"This is about another paper of the day, “{other.title}”."
        yield Finding("other_paper", "failed", field, (other.arxiv_id or other.title,), message)


def check_summary(
    draft: SummaryDraft,
    source: Source,
    *,
    language: str,
    others: Sequence[Source] | Others = (),
    thresholds: Thresholds = DEFAULT,
) -> tuple[Finding, ...]:
    """Every check of a whole summary: failures and warnings first come, then one "passed" for each check
    that found nothing, so that what was looked at can be stored and shown.

    ``others`` are the other papers of the day. Raises :class:`~newsletter.errors.InvalidInput` for an unknown
    language.
    """
    prepared = _prepared(others)
    found = list(_check_summary(draft, source, language=language, others=prepared, thresholds=thresholds))
    order = list(CHECKS)
    found.sort(key=lambda each: (each.verdict != "failed", order.index(each.check)))
    spoken = {each.check for each in found}
    passed = [
        Finding(check, "passed", "", (), question)
        for check, question in CHECKS.items()
        if check not in spoken
    ]
    return (*dict.fromkeys(found), *passed)


def _check_summary(
    draft: SummaryDraft,
    source: Source,
    *,
    language: str,
    others: Others | None,
    thresholds: Thresholds,
) -> Iterator[Finding]:
    yield from shape.check_schema(draft)
    yield from shape.check_lengths(draft, language=language)
    yield from shape.check_repetition(draft)
    yield from shape.check_novelty(draft, source)
    statements = [("sentence", draft.sentence, draft.sentence_evidence)]
    statements += [
        (f"takeaways[{at}].text", each.text, each.evidence) for at, each in enumerate(draft.takeaways)
    ]
    statements = [each for each in statements if each[1].strip()]
    yield from registers.check_register([(field, text) for field, text, _ in statements], language=language)
    for field, text, shown in statements:
        yield from _check_text(
            text, source, language=language, evidence=shown, others=others, thresholds=thresholds, field=field
        )
    yield from _check_evidence(draft, source, thresholds=thresholds)
    yield from _check_small_fields(draft, source, language=language, thresholds=thresholds)


def _check_evidence(draft: SummaryDraft, source: Source, *, thresholds: Thresholds) -> Iterator[Finding]:
    trusted = hygiene.without_instructions(source.whole)
    for at, takeaway in enumerate(draft.takeaways):
        if not takeaway.evidence.strip():
            continue  # the schema has said so
        field = f"takeaways[{at}].evidence"
        if evidences.likeness(takeaway.evidence, trusted) < thresholds.evidence:
            yield Finding(
                "evidence", "failed", field, (takeaway.evidence,), "The source has no such passage."
            )


def _check_small_fields(
    draft: SummaryDraft, source: Source, *, language: str, thresholds: Thresholds
) -> Iterator[Finding]:
    """The translated title and the keywords: too short for statistics, not for names, numbers and markup."""
    whole = source.whole
    trusted = words.normalise(hygiene.without_instructions(whole))
    fields = [("title", draft.title)] if draft.title.strip() else []
    fields += [(f"keywords[{at}]", each) for at, each in enumerate(draft.keywords) if each.strip()]
    for field, text in fields:
        yield from hygiene.check_hygiene(text, whole, field=field, language=language)
        yield from hygiene.check_injection(text, whole, field=field)
        yield from languages.check_script(text, whole, language=language, field=field)
        said = words.normalise(text)
        # A title's words may all begin with capitals: only what is surely a name counts.
        named = suspect_names(said, trusted, language=language, title=True)
        found = [each for each in named if each.score >= 1]
        yield from _judge(found, field=field, thresholds=thresholds)
        yield from _judge(
            suspect_numbers(said, trusted, language=language), field=field, thresholds=thresholds
        )
    if draft.title.strip():
        yield from languages.check_language(draft.title, language=language, field="title", source=whole)


_TAKEAWAY = re.compile(r"takeaways\[(\d+)\]")


def faulty_takeaways(findings: Iterable[Finding]) -> tuple[int, ...]:
    """The positions, counted from 0, of takeaways that failed a check, in order."""
    failed = (each for each in findings if each.verdict == "failed")
    found = (_TAKEAWAY.match(each.field) for each in failed)
    return tuple(sorted({int(match.group(1)) for match in found if match}))


def failed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Only what failed."""
    return tuple(each for each in findings if each.verdict == "failed")
