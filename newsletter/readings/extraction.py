"""From a document to verified facts: one question for each piece of it, merged, then chosen from.

The model only chooses and quotes; what the paper does not support is refused here.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.errors import ModelError
from newsletter.grounding import Source
from newsletter.llm.failures import ModelFailure
from newsletter.llm.questions import ChatMessage
from newsletter.readings import answers, prompts
from newsletter.readings.chunks import Chunk, chunks, halves
from newsletter.readings.facts import Facts, first_ones, is_too_many, keep, merge
from newsletter.readings.model_session import ModelSession, TokensSpent
from newsletter.readings.verification import Refusal, Verified, as_json, verify
from newsletter.sources.fulltext.document import Document

logger = logging.getLogger(__name__)

ANSWER_TOKENS = 4096
RESERVE = 0.55  # the share of a paper's tokens that its pieces may take; the rest is for choice and languages
SMALLEST_CHUNK = 600  # tokens


@dataclass(slots=True)
class Extraction:
    """Verified facts, and how many claims were refused and pieces left out."""

    facts: Facts
    refused: list[Refusal] = field(default_factory=list)
    unread: int = 0


def extract(document: Document, paper: Source, *, session: ModelSession, context: int) -> Extraction:
    """The facts of ``paper``, its title and abstract. ``context`` is how many tokens a question may have.

    Raises :class:`~newsletter.errors.ModelError`, :class:`~newsletter.readings.model_session.TokensSpent`
    where not even one piece could be read.
    """
    size = max(context - ANSWER_TOKENS - 900, SMALLEST_CHUNK)
    waiting = chunks(document, size=size, ceiling=int(session.ceiling * RESERVE))
    parts: list[Facts] = []
    extraction = Extraction(Facts())
    while waiting:
        chunk = waiting.pop(0)
        try:
            verified = _read(chunk, paper, session)
        except TokensSpent:
            if not parts:
                raise
            extraction.unread = len(waiting) + 1
            break
        except ModelError as error:
            waiting[:0] = _smaller(chunk, error)
            continue
        parts.append(verified.facts)
        extraction.refused += verified.refused
    extraction.facts = _choose(merge(parts), paper, session)
    return extraction


def _smaller(chunk: Chunk, error: ModelError) -> tuple[Chunk, ...]:
    """What to ask instead after an overflow, or nothing where one piece got no usable answer."""
    if error.kind == ModelFailure.CONTEXT_OVERFLOW:
        parts = halves(chunk)
        if parts:
            return parts
    if error.kind in {ModelFailure.CONTEXT_OVERFLOW, ModelFailure.MALFORMED}:
        logger.warning("A piece of a paper was left out: %s", error.message)
        return ()
    raise error


def _read(chunk: Chunk, paper: Source, session: ModelSession) -> Verified:
    """One piece: its claims verified; if nothing of it stands, asked once more with the faults named."""
    messages = prompts.facts_messages(chunk, title=paper.title)
    verified = _claims(messages, chunk, paper, session, purpose="facts")
    if verified.facts.statements or not verified.refused:
        return verified
    answer = session.ask(messages, prompts.FACTS_SCHEMA, purpose="facts", max_tokens=ANSWER_TOKENS)
    faults = [f"“{each.text[:80]}”: {each.reason}" for each in verified.refused]
    again = prompts.repair_messages(messages, answer=answer, faults=faults)
    repaired = _claims(again, chunk, paper, session, purpose="repair")
    return Verified(repaired.facts, [*verified.refused, *repaired.refused])


def _claims(
    messages: Sequence[ChatMessage], chunk: Chunk, paper: Source, session: ModelSession, *, purpose: str
) -> Verified:
    answer = session.ask(messages, prompts.FACTS_SCHEMA, purpose=purpose, max_tokens=ANSWER_TOKENS)
    claims, results = answers.read_facts(answer)
    verified = verify(claims, results, chunk, paper)
    session.note(messages, as_json(verified.refused))
    return verified


def _choose(facts: Facts, paper: Source, session: ModelSession) -> Facts:
    """The facts that matter: by a model's choice among numbers, else the first ones of each field."""
    if not is_too_many(facts):
        return first_ones(facts)
    messages = prompts.choice_messages(facts, title=paper.title)
    try:
        answer = session.ask(messages, prompts.CHOICE_SCHEMA, purpose="choice", max_tokens=1024)
        chosen = keep(facts, answers.read_choice(answer))
    except TokensSpent:
        return first_ones(facts)
    except ModelError as error:
        if error.transient:
            raise
        return first_ones(facts)
    # A choice that leaves out the core, or nearly everything, is no choice.
    return chosen if chosen.is_enough and len(chosen.statements) >= 5 else first_ones(facts)
