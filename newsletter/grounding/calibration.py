"""Thresholds: the ones that Paperpost begins with, and how a model's own are found."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from newsletter.grounding import overlap, words
from newsletter.grounding.directions import suspect_direction
from newsletter.grounding.findings import Source, Suspicion, Thresholds
from newsletter.grounding.habits import HABITS
from newsletter.grounding.numbers import suspect_context

DEFAULT = Thresholds(habits=HABITS)

# How the allowed false alarms are shared out. Names, numbers and markup have no threshold worth moving: they
# take what is left.
_SHARES: Mapping[str, float] = {"direction": 0.7, "context": 0.1, "overlap": 0.11}
# No threshold is moved below those that Paperpost begins with, nor so far that its check were blind.
_HIGHEST: Mapping[str, float] = {"direction": 0.95, "context": 0.6, "overlap": 0.45}
FEWEST = 200  # pairs; fewer say nothing about a share of one in a hundred
_SEEN = 2  # summaries a word must occur in to be a habit


def habits_of(pairs: Iterable[tuple[str, Source]]) -> dict[str, float]:
    """What a model adds of its own: by stem, in what share (0-1) of summaries the source lacks the word."""
    added = [_added(text, source) for text, source in pairs]
    return _shares(Counter(stem for stems in added for stem in stems), len(added))


def _added(text: str, source: Source) -> frozenset[str]:
    known = words.normalise(source.whole)
    summary = words.normalise(text)
    stems = set(words.content_stems(summary))
    return frozenset(stem for stem in stems if not overlap.is_covered(stem, known))


def _shares(counts: Mapping[str, int], total: int) -> dict[str, float]:
    return {stem: round(count / total, 5) for stem, count in counts.items() if count >= _SEEN}


def _habits_of_others(pairs: Sequence[tuple[str, Source]]) -> Iterator[dict[str, float]]:
    """For each pair the habits that all others show: a word's only user does not vouch for itself."""
    added = [_added(text, source) for text, source in pairs]
    counts = Counter(stem for stems in added for stem in stems)
    everyone, others = _shares(counts, len(added)), len(added) - 1
    for stems in added:
        own = _shares({stem: counts[stem] - 1 for stem in stems}, others)
        yield {stem: share for stem, share in everyone.items() if stem not in stems} | own


def _scores(text: str, source: Source, habits: Mapping[str, float]) -> dict[str, float]:
    """The highest score of a pair under each limit that can be moved."""
    summary, known = words.normalise(text), words.normalise(source.whole)
    suspected: list[Suspicion] = [
        *suspect_context(summary, known),
        *suspect_direction(summary, known, habits=habits),
        *overlap.suspect_overlap(summary, known, habits=habits),
    ]
    highest: dict[str, float] = {}
    for each in suspected:
        limit = each.limit or each.check
        highest[limit] = max(highest.get(limit, 0.0), each.score)
    return highest


def calibrate(
    pairs: Sequence[tuple[str, Source]], *, false_alarms: float = 0.006, start: Thresholds = DEFAULT
) -> Thresholds:
    """A model's thresholds and habits from summaries of its own that are taken to be good.

    ``pairs`` are (summary, source), both in English; with fewer than 200 ``start`` comes back unchanged.
    ``false_alarms`` is the share of good summaries (0-1) that may be refused, over the checks that have a
    threshold. On other days it is more: the other checks take their part, and genuine refusals come in waves.
    """
    if len(pairs) < FEWEST:
        return start
    scores = [
        _scores(text, source, habits)
        for (text, source), habits in zip(pairs, _habits_of_others(pairs), strict=True)
    ]
    moved = {
        limit: _bounded(
            limit, _quantile([each.get(limit, 0.0) for each in scores], share * false_alarms), start
        )
        for limit, share in _SHARES.items()
    }
    return replace(start, **moved, habits=habits_of(pairs))


def _bounded(limit: str, value: float, start: Thresholds) -> float:
    least: float = getattr(start, limit)
    return max(least, min(value, _HIGHEST[limit]))


def _quantile(values: Sequence[float], share: float) -> float:
    """The lowest threshold that at most this share of the values reaches."""
    ordered = sorted(values, reverse=True)
    allowed = int(share * len(ordered))
    return round(ordered[min(allowed, len(ordered) - 1)] + 1e-4, 4)
