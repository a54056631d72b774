"""What checks must understand, and what they must notice, in languages of other scripts than Latin."""

import pytest

from newsletter.grounding.quantities import quantities
from newsletter.grounding.words import normalise
from tests.newsletter.grounding.checking import refused


def values(language, text):
    return [
        (each.readings[0] * each.factor, each.unit) for each in quantities(normalise(text), language=language)
    ]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("ru", "120 миллиардами", (120e9, "")),
        ("ru", "25 триллионах", (25e12, "")),
        ("ru", "двухсот", (200, "")),
        ("ru", "12 сантиметров", (0.12, "length")),
        ("ru", "5 процентными пунктами", (5, "points")),
        ("ru", "3 ГэВ", (3e9, "electronvolts")),
        ("hi", "1.4 ट्रिलियन", (1.4e12, "")),
        ("hi", "पाँच सौ", (500, "")),
        ("hi", "21-सेमी", (0.21, "length")),
        ("hi", "चौबीस", (24, "")),
        ("hi", "30 मिलीसेकंड", (0.03, "time")),
        ("he", "אחד-עשר", (11, "")),
        ("he", "שלושים", (30, "")),
        ("he", "8 חודשים", (8, "months")),
        ("he", '3 ק"מ', (3000, "length")),
        ("he", "אחד־עשר", (11, "")),
        ("ar", "اثنتي عشرة", (12, "")),
        ("ar", "مئتي", (200, "")),
        ("ar", "5 ميغابايت", (5e6, "bytes")),
        ("ar", "٣٫٥ كم", (3500, "length")),
        ("ko", "3마이크로초", (3e-6, "time")),
        ("ja", "2マイクロメートル", (2e-6, "length")),
        ("zh-Hans", "降至1/32.8", (32.8, "times")),
        ("zh-Hant", "5奈米", (5e-9, "length")),
    ],
)
def test_numbers_are_read(language, text, value):
    [(read, unit)] = values(language, text)
    assert (read, unit) == (pytest.approx(value[0]), value[1])


@pytest.mark.parametrize(
    ("language", "text", "evidence"),
    [
        # A range by a wave dash, an order by a hyphen, a degree in an English word, two results by a slash.
        ("ja", "推論は1.2〜2.4倍速くなりました。", "Inference becomes 1.2x-2.4x faster."),
        ("ko", "3단계 과제에서는 정확도가 41%입니다.", "Accuracy is 41% on Level-3 tasks."),
        ("zh-Hans", "作者研究了二次引力中的黑洞。", "We study black holes in quadratic gravity."),
        (
            "zh-Hant",
            "在五維與六維上，作者找出新的算符。",
            "At dimension five and six, we identify new operators.",
        ),
        ("ru", "С рамками точность AP равна 36,4.", "It reaches 34.2/36.4 AP accuracy with text and boxes."),
        # A limit told as a denial.
        ("ar", "لا يحسّن التحرير الدقة وحده بأكثر من 0.3.", "Editing alone improves accuracy by at most 0.3."),
        ("zh-Hans", "图像之间的距离不超过5米。", "Images are at most 5 meters apart."),
        # Almost nothing, and what hardly goes.
        (
            "zh-Hant",
            "影片生成加快，品質幾乎沒有損失。",
            "Video generation is faster with negligible quality loss.",
        ),
        ("zh-Hans", "现有方法难以理解长视频。", "Existing methods struggle with long videos."),
        # Arabic "ما" that denies nothing.
        (
            "ar",
            "يستغرق تدريب الروبوت وقتًا طويلًا، وهو ما يرفع الكلفة.",
            "Training robots takes long and is costly.",
        ),
        # A negative word with its own prefix, and a decline that is no defeat.
        ("zh-Hans", "该方法处理不受限的图像集合。", "The method handles unconstrained image collections."),
        ("ar", "تراجع عدد الرموز في الاستدلال.", "The number of reasoning tokens is reduced."),
        ("ja", "拡張性の高いロボット基盤です。", "Under this view, we present a scalable robot platform."),
        # A denial in a clause that the takeaway leaves out.
        (
            "ko",
            "이 각도는 적분으로 여러 번 계산되었습니다.",
            "The angle was calculated by an integral many times for orbits that are not too small.",
        ),
        # A clause that shares no known word may ground a denial all the same.
        (
            "hi",
            "रोबोट बिना पुनःप्रशिक्षण के दो शहरों में चलता है।",
            "The robot drives in two cities, without retraining.",
        ),
        # An acronym that the source spells out.
        ("ja", "提案されたCNNは画像を分類します。", "The convolutional neural network classifies images."),
        # What denies is read where a participle begins a clause.
        (
            "ru",
            "Подходы накапливают сведения и не отличают выигрыш от помех.",
            (
                "Existing approaches pile up information, lacking mechanisms to distinguish gain from "
                "interference."
            ),
        ),
        # Shares, tens and thousands in words.
        ("ja", "誤りの3分の2は2つの原因によります。", "Two-thirds of the errors have two causes."),
        ("he", "הסכומים שגויים פי עשרה.", "The sums are off by a factor of ten."),
        ("ko", "문서 1,000건당 12달러가 듭니다.", "It costs $12 per thousand documents."),
        # What looks like a denial and is none, and several denials of one evidence.
        ("ja", "コードを公開した論文は14%にすぎません。", "Only 14% of the papers release their code."),
        ("ja", "画像の誤りを抑えなければなりません。", "Errors in images must be reduced."),
        ("ko", "이 모델은 메모리를 2GB도 쓰지 않습니다.", "The model uses less than 2 GB of memory."),
        (
            "zh-Hant",
            "編譯器從不重新編譯核心，記憶體不到2 GB，啟動需30毫秒而非1.2秒。",
            (
                "The compiler never rebuilds a kernel, uses less than 2 GB of memory, and needs 30 ms rather "
                "than 1.2 s."
            ),
        ),
        # "More quickly" beside a cut, and a distance that is no defeat.
        ("he", "הרובוט רץ פי 3 מהר יותר.", "The robot cuts errors and runs 3x faster."),
        (
            "ru",
            "Ученик отстаёт от учителя не более чем на 2 пункта.",
            "The student matches its teacher within 2 points.",
        ),
        # Not inferior, and what ceases.
        (
            "ko",
            "로봇은 여섯 과제에서 사람에 뒤지지 않습니다.",
            "The robot is as good as humans on six tasks.",
        ),
        ("ja", "ロボットは6課題で人間に劣らず動きます。", "The robot is as good as humans on six tasks."),
        ("zh-Hans", "机器人在六项任务中不逊于人类。", "The robot is as good as humans on six tasks."),
        ("ru", "Робот в шести задачах не уступает людям.", "The robot is as good as humans on six tasks."),
        ("zh-Hant", "超過40度後，機器人便不再有這種能力。", "Above 40 degrees the robot loses this ability."),
        # A hundredth is a hundred times less.
        ("zh-Hans", "训练的计算量只有其百分之一。", "Training needs 100 times less compute."),
        # "0 %" is none.
        ("ru", "Атаки обнаружены без ложных срабатываний.", "Attacks are detected with 0% false positives."),
    ],
)
def test_true_takeaways_pass(language, text, evidence):
    assert refused(language, text, evidence) == set()


@pytest.mark.parametrize(
    ("language", "text", "evidence", "check"),
    [
        ("ru", "Модель с 120 миллионами параметров.", "A model with 120 billion parameters.", "number"),
        ("hi", "21-किमी संकेत का मॉडल बनाया गया।", "The 21-cm signal is modelled.", "number"),
        ("he", "הרובוט פעל שמונה חודשים.", "The robot ran for eight years.", "number"),
        ("ar", "وُلّدت 22 مليون صورة.", "Using vasista22, 22,000 images are generated.", "number"),
        ("he", "מסת החלקיק 24.5 GeV.", "The particle has a mass of 24.5 eV.", "number"),
        # A name at a sentence's start is a name in these scripts.
        ("zh-Hans", "Starobinsky是一个压缩视频的框架。", "KVServe is a framework that compresses videos.",
         "name"),
        ("hi", "Block से वीडियो संपीड़ित होते हैं।", "KVServe compresses videos.", "name"),
        # A denial beside words that ground none.
        ("ja", "72回の推論では証明できません。", "It proves theorems using only 72 inference calls.",
         "direction"),
        ("ja", "220回以内では証明できません。", "It proves theorems with no more than 220 calls.",
         "direction"),
        ("zh-Hans", "只有一张图像时并不能重建三维场景。",
         "It reconstructs 3D scenes from as little as one image.", "direction"),
        ("ar", "لا تكفي صورة واحدة لإعادة بناء المجسم.", "A mesh is reconstructed from as few as one image.",
         "direction"),
        # Denied twice: what undoes, and a "not" before it.
        ("ru", "Модуль не устраняет ошибки памяти.", "The module eliminates memory errors.", "direction"),
        ("hi", "बचाव इस ट्रिगर को नहीं चूकेंगे।", "Defenses would miss this trigger.", "direction"),
        ("zh-Hant", "這種方法若無獎勵便不能訓練。", "This method can be trained without rewards.",
         "direction"),
        ("ar", "البيانات غير متاحة للعموم.", "The data are publicly available.", "direction"),
        ("ja", "モデルを一つの計算とはみなさない枠組みです。",
         "The framework casts models as one computation.", "direction"),
        # "Without" beside a denial of the clause.
        ("ar", "لا يتيح الإطار عرض المشهد من دون كاميرا.", "The framework renders scenes without cameras.",
         "direction"),
        ("ru", "Без камеры сцена не строится.", "Scenes are built without cameras.", "direction"),
        ("he", "המודל אינו מאומן ללא תיוג.", "The model is trained without labels.", "direction"),
        # A denial in a clause about something else grounds none here.
        ("he", "הרובוט אינו מנווט בעיר בעזרת מפה.",
         "The robot navigates a city by its map, while failures arise from camera blur and image noise.",
         "direction"),
        # An acronym that no translation brings in.
        ("ja", "動画を生成するDiTです。", "KVServe generates videos.", "name"),
        # What the evidence denies, told as a fact.
        ("zh-Hant", "這種設計既需要記憶表，也需要檢索。",
         "This design requires neither memory tables nor retrieval.", "direction"),
        ("hi", "मनुष्य खोज के दौरान कोड बदलते हैं।", "Humans did not edit code during the search.",
         "direction"),
    ],
)  # fmt: skip
def test_false_takeaways_do_not(language, text, evidence, check):
    assert check in refused(language, text, evidence)
