"""The check "evidence", another side: a sentence that only says where code or data lie supports nothing else.

"The code is at https://…" would otherwise carry any sentence that fits every paper, in languages whose words
cannot be lined up with the evidence's.
"""

import re
from collections.abc import Iterator

from newsletter.grounding import words
from newsletter.grounding.findings import Finding
from newsletter.grounding.lexicons import lexicon, lexicons

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)\S+\.(?:com|org|io|net|ai|edu)(?:/\S*)?", re.IGNORECASE)
# All that such a sentence is made of, by stem.
_SAYING_WHERE = frozenset(words.stem(word) for word in lexicon("en").availability.saying_where)
# What a takeaway about it must name, in any language: the beginnings of the words.
_NAMING_IT = tuple(dict.fromkeys(name for each in lexicons().values() for name in each.availability.named))


def says_only_where(evidence: str) -> bool:
    """Whether a passage of the English source holds nothing but the place of code, data or a page."""
    plain = words.normalise(evidence)
    rest = _ADDRESS.sub(" ", plain)
    stems = words.content_stems(" ".join(token for token in rest.split() if token[1:].islower()))
    return bool(_ADDRESS.search(plain)) and all(stem in _SAYING_WHERE for stem in stems)


# Where code and data lie, as all languages write it; and what an English sentence about it holds.
_PLACE = re.compile(r"github|gitlab|hugging ?face|zenodo", re.IGNORECASE)
_SAYING_IT = frozenset(
    words.stem(word) for word in ("release", "released", "available", "public", "open", "code")
)


def _says_where(evidence: str) -> bool:
    plain = words.normalise(evidence)
    return bool(_ADDRESS.search(plain) or _PLACE.search(plain)) or not _SAYING_IT.isdisjoint(
        words.content_stems(plain)
    )


def check_availability(text: str, evidence: str, *, field: str) -> Iterator[Finding]:
    """``text`` in any language against its English evidence; no verdict without one."""
    if not evidence:
        return
    plain = words.normalise(text).lower()
    place = _PLACE.search(plain)
    if place and not _says_where(evidence):
        message = f"The evidence does not say that anything lies at “{place.group()}”."
        yield Finding("evidence", "failed", field, (place.group(),), message)
        return
    if not says_only_where(evidence):
        return
    if not any(name in plain for name in _NAMING_IT):
        message = "The evidence only says where something can be found; the text says something else."
        yield Finding("evidence", "failed", field, (evidence,), message)
