"""How much papers are to readers' tastes: for a batch of readers and all papers at once. Pure.

Four parts, each a sparse product: what the liked papers are about (``like``), what their authors' other
papers are about (``wide``), who wrote with these authors (``near``), and the authors themselves (``author``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from newsletter.features.matrix import Features
from newsletter.features.terms import BUCKETS, Weights
from subscriptions.taste.profile import TasteProfile, TermSum

Scores = npt.NDArray[np.float32]

SENT_SHARE = 0.5  # of the background, once papers were sent to the reader
# Found on days of 2025; ``make bench NAME=ranking`` measures them on later ones.
LIKE = 0.6
WIDE = 0.25
NEAR, NEAR_SCALE = 4.0, 2.0
AUTHOR, AUTHOR_SCALE = 15.0, 6.0
PRIOR = 0.1
FAITHFUL = 2  # repeats that a reader is taken to have shown before the first


@dataclass(frozen=True, slots=True)
class Parts:
    """The four parts before they are weighed, each readers x papers, or papers for one reader."""

    like: Scores
    wide: Scores
    near: Scores
    author: Scores

    def of(self, reader: int) -> "Parts":
        """The parts of one reader (a row)."""
        return Parts(self.like[reader], self.wide[reader], self.near[reader], self.author[reader])

    def at(self, papers: npt.NDArray[np.intp]) -> "Parts":
        """One reader's parts of some papers (columns)."""
        return Parts(self.like[papers], self.wide[papers], self.near[papers], self.author[papers])


def score(profiles: Sequence[TasteProfile], features: Features) -> Parts:
    """How the papers of ``features`` stand to each of ``profiles``, part by part."""
    like = _product([profile.like for profile in profiles], features)
    wide = _product([profile.wide for profile in profiles], features)
    sent = _product([profile.sent for profile in profiles], features)
    was_sent = np.array([[profile.sent.total > 0] for profile in profiles], bool)
    background = np.where(
        was_sent, (1 - SENT_SHARE) * features.background + SENT_SHARE * sent, features.background
    )
    has_wide = np.array([[profile.wide.total > 0] for profile in profiles], bool)
    return Parts(
        like=(like - background).astype(np.float32),
        wide=np.where(has_wide, wide - background, 0).astype(np.float32),
        near=_names([(profile.near.keys, profile.near.weights) for profile in profiles], 6, features),
        author=_names([(profile.authors.keys, profile.authors.times) for profile in profiles], 1, features),
    )


def _product(sums: Sequence[TermSum], features: Features) -> Scores:
    """The mean of each sum times each paper's vector."""
    lengths = [len(part.terms) for part in sums]
    totals = np.array([max(part.total, 1e-6) for part in sums], np.float32)
    weights = np.concatenate([np.zeros(0, np.float32), *[part.weights for part in sums]])
    terms = np.concatenate([np.zeros(0, np.uint32), *[part.terms for part in sums]])
    rows = sparse.csr_array(
        (
            weights / np.repeat(totals, lengths),
            terms.astype(np.int32),
            np.cumsum([0, *lengths], dtype=np.int32),
        ),
        shape=(len(sums), BUCKETS),
    )
    return np.asarray((rows @ features.papers_by_term).toarray(), np.float32)


def _names(tastes: Sequence[tuple[npt.NDArray[np.int64], Weights]], scale: int, features: Features) -> Scores:
    """What names that a taste (keys, weights) and a paper share bring: ln(1 + weight) / ``scale`` each, times
    how rare it is.
    """
    keys = [of_reader for of_reader, _ in tastes]
    weights = np.log1p(np.concatenate([np.zeros(0, np.float32), *[of_reader for _, of_reader in tastes]]))
    places, is_known = _places(np.concatenate([np.zeros(0, np.int64), *keys]), features.author_keys)
    ends = np.cumsum([0, *map(len, keys)])
    known_ends = np.concatenate([[0], np.cumsum(is_known)])[ends]
    rows = sparse.csr_array(
        ((weights / np.float32(scale))[is_known], places[is_known], known_ends.astype(np.int32)),
        shape=(len(keys), len(features.author_keys)),
    )
    return np.asarray((rows @ features.papers_by_author).toarray(), np.float32)


def _places(
    keys: npt.NDArray[np.int64], among: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Where each of ``keys`` stands among ascending ones, and whether it does."""
    if not len(among):
        return np.zeros(len(keys), np.int32), np.zeros(len(keys), np.bool_)
    places = np.searchsorted(among, keys)
    places[places == len(among)] = 0
    return places.astype(np.int32), among[places] == keys


def combine(parts: Parts, profile: TasteProfile, prior: Scores) -> Scores:
    """One reader's scores of the papers that are that reader's candidates, from their ``parts``.

    ``prior`` is what is known without the reader: votes and match strength, larger is better. Without likes
    its order is the order.
    """
    rows = Parts(parts.like[None], parts.wide[None], parts.near[None], parts.author[None])
    candidates = np.ones((1, len(prior)), np.bool_)
    return np.asarray(combine_all(rows, [profile], prior, candidates=candidates)[0], np.float32)


def combine_all(
    parts: Parts, profiles: Sequence[TasteProfile], prior: Scores, *, candidates: npt.NDArray[np.bool_]
) -> Scores:
    """:func:`combine` for many readers, each with the ``candidates`` in that reader's row; what it gives for
    others means nothing.
    """
    likes = np.array([[profile.likes] for profile in profiles], np.float32)
    reliances = np.array([[reliance(profile)] for profile in profiles], np.float32)
    like = standardised(parts.like, candidates)
    known = standardised(np.broadcast_to(prior, parts.like.shape), candidates)
    scores = WIDE * standardised(parts.wide, candidates)
    scores += np.float32(NEAR) * np.tanh(parts.near / np.float32(NEAR_SCALE))
    scores += np.float32(AUTHOR) * np.tanh(parts.author / np.float32(AUTHOR_SCALE))
    scores *= reliances
    scores += np.float32(LIKE) * like
    scores += known * (np.float32(PRIOR) / (1 + likes))
    for row, profile in enumerate(profiles):
        if profile.is_empty:
            scores[row] = prior
        elif not profile.likes:
            # What is much like the disliked papers sinks; of the others nothing is known yet.
            scores[row] = known[row] + LIKE * np.minimum(like[row] + 1, 0)
    return scores


def reliance(profile: TasteProfile) -> float:
    """How much who wrote a paper counts for this reader, from 1 down to nearly 0.

    The square of the share of likes that had an author who was liked before: those of a broad curator rarely
    do, and then a name that stands on a new paper is more often chance than choice.
    """
    return ((profile.repeats + FAITHFUL) / (profile.chances + FAITHFUL)) ** 2


def standardised(values: Scores, candidates: npt.NDArray[np.bool_]) -> Scores:
    """Each row's values in standard deviations from their mean over that row's ``candidates``; else 0."""
    counted = candidates.astype(np.float32)
    counts = np.maximum(counted.sum(axis=1), 1)
    means = np.einsum("ij,ij->i", values, counted) / counts
    spread = (values - means[:, None]) * counted
    deviations = np.sqrt(np.einsum("ij,ij->i", spread, spread) / counts)
    scales = np.divide(1, deviations, out=np.zeros_like(deviations), where=deviations > 1e-9)
    return np.asarray(spread * scales[:, None], np.float32)
