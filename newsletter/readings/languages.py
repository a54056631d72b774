"""From English facts to a language's texts, each held against its English statement."""

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


@dataclass(slots=True)
class Rendered:
    """Texts by statement id, captions by label, and what was refused: id → why."""

    texts: dict[str, str] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    def is_enough(self, facts: Facts) -> bool:
        """Whether so much of the facts is said that the page is worth showing."""
        return len(self.texts) >= max(1, LEAST_SHARE * len(facts.statements))


def render(
    facts: Facts,
    captions: Mapping[str, str],
    *,
    code: str,
    session: ModelSession,
    title: str,
    source: str,
    glossary: Sequence[TermTranslation] = (),
) -> Rendered:
    """The statements and captions (by label) in the language ``code``.

    ``source`` is text of the paper in which names may stand besides. A text that fails its check is asked
    for once more with its faults named; what fails again is left out.
    Raises :class:`~newsletter.errors.ModelError`, :class:`TokensSpent`.
    """
    wanted = texts_of(facts, captions)
    found = Rendered()
    for some in chunked(wanted.items(), BATCH):
        good, faults = _render_batch(
            dict(some), code=code, session=session, title=title, source=source, glossary=glossary
        )
        for name, text in good.items():
            if name.startswith(CAPTION):
                found.captions[name.removeprefix(CAPTION)] = text
            else:
                found.texts[name] = text
        found.dropped |= faults
    return found


def _render_batch(
    batch: Mapping[str, str],
    *,
    code: str,
    session: ModelSession,
    title: str,
    source: str,
    glossary: Sequence[TermTranslation],
) -> tuple[dict[str, str], dict[str, str]]:
    messages = prompts.text_messages(batch, code=code, title=title, glossary=glossary)
    answer, good, faults = _answered(
        messages, batch, code=code, session=session, title=title, source=source, purpose="text"
    )
    if not faults:
        return good, {}
    rest = {name: batch[name] for name in faults}
    named = [f"{name}: {fault}" for name, fault in faults.items()]
    again = prompts.repair_messages(messages, answer=answer, faults=named)
    try:
        _, mended, left = _answered(
            again, rest, code=code, session=session, title=title, source=source, purpose="repair"
        )
    except TokensSpent:
        return good, faults
    return good | mended, left


def _answered(
    messages: Sequence[ChatMessage],
    batch: Mapping[str, str],
    *,
    code: str,
    session: ModelSession,
    title: str,
    source: str,
    purpose: str,
) -> tuple[str, dict[str, str], dict[str, str]]:
    """The answer, the texts that stood their checks, and why the others did not."""
    answer = session.ask(messages, prompts.TEXTS_SCHEMA, purpose=purpose, language=code, max_tokens=6000)
    try:
        said = answers.read_texts(answer)
    except ModelError as error:
        return answer, {}, dict.fromkeys(batch, error.message)
    good: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, english in batch.items():
        if name not in said:
            faults[name] = "It is missing."
            continue
        wrong = check_translation(said[name], english, code=code, title=title, source=source)
        if wrong:
            faults[name] = " ".join(wrong)[:400]
        else:
            good[name] = said[name]
    session.note(messages, [{"text": name, "reason": fault} for name, fault in faults.items()])
    return answer, good, faults
