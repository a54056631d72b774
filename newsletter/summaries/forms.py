"""The forms in which a summary is asked for: directly, as facts in English, or as a rendering of these. Pure.

``SUMMARY_MODE=direct`` asks for a whole summary in each language (:mod:`.prompts`). ``shared``, the default,
reads a paper once, in English (:mod:`.facts`), and has what it says rendered in every other language
(:mod:`.translation`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.grounding import Source
from newsletter.llm.questions import ChatMessage, ModelRequest
from newsletter.records import SummaryDraft
from newsletter.summaries.facts import FACTS_VERSION, facts_messages, facts_repair, facts_schema, read_facts
from newsletter.summaries.prompts import (
    ANSWER_SCHEMA,
    MAX_FAULTS,
    MAX_QUOTED,
    PROMPT_VERSION,
    brief_messages,
    read_draft,
    repair_messages,
)
from newsletter.summaries.translation import (
    RENDERING_VERSION,
    read_rendering,
    rendering_messages,
    rendering_repair,
    rendering_schema,
    statements,
)
from newsletter.text.glossary import TermTranslation

SHARED = "shared"
ENGLISH = "en"


class SummaryForm(StrEnum):
    """By the version of its prompt, which is stored with every answer."""

    BRIEF = PROMPT_VERSION
    FACTS = FACTS_VERSION
    RENDERING = RENDERING_VERSION

    @classmethod
    def of(cls, *, mode: str, language: str) -> "SummaryForm":
        """How ``SUMMARY_MODE=mode`` asks for a summary in ``language``."""
        if mode != SHARED:
            return cls.BRIEF
        return cls.FACTS if language == ENGLISH else cls.RENDERING

    @classmethod
    def of_version(cls, version: str) -> "SummaryForm":
        """The form of a stored answer, whichever version of its prompt it was given to."""
        kind = version.partition("-")[0]
        return next((each for each in cls if each.partition("-")[0] == kind), cls.BRIEF)


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """An answer as a draft. ``originals``: of each rendered statement the English one; {} if none is."""

    draft: SummaryDraft
    originals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptInput:
    """What a question is made of. ``english`` is what a rendering is of; nothing else needs it.

    ``hint`` is an editor's wish, trusted.
    """

    source: Source
    language: str
    english: SummaryDraft | None = None
    glossary: Iterable[TermTranslation] = ()
    hint: str = ""


def request(form: SummaryForm, inputs: PromptInput) -> ModelRequest:
    """The question about a paper. Raises ValueError for a rendering of no English summary."""
    title, abstract = inputs.source.title, inputs.source.abstract
    if form is SummaryForm.FACTS:
        messages = facts_messages(title=title, abstract=abstract, glossary=inputs.glossary, hint=inputs.hint)
        return ModelRequest(messages, schema=facts_schema(abstract))
    if form is SummaryForm.RENDERING:
        english = _needed(inputs.english)
        messages = rendering_messages(
            title=title, english=english, code=inputs.language, glossary=inputs.glossary, hint=inputs.hint
        )
        return ModelRequest(messages, schema=rendering_schema(statements(title, english)))
    messages = brief_messages(
        title=title, abstract=abstract, code=inputs.language, glossary=inputs.glossary, hint=inputs.hint
    )
    return ModelRequest(messages, schema=ANSWER_SCHEMA)


def repair(
    form: SummaryForm, question: ModelRequest, *, answer: str, faults: Sequence[str], language: str
) -> ModelRequest:
    """The question once more, with the answer and what is wrong with it."""
    if form is SummaryForm.BRIEF:
        messages = repair_messages(question.messages, answer=answer, faults=faults, code=language)
        return ModelRequest(messages, schema=question.schema)
    named = list(dict.fromkeys(fault for fault in faults if fault))[:MAX_FAULTS]
    wish = (
        facts_repair(faults=named)
        if form is SummaryForm.FACTS
        else rendering_repair(faults=named, code=language)
    )
    shown = answer if len(answer) <= MAX_QUOTED else answer[:MAX_QUOTED] + " …"
    added = (ChatMessage("assistant", shown or "(no answer)"), ChatMessage("user", wish))
    return ModelRequest((*question.messages, *added), schema=question.schema)


def read(
    form: SummaryForm, text: str, *, source: Source, english: SummaryDraft | None = None
) -> ParsedAnswer:
    """The draft in an answer. Raises :class:`~newsletter.errors.ModelError` for a malformed one."""
    if form is SummaryForm.FACTS:
        return ParsedAnswer(read_facts(text, abstract=source.abstract))
    if form is SummaryForm.RENDERING:
        original = _needed(english)
        texts, draft = read_rendering(text, title=source.title, english=original)
        english_texts = statements(source.title, original)
        return ParsedAnswer(
            draft, {texts[key]: english_texts[key] for key in reversed(english_texts) if texts[key]}
        )
    return ParsedAnswer(read_draft(text))


def _needed(english: SummaryDraft | None) -> SummaryDraft:
    if english is None:
        raise ValueError("A rendering is of an English summary.")
    return english
