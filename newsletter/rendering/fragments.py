"""Pieces of mails that are transfer-encoded once and joined into thousands of messages.

A fragment is a text with slots. Encoding it gives byte strings that can be put one after another in any order
with the slots' own encoded values between them, without encoding anything again:

* quoted-printable (RFC 2045, section 6.7): every piece ends in a soft line break, which means nothing;
* base64 (section 6.8): every piece is padded with spaces to a multiple of 57 bytes, which is one line of 76
  characters, so that no group of three bytes crosses a border. The spaces stand where they mean nothing: in
  HTML between words or before an attribute.

Plain text, in which those spaces would stand at the ends of lines, is joined as UTF-8 and encoded as a whole:
that takes some 30 microseconds.

To make room for that padding a slot takes what stands directly before it: ``href="`` in HTML, the line feed
in plain text, where slots stand at the beginnings of lines.
"""

import re
import zlib
from binascii import b2a_base64, b2a_qp
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from html import escape
from typing import Any, Literal, NamedTuple

import numpy as np

from lib.lazy import LazyDict

Encoding = Literal["quoted-printable", "base64", "8bit"]
"""How pieces are encoded; ``8bit`` is their UTF-8 as it is, for :func:`encode_whole`."""

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f'( href="|\n)?{_OPEN}([a-z_]+){_CLOSE}')
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_LINE_BYTES = 57
_LINE_CHARACTERS = 76
_SOFT_BREAK = b"=\r\n"
_SHORT = 400  # characters: compressing fewer takes longer than it is worth


def mark(name: str) -> str:
    """The place of the slot ``name`` (lower-case letters and underscores) in a template."""
    return f"{_OPEN}{name}{_CLOSE}"


def without_marks(text: str) -> str:
    """``text`` without the two characters that mark slots: a source's text must not make one."""
    return _MARKS.sub("", text)


class Slot(NamedTuple):
    """A place for a reader's own text, and the few characters before it that belong to it."""

    name: str
    lead: str


def _split(packed: str | bytes, encoding: Encoding) -> tuple[bytes, ...]:
    """The encoded literal texts around the slots."""
    texts = [b""]
    for piece in _unpacked(packed):
        if isinstance(piece, Slot):
            texts.append(b"")
        else:
            texts[-1] = ENCODERS[encoding](piece.encode(), False)
    return tuple(texts)


def _whole(packed: str | bytes, encoding: Encoding) -> bytes:
    return _split(packed, encoding)[0]


def _encoded(packed: str | bytes, encoding: Encoding) -> tuple[bytes | Slot, ...]:
    encode = ENCODERS[encoding]
    return tuple(
        piece if isinstance(piece, Slot) else encode(piece.encode(), False) for piece in _unpacked(packed)
    )


class Fragment:
    """A text with slots. ``sizes`` are the bytes of its literal pieces in quoted-printable and in base64,
    ``slots`` the number of its slots.

    ``encoded[encoding]`` are the pieces, the literal ones encoded; ``split[encoding]`` the encoded literal
    texts around the slots, one more than there are slots, for ``value.join(…)``; ``whole[encoding]`` is the
    encoded text of a fragment without slots.

    A worker keeps a hundred thousand of them, so a fragment has only those of the three that were asked for,
    and a long text itself is kept compressed: once encoded it is seldom looked at.
    """

    __slots__ = ("_packed", "encoded", "sizes", "slots", "split", "whole")
    encoded: LazyDict[Encoding, tuple[bytes | Slot, ...]]
    split: LazyDict[Encoding, tuple[bytes, ...]]
    whole: LazyDict[Encoding, bytes]

    def __init__(self, text: str) -> None:
        pieces = _pieces_of(text)
        self._packed = text if len(text) < _SHORT else zlib.compress(text.encode(), 1)
        literal = [piece.encode() for piece in pieces if isinstance(piece, str)]
        self.slots = len(pieces) - len(literal)
        self.sizes = (
            sum([len(encode_qp(piece, False)) for piece in literal]),
            sum([base64_size(piece) for piece in literal]),
        )

    def __getattr__(self, name: str) -> LazyDict[Encoding, Any]:
        """``encoded``, ``split`` or ``whole`` when it is first asked for."""
        if name not in _FORMS:
            raise AttributeError(name)
        form = LazyDict(partial(_FORMS[name], self._packed))
        setattr(self, name, form)
        return form

    def filled(self, texts: Mapping[str, str]) -> str:
        """The text with its slots filled, not encoded."""
        return "".join(
            piece.lead + texts[piece.name] if isinstance(piece, Slot) else piece
            for piece in _unpacked(self._packed)
        )


_FORMS: Mapping[str, Callable[[str | bytes, Encoding], Any]] = {
    "encoded": _encoded,
    "split": _split,
    "whole": _whole,
}


def _unpacked(packed: str | bytes) -> list[str | Slot]:
    return _pieces_of(packed if isinstance(packed, str) else zlib.decompress(packed).decode())


def _pieces_of(text: str) -> list[str | Slot]:
    """Literal texts and slots as they come."""
    if _OPEN not in text:
        return [text] if text else []
    pieces: list[str | Slot] = []
    at = 0
    for match in _SLOT.finditer(text):
        if match.start() > at:
            pieces.append(text[at : match.start()])
        pieces.append(Slot(match[2], match[1] or ""))
        at = match.end()
    if at < len(text):
        pieces.append(text[at:])
    return pieces


class Values(LazyDict[Slot, bytes]):
    """What fills the slots of one body, each encoded at its first use; escaped ``for_html``."""

    __slots__ = ("encoding",)

    def __init__(self, texts: Mapping[str, str], encoding: Encoding, *, for_html: bool = False) -> None:
        super().__init__(partial(_value, texts, ENCODERS[encoding], for_html))
        self.encoding = encoding


def _value(
    texts: Mapping[str, str], encode: Callable[[bytes, bool], bytes], for_html: bool, slot: Slot
) -> bytes:
    name, lead = slot
    text = escape(texts[name]) if for_html else texts[name]
    return encode(f"{lead}{text}".encode(), True)


def joined(frame: Fragment, regions: Mapping[str, Sequence[bytes]], values: Values) -> list[bytes]:
    """A part's encoded body in pieces: ``frame`` with ``regions`` and ``values`` in its slots.

    ``regions`` are encoded already. No piece is copied: the caller joins all of a message at once.
    """
    pieces: list[bytes] = []
    for piece in frame.encoded[values.encoding]:
        if isinstance(piece, bytes):
            pieces.append(piece)
            continue
        region = regions.get(piece.name)
        if region is None:
            pieces.append(values[piece])
        else:
            if piece.lead:
                pieces.append(_lead(piece.lead, values.encoding))
            pieces += region
    pieces[-1] = pieces[-1].removesuffix(_SOFT_BREAK)  # which must not be the last of a body
    return pieces


def encode_qp(raw: bytes, _pad_left: bool) -> bytes:
    """``raw`` in quoted-printable, ending in a soft line break; a lone CR ends a line for some servers.

    No line begins with a dot: mail servers double those (RFC 5321, section 4.5.2), and need not be searched
    for in every message.
    """
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoded = b2a_qp(raw, istext=True, header=False).replace(b"\n", b"\r\n")
    while encoded.startswith(b".") or b"\r\n." in encoded:
        encoded = (b"\r\n" + encoded).replace(b"\r\n.", b"\r\n=2E=\r\n")[2:]
    if len(encoded) - encoded.rfind(b"\n") > _LINE_CHARACTERS:  # a full line has no room for the "="
        cut = -3 if encoded[-3:-2] == b"=" else -1
        encoded = encoded[:cut] + _SOFT_BREAK + encoded[cut:]
    return encoded + _SOFT_BREAK


def encode_base64(raw: bytes, pad_left: bool) -> bytes:
    """``raw`` in base64, padded with spaces on the left or the right to whole lines."""
    short = -len(raw) % _LINE_BYTES
    if pad_left:
        raw = b" " * short + raw
    else:  # before the last line feed, so that the next piece begins its line at the margin
        body = raw.rstrip(b"\n")
        raw = body + b" " * short + raw[len(body) :]
    encoded = b2a_base64(raw, newline=False)
    lines = [encoded[at : at + _LINE_CHARACTERS] for at in range(0, len(encoded), _LINE_CHARACTERS)]
    return b"\r\n".join([*lines, b""])


def base64_size(raw: bytes) -> int:
    """The length of what :func:`encode_base64` makes of ``raw``."""
    return -(-len(raw) // _LINE_BYTES) * (_LINE_CHARACTERS + len(b"\r\n"))


def encode_whole(raw: bytes) -> bytes:
    """All of a body in base64, in lines of 76 characters; nothing is padded with spaces."""
    encoded = b2a_base64(raw, newline=False)
    full = len(encoded) // _LINE_CHARACTERS
    lines = np.empty((full, _LINE_CHARACTERS + 2), np.uint8)
    lines[:, :_LINE_CHARACTERS] = np.frombuffer(encoded, np.uint8, full * _LINE_CHARACTERS).reshape(
        full, _LINE_CHARACTERS
    )
    lines[:, _LINE_CHARACTERS:] = np.frombuffer(b"\r\n", np.uint8)
    rest = encoded[full * _LINE_CHARACTERS :]
    return lines.tobytes() + (rest + b"\r\n" if rest else b"")


def _unencoded(raw: bytes, _pad_left: bool) -> bytes:
    return raw


ENCODERS: Mapping[Encoding, Callable[[bytes, bool], bytes]] = {
    "quoted-printable": encode_qp,
    "base64": encode_base64,
    "8bit": _unencoded,
}


@lru_cache(maxsize=16)
def _lead(text: str, encoding: Encoding) -> bytes:
    return ENCODERS[encoding](text.encode(), True)
