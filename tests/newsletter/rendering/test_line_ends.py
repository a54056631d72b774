"""No text, whatever line ends it has, ends a message's line for some mail servers only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.fragments import ENCODERS


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
@given(st.text(alphabet="a.\r\n é").map(str.encode))
def test_an_encoded_piece_ends_its_lines_with_crlf_only(encoding: str, raw: bytes):
    encoded = ENCODERS[encoding](raw, False)  # type: ignore[index]
    assert encoded.count(b"\r\n") == encoded.count(b"\n") == encoded.count(b"\r")
