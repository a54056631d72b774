"""A second model's opinion: does the evidence bear what the summary says? Pure.

Asked, if at all, about drafts that every rule accepts, because rules are blind where the words are new. The
second model answers yes or no for each statement by its number; it writes nothing that a reader sees.
"""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from newsletter.errors import ModelError
from newsletter.records import SummaryDraft
from newsletter.summaries.grounding import Finding, Source
from newsletter.summaries.objects import read_object
from newsletter.summaries.prompts import data_rule, mark_for
from newsletter.summaries.questions import Message, Request

VERSION = "opinion-1"

Opinions = Mapping[str, str]  # the second model's answers, by the fingerprint of what they are on

OPINION_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "properties": {
            "verdicts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "number": {"type": "integer"},
                        "reason": {"type": "string"},
                        "supported": {"type": "boolean"},
                    },
                    "required": ["number", "reason", "supported"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["verdicts"],
        "additionalProperties": False,
    }
)

_RULES = """
You check a summary of a research paper. Each statement has a number and the passage that it rests on.
A statement is supported if its passage says the same: the same comparison in the same direction, the same
numbers of the same things, the same names, denied where the passage denies. Leaving something out and
translating are no faults; adding, turning round, exaggerating and claiming more than the passage are.
Statements may be in another language than their passages. Judge by what the passages say, never by what you
know of the matter.
Answer with one JSON object and nothing else:
{"verdicts": [{"number": 0, "reason": "in English, at most 20 words", "supported": true}]},
with one verdict for every statement.
""".strip()


def opinion_on(draft: SummaryDraft, source: Source) -> str:
    """The fingerprint of a draft as the second model is shown it: the same question is never paid twice."""
    asked = [VERSION, source.title, source.abstract, _statements(draft, source)]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]


def _statements(draft: SummaryDraft, source: Source) -> list[dict[str, Any]]:
    """Number 0 is the sentence, which rests on the whole abstract; takeaways count from 1."""
    whole = [{"number": 0, "statement": draft.sentence, "passage": source.abstract}]
    points = [
        {"number": number, "statement": each.text, "passage": each.evidence}
        for number, each in enumerate(draft.takeaways, 1)
    ]
    return whole + points


def opinion_request(draft: SummaryDraft, source: Source) -> Request:
    """The question about a draft; the draft and the paper are data in it."""
    shown = json.dumps(_statements(draft, source), ensure_ascii=False, indent=1)
    mark = mark_for(source.title, shown)
    user = f"<{mark}>\nTitle: {source.title}\n\n{shown}\n</{mark}>\n\nJudge every statement."
    messages = (Message("system", f"{_RULES}\n{data_rule(mark)}"), Message("user", user))
    return Request(messages, schema=OPINION_SCHEMA, max_tokens=1500, temperature=0.0)


def read_opinion(text: str, draft: SummaryDraft) -> tuple[Finding, ...]:
    """What the second model refuses, as findings of the check "support".

    An answer that cannot be read is a warning: the rules have accepted the draft, and an editor sees that
    nobody looked twice.
    """
    unread = Finding("support", "warned", "answer", (), "The second model gave no opinion.")
    try:
        verdicts = read_object(text, fits=lambda answer: "verdicts" in answer).get("verdicts")
    except ModelError:
        return (unread,)
    if not isinstance(verdicts, list):
        return (unread,)
    found: list[Finding] = []
    seen: set[int] = set()
    for each in verdicts:
        number = each.get("number") if isinstance(each, Mapping) else None
        if type(number) is not int or not 0 <= number <= len(draft.takeaways):
            continue
        seen.add(number)
        if each.get("supported") is False:
            field = f"takeaways[{number - 1}].text" if number else "sentence"
            reason = " ".join(str(each.get("reason", "")).split())[:300]
            found.append(
                Finding("support", "failed", field, (), f"The evidence does not bear this. {reason}".strip())
            )
    return tuple(found) if len(seen) == len(draft.takeaways) + 1 else (*found, unread)
