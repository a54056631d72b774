"""Without a model that may be trusted: the abstract's own sentences, labelled as an extract. Pure."""

import re

from newsletter.readable import readable, sentences
from newsletter.records import SummaryDraft, Takeaway

MOST_TAKEAWAYS = 5
MAX_SENTENCE = 400  # characters; longer ones are left out where enough others remain

# How sentences of abstracts say what was done and what came out.
_DONE = re.compile(
    r"\b(?:(?:in this (?:paper|work|study|article|report|letter)|here),? (?:we|i)\b"
    r"|(?:we|this (?:paper|work|study|article|report)) (?:\w+ly )?"
    r"(?:propose|present|introduce|develop|describe|study|investigate|show|prove|report|analy[sz]e|examine|explore"
    r"|construct|provide|establish|release|address|consider|demonstrate)s?\b)",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:experiments?|results?|evaluations?|outperform\w*|achiev\w+|improv\w+|reduc\w+|surpass\w*"
    r"|state-of-the-art|we (?:find|found|show|observe|prove|demonstrate)|demonstrat\w+|significant\w*"
    r"|accura\w+|faster|up to)\b|\d\s?%",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:code|data(?:set)?s?|models?|project page|demo|website|videos?)\b.{0,60}"
    r"\b(?:available|released?|open[- ]sourced?|found at|accessible)\b|https?://|github\.com",
    re.IGNORECASE,
)


def extract(title: str, abstract: str) -> SummaryDraft:
    """The abstract's most telling sentences, word for word: what was done, and up to five more.

    Every takeaway is its own evidence, and their order is the abstract's. A paper without an abstract has its
    title as the only sentence. Nothing is translated.
    """
    found = [one for one in sentences(readable(" ".join(abstract.split()))) if len(one) > 1]
    if not found:
        return SummaryDraft(sentence=readable(title) or "—", takeaways=())
    lead = max(range(len(found)), key=lambda at: (_lead_score(found[at], at), -at))
    rest = [at for at in range(len(found)) if at != lead]
    best = sorted(rest, key=lambda at: (-_score(found[at], at, len(found)), at))[:MOST_TAKEAWAYS]
    return SummaryDraft(
        sentence=found[lead],
        takeaways=tuple(Takeaway(text=found[at], evidence=found[at]) for at in sorted(best)),
    )


def _lead_score(sentence: str, at: int) -> int:
    late = at > 6
    return 3 * bool(_DONE.search(sentence)) - 2 * (len(sentence) > MAX_SENTENCE) - late - _aside(sentence)


def _score(sentence: str, at: int, count: int) -> int:
    value = (
        2 * bool(_RESULT.search(sentence)) + bool(_DONE.search(sentence)) + bool(re.search(r"\d", sentence))
    )
    value += at >= count / 2  # what came out stands in the second half
    return value - 2 * (len(sentence) > MAX_SENTENCE) - _aside(sentence)


def _aside(sentence: str) -> int:
    return 3 * bool(_ASIDE.search(sentence))
