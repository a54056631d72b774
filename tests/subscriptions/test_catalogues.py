"""The pages speak every language of the interface, completely, and the compiled catalogues say the same."""

import gettext
import io
import re

import pytest
from babel.messages.catalog import Message
from django.conf import settings

from tests.catalogues import LOCALES, compiled, found_messages, po_path, read_catalogue

PLACES = re.compile(r"%\(\w+\)s|</?bdi>|BLEU|arXiv|Paperpost")


def test_every_language_but_english_has_a_catalogue():
    codes = {code for code, _ in settings.LANGUAGES} - {"en"}
    assert {locale.replace("_", "-").lower() for locale in LOCALES} == codes


def strings_of(row: Message) -> tuple[str, ...]:
    """The translation, or one a plural form."""
    return (row.string,) if isinstance(row.string, str) else tuple(row.string or ())


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_translated_and_none_is_fuzzy_or_left_over(locale):
    catalogue = read_catalogue(locale)
    rows = {row.id: row for row in catalogue if row.id}
    assert set(rows) == set(found_messages())
    assert not list(catalogue.obsolete)
    for row in rows.values():
        strings = strings_of(row)
        assert all(strings), row.id
        assert not row.fuzzy, row.id
        if not isinstance(row.id, str):
            assert len(strings) == catalogue.num_plurals


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_keep_the_places_that_are_filled_in(locale):
    for row in read_catalogue(locale):
        if row.id:
            source = row.id if isinstance(row.id, str) else row.id[-1]
            for string in strings_of(row):
                assert set(PLACES.findall(string)) | said_in_words(row, string) >= {
                    place for place in PLACES.findall(source) if place.startswith(("%", "<"))
                }, row.id


def said_in_words(row: Message, string: str) -> set[str]:
    """The number, where a plural form of Arabic stands for one number alone: a paper, two papers."""
    return {"%(n)s"} if len(forms := strings_of(row)) == 6 and string in forms[:3] else set()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_is_the_one_of_the_source(locale):
    kept = gettext.GNUTranslations(po_path(locale).with_suffix(".mo").open("rb"))
    fresh = gettext.GNUTranslations(io.BytesIO(compiled(read_catalogue(locale))))
    assert vars(kept)["_catalog"] == vars(fresh)["_catalog"]


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_pages_and_mails_in_chinese_address_their_reader_in_one_polite_way(language):
    sentences = (settings.BASE_DIR / f"newsletter/rendering/phrases/{language}.toml").read_text("utf-8")
    if language == "zh-Hans":
        sentences += po_path("zh_Hans").read_text("utf-8")
    assert "您" in sentences
    assert "你" not in sentences
