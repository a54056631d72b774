"""A takeaway in any language says something of its evidence; a sentence that fits any paper does not."""

import pytest

from newsletter.grounding import Source, check_summary, check_text, failed
from newsletter.grounding.sharing import content
from newsletter.grounding.transliteration import consonants, sounds_like
from newsletter.languages import LANGUAGES
from newsletter.records import SummaryDraft, Takeaway

CODE = "The code is at https://example.org/weaver."
EVIDENCE = "Weaver folds cloth with two robot arms and learns from 40 videos of people."
SOURCE = Source("Weaver: folding cloth", f"{EVIDENCE} {CODE}")

# "The paper analyses a problem and proposes a new solution", and another that says as little.
STOCK = {
    "en": (
        "This paper analyses a problem and proposes a new solution.",
        "Tests show how effective the approach is.",
    ),
    "ko": (
        "이 논문은 문제를 분석하고 새로운 해결책을 제안합니다.",
        "실험 결과 이 접근법의 효과가 확인되었습니다.",
    ),
    "zh-Hans": ("本文分析了一个问题并提出了新的解决方案。", "实验结果证明了该方法的有效性。"),
    "zh-Hant": ("本文分析了一個問題並提出新的解決方案。", "實驗結果證明了該方法的有效性。"),
    "ja": (
        "本論文は問題を分析し、新しい解決策を提案しています。",
        "実験によりこの手法の有効性が示されました。",
    ),
    "es": (
        "El artículo analiza un problema y propone una solución nueva.",
        "Los experimentos demuestran su eficacia.",
    ),
    "fr": (
        "L'article analyse un problème et propose une solution nouvelle.",
        "Les expériences montrent son efficacité.",
    ),
    "de": (
        "Der Artikel analysiert ein Problem und schlägt eine neue Lösung vor.",
        "Versuche zeigen die Wirksamkeit.",
    ),
    "pt-BR": (
        "O artigo analisa um problema e propõe uma nova solução.",
        "Os experimentos demonstram a sua eficácia.",
    ),
    "it": (
        "L'articolo analizza un problema e propone una nuova soluzione.",
        "Gli esperimenti ne mostrano l'efficacia.",
    ),
    "ru": (
        "В статье анализируется проблема и предлагается новое решение.",
        "Эксперименты показали эффективность.",
    ),
    "vi": (
        "Bài báo phân tích một vấn đề và đề xuất giải pháp mới.",
        "Thí nghiệm cho thấy phương pháp này hiệu quả.",
    ),
    "id": (
        "Makalah ini menganalisis masalah dan mengusulkan solusi baru.",
        "Eksperimen menunjukkan metode ini efektif.",
    ),
    "hi": (
        "यह शोधपत्र एक समस्या का विश्लेषण करता है और नया समाधान प्रस्तुत करता है।",
        "प्रयोगों से इस विधि की प्रभावशीलता सिद्ध होती है।",
    ),
    "ar": ("تحلل الورقة مشكلة وتقترح حلا جديدا.", "أظهرت التجارب فعالية هذه الطريقة."),
    "he": ("המאמר מנתח בעיה ומציע פתרון חדש.", "הניסויים מראים את יעילות השיטה."),
}

# What the evidence says, and what no part of the paper says.
TAKEAWAYS = {
    "es": (
        "Dos brazos robóticos doblan la tela tras ver vídeos de personas.",
        "Las estrellas de la galaxia pierden masa.",
    ),
    "fr": (
        "Deux bras de robot plient le tissu après avoir vu des vidéos.",
        "Les étoiles de la galaxie perdent leur masse.",
    ),
    "de": (
        "Zwei Roboterarme falten Stoff, gelernt aus Videos von Menschen.",
        "Die Sterne der Galaxie verlieren Masse.",
    ),
    "pt-BR": (
        "Dois braços robóticos dobram tecido depois de ver vídeos.",
        "As estrelas da galáxia perdem massa.",
    ),
    "it": (
        "Due bracci robotici piegano il tessuto dopo aver visto dei video.",
        "Le stelle della galassia perdono massa.",
    ),
    "vi": (
        "Hai cánh tay robot gấp vải sau khi xem video của con người.",
        "Các ngôi sao trong thiên hà mất khối lượng.",
    ),
    "id": (
        "Dua lengan robot melipat kain setelah melihat video manusia.",
        "Bintang di galaksi kehilangan massanya.",
    ),
}


def overlapping(language, text, evidence):
    found = failed(check_text(text, SOURCE, language=language, evidence=evidence))
    return [each for each in found if each.check == "overlap"]


def test_every_language_is_tried():
    assert STOCK.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("language", STOCK)
@pytest.mark.parametrize("evidence", [CODE, EVIDENCE])
def test_a_sentence_that_fits_any_paper_is_refused(language, evidence):
    passed = [
        text
        for text in STOCK[language]
        if not failed(check_text(text, SOURCE, language=language, evidence=evidence))
    ]
    assert not passed


@pytest.mark.parametrize("language", STOCK)
def test_such_a_sentence_is_no_headline_either(language):
    draft = SummaryDraft(sentence=STOCK[language][0], takeaways=())
    found = failed(check_summary(draft, SOURCE, language=language))
    assert "overlap" in {each.check for each in found if each.field == "sentence"}


@pytest.mark.parametrize("language", STOCK)
def test_the_same_stock_sentence_twice_is_refused_twice(language):
    text = STOCK[language][0]
    draft = SummaryDraft(
        sentence=STOCK[language][1], takeaways=(Takeaway(text, EVIDENCE), Takeaway(text, CODE))
    )
    found = failed(check_summary(draft, SOURCE, language=language))
    assert {"takeaways[0].text", "takeaways[1].text"} <= {each.field for each in found}
    assert "loop" in {each.check for each in found if each.field == "takeaways[1].text"}


@pytest.mark.parametrize("language", TAKEAWAYS)
def test_a_takeaway_shares_something_with_its_evidence(language):
    true, foreign = TAKEAWAYS[language]
    assert not overlapping(language, true, EVIDENCE)
    assert overlapping(language, foreign, EVIDENCE)


def test_a_number_or_a_name_is_enough():
    assert not overlapping("es", "Bastan 40.", EVIDENCE)
    assert not overlapping("it", "Il metodo è Weaver.", EVIDENCE)
    assert overlapping("it", "Il metodo è buono.", EVIDENCE)


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("ベンチマーク", "benchmark"),
        ("벤치마크를", "benchmark"),
        ("トランスフォーマー", "transformer"),
        ("трансформер", "transformer"),
        ("гидродинамика", "hydrodynamics"),
        ("बेंचमार्क", "benchmark"),
    ],
)
def test_borrowed_words_are_known_by_their_sound(word, english):
    assert sounds_like(word, english)
    assert not sounds_like(word, "galaxy")


def test_short_words_are_not_compared_by_sound():
    assert consonants("토큰") == consonants("token")
    assert not sounds_like("토큰", "token")


def test_what_a_text_is_made_of():
    found = content("die methode misst den blutdruck", language="de")
    assert found.own == ("misst", "blutdruck")
    assert found.stock == ("methode",)
