"""Thresholds: the ones that Paperpost begins with, and how a model's own are found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from newsletter.summaries.grounding import overlap, words
from newsletter.summaries.grounding.directions import suspect_direction
from newsletter.summaries.grounding.findings import Source, Suspicion, Thresholds
from newsletter.summaries.grounding.habits import HABITS
from newsletter.summaries.grounding.numbers import suspect_context

DEFAULT = Thresholds(habits=HABITS)

# How the allowed false alarms are shared out. Names, numbers and markup have no threshold worth moving: they
# take what is left.
_SHARES: Mapping[str, float] = {"direction": 0.82, "context": 0.05, "overlap": 0.06}
FEWEST = 200  # pairs; fewer say nothing about a share of one in a hundred
_SEEN = 2  # summaries a word must occur in to be a habit


def habits_of(pairs: Iterable[tuple[str, Source]]) -> dict[str, float]:
    """The share (0-1) of summaries that have a word, by its stem, which the source lacks."""
    counts: Counter[str] = Counter()
    total = 0
    for text, source in pairs:
        total += 1
        known = words.normalise(source.whole)
        stems = set(words.content_stems(words.normalise(text)))
        counts.update(stem for stem in stems if not overlap.is_covered(stem, known))
    return {stem: round(count / total, 5) for stem, count in counts.items() if count >= _SEEN}


def _scores(text: str, source: Source, habits: Mapping[str, float]) -> dict[str, float]:
    """The highest score of a pair under each limit that can be moved."""
    said, known = words.normalise(text), words.normalise(source.whole)
    found: list[Suspicion] = [
        *suspect_context(said, known),
        *suspect_direction(said, known, habits=habits),
        *overlap.suspect_overlap(said, known, habits=habits),
    ]
    highest: dict[str, float] = {}
    for each in found:
        limit = each.limit or each.check
        highest[limit] = max(highest.get(limit, 0.0), each.score)
    return highest


def calibrate(
    pairs: Sequence[tuple[str, Source]], *, false_alarms: float = 0.0115, start: Thresholds = DEFAULT
) -> Thresholds:
    """A model's thresholds and habits from summaries of its own that are taken to be good.

    ``pairs`` are (summary, source), both in English; with fewer than 200 ``start`` comes back unchanged.
    ``false_alarms`` is the share of good summaries (0-1) that may be refused, over all checks. Habits are
    counted on one half while the other is scored, so that a word's only user does not vouch for itself.
    """
    if len(pairs) < FEWEST:
        return start
    halves = (pairs[0::2], pairs[1::2])
    scores = [
        _scores(text, source, habits)
        for scored, counted in (halves, halves[::-1])
        for habits in (habits_of(counted),)
        for text, source in scored
    ]
    moved = {
        limit: _quantile([each.get(limit, 0.0) for each in scores], share * false_alarms)
        for limit, share in _SHARES.items()
    }
    return replace(start, **moved, habits=habits_of(pairs))


def _quantile(values: Sequence[float], share: float) -> float:
    """The lowest threshold that at most this share of the values reaches."""
    ordered = sorted(values, reverse=True)
    allowed = int(share * len(ordered))
    return round(ordered[min(allowed, len(ordered) - 1)] + 1e-4, 4)
