"""Pieces of mails that are transfer-encoded once and joined into thousands of messages.

A fragment is a text with slots. Encoding it gives byte strings that can be put one after another in any order
with the slots' own encoded values between them, without encoding anything again:

* quoted-printable (RFC 2045, section 6.7): every piece ends in a soft line break, which means nothing;
* base64 (section 6.8): every piece is padded with spaces to a multiple of 57 bytes, which is one line of 76
  characters, so that no group of three bytes crosses a border. The spaces stand where they mean nothing: in
  HTML between words or before an attribute, in plain text at the end of a line.

To make room for that padding a slot takes what stands directly before it: ``href="`` in HTML, the line feed
in plain text, where slots stand at the beginnings of lines.
"""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

Encoding = Literal["quoted-printable", "base64"]

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f'( href="|\n)?{_OPEN}([a-z_]+){_CLOSE}')
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_LINE_BYTES = 57
_LINE_CHARACTERS = 76
_SOFT_BREAK = b"=\r\n"


def mark(name: str) -> str:
    """The place of the slot ``name`` (lower-case letters and underscores) in a template."""
    return f"{_OPEN}{name}{_CLOSE}"


def without_marks(text: str) -> str:
    """``text`` without the two characters that mark slots: a source's text must not open one."""
    return _MARKS.sub("", text)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a reader's own text, and the few characters before it that belong to it."""

    name: str
    lead: str


class Fragment:
    """A text with slots: ``pieces`` alternates literal texts and :class:`Slot` values as they come."""

    __slots__ = ("_encoded", "_sizes", "pieces")

    def __init__(self, text: str) -> None:
        pieces: list[str | Slot] = []
        at = 0
        for found in _SLOT.finditer(text):
            if found.start() > at:
                pieces.append(text[at : found.start()])
            pieces.append(Slot(found[2], found[1] or ""))
            at = found.end()
        if at < len(text):
            pieces.append(text[at:])
        self.pieces: tuple[str | Slot, ...] = tuple(pieces)
        self._encoded: dict[Encoding, tuple[bytes | Slot, ...]] = {}
        self._sizes: dict[Encoding, int] = {}

    def encoded(self, encoding: Encoding) -> tuple[bytes | Slot, ...]:
        """The pieces, the literal ones encoded. Kept: the second call costs nothing."""
        found = self._encoded.get(encoding)
        if found is None:
            encode = ENCODERS[encoding]
            found = tuple(encode(piece, False) if isinstance(piece, str) else piece for piece in self.pieces)
            self._encoded[encoding] = found
        return found

    def size(self, encoding: Encoding) -> int:
        """The bytes of the encoded literal pieces."""
        found = self._sizes.get(encoding)
        if found is None:
            found = sum(len(piece) for piece in self.encoded(encoding) if isinstance(piece, bytes))
            self._sizes[encoding] = found
        return found


@dataclass(slots=True)
class Values:
    """What fills the slots of one message, each encoded at its first use and then reused."""

    texts: Mapping[str, str]
    encoding: Encoding
    _encoded: dict[Slot, bytes] = field(default_factory=dict)

    def __getitem__(self, slot: Slot) -> bytes:
        found = self._encoded.get(slot)
        if found is None:
            found = ENCODERS[self.encoding](slot.lead + self.texts[slot.name], True)
            self._encoded[slot] = found
        return found

    def lead(self, text: str) -> bytes:
        """What stands before a slot that is filled with fragments."""
        return _lead(text, self.encoding)


def join(whole: "Filled", values: Values) -> bytes:
    """The encoded body of a part: nothing is encoded again but what is the reader's own."""
    pieces: list[bytes] = []
    whole.gather(values, pieces)
    body = b"".join(pieces)
    return body.removesuffix(_SOFT_BREAK) if values.encoding == "quoted-printable" else body


def encode_qp(text: str, _pad_left: bool) -> bytes:
    """``text`` in quoted-printable, ending in a soft line break."""
    encoded = b2a_qp(text.encode(), istext=True, header=False)
    return encoded.replace(b"\n", b"\r\n") + _SOFT_BREAK


def encode_base64(text: str, pad_left: bool) -> bytes:
    """``text`` in base64, padded with spaces on the left or the right to whole lines."""
    raw = text.encode()
    short = -len(raw) % _LINE_BYTES
    if pad_left:
        raw = b" " * short + raw
    else:  # before the last line feed, so that the next piece begins its line at the margin
        kept = raw.rstrip(b"\n")
        raw = kept + b" " * short + raw[len(kept) :]
    encoded = b2a_base64(raw, newline=False)
    return b"".join(
        [encoded[at : at + _LINE_CHARACTERS] + b"\r\n" for at in range(0, len(encoded), _LINE_CHARACTERS)]
    )


ENCODERS: Mapping[Encoding, Callable[[str, bool], bytes]] = {
    "quoted-printable": encode_qp,
    "base64": encode_base64,
}


@lru_cache(maxsize=16)
def _lead(text: str, encoding: Encoding) -> bytes:
    return ENCODERS[encoding](text, True)


class Filled(NamedTuple):
    """A fragment, and the fragments that stand in some of its slots."""

    fragment: Fragment
    inner: Mapping[str, Sequence["Filled"]] = MappingProxyType({})

    def filled(self, texts: Mapping[str, str]) -> str:
        """The whole as a text, not encoded."""
        return "".join(
            piece
            if isinstance(piece, str)
            else piece.lead
            + (
                "".join(one.filled(texts) for one in self.inner[piece.name])
                if piece.name in self.inner
                else texts[piece.name]
            )
            for piece in self.fragment.pieces
        )

    def gather(self, values: "Values", into: list[bytes]) -> None:
        """Append the encoded pieces to ``into``, in order."""
        inner = self.inner
        for piece in self.fragment.encoded(values.encoding):
            if piece.__class__ is bytes:
                into.append(piece)
            elif piece.name in inner:  # type: ignore[union-attr]
                if piece.lead:  # type: ignore[union-attr]
                    into.append(values.lead(piece.lead))  # type: ignore[union-attr]
                for one in inner[piece.name]:  # type: ignore[union-attr]
                    one.gather(values, into)
            else:
                into.append(values[piece])  # type: ignore[index]
