"""A text made shorter says something in every language, and ends where a reader would end it."""

import pytest
import regex

from newsletter.languages import LANGUAGES
from newsletter.rendering.shortening import as_headline, columns, shorten

SENTENCES = {
    "en": (
        "Dropping tokens early halves the memory of training and keeps the accuracy that the dense model had."
    ),
    "ko": (
        "토큰을 일찍 버리면 정확도를 그대로 유지하면서 학습에 드는 메모리를 절반으로 줄일 수 있음을 보인다."
    ),
    "zh-Hans": (
        "该方法提前丢弃词元，在不损失精度的情况下将大型语言模型训练所需的显存减少一半，并在十二项基准上领先。"
    ),
    "zh-Hant": (
        "此方法提前捨棄詞元，在不損失精度的情況下將大型語言"
        "模型訓練所需的記憶體減少一半，並在十二項基準上領先。"
    ),
    "ja": (
        "トークンを早い段階で捨てることにより、精度を保ったま"
        "ま大規模言語モデルの学習に必要なメモリを半減させる。"
    ),
    "ar": (
        "يؤدي التخلص المبكر من الرموز إلى خفض الذاكرة اللازمة "
        "للتدريب إلى النصف مع الحفاظ على دقة النموذج الكثيف."
    ),
    "he": (
        "השלכה מוקדמת של אסימונים מקטינה בחצי את הזיכרון הדרוש לאימון ושומרת על הדיוק של המודל הצפוף המקורי."
    ),
    "hi": ("टोकन को जल्दी हटाने से प्रशिक्षण की स्मृति आधी हो जाती है और मूल मॉडल की सटीकता बनी रहती है।"),
    "de": (
        "Das frühe Verwerfen von Token halbiert den Speicherbedarf "
        "beim Training und erhält die Genauigkeit des Modells."
    ),
    "fr": (
        "Écarter tôt des jetons réduit de moitié la mémoire de l’entraînement "
        "et conserve l’exactitude du modèle dense."
    ),
    "es": (
        "Descartar pronto los tokens reduce a la mitad la memoria "
        "del entrenamiento y conserva la exactitud del modelo."
    ),
    "it": (
        "Scartare presto i token dimezza la memoria dell’addestramento "
        "e conserva l’accuratezza del modello denso."
    ),
    "pt-BR": (
        "Descartar tokens cedo reduz à metade a memória do treinamento "
        "e conserva a acurácia do modelo denso original."
    ),
    "ru": (
        "Раннее отбрасывание токенов вдвое сокращает память при "
        "обучении и сохраняет точность исходной плотной модели."
    ),
    "id": (
        "Membuang token lebih awal memangkas separuh memori pelatihan "
        "dan mempertahankan akurasi model padat semula."
    ),
    "vi": (
        "Loại bỏ sớm các token giúp giảm một nửa bộ nhớ khi huấn "
        "luyện mà vẫn giữ nguyên độ chính xác của mô hình."
    ),
}
ENDS = ("?", "!", ".", "」", "）", "？", "！", "。", "؟", "।", "”", ")", "…", "%")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", [30, 50, 70, 90])
def test_a_sentence_ends_at_a_word_in_its_room(language, room):
    sentence = SENTENCES[language]
    made = shorten(sentence, room)
    assert columns(made) <= room
    assert columns(made) >= room * 0.4, "it says something"
    kept = made.removesuffix("…")
    assert sentence.startswith(kept)
    assert made == sentence or regex.search(r"[\w)）”]…$", made), made
    rest = sentence.removeprefix(kept)
    if not LANGUAGES[language].cjk or language == "ko":
        assert not regex.match(r"[\w\p{M}]", rest), f"{kept!r} ends inside of a word"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("end", ENDS)
def test_any_end_of_a_sentence_reads_right(language, end):
    """Short ones as they are but for a full stop, long ones cut before what would stand oddly."""
    short = shorten(SENTENCES[language], 40).removesuffix("…") + end
    assert as_headline(short, 70) == (short[:-1] if end in ".。।" else short)
    made = as_headline(SENTENCES[language].rstrip(".。।") + end, 70)
    assert not regex.search(r"[?!.,，、。؟।」）(（]\s*…$", made), made
    assert columns(made) <= 70


@pytest.mark.parametrize(
    ("text", "room", "made"),
    [
        ("Can a model see the weather? It can, three days ahead.", 36, "Can a model see the weather?"),
        ("模型能预测天气吗？可以，提前三天即可得到结果。", 28, "模型能预测天气吗？"),
        ("The way (measured on LongBench and others) halves the memory.", 28, "The way (measured on…"),
        ("A fast and small method of training (see the paper).", 43, "A fast and small method of training…"),
        ("The speed rises by 2.4 times, to 1,024 tokens each second.", 36, "The speed rises by 2.4 times…"),
        ("显存减少50%，速度提升2.4倍，误差下降3.25个百分点", 30, "显存减少50%，速度提升2.4倍…"),
        ("新しいスパースアテンションモデルを提案する研究", 26, "新しいスパースアテンショ…"),
        ("วิธีนี้ลดหน่วยความจำที่ใช้ฝึกโมเดลภาษาขนาดใหญ่", 20, "วิธีนี้ลดหน่วยความ…"),
        ("w" * 100, 10, "wwwwwwwww…"),
        ("👩‍👩‍👧‍👦" * 9, 30, "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…"),
        ("क्षि" * 30, 10, "क्षिक्षि…"),
        ("", 10, ""),
        ("…", 10, "…"),
        ("Nothing is cut here", 19, "Nothing is cut here"),
    ],
)  # fmt: skip
def test_what_belongs_together_stays_together(text, room, made):
    assert shorten(text, room) == made


@pytest.mark.parametrize(
    "text", ["They follow Smith et al.", "It is made in the U.S.", "And so on...", "Well.."]
)
def test_a_full_stop_that_is_no_end_of_a_sentence_stays(text):
    assert as_headline(text, 70) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_character_is_divided(language):
    """Also none of several code points: a consonant keeps its vowel sign."""
    sentence = SENTENCES[language]
    whole = regex.findall(r"\X", sentence)
    for room in range(4, 100):
        kept = shorten(sentence, room).removesuffix("…")
        assert regex.findall(r"\X", kept) == whole[: len(regex.findall(r"\X", kept))]


@pytest.mark.parametrize("room", [2, 3, 10, 70])
@pytest.mark.parametrize(
    "text",
    [
        "Z" + "\u0335\u0301" * 2500,
        "क्" * 300,
        "한" + "\u0301" * 900,
        "A " + "z" + "\u0301" * 900,
        "👩\u200d" * 90,
    ],
)
def test_no_character_is_wider_than_the_room(text, room):
    made = shorten(text, room)
    assert columns(made) <= room
    assert made.endswith("…")
    if room >= 3:
        assert made[:1] == text[:1]
        assert columns(as_headline(text, room)) <= room
