"""The facts call: what a paper's abstract states, asked once, in English, for all languages. Pure.

The abstract's sentences go in with numbers; an object with a fixed set of keys comes out, so that it is
always whole. On which sentences a claim rests is found here, not asked for: :mod:`.passages`. The abstract
is data, as in :mod:`.prompts`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from newsletter.grounding import words
from newsletter.grounding.boundaries import bare
from newsletter.languages import LANGUAGES
from newsletter.llm.failures import ModelFailure, failure
from newsletter.llm.objects import read_object
from newsletter.llm.questions import ChatMessage
from newsletter.records import MOST_TAKEAWAYS, SummaryDraft, Takeaway
from newsletter.summaries.passages import evidence_for
from newsletter.summaries.prompts import (
    MOST_KEYWORDS,
    data_rule,
    keyword_list,
    mark_for,
)
from newsletter.text.glossary import TermTranslation, listed, terms_in
from newsletter.text.readable import readable, sentences

FACTS_VERSION = "facts-1"

# Below the limits of an English summary: most languages need more letters for the same.
CLAIM_LIMIT, HEADLINE_LIMIT = 240, 170
_ALIKE = 90.0  # of 100: two claims of which one is left out
_ENGLISH = LANGUAGES["en"]


def claim_keys(abstract: str) -> tuple[str, ...]:
    """The keys of the claims that are asked for: as many as the abstract has sentences, seven at most."""
    return tuple(f"c{number}" for number in range(1, min(len(numbered(abstract)), MOST_TAKEAWAYS) + 1))


def numbered(abstract: str) -> tuple[str, ...]:
    """The sentences of an abstract as they are numbered for the model, at least one."""
    return sentences(readable(abstract)) or (readable(abstract),)


def facts_schema(abstract: str) -> dict[str, Any]:
    """The schema of the answer: every key is required; a claim that is not needed is an empty text."""
    claims = {key: {"type": "string"} for key in claim_keys(abstract)}
    properties: dict[str, Any] = {
        **claims,
        "headline": {"type": "string"},
        "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_KEYWORDS},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def facts_messages(
    *, title: str, abstract: str, glossary: Iterable[TermTranslation] = (), hint: str = ""
) -> tuple[ChatMessage, ...]:
    """The request for a paper's claims, headline and keywords. ``hint`` is an editor's wish, trusted."""
    title, abstract = readable(title), readable(abstract)
    mark = mark_for(title, abstract)
    terms = terms_in(f"{title}\n{abstract}", glossary)
    rules = [*_rules(claim_keys(abstract)), data_rule(mark)]
    if terms:
        rules.append(f"Write these terms so: {listed(terms)}")
    if hint.strip():
        rules.append(f"The editor asks in addition: {' '.join(hint.split())[:500]}")
    system = "\n".join(
        [
            "You state what one research paper says, for a newsletter that is read by specialists.",
            *(f"- {rule}" for rule in rules),
        ]
    )
    lines = (f"[{number}] {each}" for number, each in enumerate(numbered(abstract), start=1))
    abstract_lines = "\n".join(lines)
    user = (
        f"<{mark}>\nTitle: {title}\n\nAbstract: sentence by sentence\n{abstract_lines}\n</{mark}>\n\n"
        "State this paper's claims, headline and keywords as one JSON object."
    )
    return ChatMessage("system", system), ChatMessage("user", user)


def _rules(keys: Sequence[str]) -> list[str]:
    first, last = keys[0], keys[-1]
    form = ", ".join(f'"{key}": ""' for key in keys) + ', "headline": "", "keywords": [""]'
    opening, closing = _ENGLISH.quotes
    return [
        f"Answer with one JSON object and nothing else, with all these keys: {{{form}}}.",
        (
            f"{first} to {last}: one claim each, in your own words, one sentence of at most {CLAIM_LIMIT} "
            "characters that can be understood alone. First what was done and what came out, background last."
            ' Repeat nothing; where nothing is left to say, leave the text empty: "".'
        ),
        (
            f"headline: one sentence of at most {HEADLINE_LIMIT} characters made from these claims: what was "
            "done and what came out; neither the title nor a sentence of the abstract."
        ),
        f"keywords: 3 to {MOST_KEYWORDS} short terms.",
        _ENGLISH.register,
        _ENGLISH.technical_terms,
        (
            "Copy every number, unit, percentage and name of a method, model or data set as it stands; never "
            "compute, round, convert or guess one."
        ),
        "Keep the direction of every comparison, and every negation.",
        "Name no authors, institutions, venues or links, and add nothing that the sentences do not say.",
        "Plain text only: no TeX, no HTML, no Markdown, no placeholders.",
        f"Quotation marks are {opening}…{closing}.",
    ]


def facts_repair(*, faults: Sequence[str]) -> str:
    """What follows an answer of which nothing can stand."""
    fault_lines = "\n".join(f"- {fault}" for fault in faults)
    return (
        f"An editor's check found these faults in your answer:\n{fault_lines}\n\n"
        "Give the whole JSON object again without these faults; leave a claim empty rather than say what the "
        "sentences do not say."
    )


# -- reading the answer ------------------------------------------------------------------------------------

_CLAIM = re.compile(r"c(?:laim)?[ _-]?(\d{1,2})")


def _fits(answer: Mapping[str, Any]) -> bool:
    return "headline" in answer and any(_CLAIM.fullmatch(name) for name in answer)


def read_facts(text: str, *, abstract: str) -> SummaryDraft:
    """The draft in an answer: every claim with the sentences it rests on, repeats left out, background last.

    The evidence of what rests on nothing is empty, which the checks refuse. Raises
    :class:`~newsletter.errors.ModelError` (malformed answer), saying what is wrong with its form.
    """
    answer = read_object(text, fits=_fits)
    if not _fits(answer):
        raise failure(ModelFailure.MALFORMED, "The object has no headline or no claims c1, c2, ….")
    abstract_sentences = numbered(abstract)
    headline = _said(answer["headline"], "headline")
    claims = [
        claim
        for name, value in sorted(answer.items(), key=lambda each: _number(each[0]))
        if _CLAIM.fullmatch(name) and (claim := _said(value, name))
    ]
    distinct: list[str] = []
    for claim in claims:
        if not is_repetition(claim, [headline, *distinct]):
            distinct.append(claim)
    takeaways = [Takeaway(each, evidence_for(each, abstract_sentences)) for each in distinct]
    return SummaryDraft(
        sentence=headline,
        sentence_evidence=evidence_for(headline, abstract_sentences),
        takeaways=_in_order(takeaways, abstract_sentences),
        keywords=tuple(
            dict.fromkeys(_said(each, "keywords") for each in keyword_list(answer.get("keywords")))
        ),
    )


def _number(name: str) -> int:
    matched = _CLAIM.fullmatch(name)
    return int(matched.group(1)) if matched else 0


def _said(value: Any, name: str) -> str:
    """A text in one line; some models give a list of one, or null for what is left out."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise failure(ModelFailure.MALFORMED, f"{name} is no text.")
    return readable(" ".join(value.split()))


def is_repetition(statement: str, earlier: Sequence[str]) -> bool:
    """Whether one of the earlier statements says the same in the same or nearly the same words.

    Numbers decide: "12 % on A" and "14 % on A" are two facts.
    """
    plain, counted = _plain(statement)
    return any(
        counted == other_counted and fuzz.token_sort_ratio(plain, other) >= _ALIKE
        for other, other_counted in map(_plain, earlier)
    )


def _plain(text: str) -> tuple[str, Counter[str]]:
    plain = bare(words.normalise(text))
    return plain, Counter(each for each in plain.split() if any(letter.isdigit() for letter in each))


# How an abstract begins to speak of its own work.
_OWN_WORK = re.compile(
    r"\b(?:we|our|us|here)\b|\b(?:this|the present) (?:paper|work|study|article|report|letter|survey)\b",
    re.IGNORECASE,
)


def _in_order(takeaways: Sequence[Takeaway], abstract_sentences: Sequence[str]) -> tuple[Takeaway, ...]:
    """As the model gave them, but what rests on the abstract's background alone comes last."""
    own = next((at for at, each in enumerate(abstract_sentences) if _OWN_WORK.search(each)), 0)
    background = set(abstract_sentences[:own])
    return tuple(sorted(takeaways, key=lambda each: each.evidence in background))[:MOST_TAKEAWAYS]
