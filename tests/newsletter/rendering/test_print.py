"""How texts are set: punctuation of the language, no blanks at the ends of lines, one form of dates."""

import re
from base64 import b64decode
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import translation

from newsletter.languages import LANGUAGES
from newsletter.rendering import render_part
from newsletter.rendering.fragments import ENCODERS, encode_whole
from newsletter.rendering.phrases import phrases
from newsletter.rendering.reasons import ShownReason
from newsletter.templatetags.source import in_full

TEMPLATES = Path(__file__).parents[3] / "templates"
INTERFACE = {"en": "en", "ko": "ko", "zh-hans": "zh-Hans", "ja": "ja", "ar": "ar"}


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "ja"])
def test_phrases_have_full_width_punctuation(language):
    """Beside a character of the language; within English words it stays."""
    own = r"[\u3040-\u30ff\u3400-\u9fff]"
    faults = re.compile(rf"{own}[(),:;!?]|[(),:;!?]{own}|{own}, |{own} \(|\) ?{own}|{own}: ")
    for name, said in phrases(language).words.items():
        for form in said.values() if isinstance(said, dict) else [said]:
            assert not faults.search(form), (name, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_matched_stand_in_the_languages_brackets(language):
    line = ShownReason(text="X", words=("linen", "towels"), language=language).line
    full = {"zh-Hans", "zh-Hant", "ja"}
    assert line == ("X（linen、towels）" if language in full else "X (linen, towels)")


@pytest.mark.parametrize("code", INTERFACE)
def test_pages_write_days_as_mails_do(code):
    with translation.override(code):
        written = phrases(INTERFACE[code]).day(date(2026, 3, 18))
        assert in_full(date(2026, 3, 18)) == written
        assert in_full(datetime(2026, 3, 18, 23, 30, tzinfo=UTC)) == written
        assert in_full(None) == ""


def test_no_page_writes_a_day_in_another_form():
    for path in [*TEMPLATES.glob("web/**/*.html"), *TEMPLATES.glob("emails/**/*")]:
        if path.is_file():
            forms = set(re.findall(r'\|date:"([^"]*)"', path.read_text(encoding="utf-8")))
            assert forms <= {"Y-m-d", "Y-m", "c"}, path.name  # for machines: in addresses and attributes


@pytest.mark.parametrize("lines", [0, 1, 300])
def test_a_body_in_base64_has_short_lines_and_nothing_of_its_own(lines):
    raw = ("한국어 본문, and a link https://x.example/\n" * lines).encode()
    encoded = encode_whole(raw)
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert encoded.endswith(b"\r\n") or not raw
    assert ENCODERS["8bit"](raw, False) == raw
    assert b64decode(encoded) == raw


def test_the_dot_of_a_topic_is_no_letter_of_a_font():
    made = render_part("html", "emails/_parts/dot.html", {"colour": "#0f766e"})
    assert "●" not in made
    assert "background-color:#0f766e" in made
    for path in (TEMPLATES / "emails").rglob("*"):
        assert path.is_dir() or "●" not in path.read_text(encoding="utf-8"), path.name
