"""True and corrupted takeaways in five languages against English evidence, and the languages themselves."""

import json
from collections import Counter
from pathlib import Path

import pytest

from newsletter.grounding import Source, check_text, failed
from newsletter.grounding.languages import detect

PAPERS = json.loads((Path(__file__).parent / "data/across_languages.json").read_text(encoding="utf-8"))[
    "papers"
]
CASES = [(paper, code, takeaway) for paper in PAPERS for code, takeaway in paper["takeaways"].items()]


def refused(paper, code, text):
    source = Source(paper["title"], paper["abstract"], paper["id"])
    return failed(check_text(text, source, language=code, evidence=paper["evidence"]))


def test_the_set_is_large_enough():
    assert len(CASES) >= 60
    assert all(len(takeaway["corruptions"]) >= 6 for _, _, takeaway in CASES)


def test_true_takeaways_pass():
    wrong = [
        (code, takeaway["text"]) for paper, code, takeaway in CASES if refused(paper, code, takeaway["text"])
    ]
    assert len(wrong) <= 0.03 * len(CASES), wrong


@pytest.mark.parametrize("kind", ["number", "name", "unit", "negation", "magnitude"])
def test_corrupted_takeaways_are_refused(kind):
    caught: Counter[bool] = Counter()
    for paper, code, takeaway in CASES:
        old, new = takeaway["corruptions"][kind]
        assert old in takeaway["text"]
        caught[bool(refused(paper, code, takeaway["text"].replace(old, new, 1)))] += 1
    assert caught[True] >= 0.95 * len(CASES)


def test_another_language_is_refused():
    for paper, code, _ in CASES:
        for other, takeaway in paper["takeaways"].items():
            if other != code:
                checks = {each.check for each in refused(paper, code, takeaway["text"])}
                assert checks & {"language", "script"}, (code, other)


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("이 모델은 확산(diffusion) 모델을 사용합니다.", "ko", "ko"),
        ("The model uses diffusion to draw pictures.", "ko", "en"),
        ("该模型使用扩散方法生成图像。", "zh-Hans", "zh-Hans"),
        ("該模型使用擴散方法生成圖像。", "zh-Hans", "zh-Hant"),
        ("このモデルは拡散を使います。", "zh-Hans", "ja"),
        ("El modelo usa difusión para dibujar imágenes.", "pt-BR", "es"),
        ("Das Modell zeichnet Bilder durch Diffusion.", "de", "de"),
        ("Модель рисует изображения.", "ru", "ru"),
        ("GPT-4, CLIP, ViT", "ja", "ja"),
    ],
)
def test_languages_are_told_apart(text, expected, found):
    assert detect(text, expected=expected) == found


@pytest.mark.parametrize(
    "text", ["모델은 프롬pts를 사용합니다.", "이미帧을 추출합니다.", "모델은 тест를 합니다."]
)
def test_a_word_of_two_scripts_is_refused(text):
    source = Source("A model", "The model uses prompts and frames.")
    assert any(each.check == "script" for each in check_text(text, source, language="ko"))
