"""A source's text is made fit to be shown, and nothing that people write is lost."""

import unicodedata

import pytest
import regex

from newsletter.rendering.texts import clean

WRITTEN = {
    "Arabic with its vowel signs": "بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ",
    "Hebrew with points and accents": "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
    "Hindi": "क्षत्रिय स्त्री के अन्तर्राष्ट्रीयकरण में",
    "Thai": "ที่นี่เป็นผู้ใหญ่ น้ำ",
    "Tibetan": "བསྒྲུབས་ཧཱུྃ་རྒྱུ",
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "Những phương pháp được đề xuất trước đây"),
    "a family": "👩\u200d👩\u200d👧\u200d👦 ❤\ufe0f",
    "a formula": "x\u0302\u0304\u20d7 = ẍ",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=list(WRITTEN))
def test_every_script_keeps_its_marks(text):
    assert clean(text) == text


@pytest.mark.parametrize("marks", ["\u0335\u0301", "\u0301", "\u20d7\u200d", "\u05b0\u200c"])
def test_a_letter_has_no_tower_of_marks(marks):
    text = clean(f"On Z{marks * 2500} and more")
    assert text.startswith("On Z")
    assert text.endswith(" and more")
    assert max(len(cluster) for cluster in regex.findall(r"\X", text)) <= 9
    assert len(text) <= 25
