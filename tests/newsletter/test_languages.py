import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidInput
from newsletter.languages import LANGUAGE_CHOICES, LANGUAGES, language, negotiate


def test_the_promised_languages_are_there():
    promised = [
        "en",
        "ko",
        "zh-Hans",
        "zh-Hant",
        "ja",
        "es",
        "fr",
        "de",
        "pt-BR",
        "it",
        "ru",
        "vi",
        "id",
        "hi",
        "ar",
        "he",
    ]
    assert list(LANGUAGES) == promised
    assert [code for code, _ in LANGUAGE_CHOICES] == promised


@pytest.mark.parametrize("one", LANGUAGES.values(), ids=lambda one: one.code)
def test_a_language_says_everything_that_writers_and_typesetters_ask(one):
    assert one.direction == ("rtl" if one.code in {"ar", "he"} else "ltr")
    assert one.cjk == (one.code in {"ko", "zh-Hans", "zh-Hant", "ja"})
    assert one.sentence_limit == (100 if one.cjk else 200)
    assert one.own_name
    assert one.register.endswith(".")
    assert len(set(one.quotes + one.inner_quotes)) >= 2
    assert one.percent.format(5).startswith("5")
    assert one.decimal_separator != one.group_separator
    assert not re.search(r"[\"<>;{}]", one.fonts)
    assert "{" not in one.technical_terms


@pytest.mark.parametrize("one", LANGUAGES.values(), ids=lambda one: one.code)
def test_django_knows_each_catalogue_name(one):
    from django.conf.locale import LANG_INFO

    assert LANG_INFO[one.django_code]["bidi"] == one.rtl


@pytest.mark.parametrize("written", ["zh-hans", "ZH_Hans", " zh-Hans "])
def test_a_code_is_found_however_it_is_cased(written):
    assert language(written).code == "zh-Hans"


@pytest.mark.parametrize("written", ["", "xx", "english", "zh", "pt", "e\u0000n", "x" * 500])
def test_an_unknown_code_is_refused_and_the_choices_are_named(written):
    with pytest.raises(InvalidInput, match="zh-Hant, ja"):
        language(written)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("pt", "pt-BR"),
        ("pt-PT;q=0.9, fr;q=0.95", "fr"),
        ("iw", "he"),
        ("in-ID", "id"),
        ("de-AT-1996", "de"),
        ("xx, yy;q=0.5, JA;q=0.1", "ja"),
        ("*", "en"),
        ("en;q=0, *", "ko"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("fr;q=nan, de;q=0.2", "de"),
        ("fr;q=7, de;q=0.2", "de"),
        ("fr; Q=0.3, de;q=0.2", "fr"),
        ("nonsense;;;,,,q=1", "en"),
    ],
)
def test_a_browsers_wish_becomes_a_language(header, code):
    assert negotiate(header) == code


def test_the_default_is_the_callers():
    assert negotiate("xx", default="ja") == "ja"


@given(st.text(max_size=200))
def test_any_header_gives_a_language(header):
    assert negotiate(header) in LANGUAGES
