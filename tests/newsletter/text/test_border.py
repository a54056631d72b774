"""Whatever comes from outside is text that every database keeps and every expression may see."""

import encodings
import json
import pkgutil
import time

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.models import SourceHealth
from newsletter.text.border import charset_of, clean_json, clean_line, clean_text, decode_bytes, load_json

# All that Python calls a character: halves of surrogate pairs and controls too.
anything = st.text(st.characters(codec=None, categories=None), max_size=80)
halves = st.sampled_from(["\ud83d", "\ude00", "\0", "\r\n", "\x85", "\udcff", "a", "\uffff", "é", "\x1b"])
odd = anything | st.lists(halves, max_size=20).map("".join)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd, inner, max_size=4),
    max_leaves=20,
)
CODECS = sorted(each.name for each in pkgutil.iter_modules(encodings.__path__))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_plain(text: str) -> None:
    text.encode()
    assert "\0" not in text
    assert all(character.isprintable() or character in "\t\n" or ord(character) > 0x9F for character in text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("half \ud83d", "half \ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("split \ud83d\ude00 pair", "split \N{GRINNING FACE} pair"),
        ("NUL \0 here", "NUL \ufffd here"),
        ("one\r\ntwo\rthree\x85four\n", "one\ntwo\nthree\nfour\n"),
        (
            "bell \x07, escape \x1b[31m, delete \x7f, C1 \x9b",
            "bell \ufffd, escape \ufffd[31m, delete \ufffd, C1 \ufffd",
        ),
        ("a\tb\x0cc\x1fd", "a\tb c d"),
        ("no character \ufffe\uffff", "no character \ufffd\ufffd"),
        ("한국어 العربية 👩‍🔬", "한국어 العربية 👩‍🔬"),
        (b"bytes \xff\x00", "bytes \ufffd\ufffd"),
        (12, "12"),
        (None, ""),
        (["a"], ""),
    ],
)
def test_what_cannot_be_kept_is_marked_and_the_rest_stays(text: object, clean: str):
    assert clean_text(text, longest=100) == clean


def test_a_line_is_one_line_and_no_longer_than_it_may_be():
    assert clean_line("a \r\n\t b\0c", longest=20) == "a b\ufffdc"
    assert clean_line("word " * 1000, longest=12) == "word word wo"
    assert clean_text("\r\n" * 9, longest=4) == "\n" * 4


@pytest.mark.parametrize(
    "name",
    [
        *("undefined", "idna", "punycode", "zlib", "base64_codec", "unicode_escape", "raw_unicode_escape"),
        *("rot13", "uu", "bz2", "hex", "quopri", "mbcs", "oem", "charmap", "x-unknown", "unknown-8bit", ""),
        *("utf\0-8", "ütf-8", "utf-8" * 100, "../utf_8", "utf 8", "__init__", "aliases", "\ud83d"),
        None,
        8,
    ],
)
def test_what_is_no_charset_is_read_as_utf_8(name):
    assert charset_of(name) == ""
    assert decode_bytes("schön 좋다".encode(), name) == "schön 좋다"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("latin1", b"sch\xf6n", "schön"),
        ("ISO-2022-JP", b"\x1b$B%(%i!<\x1b(B", "エラー"),
        ("utf-16", "schön".encode("utf-16"), "schön"),
        ("ks_c_5601-1987", b"\xc1\xc1\xb4\xd9", "좋다"),
        ("utf-7", b"half +2AA-", "half \ufffd"),
        ("us-ascii", b"sch\xf6n", "sch\ufffdn"),
    ],
)
def test_bytes_are_read_in_the_charset_they_are_in(name: str, data: bytes, text: str):
    assert decode_bytes(data, name) == text


@MANY
@given(text=odd, longest=st.integers(1, 60))
def test_any_text_becomes_plain(text: str, longest: int):
    assert_plain(clean_text(text, longest=longest))
    assert len(clean_text(text, longest=longest)) <= longest
    assert_plain(line := clean_line(text, longest=longest))
    assert len(line) <= longest
    assert "\n" not in line
    assert clean_text(clean_text(text, longest=200), longest=200) == clean_text(text, longest=200)


@MANY
@given(data=st.binary(max_size=200), charset=st.sampled_from(CODECS) | odd)
def test_any_bytes_become_plain_in_any_charset(data: bytes, charset: str):
    assert_plain(decode_bytes(data, charset))
    assert len(decode_bytes(data, charset, longest=10)) <= 10


@MANY
@given(tree=trees)
def test_any_tree_becomes_one_that_a_database_keeps(tree):
    clean = clean_json(tree, longest=100)
    json.dumps(clean, ensure_ascii=False, allow_nan=False).encode()
    assert clean_json(json.loads(json.dumps(tree)), longest=100) == clean


@MANY
@given(data=st.binary(max_size=200) | trees.map(json.dumps).map(str.encode))
def test_any_bytes_are_json_or_a_value_error(data: bytes):
    try:
        load_json(data)
    except ValueError:
        return


@pytest.mark.parametrize("data", ["[" * 100_000, '{"a":' * 100_000, "1" * 10_000, "\ufeff{}x", b"\xff\xfe[]"])
def test_what_cannot_be_held_is_a_value_error(data):
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        load_json(data)


def test_a_tree_has_bounds():
    deep: list[object] = []
    for _ in range(50):
        deep = [deep]
    for tree in (deep, [0] * 300_000):
        with pytest.raises(ValueError, match="It "):
            clean_json(tree, longest=10)


def test_long_texts_are_cleaned_in_no_time():
    began = time.process_time()
    for character in ("\0", "\ud83d", " ", "\r", "é"):
        clean_text(character * 200_000, longest=200_000)
    assert time.process_time() - began < 5


@pytest.mark.django_db
@MANY
@given(text=odd, data=st.binary(max_size=60))
def test_the_database_keeps_what_passed_the_border(text: str, data: bytes):
    for clean in (clean_text(text, longest=500), decode_bytes(data), clean_line(text, longest=500)):
        with transaction.atomic():
            row = SourceHealth.objects.create(source=clean_text(clean, longest=20), last_error=clean)
            row.refresh_from_db()
            assert row.last_error == clean
            transaction.set_rollback(True)
    assert connection.is_usable()
