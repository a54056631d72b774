"""True sentences of sixteen languages that no check may refuse, and how checks find words in any script."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from newsletter import grounding
from newsletter.grounding import Source, boundaries, check_summary, check_text, failed
from newsletter.grounding.languages import detect
from newsletter.grounding.quantities import quantities
from newsletter.grounding.words import words
from newsletter.records import SummaryDraft, Takeaway

STATEMENTS = json.loads((Path(__file__).parent / "data/true_sentences.json").read_text(encoding="utf-8"))[
    "statements"
]
SHARED = Path(__file__).resolve().parents[4] / "shared/cases/true_sentences.json"
FOLDER = Path(grounding.__file__).parent


def refused(language, text, evidence):
    found = failed(check_text(text, Source("", evidence), language=language, evidence=evidence))
    return [(each.check, each.words) for each in found]


@pytest.mark.parametrize("kind", sorted({each["kind"] for each in STATEMENTS}))
def test_true_sentences_pass(kind):
    cases = [each for each in STATEMENTS if each["kind"] == kind]
    wrong = {each["text"]: refused(each["language"], each["text"], each["evidence"]) for each in cases}
    assert not {text: found for text, found in wrong.items() if found}


def test_the_set_speaks_every_language():
    assert len(Counter(each["language"] for each in STATEMENTS)) == 16


def test_the_shared_true_sentences_pass():
    if not SHARED.is_file():
        pytest.skip("the cases (../shared/cases) are not here")
    cases = json.loads(SHARED.read_text(encoding="utf-8"))
    wrong = {each["text"]: refused(each["language"], each["text"], each["evidence"]) for each in cases}
    assert not {text: found for text, found in wrong.items() if found}


EVIDENCE = "On ImageNet, CLIP features gain 12 points with 3 GPUs and DNA data in 5 hours, 1.6x faster."


@pytest.mark.parametrize(
    ("language", "text", "check"),
    [
        # What the leniencies above must not let through.
        ("de", "Die DINO-Merkmale gewinnen auf ImageNet 12 Punkte.", "name"),
        ("de", "Die Llama-Modelle gewinnen auf ImageNet 12 Punkte.", "name"),
        ("fr", "L'OpenImages montre un gain de 12 points.", "name"),
        ("it", "Sull'OpenImages il guadagno è di 12 punti.", "name"),
        ("fr", "Le VIH est étudié sur ImageNet avec CLIP.", "name"),
        ("es", "Con Gemini la precisión sube 12 puntos.", "name"),
        ("pt-BR", "Em CIFAR, o ganho é de 12 pontos.", "name"),
        ("id", "Pada CIFAR, akurasi naik 12 poin.", "name"),
        ("de", "Es ist um den Faktor 2 schneller als zuvor.", "number"),
        ("fr", "La vitesse est multipliée par 12 sur ImageNet.", "number"),
        ("pt-BR", "É 2,6 vezes mais rápido no ImageNet.", "number"),
        ("ru", "Метод даёт 12-кратное ускорение на ImageNet.", "number"),
        ("zh-Hans", "准确率提高13分。", "number"),
        ("hi", "यह ImageNet पर चार अंक बेहतर है।", "number"),
        ("hi", "यह ImageNet पर 12 अंक बेहतर नहीं है।", "direction"),
        ("hi", "यह न तेज़ है और न बेहतर।", "direction"),
        ("es", "CLIP no mejora nunca en ImageNet.", "direction"),
        ("fr", "CLIP n'améliore jamais aucun résultat.", "direction"),
        ("it", "CLIP non migliora mai nessun risultato.", "direction"),
        ("pt-BR", "O CLIP nunca melhora nenhum resultado.", "direction"),
        ("ru", "CLIP никогда ничего не улучшает.", "direction"),
        ("ja", "1時間で12ポイント向上します。", "number"),
        ("de", "Das Verfahren verbessert CLIP auf ImageNet mit den", "placeholder"),
        ("es", "El método mejora CLIP en ImageNet con la", "placeholder"),
    ],
)
def test_false_ones_of_the_same_kinds_are_refused(language, text, check):
    assert check in {name for name, _ in refused(language, text, EVIDENCE)}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "CLIP-Merkmale und KI: eine Multi-Agenten-Pipeline für ImageNet-Daten"),
        ("fr", "L'IA et CLIP face à l'ADN d'ImageNet"),
        ("es", "IA y ADN: CLIP en ImageNet"),
        ("it", "L'IA sull'ImageNet con CLIP"),
        ("pt-BR", "IA e CLIP no ImageNet"),
    ],
)
def test_translated_titles_may_use_the_language_s_own_words(language, title):
    draft = SummaryDraft(title=title, sentence="", takeaways=(Takeaway("", ""),) * 3, keywords=())
    found = failed(check_summary(draft, Source("", EVIDENCE), language=language))
    assert not [each for each in found if each.field == "title" and each.check == "name"]


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("画像生成高速化手法 FlashDraw", "ja", "ja"),
        ("大規模言語模型評価基準 MMLU-Pro", "ja", "ja"),
        ("音声認識誤差低減手法 Whisper", "ja", "ja"),
        ("医療画像領域分割基盤 MedSAM", "ja", "ja"),
        ("該模型使用擴散方法生成圖像", "ja", "zh-Hans"),
        ("基于扩散模型的图像生成方法 FlashDraw", "ja", "zh-Hans"),
        ("Modelos pequenos bastam.", "pt-BR", "pt-BR"),
        ("LoRA adapters suffice.", "en", "en"),
    ],
)
def test_titles_and_short_sentences_are_told_apart(text, expected, found):
    assert detect(text, expected=expected) == found


@pytest.mark.parametrize(
    ("text", "language"),
    [("um 12 höher", "de"), ("12 hệ thống", "vi"), ("12 Mädchen", "de"), ("12 šest", "de")],
)
def test_a_letter_with_a_mark_ends_no_unit(text, language):
    (quantity,) = quantities(text, language=language)
    assert (quantity.unit, quantity.readings) == ("", (12.0,))


def test_marks_belong_to_words():
    assert words("ने विचार, मानव-लिखित हैं") == ("ने", "विचार", "मानव", "लिखित", "हैं")
    assert boundaries.bare("L'IA – की, का!") == "l ia की का"
    assert boundaries.compile_words(r"\bन\b").search("ने मानव न") is not None
    assert boundaries.compile_words(r"\bन\b").search("ने मानव ान") is None


STOCK = {
    "en": "This paper analyses a problem and proposes a new solution.",
    "ko": "이 논문은 문제를 분석하고 새로운 해결책을 제안합니다.",
    "zh-Hans": "本文分析了一个问题并提出了新的解决方案。",
    "zh-Hant": "本文分析了一個問題並提出了新的解決方案。",
    "ja": "本論文は問題を分析し、新しい解決策を提案します。",
    "es": "Este artículo analiza un problema y propone una nueva solución.",
    "fr": "Cet article analyse un problème et propose une nouvelle solution.",
    "de": "Diese Arbeit analysiert ein Problem und schlägt eine neue Lösung vor.",
    "pt-BR": "Este artigo analisa um problema e propõe uma nova solução.",
    "it": "Questo articolo analizza un problema e propone una nuova soluzione.",
    "ru": "В статье анализируется проблема и предлагается новое решение.",
    "ar": "تحلل هذه الورقة مشكلة وتقترح حلا جديدا.",
    "vi": "Bài báo phân tích một vấn đề và đề xuất một giải pháp mới.",
    "id": "Makalah ini menganalisis masalah dan mengusulkan solusi baru.",
    "hi": "यह शोधपत्र एक समस्या का विश्लेषण कर नया समाधान प्रस्तावित करता है।",
    "he": "המאמר מנתח בעיה ומציע פתרון חדש.",
}
PLACES = [
    "The code is at https://github.com/a/b.",
    "Our code and models are publicly available at https://a.io/x",
]


@pytest.mark.parametrize("language", STOCK)
@pytest.mark.parametrize("evidence", PLACES)
def test_a_stock_sentence_does_not_rest_on_an_address(language, evidence):
    assert "evidence" in {name for name, _ in refused(language, STOCK[language], evidence)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Der Quellcode steht auf GitHub."),
        ("fr", "Le code est disponible sur GitHub."),
        ("ko", "코드는 공개되어 있습니다."),
        ("ja", "コードは公開されています。"),
        ("ru", "Код выложен в открытый доступ."),
        ("ar", "الكود متاح للجميع."),
        ("hi", "कोड सार्वजनिक रूप से उपलब्ध है।"),
        ("vi", "Mã nguồn được công khai trên GitHub."),
    ],
)
def test_that_code_is_public_rests_on_an_address(language, text):
    assert refused(language, text, PLACES[0]) == []


# Patterns of the standard library that may say \w, \b or [A-Za-z], each with why no other script suffers.
ENGLISH_SOURCE = "only sees the English source or its evidence"
LATIN_NAME = "looks for the form of a Latin name or word, whatever stands around it"
ALLOWED = {
    **dict.fromkeys(
        (
            "names._PART",
            "names._CAPITAL_NEXT",
            "numbers.is_supported",
            "numbers._EACH",
            "numbers._GLUED",
            "numbers._EACH_STRICTLY",
            "word_places.PHRASES",
            "word_places._TOKEN",
            "spelled._ENGLISH_PART",
            "spelled._ENGLISH",
            "spelled._ENGLISH_EACH",
            "spelled._ENGLISH_SHARE",
            "spelled._EN_MULTIPLE",
            "spelled._LETTERS",
            "measures._TIME_OF_A_DEVICE",
            "numbers._IN_ORDER",
            "senses._CLAUSES",
            "senses._UNDER",
            "senses._any_word",
            "languages._is_word_of",
        ),
        ENGLISH_SOURCE,
    ),
    **dict.fromkeys(
        (
            "languages._detect_by_script",
            "languages.check_script",
            "names._CAPITALISED_AFTER",
            "names._CAPITALISED_BEFORE",
            "names._COUNTED",
            "names._NAME_AND_NUMBER",
            "numbers._GLUED_LETTERS",
            "numbers._is_digits_of_name",
            "numbers._stands_verbatim",
            "digits._AFTER_SCALE",
            "digits._CAPITALISED_BEFORE",
            "digits._LETTERS_AFTER",
            "digits._UNIT_AFTER",
            "digits._ONE_PART",
        ),
        LATIN_NAME,
    ),
    **dict.fromkeys(
        ("words._TEX_SWITCH", "words._TEX_COMMAND", "words._TIE", "words._GLUED_UNIT", "words.normalise"),
        "TeX is ASCII",
    ),
    "hygiene._is_innocent": "HTML is ASCII",
    "languages._MIXED": "letters of two scripts side by side, each given by its range",
    "measures._UNIT": "“% p” before an English word; ends of units are given by the ranges of all scripts",
    "measures._POINTS_AFTER_SIGN": "English “points” after a percent sign",
    "words._SENTENCE_END": "a small Latin letter begins no sentence",
    "words._SCRIPTS": "the ranges of the scripts themselves",
}
UNAWARE = (r"\b", r"\B", r"\w", r"\W", "A-Z", "a-z")


def _patterns_of(path):
    """(where, pattern) of each call of the standard library's functions for patterns."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for top in tree.body:
        for node in ast.walk(top):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "re":
                texts = [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                yield f"{path.stem}.{_name_of(top)}", "".join(each for each in texts if isinstance(each, str))


def _name_of(node):
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
    return getattr(node, "name", "")


def test_no_check_looks_for_words_of_other_scripts_with_a_pattern_that_knows_no_marks():
    unaware = {
        where
        for path in sorted(FOLDER.rglob("*.py"))
        for where, text in _patterns_of(path)
        if any(mark in text for mark in UNAWARE)
    }
    assert unaware == ALLOWED.keys()
