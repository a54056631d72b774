"""The subject tells the finding of the first paper that can be told in the reader's language."""

import email
import email.policy
import re

import pytest

from newsletter.languages import LANGUAGES
from newsletter.models import Summary
from newsletter.rendering.layout import tally
from newsletter.rendering.shortening import columns
from newsletter.rendering.subjects import PREHEADER, News, Speech, news_of, preheader, subject
from subscriptions.digests import choose_batch
from subscriptions.messages import MimeMessage, build_batch
from subscriptions.models import Delivery
from tests.factories import NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.newsletter.rendering.test_shortening import SENTENCES

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ENDS = ("?", "!", ".", "」", "）", "？", "！", "。", "؟", "…")


def digest(papers, *, language: str) -> MimeMessage:
    """The digest of ``papers``, in their order."""
    topic = make_topic()
    make_edition(topic, papers)
    reader = make_subscriber(topics=[topic], language=language, size=10)
    (choice,) = choose_batch([reader], now=NOW)
    assert choice.picks is not None
    delivery = Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=language, created_at=NOW
    )
    return build_batch([delivery], now=NOW)[delivery.pk]


def preview_text(message: MimeMessage) -> str:
    """What stands first in the HTML, unseen."""
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    (html,) = (part.get_content() for part in parsed.iter_parts() if part.get_content_subtype() == "html")
    hidden = re.search(r"<div style=\"display:none[^>]*>([^<]*)<", html)
    assert hidden is not None
    return hidden[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_subject_is_the_leads_finding_whatever_it_ends_in(language):
    lead, *others = (make_paper(title=f"Is this paper number {n}?") for n in range(3))
    make_summary(lead, language, sentence=SENTENCES[language], title="?")
    for paper in others:
        make_summary(paper, language, title="!")
    subjects = {digest([lead, *others], language=language).subject}
    for end in ENDS:
        sentence = SENTENCES[language].rstrip(".。।") + end
        subjects.add(subject([news_of(sentence, translated_title=f"?{end}", title=end, is_foreign=False)]))
    for line in subjects:
        assert columns(line) <= 70
        assert line.removesuffix("…")[:8] == SENTENCES[language][:8]
        assert re.search(r"\w[…”]?$|[?!？！؟」）]$", line), line
        assert not re.search(r"[?!.？！。؟」）…][,，、;]", line)
        assert not re.search(r"\b2\b", line), "it does not count papers"


def test_a_short_finding_stands_whole_and_without_its_full_stop():
    papers = [make_paper(), make_paper()]
    make_summary(papers[0], "en", sentence="Pruned models answer 2.4 times faster.")
    assert digest(papers, language="en").subject == "Pruned models answer 2.4 times faster"


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_a_digest_is_told_of_in_the_readers_language_while_one_paper_can_be(language):
    papers = [make_paper() for _ in range(4)]
    make_summary(papers[1], language, state=Summary.State.HELD, sentence="", title="Vorläufig")
    make_summary(papers[2], language, sentence=SENTENCES[language])
    make_summary(papers[3], language, sentence=SENTENCES[language][:12])
    message = digest(papers, language=language)
    assert message.subject.removesuffix("…")[:8] == SENTENCES[language][:8]
    shown = preview_text(message)
    assert shown.startswith(SENTENCES[language][:12].strip())
    assert shown.index("Vorläufig") < shown.index(papers[0].title)


def test_without_a_summary_the_translated_title_then_the_title():
    papers = [make_paper(title="A Study of Shadows."), make_paper(title="A Study of Light")]
    make_summary(papers[1], "ko", state=Summary.State.HELD, sentence="", title="빛에 대한 연구")
    assert digest(papers, language="ko").subject == "빛에 대한 연구"
    assert digest(papers, language="ja").subject == "A Study of Shadows"


def test_the_preview_goes_on_where_the_subject_ends():
    papers = [make_paper() for _ in range(3)]
    for number, paper in enumerate(papers):
        make_summary(
            paper, "ko", sentence=f"모델 {number}번은 메모리를 절반으로 줄인다.", title=f"제목 {number}"
        )
    message = digest(papers, language="ko")
    assert message.subject == "모델 0번은 메모리를 절반으로 줄인다"
    seen = preview_text(message)
    assert seen.startswith("모델 1번은 메모리를 절반으로 줄인다 · 모델 2번은 메모리를 절반으로 줄인다")
    assert message.subject not in seen


def test_the_preview_of_one_paper_is_its_title_and_keeps_the_body_out():
    paper = make_paper()
    make_summary(paper, "ko", sentence="메모리를 절반으로 줄인다.", title="절반의 메모리")
    seen = preview_text(digest([paper], language="ko"))
    assert seen.startswith("절반의 메모리")
    assert len(seen) >= 140 - len("절반의 메모리") * 2
    plain = preview_text(digest([make_paper(title="A Study of Light")], language="ja"))
    assert plain.startswith(tally(1, 1, language="ja")), "the subject says the title already"


@pytest.mark.parametrize("count", range(1, 9))
def test_a_preview_has_whole_findings_only(count):
    news = [News(Speech.SENTENCE, f"Finding {n} says{' much' * n}") for n in range(count)]
    seen = preheader(news, otherwise=("A title", "8 new papers"))
    whole = seen.rstrip("\u034f\u00a0")
    assert columns(whole) <= PREHEADER
    assert set(whole.split(" · ")) <= {one.text for one in news[1:]} | {"A title"}
    assert len(seen) >= 140
