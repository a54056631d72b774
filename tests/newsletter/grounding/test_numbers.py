"""Numbers, percentages and units: read in many languages, held against the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.grounding import words
from newsletter.grounding.numbers import suspect_context, suspect_numbers
from newsletter.grounding.quantities import quantities, readings

SOURCE = (
    "The 7B model gains 12.5% on three data sets, runs 1.5x faster on 10K images, needs 48 GB and 2 hours, "
    "and was trained on 680,000 samples between 65 and 98 percent of capacity."
)


def refused(text, language="en", source=SOURCE):
    return [
        word
        for each in suspect_numbers(words.normalise(text), words.normalise(source), language=language)
        for word in each.words
    ]


@pytest.mark.parametrize(
    ("digits", "language", "value"),
    [
        ("1,079", "en", 1079),
        ("12,5", "es", 12.5),
        ("1.079", "de", 1.079),
        ("680 000", "fr", 680_000),
        ("1.234.567", "it", 1_234_567),
        ("1,234.5", "en", 1234.5),
        ("1.234,5", "pt-BR", 1234.5),
    ],
)
def test_digits_are_read_as_the_language_writes_them(digits, language, value):
    assert value in readings(digits, language=language)


@pytest.mark.parametrize(
    ("text", "language", "value", "unit"),
    [
        ("twenty-five models", "en", 25, ""),
        ("halves the cost", "en", 50, "percent"),
        ("70억 개", "ko", 7e9, ""),
        ("1조 4천억 개", "ko", 1.4e12, ""),
        ("세 가지", "ko", 3, ""),
        ("삼십 퍼센트", "ko", 30, "percent"),
        ("三个数据集", "zh-Hans", 3, ""),
        ("百分之二十", "zh-Hans", 20, "percent"),
        ("3万", "zh-Hans", 30_000, ""),
        ("3分の1", "ja", 3, "times"),
        ("1億2000万件", "ja", 1.2e8, ""),
        ("12,5 %", "es", 12.5, "percent"),
        ("1,5 veces", "es", 1.5, "times"),
        ("٤٨٪", "ar", 48, "percent"),
        ("ثلاث مرات", "ar", 3, "times"),
        ("68 тысяч", "ru", 68_000, ""),
        ("2 Stunden", "de", 2, "time"),
    ],
)
def test_numbers_of_many_languages_are_found(text, language, value, unit):
    found = quantities(words.normalise(text), language=language)
    assert [(each.readings[0], each.unit) for each in found] == [(value, unit)]


@pytest.mark.parametrize("name", ["GPT-4", "COVID-19", "Llama3", "H100", "ResNet-50"])
def test_digits_inside_a_name_are_the_names(name):
    assert quantities(f"We use {name} here.") == ()


@pytest.mark.parametrize("text", ["三元组", "十分有效", "万能的方法", "千问", "第一次"])
def test_han_that_only_looks_like_a_number_is_none(text):
    assert quantities(text, language="zh-Hans") == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A 7-billion-parameter model gains 12.5 percent.", "en"),
        ("It runs 1.5 times faster on 10,000 images.", "en"),
        ("세 데이터셋에서 12.5% 향상되고 1.5배 빨라졌습니다.", "ko"),
        ("在三个数据集上提升12.5%，使用1万张图像。", "zh-Hans"),
        ("68万件で学習し、2時間かかります。", "ja"),
        ("Mejora un 12,5 % en tres conjuntos con 680.000 muestras.", "es"),
        ("تحسن بنسبة ١٢٫٥٪ على ثلاث مجموعات.", "ar"),
        ("Between 65% and 98% of capacity.", "en"),
    ],
)
def test_true_numbers_pass(text, language):
    assert refused(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [
        ("It gains 15.2%.", "en", "15.2%"),
        ("It gains 12.5x.", "en", "12.5x"),
        ("It runs on four data sets.", "en", "four"),
        ("A 70B model.", "en", "70B"),
        ("It needs 48 TB.", "en", "48 TB"),
        ("12.5배 향상되었습니다.", "ko", "12.5배"),
        ("在五个数据集上。", "zh-Hans", "五"),
        ("2分かかります。", "ja", "2分"),
        ("Mejora un 125 %.", "es", "125 %"),
        ("على خمس مجموعات.", "ar", "خمس"),
    ],
)
def test_false_numbers_are_named(text, language, word):
    assert refused(text, language) == [word]


def test_a_number_of_something_else_is_doubted_more_than_its_own():
    source = "Accuracy on MathQuiz rises to 81 percent. Recall on LawQuiz falls to 43 percent."
    right = "Accuracy on MathQuiz rises to 81 percent."
    wrong = "Accuracy on MathQuiz rises to 43 percent."
    assert not list(suspect_context(right, source))
    assert max(each.score for each in suspect_context(wrong, source)) > 0.4


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    for language in ("en", "ko", "zh-Hans", "ja", "es", "ar"):
        list(suspect_numbers(words.normalise(text), SOURCE, language=language))


@given(st.integers(min_value=0, max_value=10**9))
def test_a_number_of_the_source_always_passes(number):
    assert refused(f"It has {number:,} items.", source=f"There are {number} items.") == []


def test_a_list_of_numbers_without_a_blank_is_several():
    assert readings("0.6,1.6") == (0.0, 6.0, 1.0, 6.0)
