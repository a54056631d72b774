"""The forms in which a summary is asked for: directly, as facts in English, or as a rendering of these. Pure.

``SUMMARY_MODE=direct`` asks for a whole summary in each language (:mod:`.prompts`). ``shared``, the default,
reads a paper once, in English (:mod:`.facts`), and has what it says rendered in every other language
(:mod:`.translation`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.grounding import Source
from newsletter.llm.questions import Message, Request
from newsletter.records import SummaryDraft
from newsletter.summaries.facts import FACTS_VERSION, facts_messages, facts_repair, facts_schema, read_facts
from newsletter.summaries.prompts import (
    ANSWER_SCHEMA,
    MAX_FAULTS,
    MAX_QUOTED,
    PROMPT_VERSION,
    Term,
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

SHARED = "shared"
ENGLISH = "en"


class Form(StrEnum):
    """By the version of its prompt, which is stored with every answer."""

    BRIEF = PROMPT_VERSION
    FACTS = FACTS_VERSION
    RENDERING = RENDERING_VERSION

    @classmethod
    def of(cls, *, mode: str, language: str) -> "Form":
        """How ``SUMMARY_MODE=mode`` asks for a summary in ``language``."""
        if mode != SHARED:
            return cls.BRIEF
        return cls.FACTS if language == ENGLISH else cls.RENDERING

    @classmethod
    def of_version(cls, version: str) -> "Form":
        """The form of a stored answer, whichever version of its prompt it was given to."""
        kind = version.partition("-")[0]
        return next((each for each in cls if each.partition("-")[0] == kind), cls.BRIEF)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as a draft. ``originals``: of each rendered statement the English one; {} if none is."""

    draft: SummaryDraft
    originals: Mapping[str, str] = field(default_factory=dict)


def request(
    form: Form,
    *,
    source: Source,
    language: str,
    english: SummaryDraft | None = None,
    glossary: Iterable[Term] = (),
    hint: str = "",
) -> Request:
    """The question about a paper. ``english`` is what a rendering is of; nothing else needs it."""
    if form is Form.FACTS:
        messages = facts_messages(title=source.title, abstract=source.abstract, glossary=glossary, hint=hint)
        return Request(messages, schema=facts_schema(source.abstract))
    if form is Form.RENDERING:
        said = _needed(english)
        messages = rendering_messages(
            title=source.title, english=said, code=language, glossary=glossary, hint=hint
        )
        return Request(messages, schema=rendering_schema(statements(source.title, said)))
    messages = brief_messages(
        title=source.title, abstract=source.abstract, code=language, glossary=glossary, hint=hint
    )
    return Request(messages, schema=ANSWER_SCHEMA)


def repair(form: Form, asked: Request, *, answer: str, faults: Sequence[str], language: str) -> Request:
    """The question once more, with the answer and what is wrong with it."""
    if form is Form.BRIEF:
        messages = repair_messages(asked.messages, answer=answer, faults=faults, code=language)
        return Request(messages, schema=asked.schema)
    named = list(dict.fromkeys(fault for fault in faults if fault))[:MAX_FAULTS]
    wish = facts_repair(faults=named) if form is Form.FACTS else rendering_repair(faults=named, code=language)
    shown = answer if len(answer) <= MAX_QUOTED else answer[:MAX_QUOTED] + " …"
    added = (Message("assistant", shown or "(no answer)"), Message("user", wish))
    return Request((*asked.messages, *added), schema=asked.schema)


def read(form: Form, text: str, *, source: Source, english: SummaryDraft | None = None) -> Answered:
    """The draft in an answer. Raises :class:`~newsletter.errors.ModelError` for a malformed one."""
    if form is Form.FACTS:
        return Answered(read_facts(text, abstract=source.abstract))
    if form is Form.RENDERING:
        original = _needed(english)
        said, draft = read_rendering(text, title=source.title, english=original)
        asked = statements(source.title, original)
        return Answered(draft, {said[key]: asked[key] for key in reversed(asked) if said[key]})
    return Answered(read_draft(text))


def _needed(english: SummaryDraft | None) -> SummaryDraft:
    if english is None:
        raise ValueError("A rendering is of an English summary.")
    return english
