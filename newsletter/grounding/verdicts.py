"""All checks together: a summary or a text and its source in, findings out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from newsletter.grounding import evidence as evidences
from newsletter.grounding import hygiene, languages, registers, shape, words
from newsletter.grounding.availability import check_availability
from newsletter.grounding.calibration import DEFAULT
from newsletter.grounding.directions import suspect_direction
from newsletter.grounding.findings import CHECKS, Finding, Source, Suspicion, Thresholds
from newsletter.grounding.names import suspect_names
from newsletter.grounding.neighbours import Others
from newsletter.grounding.numbers import suspect_context, suspect_numbers
from newsletter.grounding.overlap import suspect_overlap
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
    normal, known = words.normalise(text), words.normalise(source)
    passage = words.normalise(evidence)
    yield from suspect_names(normal, known, language=language)
    yield from suspect_numbers(
        normal, passage or known, language=language, elsewhere=known if passage else ""
    )
    if language == _SOURCE_LANGUAGE:
        yield from suspect_context(normal, known, language=language)
        yield from suspect_roles(normal, known)
        yield from suspect_direction(normal, known, habits=thresholds.habits)
        yield from suspect_overlap(normal, known, habits=thresholds.habits, evidence=passage)
    yield from suspect_sharing(normal, passage, known, language=language)
    if passage:
        yield from suspect_direction_across(normal, passage, language=language)
    elif language != _SOURCE_LANGUAGE:
        yield from suspect_direction_across(normal, known, language=language)


@dataclass(frozen=True, slots=True)
class _Checking:
    """What the texts of a summary are held against: their source, the language that they must be in, the
    thresholds of a model, and the other papers of the day where there are some.
    """

    source: Source
    language: str
    thresholds: Thresholds
    others: Others | None = None

    @property
    def trusted(self) -> str:
        """The whole source without sentences that speak to whoever summarises it."""
        return hygiene.without_instructions(self.source.whole)

    def judge(self, suspected: Iterable[Suspicion], *, field: str) -> Iterator[Finding]:
        """The suspicions that reach their thresholds."""
        for each in suspected:
            if each.score >= getattr(self.thresholds, each.limit or each.check):
                yield Finding(each.check, "failed", field, each.words, each.message)


def check_text(
    text: str,
    source: Source,
    *,
    language: str = "en",
    evidence: str = "",
    thresholds: Thresholds = DEFAULT,
) -> tuple[Finding, ...]:
    """Every check that a single text can be put to; nothing but failures and warnings comes back.

    ``language`` is a code of :mod:`newsletter.languages`; the source is taken to be English. With
    ``evidence``, a passage of the source, numbers and directions are held against it alone. The findings'
    field is "text".

    Raises :class:`~newsletter.errors.InvalidInput` for an unknown language.
    """
    return tuple(_check_text(text, _Checking(source, language, thresholds), evidence=evidence, field="text"))


def _check_text(text: str, checking: _Checking, *, evidence: str, field: str) -> Iterator[Finding]:
    if not text.strip():
        yield Finding("schema", "failed", field, (), "This is empty.")
        return
    whole, language = checking.source.whole, checking.language
    yield from hygiene.check_hygiene(text, whole, field=field, language=language)
    yield from hygiene.check_injection(text, whole, field=field)
    yield from languages.check_language(text, language=language, field=field, source=whole)
    yield from languages.check_script(text, whole, language=language, field=field)
    yield from check_availability(text, evidence, field=field)
    trusted = checking.trusted
    suspected = suspicions(
        text, trusted, language=language, evidence=evidence, thresholds=checking.thresholds
    )
    yield from checking.judge(suspected, field=field)
    if checking.others is not None:
        finding = _other_paper(text, trusted, checking.others, checking, field)
        if finding is not None:
            yield finding


def _other_paper(text: str, trusted: str, others: Others, checking: _Checking, field: str) -> Finding | None:
    """In the source's language by all words, in others by the names and numbers that stay as they are."""
    normal, known = words.normalise(text), words.normalise(trusted)
    if checking.language != _SOURCE_LANGUAGE:
        for each in suspect_names(normal, known, language=checking.language):
            if each.score >= 1 and others.naming(each.words[0]):
                message = f"“{each.words[0]}” belongs to another paper of the day."
                return Finding("other_paper", "failed", field, each.words, message)
        return None
    other = others.better(normal, known, habits=checking.thresholds.habits)
    if other is None:
        return None
    message = f"This is about another paper of the day, “{other.title}”."
    return Finding("other_paper", "failed", field, (other.arxiv_id or other.title,), message)


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
    checking = _Checking(source, language, thresholds, _prepared(others))
    findings = list(_check_summary(draft, checking))
    order = list(CHECKS)
    findings.sort(key=lambda each: (each.verdict != "failed", order.index(each.check)))
    complaining = {each.check for each in findings}
    passed = [
        Finding(check, "passed", "", (), question)
        for check, question in CHECKS.items()
        if check not in complaining
    ]
    return (*dict.fromkeys(findings), *passed)


def _prepared(others: Sequence[Source] | Others) -> Others | None:
    if isinstance(others, Others):
        return others if others.positions else None
    return Others.of(others) if others else None


def _check_summary(draft: SummaryDraft, checking: _Checking) -> Iterator[Finding]:
    language = checking.language
    yield from shape.check_schema(draft)
    yield from shape.check_lengths(draft, language=language)
    yield from shape.check_repetition(draft)
    yield from shape.check_novelty(draft, checking.source)
    statements = [("sentence", draft.sentence, draft.sentence_evidence)]
    statements += [
        (f"takeaways[{at}].text", each.text, each.evidence) for at, each in enumerate(draft.takeaways)
    ]
    statements = [each for each in statements if each[1].strip()]
    yield from registers.check_register([(field, text) for field, text, _ in statements], language=language)
    for field, text, evidence in statements:
        yield from _check_text(text, checking, evidence=evidence, field=field)
    yield from _check_evidence(draft, checking)
    yield from _check_small_fields(draft, checking)


def _check_evidence(draft: SummaryDraft, checking: _Checking) -> Iterator[Finding]:
    trusted = checking.trusted
    for at, takeaway in enumerate(draft.takeaways):
        if not takeaway.evidence.strip():
            continue  # the schema has said so
        if evidences.likeness(takeaway.evidence, trusted) < checking.thresholds.evidence:
            field, message = f"takeaways[{at}].evidence", "The source has no such passage."
            yield Finding("evidence", "failed", field, (takeaway.evidence,), message)


def _check_small_fields(draft: SummaryDraft, checking: _Checking) -> Iterator[Finding]:
    """The translated title and the keywords: too short for statistics, not for names, numbers and markup."""
    whole, language = checking.source.whole, checking.language
    trusted = words.normalise(checking.trusted)
    fields = [("title", draft.title)] if draft.title.strip() else []
    fields += [(f"keywords[{at}]", each) for at, each in enumerate(draft.keywords) if each.strip()]
    for field, text in fields:
        yield from hygiene.check_hygiene(text, whole, field=field, language=language)
        yield from hygiene.check_injection(text, whole, field=field)
        yield from languages.check_script(text, whole, language=language, field=field)
        normal = words.normalise(text)
        # A title's words may all begin with capitals: only what is surely a name counts.
        unknown = suspect_names(normal, trusted, language=language, title=True)
        yield from checking.judge([each for each in unknown if each.score >= 1], field=field)
        yield from checking.judge(suspect_numbers(normal, trusted, language=language), field=field)
    if draft.title.strip():
        yield from languages.check_language(draft.title, language=language, field="title", source=whole)


_TAKEAWAY = re.compile(r"takeaways\[(\d+)\]")


def faulty_takeaways(findings: Iterable[Finding]) -> tuple[int, ...]:
    """The positions, counted from 0, of takeaways that failed a check, in order."""
    places = (_TAKEAWAY.match(each.field) for each in failed(findings))
    return tuple(sorted({int(place.group(1)) for place in places if place}))


def failed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Only what failed."""
    return tuple(each for each in findings if each.verdict == "failed")
