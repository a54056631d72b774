"""Without a model that may be trusted: the abstract's own sentences, labelled as an extract. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from newsletter.records import SummaryDraft, Takeaway
from newsletter.summaries.claims import CLAIM, FAIR, SOLID, contribution, own_name, result, stems
from newsletter.summaries.self_contained import is_added, self_contained
from newsletter.text.readable import readable, sentences

FORMAT: Final = 1
"""Another one makes every kept extract anew: whoever changes how extracts are made raises it."""
_LATER = 0.3
"""What a claim loses with each sentence before it: what a paper brings is said first."""
_LAST = 2.0
"""What a result gains at the end of the abstract: what it all comes to is said last."""
_ADDED = 1.5
"""What a claim loses that is added to another."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence at its place in the abstract. ``alone`` is how it stands alone, empty if it does not."""

    at: int
    whole: str
    alone: str
    contribution: float
    result: float

    @property
    def rank(self) -> float:
        """How well it leads."""
        return self.contribution - _LATER * self.at - _ADDED * is_added(self.whole)


@lru_cache(maxsize=4096)
def extract(title: str, abstract: str) -> SummaryDraft:
    """The sentence that says what the paper brings, then the one that says best what came out, if one does.

    1. Each sentence is the abstract's own, word for word; a connective that opens it is left out.
    2. Sentences that are not understood without others are left out, and what stands before the first claim,
       which is background.
    3. If no claim stands alone, another sentence leads that does, best a result; if none does, the first
       claim as it is.
    4. The evidence of the result is its whole sentence.

    A paper without an abstract has its title as the only sentence. Nothing is translated. The last ones are
    remembered: each takes milliseconds, and pages show the same papers again and again.
    """
    text = readable(" ".join(abstract.split()))
    abstract_sentences = [sentence for sentence in sentences(text) if len(sentence) > 1]
    if not abstract_sentences:
        return SummaryDraft(sentence=readable(title) or "—", takeaways=())
    ranked = _read(readable(title), abstract_sentences)
    claims = [sentence for sentence in ranked if sentence.contribution >= CLAIM]
    first = claims[0].at if claims else 0
    after = [sentence for sentence in ranked if sentence.alone and sentence.at >= first]
    lead = _lead(after, claims) or max(ranked, key=lambda sentence: (sentence.rank, -sentence.at))
    results = [sentence for sentence in after if sentence is not lead and sentence.result >= FAIR]
    results.sort(key=lambda sentence: -(sentence.result + _LAST * sentence.at / len(ranked)))
    return SummaryDraft(
        sentence=lead.alone or lead.whole,
        takeaways=tuple([Takeaway(text=best.alone, evidence=best.whole) for best in results[:1]]),
    )


def packed_extract(title: str, abstract: str) -> dict[str, str]:
    """The extract as it is kept beside the paper, and what it was made from."""
    draft = extract(title, abstract)
    kept = {"made_from": _made_from(title, abstract), "sentence": draft.sentence}
    for point in draft.takeaways:
        kept |= {"takeaway": point.text, "evidence": point.evidence}
    return kept


def kept_extract(title: str, abstract: str, kept: Mapping[str, str] | None) -> SummaryDraft:
    """What :func:`packed_extract` kept; made now if that was made from another title or abstract."""
    if not kept or kept["made_from"] != _made_from(title, abstract):
        return extract(title, abstract)
    points = (Takeaway(text=kept["takeaway"], evidence=kept["evidence"]),) if "takeaway" in kept else ()
    return SummaryDraft(sentence=kept["sentence"], takeaways=points)


def _made_from(title: str, abstract: str) -> str:
    text = f"{FORMAT}\n{title}\n{abstract}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _read(title: str, own: Sequence[str]) -> list[_Sentence]:
    words, name = stems(title), own_name(title)
    read = []
    for at, whole in enumerate(own):
        alone = self_contained(whole)
        text = alone or whole
        came_out = result(text, whole, is_late=at >= len(own) / 2)
        read.append(_Sentence(at, whole, alone, contribution(text, words, name), came_out))
    return read


def _lead(alone: Sequence[_Sentence], claims: Sequence[_Sentence]) -> _Sentence | None:
    """The best of the claims that stand alone, else the clearest of the rest, else the first claim."""
    if leading_claims := [sentence for sentence in claims if sentence.alone]:
        return max(leading_claims, key=lambda sentence: (sentence.rank, -sentence.at))
    if results := [sentence for sentence in alone if sentence.result > SOLID]:
        return max(results, key=lambda sentence: (sentence.result, -sentence.at))
    return claims[0] if claims else None
