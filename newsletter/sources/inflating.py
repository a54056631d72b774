"""Decompresses HTTP bodies piece by piece, because their size is known only while unpacking. Pure."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

ENCODINGS: Final = "gzip, deflate"  # what is asked for (RFC 9110, section 12.5.3)
PIECE: Final = 1 << 16  # bytes that are unpacked at once
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_RAW: Final = -zlib.MAX_WBITS
_HEADER: Final = 2  # bytes


def is_plain_encoding(content_encoding: str) -> bool:
    """Whether a Content-Encoding is none or a single one of those that are asked for.

    Nested encodings make gigabytes of some hundred bytes, and no source needs them.
    """
    return content_encoding.strip().lower() in ("", "identity", "gzip", "x-gzip", "deflate")


def inflated(chunks: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """The body that ``chunks`` carry, in pieces of at most :data:`PIECE` bytes; whoever reads may stop.

    Raises ValueError for an encoding that was not asked for, and for what is cut off or broken.
    """
    name = content_encoding.strip().lower()
    if not is_plain_encoding(name):
        raise ValueError(f"its encoding is {content_encoding[:60]!r}, which was not asked for")
    if name in ("", "identity"):
        yield from chunks
        return
    try:
        yield from _inflated(chunks, raw_allowed=name == "deflate")
    except zlib.error as error:
        raise ValueError(f"its compressed body is broken ({error})") from error


def _inflated(chunks: Iterable[bytes], *, raw_allowed: bool) -> Iterator[bytes]:
    decoder = None
    head = b""
    for chunk in chunks:
        head += chunk if decoder is None else b""
        if decoder is None and len(head) < _HEADER:
            continue
        rest = chunk if decoder is not None else head
        if decoder is None:
            decoder = zlib.decompressobj(_RAW if raw_allowed and not _is_zlib(head) else _GZIP_OR_ZLIB)
        is_full = False
        while rest or is_full:
            if decoder.eof:  # RFC 1952, section 2.2: a file may have several members
                decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
            piece = decoder.decompress(rest, PIECE)
            rest, is_full = decoder.unconsumed_tail or decoder.unused_data, len(piece) == PIECE
            is_full = is_full and not decoder.eof
            if piece:
                yield piece
    if head and (decoder is None or not decoder.eof):
        raise zlib.error("it is cut off")


def _is_zlib(head: bytes) -> bool:
    """RFC 1950, section 2.2; some servers send the deflate format without it."""
    return head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:_HEADER], "big") % 31 == 0
