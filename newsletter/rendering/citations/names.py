"""An author's name taken apart as citations need it, as far as its letters say it for certain. Pure.

arXiv gives a name as one text in the order of the paper. The last word is taken for the family name, as
arXiv's own search does; words in lower case before it belong to it ("van der Maaten"), as in BibTeX's rule.
What is no person's name, or has only one word, stays whole.
"""

import re
from typing import NamedTuple

from newsletter.rendering.texts import clean

LONGEST = 300  # characters

_SUFFIX = re.compile(r"(?:jr|sr)\.?|II|III|IV|ph\.?d\.?|m\.?d\.?", re.IGNORECASE)
_BODIES = re.compile(
    r"\b(?:collaborations?|consortium|teams?|groups?|project|laborator(?:y|ies)|labs?|institute|university|"
    r"initiative|network|committee|foundation|community|inc|ltd|et al|for the|on behalf of|others)\b"
    r"|[&/@()\d]",
    re.IGNORECASE,
)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Name(NamedTuple):
    """``particle`` is the part of the family name in lower case ("van der"). ``literal`` is set instead of
    all others where a name must not be taken apart.
    """

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def whole_family(self) -> str:
        """The family name with its particle."""
        return f"{self.particle} {self.family}".strip()

    @property
    def in_order(self) -> str:
        """The name as it is read: given name first."""
        return self.literal or " ".join(
            part for part in (self.given, self.particle, self.family, self.suffix) if part
        )


def split_name(text: str) -> Name | None:
    """The parts of an author's name; None for one without a letter, such as the ":" after a team's name."""
    name = clean(text)[:LONGEST].strip(" ,;:")
    if not any(letter.isalpha() for letter in name):
        return None
    if _BODIES.search(name) or _UNSPACED.search(name):
        return Name(literal=name)
    parts = [part for piece in name.split(",") if (part := piece.strip())]
    if len(parts) == 1:
        return _of_words(parts[0].split(), name)
    if len(parts) == 2 and _SUFFIX.fullmatch(parts[1]):
        return _of_words([*parts[0].split(), parts[1]], name)
    if len(parts) == 2:
        return _of_words([*parts[1].split(), *parts[0].split()], name, family_words=len(parts[0].split()))
    return Name(literal=name)


def _of_words(words: list[str], whole: str, *, family_words: int = 0) -> Name:
    suffix = words.pop() if len(words) > 2 and not family_words and _SUFFIX.fullmatch(words[-1]) else ""
    if len(words) < 2 or "and" in map(str.lower, words):
        return Name(literal=whole)
    start = len(words) - (family_words or 1)
    if not family_words:
        while start > 1 and words[start - 1][:1].islower():
            start -= 1
    family = words[start:]
    lower = 0
    while lower < len(family) - 1 and family[lower][:1].islower():
        lower += 1
    return Name(" ".join(family[lower:]), " ".join(words[:start]), " ".join(family[:lower]), suffix)
