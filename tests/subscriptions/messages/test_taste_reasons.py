"""What a reader liked is named where it chose a paper: in each language, truly, safely, and for little."""

import email
import email.policy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.languages import LANGUAGES
from newsletter.models import Paper
from newsletter.rendering import base_context, layout, render_part, tidy_html, tidy_text
from newsletter.rendering.phrases import phrases
from subscriptions.messages import LARGEST_HTML, build_batch, compose_digest
from subscriptions.messages.blocks import OwnBlock, OwnReason
from subscriptions.messages.page import build_page
from subscriptions.messages.reasons import LikedPaper, taste_sentence
from subscriptions.messages.render_cache import load_render_cache
from subscriptions.models import Delivery, Vote
from subscriptions.picks import (
    NEW,
    Pick,
    Picks,
    Reason,
    ReasonKind,
    by_author,
    by_coauthor,
    by_words,
    for_topic,
)
from subscriptions.web.wish_preview import views_of
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_topic
from tests.mail_checker import Page, faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

LONG = (
    "Flow Matching in Latent Space for Fast and Faithful Video Generation with Very Few Function Evaluations"
)
CUT = "Flow Matching in Latent Space for Fast and Faithful Video Generation with Very…"
HOSTILE = (
    "A <b>bold</b> & \"quoted\" 'one' </p></td><script>alert(1)</script>",
    "Injected\r\nBcc: victim@example.org\r\n\r\n.\r\nbody",
    "{{ settings.SECRET_KEY }} {name} {0.__class__} %s <mj-raw>raw</mj-raw>",
    "\u202eright to left\u2066 override and a mark \ue000vote\ue001",
)


def deliver(topic, papers, reasons, *, language="en", reader=None):
    """A digest whose papers have the topic and more reasons, for a reader who liked what they name."""
    reader = reader or make_subscriber(topics=[topic], language=language)
    named = {reason.liked for more in reasons for reason in more if reason.liked}
    Vote.objects.bulk_create(Vote(subscriber=reader, paper_id=paper, value=1, at=NOW) for paper in named)
    return Delivery.objects.create(
        subscriber=reader,
        day=DAY,
        language=language,
        created_at=NOW,
        picks=Picks(
            papers=tuple(
                Pick(paper.pk, (for_topic(topic.pk), *more))
                for paper, more in zip(papers, reasons, strict=True)
            ),
            day=DAY,
            new=len(papers),
            topics=(topic.pk,),
        ),
    )


def parts_of(message):
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    text, html = (part.get_content() for part in parsed.iter_parts())
    return text.replace("\r\n", "\n"), html.replace("\r\n", "\n")


def mail_of(delivery):
    return parts_of(build_batch([delivery], now=NOW)[delivery.pk])


@pytest.fixture
def liked():
    return make_paper(title=LONG, authors=["Xinlei Chen", "Kaiming He"])


@pytest.fixture
def topic():
    return make_topic(names={"en": "Computer Vision", "ko": "컴퓨터 비전", "ar": "الرؤية الحاسوبية"})


@pytest.fixture
def papers(topic):
    papers = [make_paper(authors=["Yiyang Lu", "Kaiming He"]) for _ in range(4)]
    make_edition(topic, papers)
    return papers


def each_kind(liked):
    return (
        (by_author("Kaiming He", 1, liked=liked.pk),),
        (by_coauthor("Yiyang Lu", 0, liked=liked.pk, liked_name="Xinlei Chen", liked_position=0),),
        (by_words("flow matching", liked=liked.pk),),
        (NEW,),
    )


def test_a_digest_says_why_in_plain_words(topic, papers, liked):
    text, html = mail_of(deliver(topic, papers, each_kind(liked)))
    sentences = (
        "by Kaiming He, whom you liked",
        "Yiyang Lu wrote with Xinlei Chen, whom you liked",
        f"shares “flow matching” with “{CUT}”, which you liked",
        "new for you",
    )
    for sentence in sentences:
        assert f"\n- Computer Vision\n- {sentence}\n" in text
        assert sentence in Page(html).text
    assert liked.title not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_are_right_in_every_language(topic, papers, liked, language):
    delivery = deliver(topic, papers, each_kind(liked), language=language)
    message = build_batch([delivery], now=NOW)[delivery.pk]
    assert faults_of(message.data, language=language, titles=tuple(paper.title for paper in papers)) == []
    text, html = parts_of(message)
    whys = [phrases(language).say(f"digest.reason_{name}") for name in ("liked_author", "new")]
    for part in (text, Page(html).text):
        assert whys[1] in part
        for name in ("Kaiming He", "Xinlei Chen", "Yiyang Lu", "flow matching", CUT):
            assert name in part
    if LANGUAGES[language].rtl:
        for name in ("Kaiming He", "Xinlei Chen", "Yiyang Lu", "flow matching"):
            assert f"\u2066{name}\u2069" in text
            assert f'<span lang="en" dir="ltr">{name}</span>' in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", range(3))
def test_what_is_joined_is_what_the_template_says(liked, language, place):
    (reason,) = each_kind(liked)[place]
    sentence = taste_sentence(
        reason,
        authors=["Yiyang Lu", "Kaiming He"],
        liked=LikedPaper("On <Flow> & 'Matching' {x}", ["Xinlei Chen"]),
    )
    assert sentence is not None
    shown = sentence.shown(language)
    values = base_context(language) | {"reason": shown}
    html = render_part("html", "emails/digest/_reason.html", values)
    text = render_part("text", "emails/digest/_reason.txt", values)
    assert tidy_html(html) == f"{sentence.html(language)}\n"
    assert tidy_text(text) == f"- {sentence.text(language)}\n"
    assert shown.line == "".join(piece.text for piece in shown.pieces)
    own = OwnReason(sentence, language=language)
    assert own.sizes == tuple(
        len(own.pieces["html"][encoding]) for encoding in ("quoted-printable", "base64")
    )


def test_the_digests_page_tells_no_likes_and_a_preview_for_nobody_says_what_all_share(topic, papers, liked):
    delivery = deliver(topic, papers, each_kind(liked), language="ar")
    _, mailed = mail_of(delivery)
    page = build_page(delivery) or ""
    for name in ("Kaiming He", "Xinlei Chen", "flow matching"):
        span = f'<span lang="en" dir="ltr">{name}</span>'
        assert mailed.count(span) > 0
        assert span not in page
    lines = [view.reasons[-1].line for view in views_of(delivery.picks, day=DAY, language="en", now=NOW)]
    assert lines == ["Computer Vision"] * 3 + ["new for you"]


CHANGES = {
    "liked paper withdrawn": lambda liked, _: Paper.objects.filter(pk=liked.pk).update(is_withdrawn=True),
    "liked paper deleted": lambda liked, _: Paper.objects.filter(pk=liked.pk).delete(),
    "vote taken back": lambda liked, _: Vote.objects.filter(paper=liked).delete(),
    "less like it after all": lambda liked, _: Vote.objects.filter(paper=liked).update(value=-1),
    "other authors": lambda liked, paper: _authors((liked, paper), ["Ada Lovelace", "Emmy Noether"]),
    "authors in another order": lambda liked, paper: (
        _authors([liked], ["Kaiming He", "Xinlei Chen"]),
        _authors([paper], ["Kaiming He", "Yiyang Lu"]),
    ),
    "fewer authors": lambda liked, paper: _authors((liked, paper), []),
}


def _authors(papers, names):
    Paper.objects.filter(pk__in=[paper.pk for paper in papers]).update(authors=names)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_longer_true_is_not_said(topic, liked, change, place):
    paper = make_paper(authors=["Yiyang Lu", "Kaiming He"])
    delivery = deliver(topic, [paper], [each_kind(liked)[place]])
    assert "whom you liked" in mail_of(delivery)[0]
    change(liked, paper)
    text, html = mail_of(delivery)
    assert "you liked" not in text + html + build_page(delivery)
    assert "\n- Computer Vision\n\n" in text


@pytest.mark.parametrize(
    "change", ["liked paper withdrawn", "liked paper deleted", "vote taken back", "less like it after all"]
)
def test_words_of_a_paper_that_is_gone_or_not_liked_any_more_are_not_told(topic, papers, liked, change):
    delivery = deliver(topic, papers[:1], [(by_words("flow matching", liked=liked.pk),)])
    CHANGES[change](liked, papers[0])
    assert "flow matching" not in "".join(mail_of(delivery))


@pytest.mark.parametrize(
    "reason",
    [
        Reason(ReasonKind.AUTHOR, position=1),
        Reason(ReasonKind.AUTHOR, position=1, liked=1),
        by_author("", 7, liked=1),
        by_author("Kaiming He", -1, liked=1),
        by_author("Kaiming He", 2**40, liked=1),
        by_coauthor("Yiyang Lu", 0, liked=1, liked_name="", liked_position=9),
        by_words("", liked=1),
        Reason(ReasonKind.WORDS, liked=1),
    ],
)
def test_a_reason_that_names_nobody_is_silent(reason):
    known = LikedPaper("A title", ["Xinlei Chen"])
    assert taste_sentence(reason, authors=["Yiyang Lu", "Kaiming He"], liked=known) is None


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
@pytest.mark.parametrize("written", HOSTILE)
def test_hostile_names_and_titles_stay_text(topic, written, language):
    liked = make_paper(title=written, authors=[written])
    paper = make_paper(authors=[written])
    reasons = (
        by_author(written, 0, liked=liked.pk),
        by_coauthor(written, 0, liked=liked.pk, liked_name=written, liked_position=0),
        by_words(written, liked=liked.pk),
    )
    for reason in reasons:
        delivery = deliver(topic, [paper], [(reason,)], language=language)
        message = build_batch([delivery], now=NOW)[delivery.pk]
        faults = faults_of(message.data, language=language, sources=(written,))
        assert [fault for fault in faults if "mark of a template" not in fault] == []
        assert b"Bcc" not in message.data.partition(b"\r\n\r\n")[0]
        for html in (parts_of(message)[1], build_page(delivery) or ""):
            assert "<script" not in html
            assert "<b>" not in html
            assert "<mj-" not in html
            assert "\ue000" not in html


def test_readers_share_the_cards_around_what_each_liked(topic, papers, monkeypatch):
    deliveries = [
        deliver(topic, papers[:1], [(by_words("flow matching", liked=make_paper(title=f"On {n}").pk),)])
        for n in range(20)
    ]
    plain = deliver(topic, papers[:1], [()])
    rendered = []

    def note(engine, path, context):
        rendered.append(path)
        return render_part(engine, path, context)

    build_batch([plain], now=NOW)
    monkeypatch.setattr(layout, "render_part", note)
    cache = load_render_cache([plain, *deliveries])
    digests = [compose_digest(delivery, cache) for delivery in (plain, *deliveries)]
    shared, *blocks = [digest.cards[0] for digest in digests if digest is not None]
    assert [block.shared for block in blocks if isinstance(block, OwnBlock)] == [shared] * len(deliveries)
    assert rendered == []
    for number, delivery in enumerate(deliveries):
        assert f"with “On {number}”, which you liked" in mail_of(delivery)[0]


def test_what_another_reader_liked_is_not_told_to_this_one(topic, papers, liked):
    reasons = each_kind(liked)
    first = deliver(topic, papers, reasons)
    second = deliver(topic, papers, [()] * 4)
    second.picks = first.picks
    together = build_batch([first, second], now=NOW)
    assert "whom you liked" in parts_of(together[first.pk])[0]
    assert "you liked" not in "".join(parts_of(together[second.pk]))


def queries_of(deliveries):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        build_batch(deliveries, now=NOW)
    return len(queries)


def test_three_queries_read_what_any_number_of_readers_liked(topic, papers):
    plain = deliver(topic, papers, [()] * 4)
    few, *many = [
        deliver(topic, papers, each_kind(make_paper(authors=["Xinlei Chen", "Kaiming He"])))
        for _ in range(12)
    ]
    assert queries_of([few]) == queries_of(many) == queries_of([plain]) + 3


@pytest.mark.parametrize("language", ["en", "hi", "ko"])
def test_what_a_reader_liked_does_not_make_a_mail_too_long(topic, language):
    """With as many cards as fit, each with the longest sentence."""
    name = "अ" * 200
    liked = make_paper(title=f"{name} {name}", authors=[name])
    papers = [make_paper(abstract=f"{'ज्ञान ' * 180}.", authors=[name]) for _ in range(30)]
    reason = by_coauthor(name, 0, liked=liked.pk, liked_name=name, liked_position=0)
    delivery = deliver(topic, papers, [(reason,)] * len(papers), language=language)
    message = build_batch([delivery], now=NOW)[delivery.pk]
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    html = list(parsed.iter_parts())[1]
    assert 0.8 * LARGEST_HTML < len(str(html.get_payload()).encode()) <= LARGEST_HTML
