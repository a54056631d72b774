"""The plain text of a digest: no blanks at the ends of lines, and the punctuation of its language."""

import email
import email.policy
import re

import pytest

from newsletter.languages import LANGUAGES
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

FULL_WIDTH = ("zh-Hans", "zh-Hant", "ja")
SENTENCES = {
    "zh-Hans": "该方法将内存减半。",
    "zh-Hant": "此方法將記憶體減半。",
    "ja": "本手法はメモリを半減させる。",
}


def text_of(language: str, settings) -> str:
    """A digest with all that a text can hold: summaries and extracts, words that matched, notes, lines."""
    settings.POSTAL_ADDRESS = "1 Harbour Road, Quay"
    names = {"zh-Hans": "视觉", "zh-Hant": "視覺", "ja": "視覚"}
    topic = make_topic(names={"en": "Vision", language: names.get(language, "Vision")})
    papers = [
        make_paper(votes=7, comment="Accepted to ICML 2026 (oral)", code_url="https://github.com/a/b")
        for _ in range(12)
    ]
    note = {language: "第一行\n第二行" if language in FULL_WIDTH else "One line\nAnother"}
    edition = make_edition(topic, papers, note=note)
    edition.entries.update(matched=["linen", "towels"])
    sentence = SENTENCES.get(language, "It halves the memory.")
    for paper in papers[:2]:
        make_summary(paper, language, sentence=sentence, takeaways=[{"text": sentence, "evidence": "x"}] * 3)
    reader = make_subscriber(topics=[topic], language=language, size=3, queries=["study"])
    (choice,) = choose_batch([reader], now=NOW)
    assert choice.picks is not None
    delivery = Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=language, created_at=NOW
    )
    message = build_batch([delivery], now=NOW)[delivery.pk]
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    (text,) = (part.get_content() for part in parsed.iter_parts() if part.get_content_subtype() == "plain")
    return text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_in_a_blank(language, settings):
    lines = text_of(language, settings).replace("\r\n", "\n").split("\n")
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("language", FULL_WIDTH)
def test_beside_characters_of_the_language_punctuation_is_full_width(language, settings):
    text = re.sub(r"[\u2066-\u2069]", "", text_of(language, settings))
    own = r"[\u3040-\u30ff\u3400-\u9fff]"
    faults = re.findall(rf"{own}[(),:;] ?|[(),:;]{own}|{own} \(.*|\) ?{own}", text)
    assert faults == []
    assert "（linen、towels）" in text


def test_other_languages_keep_their_own(settings):
    assert "Vision (linen, towels)" in re.sub(r"[\u2066-\u2069]", "", text_of("ko", settings))


@pytest.mark.parametrize("language", ["ar", "he"])
def test_a_card_from_right_to_left_is_aligned_as_one(language):
    """Also where its sentence is the abstract's own English, which keeps its direction."""
    topic, paper = make_topic(), make_paper()
    make_edition(topic, [paper])
    reader = make_subscriber(topics=[topic], language=language)
    (choice,) = choose_batch([reader], now=NOW)
    assert choice.picks is not None
    delivery = Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=language, created_at=NOW
    )
    html = build_batch([delivery], now=NOW)[delivery.pk].data
    parsed = email.message_from_bytes(html, policy=email.policy.default)
    (body,) = (part.get_content() for part in parsed.iter_parts() if part.get_content_subtype() == "html")
    card = body[body.index('<div id="') :].partition("min-width:28px")[0]
    assert "text-align:left" not in card
    assert 'lang="en" dir="ltr"' in card
