"""A card with its reasons, as thousands of messages have it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from lib.lazy import LazyDict
from newsletter.rendering.cards import Card, PaperLine
from newsletter.rendering.fragments import Encoding, Fragment
from newsletter.rendering.layout import MailPart

Side = Literal["html", "text"]
Pieces = tuple[tuple[bytes, ...], tuple[bytes, ...]]


def _pieces(before: Sequence[Fragment], around: Fragment, encoding: Encoding) -> Pieces:
    return tuple([fragment.whole[encoding] for fragment in before]), around.split[encoding]


class Block:
    """``html`` are its fragments; ``sizes`` the bytes of their literal pieces in quoted-printable and in
    base64, ``slots`` how many slots stand between them, ``text_sizes`` the bytes of the plain text before the
    reasons. ``pieces[side][encoding]`` are the encoded pieces without slots, and the texts around the slots
    ``vote``. :attr:`line` stands for the card where there is no room for it.

    A block holds no bytes of its own: they are the card's and the reasons', which many blocks share.
    """

    __slots__ = ("card", "html", "make_line", "pieces", "sizes", "slots", "text_sizes")

    def __init__(self, card: Card, make_line: Callable[[], PaperLine], reasons: Sequence[MailPart]) -> None:
        before = {
            "html": (card.html[0], *[part.html for part in reasons]),
            "text": (card.text[0], *[part.text for part in reasons]),
        }
        self.card = card
        self.make_line = make_line
        self.html = (*before["html"], card.html[1])
        self.pieces: dict[Side, LazyDict[Encoding, Pieces]] = {
            "html": LazyDict(partial(_pieces, before["html"], card.html[1])),
            "text": LazyDict(partial(_pieces, before["text"], card.text[1])),
        }
        self.sizes = (
            sum([fragment.sizes[0] for fragment in self.html]),
            sum([fragment.sizes[1] for fragment in self.html]),
        )
        self.slots = card.html[1].slots
        self.text_sizes = card.text[0].sizes

    @property
    def line(self) -> PaperLine:
        """The paper in one line. Made when asked for: few messages are so long that one stands for a card."""
        return self.make_line()
