"""The check "direction" within one language: comparatives, antonyms, negations, word against word."""

from collections.abc import Iterator, Mapping

from newsletter.summaries.grounding import words
from newsletter.summaries.grounding.findings import Suspicion
from newsletter.summaries.grounding.overlap import is_covered, stems_of
from newsletter.summaries.grounding.polarity import POLARITY, opposites_by_form


def suspect_direction(text: str, source: str, *, habits: Mapping[str, float]) -> Iterator[Suspicion]:
    """Words of ``text`` that turn round what ``source`` says; both normalised and in English."""
    known = stems_of(source)
    signs = {place for stem in known for place in POLARITY.get(stem, ())}
    for word in words.words(text):
        stem = words.stem(word)
        if is_covered(stem, source):
            continue
        places = POLARITY.get(stem, frozenset())
        against = [place for place in places if (place[0], -place[1]) in signs]
        backed = [place for place in places if place in signs]
        if against and not backed:
            yield Suspicion("direction", 1.0, (word,), f"“{word}” says the opposite of the source.")
        elif any(words.stem(form) in known for form in opposites_by_form(word)):
            yield Suspicion("direction", 1.0, (word,), f"“{word}” turns a word of the source round.")
