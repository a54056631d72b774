"""A card with its reasons, as thousands of messages have it, and what one reader alone gets in it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from lib.lazy import LazyDict
from newsletter.rendering.cards import Card, PaperLine
from newsletter.rendering.fragments import ENCODERS, Encoding, Fragment, base64_size, encode_qp
from newsletter.rendering.layout import MailPart
from newsletter.rendering.reasons import Sentence, ShownReason

Side = Literal["html", "text"]
Pieces = tuple[tuple[bytes, ...], tuple[bytes, ...]]


def _pieces(before: Sequence[Fragment], around: Fragment, encoding: Encoding) -> Pieces:
    return tuple([fragment.whole[encoding] for fragment in before]), around.split[encoding]


class Block:
    """``html`` are its fragments; ``sizes`` the bytes of their literal pieces in quoted-printable and in
    base64, ``slots`` how many slots stand between them, ``text_sizes`` the bytes of the plain text before the
    reasons. ``has_reasons``: some are named. :attr:`line` stands for the card where there is no room for it.

    A block holds no bytes of its own: they are the card's and the reasons', which many blocks share.
    """

    __slots__ = ("card", "has_reasons", "html", "make_line", "pieces", "sizes", "slots", "text_sizes")

    def __init__(self, card: Card, make_line: Callable[[], PaperLine], reasons: Sequence[MailPart]) -> None:
        before = {
            "html": (card.html[0], *[part.html for part in reasons]),
            "text": (card.text[0], *[part.text for part in reasons]),
        }
        self.card = card
        self.make_line = make_line
        self.has_reasons = len(reasons) > 1  # the first are the words before them
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

    def encoded(self, side: Side, encoding: Encoding) -> Pieces:
        """The encoded pieces without slots, and the encoded texts around the slots ``vote``."""
        return self.pieces[side][encoding]


class OwnReason:
    """A reason that few readers share, for both bodies. ``sizes`` are the bytes of its HTML in
    quoted-printable and in base64.

    No template renders it, and it is kept for one batch: that has thousands.
    """

    __slots__ = ("language", "pieces", "sentence", "sizes")

    def __init__(self, sentence: Sentence, *, language: str) -> None:
        html = f"{sentence.html(language)}\n".encode()
        quoted = encode_qp(html, False)
        self.sentence = sentence
        self.language = language
        self.sizes = (len(quoted), base64_size(html))
        self.pieces: dict[Side, LazyDict[Encoding, bytes]] = {
            "html": LazyDict(partial(_encoded, html)),
            "text": LazyDict(partial(_encoded, f"- {sentence.text(language)}\n".encode())),
        }
        self.pieces["html"]["quoted-printable"] = quoted

    @property
    def shown(self) -> ShownReason:
        """The same for a template."""
        return self.sentence.shown(self.language)

    @property
    def html(self) -> Fragment:
        """Its HTML, for a page."""
        return Fragment(f"{self.sentence.html(self.language)}\n")


def _encoded(raw: bytes, encoding: Encoding) -> bytes:
    return ENCODERS[encoding](raw, False)


class OwnBlock:
    """A block that other readers share, and after its reasons the ``own`` one of this reader.

    ``gaps`` holds what stands between two reasons; nothing where the reader's own is the only one.
    """

    __slots__ = ("gaps", "own", "shared")

    def __init__(self, shared: Block, own: OwnReason, *, gap: MailPart) -> None:
        self.shared = shared
        self.own = own
        self.gaps = (gap,) if shared.has_reasons else ()

    @property
    def card(self) -> Card:
        """The card of the paper."""
        return self.shared.card

    @property
    def line(self) -> PaperLine:
        """The paper in one line."""
        return self.shared.line

    @property
    def slots(self) -> int:
        """How many slots stand between the literal pieces."""
        return self.shared.slots

    @property
    def sizes(self) -> tuple[int, int]:
        """The bytes of the HTML's literal pieces in quoted-printable and in base64."""
        quoted, based = self.shared.sizes
        for own_quoted, own_based in (self.own.sizes, *[gap.html.sizes for gap in self.gaps]):
            quoted += own_quoted
            based += own_based
        return quoted, based

    @property
    def text_sizes(self) -> tuple[int, int]:
        """The bytes of the plain text before the reasons."""
        return self.shared.text_sizes

    def encoded(self, side: Side, encoding: Encoding) -> Pieces:
        """As :meth:`Block.encoded`."""
        before, after = self.shared.encoded(side, encoding)
        gaps = [getattr(gap, side).whole[encoding] for gap in self.gaps]
        return (*before, *gaps, self.own.pieces[side][encoding]), after

    @property
    def html(self) -> tuple[Fragment, ...]:
        """The fragments of the HTML."""
        *before, after = self.shared.html
        return (*before, *[gap.html for gap in self.gaps], self.own.html, after)


AnyBlock = Block | OwnBlock
