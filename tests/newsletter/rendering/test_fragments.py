"""Pieces that are encoded apart read as if they had been encoded together."""

import quopri
import re
from base64 import b64decode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.fragments import Encoding, Fragment, Slot, Values, joined, mark, without_marks

DECODE: dict[Encoding, Callable[[bytes], bytes]] = {
    "quoted-printable": quopri.decodestring,
    "base64": b64decode,
}
LONGEST = 76
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=300)


def squeezed(text):
    return re.sub(r"[ \r\n]+", "", text)


@pytest.mark.parametrize("encoding", DECODE)
@given(before=TEXT, own=TEXT, card=TEXT, after=TEXT)
def test_joined_pieces_decode_to_the_text(encoding, before, own, card, after):
    before, own, card, after = map(without_marks, (before, own, card, after))
    frame = Fragment(f'{before}<a href="{mark("link")}?a=1">{after}{mark("cards")}{after}\n')
    part = Fragment(card + f'<a href="{mark("vote")}">')
    texts = {"link": "https://x.example/" + "t" * 50, "vote": own}
    values = Values(texts, encoding)
    encoded = values[Slot("vote", ' href="')].join(part.split[encoding])
    body = b"".join(joined(frame, {"cards": [encoded, encoded]}, values))
    assert max(map(len, body.split(b"\r\n"))) <= LONGEST
    assert body.isascii()
    expected = frame.filled(texts | {"cards": part.filled(texts) * 2})
    assert squeezed(DECODE[encoding](body).decode()) == squeezed(expected)


@pytest.mark.parametrize("text", ["x" * 76, "x" * 73 + "é", "x" * 70 + "éé", "a\n" + "x" * 76, "x" * 152])
def test_a_full_line_is_broken_before_its_last_sign(text):
    values = Values({"own": "o" * 76}, "quoted-printable")
    body = b"".join(joined(Fragment(text + mark("own") + "end"), {}, values))
    assert max(map(len, body.split(b"\r\n"))) <= LONGEST
    assert quopri.decodestring(body).decode().replace("\r", "") == text + "o" * 76 + "end"


def test_padding_stays_at_the_ends_of_lines_in_text():
    frame = Fragment(f"Label:\n{mark('link')}\nNext line\n")
    body = b"".join(joined(frame, {}, Values({"link": "https://x.example/"}, "base64")))
    assert [line.rstrip() for line in b64decode(body).decode().splitlines()] == [
        "Label:", "https://x.example/", "Next line",
    ]  # fmt: skip
    assert not any(line.startswith(" ") for line in b64decode(body).decode().splitlines())


def test_addresses_are_not_broken_by_padding():
    frame = Fragment(f'<p><a class="x" href="{mark("link")}?paper=1">go</a></p>\n')
    body = b"".join(joined(frame, {}, Values({"link": "https://x.example/vote/TOKEN/"}, "base64")))
    assert re.search(
        r'<a class="x"\s+href="https://x.example/vote/TOKEN/\?paper=1"\s*>', b64decode(body).decode()
    )


def test_sizes_are_those_of_the_encoded_text():
    fragment = Fragment("한국어 " * 40 + mark("why") + "end\n")
    for number, encoding in enumerate(DECODE):
        pieces = [piece for piece in fragment.encoded[encoding] if isinstance(piece, bytes)]
        assert fragment.sizes[number] == sum(map(len, pieces))
    assert fragment.slots == 1
