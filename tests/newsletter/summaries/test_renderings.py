"""The check that nothing was lost in a rendering, and the phrases in which renderings are asked for."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import InvalidInput, ModelError
from newsletter.grounding.words import count_scripts
from newsletter.languages import LANGUAGES
from newsletter.records import SummaryDraft, Takeaway
from newsletter.summaries.phrases import lists as phrases_module
from newsletter.summaries.phrases import phrases
from newsletter.summaries.renderings import lost_names, lost_numbers
from newsletter.summaries.translation import read_rendering, rendering_messages, rendering_schema, statements
from newsletter.text.glossary import TermTranslation

OTHERS = [code for code in LANGUAGES if code != "en"]
SHARED = Path(__file__).resolve().parents[4] / "shared/cases/true_sentences.json"
ACROSS = json.loads((Path(__file__).parents[1] / "grounding/data/across_languages.json").read_text("utf-8"))
ENGLISH = SummaryDraft(
    sentence="SieveNet is 2.4x faster than FlashLine.",
    takeaways=(
        Takeaway("Memory falls by 31%.", "Memory falls by 31%."),
        Takeaway("It drops tokens.", "It drops."),
    ),
    keywords=("attention", "long documents"),
    sentence_evidence="On LongBench it is 2.4x faster than FlashLine.",
)

# English, a true rendering, language: numbers and names in every notation.
TRUE = [
    ("It has 14,056 problems.", "Es hat 14.056 Aufgaben.", "de"),
    ("It has 14,056 problems.", "Il compte 14\u202f056 problèmes.", "fr"),
    ("It has 14,056 problems.", "В наборе 14\u00a0056 задач.", "ru"),
    ("It gains 3.5 points on MMLU.", "Auf MMLU gewinnt es 3,5 Punkte.", "de"),
    ("It gains 3.5 points on MMLU.", "MMLU में 3.5 अंक की बढ़त मिलती है।", "hi"),
    ("It is trained on 120,000 images.", "12만 장의 이미지로 학습합니다.", "ko"),
    ("It is trained on 120,000 images.", "使用12万张图像训练。", "zh-Hans"),
    ("It is trained on 120,000 images.", "使用12萬張影像訓練。", "zh-Hant"),
    ("It is trained on 120,000 images.", "12万枚の画像で学習します。", "ja"),
    ("It is trained on 1.2 billion tokens.", "12억 개의 토큰으로 학습합니다.", "ko"),
    ("It is trained on 1.2 billion tokens.", "用12亿个词元训练。", "zh-Hans"),
    ("It is trained on 1.2 billion tokens.", "Entraîné sur 1,2 milliard de jetons.", "fr"),
    ("It is trained on 1.2 million tokens.", "इसे 12 लाख टोकन पर प्रशिक्षित किया गया।", "hi"),
    ("It uses 3 models.", "세 가지 모델을 사용합니다.", "ko"),
    ("It uses 3 models.", "它使用三个模型。", "zh-Hans"),
    ("It uses 3 models.", "Используются три модели.", "ru"),
    ("It uses 3 models.", "Mô hình dùng ba bộ dữ liệu.", "vi"),
    ("It uses 2 models.", "يستخدم نموذجين.", "ar"),
    ("It needs 1 GPU.", "Una sola GPU basta.", "es"),
    ("Memory falls by 31%.", "الذاكرة تنخفض بنسبة 31%.", "ar"),
    ("Memory falls by 31%.", "メモリは31パーセント減ります。", "ja"),
    ("It is 2.4x faster than FlashLine.", "FlashLine보다 2.4배 빠릅니다.", "ko"),
    ("It is 2.4x faster than FlashLine.", "比FlashLine快2.4倍。", "zh-Hans"),
    ("Parameters fall 10,000 times.", "可训练参数减少到万分之一。", "zh-Hans"),
    ("LLMs and GPT-4o are tested on ImageNet-1K.", "LLM과 GPT-4o를 ImageNet-1K에서 시험합니다.", "ko"),
    ("Qwen3 models are tested.", "Die Qwen3-Modelle werden getestet.", "de"),
    ("An MRI of the brain and DNA are read by AI.", "Une IRM du cerveau et l'ADN sont lus par une IA.", "fr"),
    ("AI agents use LLMs.", "KI-Agenten verwenden große Sprachmodelle.", "de"),
    ("SieveNet's layer keeps tokens.", "Слой SieveNet сохраняет токены.", "ru"),
    ("Bayesian methods and the Transformer help.", "Байесовские методы и трансформер помогают.", "ru"),
]
# What was lost or translated.
LOST = [
    ("It has 14,056 problems.", "Es hat viele Aufgaben.", "de", "14,056"),
    ("It gains 3.5 points on MMLU.", "Auf MMLU gewinnt es einige Punkte.", "de", "3.5 points"),
    ("It gains 3.5 points on MMLU.", "На бенчмарке прирост 3,5 пункта.", "ru", "MMLU"),
    ("It is trained on 120,000 images.", "12억 장의 이미지로 학습합니다.", "ko", "120,000"),
    ("It uses 3 models.", "它使用多个模型。", "zh-Hans", "3"),
    ("Memory falls by 31%.", "Arbeitsspeicher sinkt um 13 %.", "de", "31%"),
    ("It is 2.4x faster than FlashLine.", "플래시라인보다 2.4배 빠릅니다.", "ko", "FlashLine"),
    ("SieveNet's layer keeps tokens.", "La capa de la red criba conserva tokens.", "es", "SieveNet"),
    ("LLaDA-8B is tested on ImageNet-1K.", "在图像网络上测试LLaDA-8B。", "zh-Hans", "ImageNet"),
    ("We propose Weaver, a planner.", "我们提出规划器“织者”。", "zh-Hans", "Weaver"),
    ("A model called Mole digs.", "モグラというモデルが掘ります。", "ja", "Mole"),
    ("Llama is tuned.", "लामा को ट्यून किया गया है।", "hi", "Llama"),
]


@pytest.mark.parametrize(("english", "rendering", "language"), TRUE)
def test_true_renderings_lose_nothing(english, rendering, language):
    assert lost_numbers(english, rendering, language=language) == ()
    assert lost_names(english, rendering) == ()


@pytest.mark.parametrize(("english", "rendering", "language", "lost"), LOST)
def test_lost_numbers_and_translated_names_are_found(english, rendering, language, lost):
    found = (*lost_numbers(english, rendering, language=language), *lost_names(english, rendering))
    assert lost in found


def test_a_name_before_the_titles_colon_is_a_name_whatever_its_letters():
    about = {"title": "Sparrow: small models", "abstract": "We introduce Sparrow for small devices."}
    assert lost_names("Sparrow keeps tokens.", "참새는 토큰을 유지합니다.", **about) == ("Sparrow",)
    assert lost_names("Sparrow keeps tokens.", "Sparrow는 토큰을 유지합니다.", **about) == ()


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Attention: a survey", "Attention is everywhere, and attention is costly."),
        ("Attention: a survey", "Attention is everywhere."),
        ("Small models: a survey", "We survey Small things."),
        ("No colon", "We survey Attention here."),
    ],
)
def test_a_word_before_the_titles_colon_is_translated(title, abstract):
    assert lost_names("Attention is costly.", "注意力的代价很高。", title=title, abstract=abstract) == ()


def test_a_short_name_is_not_found_within_another_word():
    assert lost_names("SAM is tuned.", "El casamiento se ajusta.") == ("SAM",)


def test_a_number_with_another_mark_is_another_number():
    assert lost_numbers("It is 2.4x faster.", "24배 빠릅니다.", language="ko") == ("2.4x",)


def test_names_that_are_words_may_be_translated():
    assert lost_names("Bloom filters reduce memory.", "Bloom-Filter sparen Speicher.") == ()
    assert lost_names("Bloom filters reduce memory.", "布隆过滤器减少内存占用。") == ()


def test_the_shared_true_renderings_raise_no_alarm():
    """Statements written by hand in several languages; the English one is the claim."""
    if not SHARED.is_file():
        pytest.skip("the cases (../shared/cases) are not here")
    groups: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for each in json.loads(SHARED.read_text(encoding="utf-8")):
        groups[each["statement"], each["evidence"]][each["language"]] = each["text"]
    checked = 0
    for said in groups.values():
        for code, text in said.items():
            if code != "en" and "en" in said:
                checked += 1
                assert lost_numbers(said["en"], text, language=code) == (), text
                assert lost_names(said["en"], text) == (), text
    assert checked >= 50


def test_true_takeaways_of_known_papers_raise_no_alarm_and_what_was_changed_in_them_does():
    for paper in ACROSS["papers"]:
        for code, takeaway in paper["takeaways"].items():
            assert lost_numbers(paper["evidence"], takeaway["text"], language=code) == (), takeaway["text"]
            assert lost_names(paper["evidence"], takeaway["text"], title=paper["title"]) == (), takeaway[
                "text"
            ]


@given(st.integers(min_value=13, max_value=10**7), st.sampled_from(OTHERS))
def test_a_number_in_figures_stands_in_any_grouping_and_is_missed_when_it_is_gone(number, language):
    english = f"It has {number:,} parts."
    separator = LANGUAGES[language].group_separator
    written = f"{number:,}".replace(",", separator)
    assert lost_numbers(english, f"x {written} y", language=language) == ()
    assert lost_numbers(english, f"x {number} y", language=language) == ()
    assert lost_numbers(english, "x y", language=language) != ()


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(OTHERS))
@example(english="", rendering="\U000116d0", language="ko")  # a digit of a newer Unicode than Python's
def test_any_text_can_be_checked(english, rendering, language):
    lost_numbers(english, rendering, language=language)
    lost_names(english, rendering, title=english)


@pytest.mark.parametrize("code", OTHERS)
def test_each_language_asks_in_its_own_words(code):
    asked = rendering_messages(
        title="SieveNet: x", english=ENGLISH, code=code, glossary=[TermTranslation("tokens", "T")], hint="h"
    )
    system, user = asked
    own = sum(count_scripts(system.content).get(script, 0) for script in LANGUAGES[code].scripts)
    assert own > 0.4 * sum(count_scripts(system.content).values())
    assert str(LANGUAGES[code].sentence_limit) in system.content
    assert "tokens → T" in system.content
    assert user.content.endswith(phrases(code)["task"])
    assert all(text not in system.content for text in statements("SieveNet: x", ENGLISH).values())
    mark = user.content[1 : user.content.index(">")]
    assert json.loads(user.content.split(f"<{mark}>")[1].split(f"</{mark}>")[0]) == statements(
        "SieveNet: x", ENGLISH
    )


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_statement_can_close_the_marks(title, sentence):
    english = SummaryDraft(sentence=sentence, takeaways=())
    _, user = rendering_messages(title=title, english=english, code="ko")
    mark = user.content[1 : user.content.index(">")]
    assert user.content.count(mark) == 2


def test_a_file_without_a_phrase_or_a_place_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(phrases_module, "_FOLDER", tmp_path)
    monkeypatch.setattr(phrases_module, "phrases", phrases.__wrapped__)
    for text, named in [("", "system"), ('system = "x"', "system"), ("system = ", "cannot be read")]:
        (tmp_path / "ko.toml").write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput, match=named):
            phrases_module.phrases("ko")


def test_the_same_keys_come_back_with_the_english_evidence():
    asked = statements("SieveNet: x", ENGLISH)
    assert list(asked) == ["title", "sentence", "t1", "t2", "k1", "k2"]
    assert rendering_schema(asked)["required"] == list(asked)
    text = json.dumps({"title": "T", "sentence": "S", "t1": "A", "t2": "B", "k1": "K", "k2": ""})
    _, draft = read_rendering(text, title="SieveNet: x", english=ENGLISH)
    assert draft == SummaryDraft(
        title="T",
        sentence="S",
        takeaways=(Takeaway("A", "Memory falls by 31%."), Takeaway("B", "It drops.")),
        keywords=("K",),
        sentence_evidence=ENGLISH.sentence_evidence,
    )


@pytest.mark.parametrize(
    "text", ["", "{}", '{"x": 1}', '{"sentence": 3}', '{"sentence": "s", "t1": {"a": 1}}']
)
def test_other_keys_and_kinds_are_malformed(text):
    with pytest.raises(ModelError):
        read_rendering(text, title="x", english=ENGLISH)
