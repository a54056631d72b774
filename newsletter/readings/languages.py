"""From English facts to a language's texts, each compared with its English statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lib.chunks import chunked
from newsletter.errors import ModelError
from newsletter.llm.questions import ChatMessage
from newsletter.readings import answers, prompts
from newsletter.readings.facts import Facts
from newsletter.readings.model_session import ModelSession, TokensSpent
from newsletter.readings.translation import check_translation, texts_of
from newsletter.text.glossary import TermTranslation

BATCH = 14  # texts of one question: an answer of them has some 2,000 tokens
LEAST_SHARE = 0.6  # of the statements that must stand for the language to be shown
CAPTION = "caption:"


@dataclass(frozen=True, slots=True)
class TargetLanguage:
    """The language ``code`` and the paper whose statements it is to say.

    ``source`` is text of the paper in which names may stand besides.
    """

    code: str
    title: str
    source: str
    glossary: tuple[TermTranslation, ...] = ()


@dataclass(slots=True)
class Rendered:
    """Texts by statement id, captions by label, and what was refused: id → why."""

    texts: dict[str, str] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    def is_enough(self, facts: Facts) -> bool:
        """Whether so much of the facts is said that the page is worth showing."""
        return len(self.texts) >= max(1, LEAST_SHARE * len(facts.statements))


@dataclass(slots=True)
class _Checked:
    """The texts of one answer that stood their checks, by id, and why the others did not."""

    answer: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def render(
    facts: Facts, captions: Mapping[str, str], target: TargetLanguage, *, session: ModelSession
) -> Rendered:
    """The statements and captions (by label) in the target language.

    A text that fails its check is asked for once more with its faults named; what fails again is left out.
    Raises :class:`~newsletter.errors.ModelError`, :class:`TokensSpent`.
    """
    rendered = Rendered()
    for batch in chunked(texts_of(facts, captions).items(), BATCH):
        checked = _render_batch(dict(batch), target, session)
        for name, text in checked.texts.items():
            if name.startswith(CAPTION):
                rendered.captions[name.removeprefix(CAPTION)] = text
            else:
                rendered.texts[name] = text
        rendered.dropped |= checked.faults
    return rendered


def _render_batch(batch: Mapping[str, str], target: TargetLanguage, session: ModelSession) -> _Checked:
    messages = prompts.text_messages(batch, code=target.code, title=target.title, glossary=target.glossary)
    first = _ask(messages, batch, target, session, purpose="text")
    if not first.faults:
        return first
    failed = {name: batch[name] for name in first.faults}
    named = [f"{name}: {fault}" for name, fault in first.faults.items()]
    again = prompts.repair_messages(messages, answer=first.answer, faults=named)
    try:
        repaired = _ask(again, failed, target, session, purpose="repair")
    except TokensSpent:
        return first
    return _Checked(repaired.answer, first.texts | repaired.texts, repaired.faults)


def _ask(
    messages: Sequence[ChatMessage],
    batch: Mapping[str, str],
    target: TargetLanguage,
    session: ModelSession,
    *,
    purpose: str,
) -> _Checked:
    code = target.code
    answer = session.ask(messages, prompts.TEXTS_SCHEMA, purpose=purpose, language=code, max_tokens=6000)
    checked = _Checked(answer)
    try:
        texts = answers.read_texts(answer)
    except ModelError as error:
        checked.faults = dict.fromkeys(batch, error.message)
        return checked
    for name, english in batch.items():
        if name not in texts:
            checked.faults[name] = "It is missing."
            continue
        text = texts[name]
        faults = check_translation(text, english, code=code, title=target.title, source=target.source)
        if faults:
            checked.faults[name] = " ".join(faults)[:400]
        else:
            checked.texts[name] = text
    session.note(messages, [{"text": name, "reason": fault} for name, fault in checked.faults.items()])
    return checked
