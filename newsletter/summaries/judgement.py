"""What becomes of a model's answers: accept, drop what is wrong, repair once, or hold. Pure.

:func:`decide` is a function of the stored answers alone. A run that was killed between two steps therefore
goes on exactly where it stood, without asking again for what has been answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsletter import grounding
from newsletter.errors import ModelError
from newsletter.grounding import Finding, Others, Source, Thresholds
from newsletter.languages import language
from newsletter.records import FEWEST_TAKEAWAYS, MOST_TAKEAWAYS, SummaryDraft
from newsletter.summaries import forms
from newsletter.summaries.forms import SummaryForm
from newsletter.summaries.prompts import named_faults
from newsletter.summaries.renderings import check_rendering
from newsletter.summaries.second_look import Opinions, SecondLook, SupportQuestion, look_at
from newsletter.text.glossary import TermTranslation


@dataclass(frozen=True, slots=True)
class Case:
    """What an answer is judged against. ``others`` are the other papers of the day; ``opinions`` are what a
    second model has said so far, None where none is asked; ``english`` is what a rendering is of.
    """

    source: Source
    language: str
    others: Sequence[Source] | Others = ()
    glossary: Sequence[TermTranslation] = ()
    thresholds: Thresholds = grounding.DEFAULT
    opinions: Opinions | None = None
    form: SummaryForm = SummaryForm.BRIEF
    english: SummaryDraft | None = None

    @property
    def fewest(self) -> int:
        """The takeaways that need no repair: of facts and renderings any number will do."""
        return FEWEST_TAKEAWAYS if self.form is SummaryForm.BRIEF else 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """One answer's findings; ``draft`` is None if it could not even be read.

    ``look`` is the second model's, if one is asked about what the rules accept. ``originals`` are the English
    statements of a rendering, by what was made of them.
    """

    draft: SummaryDraft | None
    findings: tuple[Finding, ...]
    look: SecondLook | None = None
    originals: Mapping[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """The rules accept it and the second model has yet to be asked."""
        return self.look is not None and bool(self.look.open)

    @property
    def is_seen(self) -> bool:
        """The second model has been asked all there is to ask."""
        return self.look is not None and not self.look.open

    @property
    def accepted(self) -> bool:
        """Whether the draft may be shown as it is."""
        return self.draft is not None and not self.waits and not grounding.failed(self.findings)

    @property
    def faults(self) -> tuple[str, ...]:
        """What failed, in sentences for a repair request."""
        return named_faults(self.findings)


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft that may be shown. ``dropped`` counts the takeaways that had to go; ``faults`` say why.

    ``look`` is what a second model said of it, if one was asked. ``checked_numbers`` counts the numbers of
    its sentence and takeaways that were compared with the source.
    """

    draft: SummaryDraft
    dropped: int = 0
    faults: tuple[str, ...] = ()
    look: SecondLook | None = None
    checked_numbers: int | None = None

    @property
    def is_partial(self) -> bool:
        """Whether too few takeaways are left for a whole summary: the sentence stands, and what is there."""
        return len(self.draft.takeaways) < FEWEST_TAKEAWAYS


@dataclass(frozen=True, slots=True)
class Doubt:
    """The rules find nothing against the draft: ask the second model before a reader sees it."""

    draft: SummaryDraft
    questions: tuple[SupportQuestion, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """The first answer failed: ask once more, naming the faults."""

    answer: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """There is no sentence that can be shown: an editor decides, readers get the extract.

    ``title`` is the translated one where it stands.
    """

    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, and the judgement of each answer, in their order."""

    verdict: Ready | Doubt | Repair | Hold
    judgements: tuple[Judgement, ...] = field(default_factory=tuple)

    @property
    def is_blind(self) -> bool:
        """Whether a draft is shown that the second model should have looked at and did not."""
        look = self.verdict.look if isinstance(self.verdict, Ready) else None
        return look is not None and look.is_blind

    @property
    def findings(self) -> list[tuple[Finding, ...]]:
        """Of each answer; what a second look said of the rest of one stands with the newest."""
        findings = [each.findings for each in self.judgements]
        look = self.verdict.look if isinstance(self.verdict, Ready) else None
        if findings and look is not None:
            findings[-1] = (*(each for each in look.findings if each not in findings[-1]), *findings[-1])
        return findings


def judge(text: str, case: Case) -> Judgement:
    """All checks of one answer."""
    try:
        answered = forms.read(case.form, text, source=case.source, english=case.english)
    except ModelError as error:
        message = error.message.removeprefix("The model's endpoint: malformed answer. ")
        return Judgement(None, (Finding("schema", "failed", "answer", (), message),))
    return _seen_twice(answered.draft, case, answered.originals, fewest=case.fewest)


def _seen_twice(draft: SummaryDraft, case: Case, originals: Mapping[str, str], *, fewest: int) -> Judgement:
    """By the rules and, where they find nothing and a second model is asked, by it."""
    findings = _findings(draft, case, originals, fewest=fewest)
    if case.opinions is None or grounding.failed(findings):
        return Judgement(draft, findings, originals=originals)
    look = look_at(draft, case.source, case.opinions)
    return Judgement(draft, (*look.findings, *findings), look, originals)


def decide(answers: Sequence[str], case: Case) -> Decision:
    """What to do after these answers to the same question, the oldest first; there is at least one.

    An accepted answer is shown, once the second model, if there is one, has been asked about it. Of a refused
    one the takeaways, keywords or title at fault are dropped where three good takeaways remain. A repair is
    asked for only where they do not; after it the sentence is shown with what else stands. Without a sentence
    that stands the summary is held. Of facts and renderings what stands is shown at once, however little, and
    a takeaway takes the place of a sentence that does not stand.
    """
    judgements = tuple(judge(text, case) for text in answers[:2])
    for each in judgements:
        if each.draft is not None and each.accepted:
            return Decision(Ready(each.draft, look=each.look), judgements)
        if each.draft is not None and each.look is not None and each.waits:
            return Decision(Doubt(each.draft, each.look.open), judgements)
    stands = _what_stands(judgements, case, fewest=case.fewest)
    if stands is not None:
        return Decision(stands, judgements)
    if len(judgements) == 1:
        return Decision(Repair(answers[0], judgements[0].faults), judgements)
    stands = _what_stands(judgements, case, fewest=0)
    if stands is not None:
        return Decision(stands, judgements)
    return Decision(Hold("; ".join(judgements[-1].faults)[:1000], title=_title(judgements)), judgements)


def _what_stands(judgements: Sequence[Judgement], case: Case, *, fewest: int) -> Ready | Doubt | None:
    """Of these answers what has most takeaways once its faults are dropped; the newest of equals."""
    rests = [
        rest
        for each in reversed(judgements)
        if (rest := without_faults(each, case, fewest=fewest)) is not None
    ]
    return max(rests, key=lambda rest: len(rest.draft.takeaways), default=None)


def without_faults(judged: Judgement, case: Case, *, fewest: int) -> Ready | Doubt | None:
    """The draft without its faulty takeaways, keywords and title, if what is left passes every check and
    has ``fewest`` takeaways."""
    if judged.draft is None:
        return None
    rest = _rest(judged, case, fewest=fewest)
    if rest is None:
        return None
    faults, look = judged.faults, judged.look
    if not judged.is_seen:
        again = _seen_twice(rest, case, judged.originals, fewest=fewest)
        look = again.look
        if look is not None and look.open:
            return Doubt(rest, look.open)
        if not again.accepted:
            rest, faults = _rest(again, case, fewest=fewest), (*faults, *again.faults)
    if rest is None or grounding.failed(_findings(rest, case, judged.originals, fewest=fewest)):
        return None
    dropped = len(judged.draft.takeaways) - len(rest.takeaways)
    return Ready(rest, dropped=dropped, faults=faults, look=look)


def _title(judgements: Sequence[Judgement]) -> str:
    """The newest translated title that no check refused."""
    for each in reversed(judgements):
        failed = {finding.field for finding in grounding.failed(each.findings)}
        if each.draft is not None and each.draft.title and not failed & {"title", "answer"}:
            return each.draft.title
    return ""


def _rest(judged: Judgement, case: Case, *, fewest: int) -> SummaryDraft | None:
    """What failed no check, where that is a summary still, of at least ``fewest`` takeaways."""
    if judged.draft is None:
        return None
    fields = {finding.field for finding in grounding.failed(judged.findings)}
    faulty = set(grounding.faulty_takeaways(judged.findings))
    takeaways = tuple(each for at, each in enumerate(judged.draft.takeaways) if at not in faulty)
    if len(takeaways) < fewest or (case.form is SummaryForm.BRIEF and "sentence" in fields):
        return None
    keywords = tuple(each for at, each in enumerate(judged.draft.keywords) if f"keywords[{at}]" not in fields)
    rest = replace(
        judged.draft,
        title="" if "title" in fields else judged.draft.title,
        takeaways=takeaways[:MOST_TAKEAWAYS],
        keywords=keywords,
    )
    return _led_by_a_takeaway(rest, case.language) if "sentence" in fields else rest


def _led_by_a_takeaway(draft: SummaryDraft, code: str) -> SummaryDraft | None:
    """The draft with its first takeaway that is short enough in place of its sentence; None without one."""
    limit = language(code).sentence_limit
    lead = next((each for each in draft.takeaways if len(each.text) <= limit), None)
    if lead is None:
        return None
    others = tuple(each for each in draft.takeaways if each is not lead)
    return replace(draft, sentence=lead.text, sentence_evidence=lead.evidence, takeaways=others)


def _findings(
    draft: SummaryDraft, case: Case, originals: Mapping[str, str], *, fewest: int
) -> tuple[Finding, ...]:
    """What the rules say; where ``fewest`` allows it, nothing of there being few takeaways."""
    checked, source = draft, case.source
    own_findings: list[Finding] = []
    if case.form is SummaryForm.RENDERING:
        checked, source = _with_originals(draft, case.source, originals)
        own_findings += check_rendering(draft, originals, language=case.language, source=case.source)
    elif case.form is SummaryForm.FACTS and draft.sentence and not draft.sentence_evidence:
        # A headline without a passage of its own was the one error that reached all languages.
        own_findings.append(
            Finding("evidence", "failed", "sentence", (), "No sentence of the abstract says this.")
        )
    findings = grounding.check_summary(
        checked, source, language=case.language, others=case.others, thresholds=case.thresholds
    )
    if fewest <= len(draft.takeaways) < FEWEST_TAKEAWAYS:
        findings = tuple(each for each in findings if (each.check, each.field) != ("schema", "takeaways"))
    return (*_glossary_findings(draft, case), *dict.fromkeys(own_findings), *findings)


def _with_originals(
    draft: SummaryDraft, source: Source, originals: Mapping[str, str]
) -> tuple[SummaryDraft, Source]:
    """A rendering and its source with the English statements beside their evidence.

    They have been accepted, or an editor wrote them, so a rendering may rest on their words, too.
    """
    takeaways = tuple(
        replace(each, evidence=_both(each.evidence, originals.get(each.text, ""))) for each in draft.takeaways
    )
    evidence = _both(draft.sentence_evidence, originals.get(draft.sentence, ""))
    english = "\n".join(originals.values())
    return replace(draft, takeaways=takeaways, sentence_evidence=evidence), replace(source, text=english)


def _both(evidence: str, statement: str) -> str:
    return " … ".join(each for each in (evidence, statement) if each)


def _glossary_findings(draft: SummaryDraft, case: Case) -> tuple[Finding, ...]:
    """A term that stands there in English only, although the glossary knows how it is written.

    Of facts and renderings each statement answers for itself.
    """
    statements = [("sentence", draft.sentence)]
    statements += [(f"takeaways[{at}].text", each.text) for at, each in enumerate(draft.takeaways)]
    if case.form is SummaryForm.BRIEF:
        statements = [("answer", " ".join(text for _, text in statements))]
    return tuple(
        Finding("glossary", "failed", name, (entry.term,), f"Write “{entry.term}” as “{entry.translation}”.")
        for name, text in statements
        for entry in case.glossary
        if entry.term.casefold() in text.casefold() and entry.translation.casefold() not in text.casefold()
    )
