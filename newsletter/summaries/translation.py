"""A rendering: the English summary said in another language, all of it in one call. Pure.

The statements go in as an object with a key each, and the same keys come out; the request is written in the
language that is wanted (:mod:`.phrases`). The statements come from a model that has read a stranger's text,
so they are data like the abstract itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from newsletter.languages import language
from newsletter.llm.failures import ModelFailure, failure
from newsletter.llm.objects import read_object
from newsletter.llm.questions import ChatMessage
from newsletter.records import SummaryDraft, Takeaway
from newsletter.summaries.phrases import phrases
from newsletter.summaries.prompts import mark_for
from newsletter.text.glossary import TermTranslation, listed, terms_in
from newsletter.text.readable import readable

RENDERING_VERSION = "rendering-1"


def statements(title: str, english: SummaryDraft) -> dict[str, str]:
    """What is rendered, by key: the paper's title, the sentence, the takeaways and the keywords."""
    return {
        "title": readable(title),
        "sentence": english.sentence,
        **{f"t{number}": each.text for number, each in enumerate(english.takeaways, start=1)},
        **{f"k{number}": each for number, each in enumerate(english.keywords, start=1)},
    }


def rendering_schema(keys: Iterable[str]) -> dict[str, Any]:
    """The schema of the answer: a text for each key that was asked about."""
    properties = {key: {"type": "string"} for key in keys}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def rendering_messages(
    *, title: str, english: SummaryDraft, code: str, glossary: Iterable[TermTranslation] = (), hint: str = ""
) -> tuple[ChatMessage, ...]:
    """The request for the rendering of an English summary in the language ``code``, written in it.

    Only glossary terms that occur are sent. ``hint`` is an editor's wish, trusted.
    """
    spoken, words = language(code), phrases(code)
    texts = statements(title, english)
    shown = json.dumps(texts, ensure_ascii=False, indent=0)
    mark = mark_for(title, shown)
    system = words["system"].format(
        sentence_limit=spoken.sentence_limit, takeaway_limit=spoken.takeaway_limit, mark=mark
    )
    terms = terms_in("\n".join(texts.values()), glossary)
    if terms:
        system += "\n- " + words["glossary"].format(terms=listed(terms, spoken.list_separator))
    if hint.strip():
        system += "\n- " + words["hint"].format(hint=" ".join(hint.split())[:500])
    user = f"<{mark}>\n{shown}\n</{mark}>\n\n{words['task']}"
    return ChatMessage("system", system), ChatMessage("user", user)


def rendering_repair(*, faults: Sequence[str], code: str) -> str:
    """What follows an answer of which nothing can stand."""
    return phrases(code)["repair"].format(faults="\n".join(f"- {fault}" for fault in faults))


def read_rendering(text: str, *, title: str, english: SummaryDraft) -> tuple[Mapping[str, str], SummaryDraft]:
    """What an answer says, by key, and as a draft: each statement with the evidence of the English one.

    A statement that was not rendered is left out, a sentence is empty then. Raises
    :class:`~newsletter.errors.ModelError` (malformed answer) where the keys are not those asked about.
    """
    originals = statements(title, english)

    def fits(answer: Mapping[str, Any]) -> bool:
        return "sentence" in answer or "t1" in answer

    answer = read_object(text, fits=fits)
    if not fits(answer):
        raise failure(ModelFailure.MALFORMED, "The object has none of the keys that were asked about.")
    texts = {key: _said(answer.get(key), key) for key in originals}
    return texts, SummaryDraft(
        title="" if texts["title"].casefold() == originals["title"].casefold() else texts["title"],
        sentence=texts["sentence"],
        sentence_evidence=english.sentence_evidence,
        takeaways=tuple(
            Takeaway(texts[f"t{number}"], each.evidence)
            for number, each in enumerate(english.takeaways, start=1)
            if texts[f"t{number}"]
        ),
        keywords=tuple(
            texts[key] for number in range(1, len(english.keywords) + 1) if texts[key := f"k{number}"]
        ),
    )


def _said(value: Any, name: str) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise failure(ModelFailure.MALFORMED, f"{name} is no text.")
    return readable(" ".join(value.split()))
