"""A card with its reasons, as thousands of messages have it."""

from typing import Literal

from newsletter.rendering.cards import Card
from newsletter.rendering.fragments import Encoding, Fragment
from newsletter.rendering.layout import Part

Side = Literal["html", "text"]
Pieces = tuple[tuple[bytes, ...], tuple[bytes, ...]]


class Block:
    """``sizes`` are the bytes of the HTML's literal pieces in quoted-printable and in base64, ``slots`` how
    many slots stand between them, ``text_sizes`` the bytes of the plain text before the reasons.

    A block holds no bytes of its own: they are the card's and the reasons', which many blocks share.
    """

    __slots__ = ("_pieces", "card", "reasons", "sizes", "slots", "text_sizes")

    def __init__(self, card: Card, reasons: tuple[Part, ...]) -> None:
        self.card = card
        self.reasons = reasons
        pieces = self.html
        self.sizes = sum([piece.sizes[0] for piece in pieces]), sum([piece.sizes[1] for piece in pieces])
        self.slots = sum([piece.slots for piece in pieces])
        self.text_sizes = card.text[0].sizes
        self._pieces: dict[tuple[Side, Encoding], Pieces] = {}

    @property
    def html(self) -> list[Fragment]:
        """The HTML in pieces."""
        before, after = self.card.html
        return [before, *[part.html for part in self.reasons], after]

    def pieces(self, side: Side, encoding: Encoding) -> Pieces:
        """The encoded pieces without slots, and after them the texts around the slots ``vote``."""
        found = self._pieces.get((side, encoding))
        if found is None:
            before, after = self.card.html if side == "html" else self.card.text
            whole = [before, *[part.html if side == "html" else part.text for part in self.reasons]]
            found = tuple([piece.whole[encoding] for piece in whole]), after.split[encoding]
            self._pieces[side, encoding] = found
        return found
