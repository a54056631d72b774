"""What a check says: a name, a verdict and the words that made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

Verdict = Literal["passed", "warned", "failed"]

# Every check there is, with what it asks, in the order in which findings are reported.
CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "schema": "Every field is there, not empty, and there are 3-7 takeaways.",
        "length": "The sentence and the takeaways keep to the language's limits.",
        "placeholder": "No placeholder, error string or cut-off text.",
        "apology": "The model neither apologises nor talks about itself.",
        "prompt_echo": "Nothing of the request comes back as an answer.",
        "loop": "Nothing is said over and over.",
        "markup": "No TeX, HTML, Markdown, JSON or invisible characters.",
        "link": "Every web or mail address is the source's.",
        "injection": "No instruction found in the source was followed.",
        "language": "Each field is written in the reader's language.",
        "script": "Each field keeps to the language's script, and no word mixes scripts.",
        "register": "The language's register is kept throughout.",
        "evidence": "The evidence is in the source.",
        "number": "Every number, percentage and unit is the source's, and is said of the same thing.",
        "name": "Every name, acronym and method is the source's.",
        "direction": "Comparisons, increases and negations point where the source points.",
        "overlap": "What is said is about what the source says.",
        "novelty": "The summary is more than the title or the abstract's first sentence.",
        "other_paper": "The summary is of this paper and not of another of the day.",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict of one check.

    ``field`` says where: "title", "sentence", "takeaways[2].text", "takeaways[2].evidence", "keywords[0]" or
    "takeaways" for the list as a whole; "text" where a free text was checked. ``words`` are the words that
    made the verdict, as they stand in that field; ``message`` is one English sentence, fit for a repair
    request.
    """

    check: str
    verdict: Verdict
    field: str
    words: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a check found before a threshold makes it a verdict; ``score`` is 0 upwards, without unit.

    ``limit`` names the field of :class:`Thresholds` that it is held against, where that is not the check's.
    """

    check: str
    score: float
    words: tuple[str, ...]
    message: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What a summary may draw on: white-space-normalised text as the source gave it, TeX and all.

    ``text`` is anything beyond the abstract that the writer was shown (a full text, a comment).
    """

    title: str
    abstract: str
    arxiv_id: str = ""
    text: str = ""

    @property
    def whole(self) -> str:
        """Title, abstract and further text, a line each."""
        return _joined(self.title, self.abstract, self.text)


@lru_cache(maxsize=2048)
def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on a suspicion is a failure; one set a model, because models' habits differ.

    ``habits`` is how often (share of summaries, 0-1) the model writes a word, given by its stem, that the
    source does not have: "enhance" and "leverage" say little, a word never seen there says much.
    ``evidence`` is the least likeness, 0-100, of a quotation and the source.
    """

    number: float = 1.0
    context: float = 0.4553
    name: float = 1.0
    sense: float = 1.0
    direction: float = 0.88
    overlap: float = 0.38
    evidence: float = 88.0
    habits: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; :meth:`from_json` reads it back."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "habits"}
        return {**values, "habits": dict(self.habits)}

    def __reduce__(self) -> tuple[Any, ...]:
        return Thresholds.from_json, (self.to_json(),)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Thresholds":
        """Missing and unknown keys are ignored, so that stored thresholds outlive a release."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: part for name, part in value.items() if name in known})
