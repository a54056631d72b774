"""A card with its reasons as one block: what thousands of messages repeat is put together once."""

from functools import lru_cache
from typing import Literal

from newsletter.rendering.cards import Card
from newsletter.rendering.fragments import Encoding, Fragment
from newsletter.rendering.layout import Part

Side = Literal["html", "text"]
BLOCKS_KEPT = 3000  # some 7 KB each; more than one morning's cards have reasons


class Block:
    """``sizes`` are the bytes of the HTML's literal pieces in quoted-printable and in base64, ``slots`` how
    many slots stand between them, ``text_sizes`` the bytes of the plain text before the reasons.
    """

    __slots__ = ("_split", "card", "reasons", "sizes", "slots", "text_sizes")

    def __init__(self, card: Card, reasons: tuple[Part, ...]) -> None:
        self.card = card
        self.reasons = reasons
        pieces = self.html
        self.sizes = sum(piece.sizes[0] for piece in pieces), sum(piece.sizes[1] for piece in pieces)
        self.slots = sum(piece.slots for piece in pieces)
        self.text_sizes = card.text[0].sizes
        self._split: dict[tuple[Side, Encoding], tuple[bytes, ...]] = {}

    @property
    def html(self) -> list[Fragment]:
        """The HTML in pieces."""
        before, after = self.card.html
        return [before, *[part.html for part in self.reasons], after]

    def split(self, side: Side, encoding: Encoding) -> tuple[bytes, ...]:
        """The encoded texts around the slots ``vote``, for ``value.join(…)``."""
        found = self._split.get((side, encoding))
        if found is None:
            before, after = self.card.html if side == "html" else self.card.text
            first, *rest = after.split[encoding]
            whole = [before, *[part.html if side == "html" else part.text for part in self.reasons]]
            head = b"".join([*[piece.whole[encoding] for piece in whole], first])
            found = self._split[side, encoding] = (head, *rest)
        return found


@lru_cache(maxsize=BLOCKS_KEPT)
def block(card: Card, reasons: tuple[Part, ...]) -> Block:
    """The block of ``card`` with ``reasons``: the same one for the same two."""
    return Block(card, reasons)
