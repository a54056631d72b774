"""A card with its reasons, as thousands of messages have it."""

from collections.abc import Sequence
from typing import Literal

from newsletter.rendering.cards import Card, PaperLine
from newsletter.rendering.fragments import Encoding, Fragment
from newsletter.rendering.layout import MailPart

Side = Literal["html", "text"]
Pieces = tuple[tuple[bytes, ...], tuple[bytes, ...]]


class _Encoded(dict[Encoding, Pieces]):
    """Put together at the first look, and then a plain look-up."""

    __slots__ = ("around", "before")

    def __init__(self, before: Sequence[Fragment], around: Fragment) -> None:
        self.before = before
        self.around = around

    def __missing__(self, encoding: Encoding) -> Pieces:
        before = tuple([fragment.whole[encoding] for fragment in self.before])
        self[encoding] = pieces = (before, self.around.split[encoding])
        return pieces


class Block:
    """``html`` are its fragments; ``sizes`` the bytes of their literal pieces in quoted-printable and in
    base64, ``slots`` how many slots stand between them, ``text_sizes`` the bytes of the plain text before the
    reasons. ``pieces[side][encoding]`` are the encoded pieces without slots, and the texts around the slots
    ``vote``. ``line`` stands for the card where there is no room for it.

    A block holds no bytes of its own: they are the card's and the reasons', which many blocks share.
    """

    __slots__ = ("card", "html", "line", "pieces", "sizes", "slots", "text_sizes")

    def __init__(self, card: Card, line: PaperLine, reasons: Sequence[MailPart]) -> None:
        html = _Encoded((card.html[0], *[part.html for part in reasons]), card.html[1])
        text = _Encoded((card.text[0], *[part.text for part in reasons]), card.text[1])
        self.card = card
        self.line = line
        self.html = (*html.before, html.around)
        self.pieces: dict[Side, _Encoded] = {"html": html, "text": text}
        self.sizes = (
            sum([fragment.sizes[0] for fragment in self.html]),
            sum([fragment.sizes[1] for fragment in self.html]),
        )
        self.slots = html.around.slots
        self.text_sizes = card.text[0].sizes
