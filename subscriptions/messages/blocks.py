"""A card with its reasons, as thousands of messages have it, and what one reader alone gets in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple

from lib.lazy import LazyDict
from newsletter.rendering.cards import Card, PaperLine
from newsletter.rendering.fragments import ENCODERS, Encoding, Fragment, base64_size, encode_qp
from newsletter.rendering.glance import number as glance_number
from newsletter.rendering.layout import MailPart, number
from newsletter.rendering.reasons import Sentence, ShownReason

MOST_PAPERS = 50  # in one digest

Side = Literal["html", "text"]


class Pieces(NamedTuple):
    """One body's encoded pieces of a card: before its number, after it, and around the slots ``vote``."""

    opening: bytes
    before: tuple[bytes, ...]
    around: tuple[bytes, ...]


@lru_cache(maxsize=128)
def numbers(side: Side, language: str, encoding: Encoding) -> LazyDict[int, bytes]:
    """The encoded numbers of cards, by their places: 1 is the first."""
    return LazyDict(lambda place: getattr(number(place, language=language), side).whole[encoding])


@lru_cache(maxsize=64)
def glance_numbers(language: str, encoding: Encoding) -> LazyDict[int, bytes]:
    """The encoded numbers of the lines in the HTML's glance, by their places."""
    return LazyDict(lambda place: glance_number(place, language=language).whole[encoding])


class Block:
    """A card with the reasons that readers share, as it stands in their digests after its number.

    ``sizes`` are the bytes of their literal pieces in quoted-printable and in base64,
    those of its line in the glance and of its numbers with them; ``slots`` how many slots stand between them,
    ``text_sizes`` the bytes of the plain text before the reasons. :attr:`line` stands for the card where
    there is no room for it.

    A block holds no bytes of its own: they are the card's and the reasons', which many blocks share.
    """

    __slots__ = ("_encoded", "_why", "card", "make_line", "sizes", "slots", "text_sizes")

    def __init__(self, card: Card, make_line: Callable[[], PaperLine], why: "Why") -> None:
        self.card = card
        self.make_line = make_line
        self._why = why
        self._encoded: dict[tuple[Side | Literal["glance"], Encoding], Any] = {}
        fragments = (card.html[0], *self.html, *self.glance, *_numbers(card.glance.language))
        self.sizes = (
            sum([fragment.sizes[0] for fragment in fragments]),
            sum([fragment.sizes[1] for fragment in fragments]),
        )
        self.slots = card.html[2].slots
        self.text_sizes = card.text[0].sizes

    @property
    def html(self) -> tuple[Fragment, ...]:
        """The fragments of the HTML after the number."""
        _, before, after = self.card.html
        return (before, *[part.html for part in self._why.html], after)

    @property
    def glance(self) -> tuple[Fragment, ...]:
        """The fragments of the line in the glance, after its number."""
        return (self.card.glance.html[0], self._why.sign, self.card.glance.html[1])

    @property
    def line(self) -> PaperLine:
        """The paper in one line. Made when asked for: few messages are so long that one stands for a card."""
        return self.make_line()

    def encoded(self, side: Side, encoding: Encoding) -> Pieces:
        """The encoded pieces of one body."""
        pieces: Pieces | None = self._encoded.get((side, encoding))
        if pieces is None:
            pieces = self._encoded[side, encoding] = self._encode(side, encoding)
        return pieces

    def _encode(self, side: Side, encoding: Encoding) -> Pieces:
        if side == "html":
            opening, (*before, around) = self.card.html[0].whole[encoding], self.html
        else:
            opening, before, around = b"", [self.card.text[0]], self.card.text[1]
            before += [part.text for part in self._why.text]
        return Pieces(opening, _wholes(before, encoding), around.split[encoding])

    def encoded_glance(self, encoding: Encoding) -> tuple[bytes, ...]:
        """The encoded pieces of the line in the HTML's glance, after its number."""
        pieces: tuple[bytes, ...] | None = self._encoded.get(("glance", encoding))
        if pieces is None:
            pieces = self._encoded["glance", encoding] = _wholes(self.glance, encoding)
        return pieces


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons of a card: each with what stands after it, in HTML fewer where there is little room; and
    the sign of the first in the glance.
    """

    html: tuple[MailPart, ...]
    text: tuple[MailPart, ...]
    sign: Fragment


def _wholes(fragments: Sequence[Fragment], encoding: Encoding) -> tuple[bytes, ...]:
    return tuple([fragment.whole[encoding] for fragment in fragments])


def _numbers(language: str) -> tuple[Fragment, Fragment]:
    """The longest of the numbers of a card and of its line in the glance."""
    return number(MOST_PAPERS, language=language).html, glance_number(MOST_PAPERS, language=language)


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
    """A block that others share, and after its reasons the ``own`` one of this reader and a ``gap``."""

    __slots__ = ("gap", "own", "shared")

    def __init__(self, shared: Block, own: OwnReason, *, gap: MailPart) -> None:
        self.shared = shared
        self.own = own
        self.gap = gap

    @property
    def card(self) -> Card:
        """The card of the paper."""
        return self.shared.card

    @property
    def glance(self) -> tuple[Fragment, ...]:
        """The fragments of the line in the glance, after its number."""
        return self.shared.glance

    def encoded_glance(self, encoding: Encoding) -> tuple[bytes, ...]:
        """The same, encoded."""
        return self.shared.encoded_glance(encoding)

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
        for own_quoted, own_based in (self.own.sizes, self.gap.html.sizes):
            quoted += own_quoted
            based += own_based
        return quoted, based

    @property
    def text_sizes(self) -> tuple[int, int]:
        """The bytes of the plain text before the reasons."""
        return self.shared.text_sizes

    def encoded(self, side: Side, encoding: Encoding) -> Pieces:
        """As :meth:`Block.encoded`."""
        opening, before, around = self.shared.encoded(side, encoding)
        gap = getattr(self.gap, side).whole[encoding]
        return Pieces(opening, (*before, self.own.pieces[side][encoding], gap), around)

    @property
    def html(self) -> tuple[Fragment, ...]:
        """The fragments of the HTML."""
        *before, after = self.shared.html
        return (*before, self.own.html, self.gap.html, after)


AnyBlock = Block | OwnBlock
