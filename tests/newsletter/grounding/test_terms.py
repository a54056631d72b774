"""A takeaway outside English speaks of what its evidence speaks of; how the tables of terms are read."""

import pytest

from newsletter.grounding import Source, check_text, failed
from newsletter.grounding.terms import (
    FOLDER,
    FaultyTerms,
    read_terms,
    subjects,
    suspect_foreign_subject,
)
from newsletter.languages import LANGUAGES

EVIDENCE = "A robot arm learns from a few human videos to fold cloth, and needs no labelled data."

# A true takeaway, one of another paper, and two that would fit any.
TAKEAWAYS = {
    "ko": (
        "로봇 팔이 사람의 영상 몇 편만 보고 천을 접는 법을 배웁니다.",
        "은하의 밝기 분포를 망원경 관측으로 다시 계산하였습니다.",
        ("이 논문은 문제를 분석하고 새로운 해결책을 제안합니다.", "제안된 방법의 효과가 입증되었습니다."),
    ),
    "ja": (
        "ロボットアームが、人の動画を少し見るだけで布の畳み方を学習します。",
        "望遠鏡の観測から銀河の明るさの分布を計算し直しています。",
        ("本論文は問題を分析し、新たな解決策を提案しています。", "提案手法の有効性が確認されました。"),
    ),
    "zh-Hans": (
        "机械臂只看少量人类视频就学会了叠布。",
        "作者根据望远镜观测重新计算了星系的亮度。",
        ("本文分析了一个问题，并提出了新的解决方案。", "该方法的有效性得到了证明。"),
    ),
    "zh-Hant": (
        "機械手臂只看少量人類影片就學會摺布。",
        "作者根據望遠鏡觀測重新計算了星系的亮度。",
        ("本文分析了一個問題，並提出新的解決方案。", "該方法的有效性獲得證實。"),
    ),
    "hi": (
        "रोबोट की भुजा मनुष्यों के कुछ वीडियो देखकर कपड़ा तह करना सीखती है।",
        "दूरबीन के प्रेक्षणों से आकाशगंगाओं की चमक दोबारा निकाली गई।",
        ("यह शोधपत्र एक समस्या का विश्लेषण करता है और नया समाधान प्रस्तुत करता है।", "विधि प्रभावी सिद्ध हुई।"),
    ),
    "ru": (
        "Рука робота учится складывать ткань по нескольким видео с людьми.",
        "По наблюдениям телескопа заново рассчитана яркость галактик.",
        (
            "В статье анализируется проблема и предлагается новое решение.",
            "Эффективность метода подтверждена.",
        ),
    ),
    "ar": (
        "تتعلم ذراع الروبوت طيّ القماش من بضعة مقاطع فيديو للبشر.",
        "أعيد حساب سطوع المجرات من أرصاد التلسكوب.",
        ("تحلل هذه الورقة مشكلة وتقترح حلًا جديدًا.", "أُثبتت فعالية الطريقة."),
    ),
    "he": (
        "זרוע הרובוט לומדת לקפל בד מכמה סרטונים של בני אדם.",
        "בהירות הגלקסיות חושבה מחדש לפי תצפיות הטלסקופ.",
        ("המאמר מנתח בעיה ומציע פתרון חדש.", "יעילות השיטה הוכחה."),
    ),
}  # fmt: skip


def checks(language, text, evidence=EVIDENCE):
    return {
        each.check
        for each in failed(check_text(text, Source("", evidence), language=language, evidence=evidence))
    }


@pytest.mark.parametrize("language", TAKEAWAYS)
def test_a_takeaway_speaks_of_its_evidence(language):
    true, foreign, stock = TAKEAWAYS[language]
    assert checks(language, true) == set()
    assert {text for text in (foreign, *stock) if "overlap" not in checks(language, text)} == set()


def test_a_name_or_a_number_of_the_evidence_is_enough():
    evidence = "Trained on ImageNet, the seven robots forget at most 12 rooms of a city."
    assert not list(suspect_foreign_subject("ImageNet이면 충분합니다.", evidence, language="ko"))
    assert not list(suspect_foreign_subject("합쳐서 일곱 개입니다.", evidence, language="ko"))
    assert list(suspect_foreign_subject("논의가 충분합니다.", evidence, language="ko"))


def test_prefixes_and_endings_belong_to_a_word():
    assert "image" in subjects("ובתמונות", language="he")
    assert "image" in subjects("وبالصور", language="ar")
    assert "image" in subjects("изображениями", language="ru")
    assert "image" not in subjects("преображение", language="ru")
    assert subjects("the robots photographed", language="en") >= {"robot", "image"}
    assert "open_source" in subjects("an open-source release", language="en")
    assert "open_source" not in subjects("the source of noise", language="en")


def test_every_table_has_every_subject():
    tables = read_terms()
    assert tables.keys() <= LANGUAGES.keys()
    assert {code for code, table in tables.items() if table.keys() != tables["en"].keys()} == set()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("xx", 'image = ["imago"]', "knows no such language"),
        ("ko", 'imago = ["이미지"]', "has no such subject"),
        ("ko", "image = []", "list of different words"),
        ("ko", 'image = ["이미지", "이미지"]', "list of different words"),
        ("ko", "image = [", "is no TOML"),
    ],
)
def test_a_faulty_table_is_refused_by_name(tmp_path, name, content, said):
    (tmp_path / "en.toml").write_text((FOLDER / "en.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
    with pytest.raises(FaultyTerms, match=said) as refusal:
        read_terms(tmp_path)
    assert f"{name}.toml" in str(refusal.value)
