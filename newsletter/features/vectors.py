"""A paper's terms as a vector of unit length, and how many papers have each term. Pure."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from newsletter.features.terms import BUCKETS, Buckets, Weights


@dataclass(frozen=True, slots=True)
class PaperVector:
    """Terms (ascending buckets) and their weights, of length 1 together; both empty for a paper without."""

    buckets: Buckets
    weights: Weights

    def pack(self) -> bytes:
        """Six bytes a term."""
        return self.buckets.astype("<u4").tobytes() + self.weights.astype("<f2").tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> "PaperVector":
        """What :meth:`pack` wrote, with the weights rounded to three digits."""
        count = len(packed) // 6
        weights = np.frombuffer(packed, "<f2", count, offset=4 * count).astype(np.float32)
        return cls(np.frombuffer(packed, "<u4", count).astype(np.uint32), weights)


def unit_vector(buckets: Buckets, weights: Weights) -> PaperVector:
    """Those terms with their weights scaled to length 1."""
    length = float(np.sqrt(np.sum(weights * weights)))
    return PaperVector(buckets, weights / np.float32(length or 1.0))


@dataclass(slots=True)
class Frequencies:
    """In how many of ``papers`` each bucket's terms stand."""

    papers: int = 0
    counts: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(BUCKETS, np.int32))

    def add(self, buckets: Buckets) -> None:
        """Count one more paper."""
        self.papers += 1
        self.counts[buckets] += 1

    def rarity(self, buckets: Buckets) -> Weights:
        """ln((N + 2) / (n + 1)) of each bucket, above 0 also in a corpus of one paper."""
        return np.log((self.papers + 2) / (self.counts[buckets] + 1)).astype(np.float32)

    def vector(self, buckets: Buckets, weights: Weights) -> PaperVector:
        """The vector of a paper with those terms, by the frequencies as they are now."""
        return unit_vector(buckets, weights * self.rarity(buckets))

    def pack(self) -> bytes:
        """The counts, compressed."""
        return zlib.compress(self.counts.astype("<i4").tobytes(), 1)

    @classmethod
    def unpack(cls, papers: int, packed: bytes) -> "Frequencies":
        """What :meth:`pack` wrote; empty bytes are an empty corpus."""
        if not packed:
            return cls()
        return cls(papers, np.frombuffer(zlib.decompress(packed), "<i4").astype(np.int32))


AMBIGUOUS = 150
"""Papers from which on a name is hardly one person's."""


def name_rarity(papers: int, with_name: npt.NDArray[np.int64]) -> Weights:
    """ln((N + 1) / (n + 1)) of names on ``with_name`` of all papers, less where many people share them."""
    rarity = np.log((papers + 1) / (np.minimum(with_name, papers) + 1))
    return np.where(with_name > AMBIGUOUS, 0.3 * rarity, rarity).astype(np.float32)
