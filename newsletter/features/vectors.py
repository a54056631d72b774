"""A paper's terms as a vector of unit length, and how many papers have each term. Pure."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from newsletter.features.terms import BUCKETS, Buckets, Weights

Rarities = npt.NDArray[np.uint8]
STEPS = 16
"""Of a rarity's whole number: 16 of them are a factor of e, 255 one paper in eight million."""


@dataclass(frozen=True, slots=True)
class PaperVector:
    """Terms (ascending buckets) and their weights, of length 1 together; all empty for a paper without.

    ``rarities`` say how rare each term was when the paper came: ln(papers / papers with it) in steps of 1/16.
    """

    buckets: Buckets
    weights: Weights
    rarities: Rarities

    def pack(self) -> bytes:
        """Seven bytes a term."""
        return (
            self.buckets.astype("<u4").tobytes()
            + self.weights.astype("<f2").tobytes()
            + self.rarities.astype("u1").tobytes()
        )

    @classmethod
    def unpack(cls, packed: bytes) -> "PaperVector":
        """What :meth:`pack` wrote, with the weights rounded to three digits."""
        count = len(packed) // 7
        weights = np.frombuffer(packed, "<f2", count, offset=4 * count).astype(np.float32)
        rarities = np.frombuffer(packed, "u1", count, offset=6 * count)
        return cls(np.frombuffer(packed, "<u4", count).astype(np.uint32), weights, rarities)


def unit_vector(buckets: Buckets, weights: Weights, rarities: Rarities | None = None) -> PaperVector:
    """Those terms with their weights scaled to length 1; without ``rarities`` they are equally rare."""
    length = float(np.sqrt(np.sum(weights * weights)))
    if rarities is None:
        rarities = np.full(len(buckets), 2 * STEPS, np.uint8)
    return PaperVector(buckets, weights / np.float32(length or 1.0), rarities)


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
        rarity = self.rarity(buckets)
        steps = np.clip(np.round(STEPS * rarity), 0, 255).astype(np.uint8)
        return unit_vector(buckets, weights * rarity, steps)

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
