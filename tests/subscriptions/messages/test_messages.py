"""Messages: well-formed for every language, the same for the same rows, and nothing gets out of its place."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.languages import LANGUAGES
from newsletter.models import Entry, Paper, Summary
from newsletter.rendering.phrases import phrases
from subscriptions.digests import choose_batch
from subscriptions.messages import LARGEST_HTML, build_batch
from subscriptions.messages.page import build_page
from subscriptions.models import Delivery
from subscriptions.picks import Pick, Picks, for_topic
from subscriptions.readers.links import reader_links
from tests.factories import DAY, NOW, make_edition, make_paper, make_subscriber, make_summary, make_topic
from tests.mail_checker import Page, faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]

HOSTILE = (
    "A <b>bold</b> title & \"quotes\" 'single' </td></table><script>alert(1)</script>",
    "Injected\r\nBcc: victim@example.org\r\n\r\nbody",
    "{{ settings.SECRET_KEY }} {% include 'x' %} <mj-raw>raw</mj-raw> <mj-include path='/etc/passwd'/>",
    "\u202eright to left\u2066 override and a mark \ue000vote\ue001",
    "x" * 3000,
)


def deliver(reader, *, now=NOW):
    (choice,) = choose_batch([reader], now=now)
    assert choice.picks is not None
    return Delivery.objects.create(
        subscriber=reader, day=choice.day, picks=choice.picks, language=reader.language, created_at=now
    )


def build(*deliveries, now=NOW):
    return build_batch(deliveries, now=now)


def parts_of(message):
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    text, html = (part.get_content() for part in parsed.iter_parts())
    return parsed, text, html


def plain(part):
    """What is read of a part."""
    return " ".join(re.sub(r"<[^<>]*>|[\u2066-\u2069]", "", part).split())


def test_of_a_comment_the_venue_is_shown_and_a_project_page_that_is_the_code_is_not():
    paper = make_paper(
        authors=[f"Person {letter}" for letter in "ABCDE"],
        organisation="Harbour University",
        comment="12 pages, 4 figures, accepted to ICML 2026 (oral). Code: https://github.com/harbour/tide",
        code_url="https://github.com/harbour/tide",
        project_url="https://github.com/harbour/tide/",
    )
    topic, _ = one_topic([paper])
    for part in parts_of(build(*[deliver(make_subscriber(topics=[topic]))]).popitem()[1])[1:]:
        seen = plain(part)
        assert "Person A, Person B, Person C, Person D, Person E · Harbour University" in seen
        assert "accepted to ICML 2026 (oral)" in seen
        assert "12 pages" not in seen
        assert "Project page" not in seen


def one_topic(papers=None, **fields):
    topic = make_topic(names={"en": "Computer Vision", "ko": "컴퓨터 비전", "ar": "الرؤية الحاسوبية"})
    papers = papers if papers is not None else [make_paper() for _ in range(3)]
    make_edition(topic, papers, **fields)
    return topic, papers


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_is_right_in_every_language(language):
    topic, papers = one_topic([make_paper(votes=7, comment="CVPR 2024, 12 pages") for _ in range(4)])
    for paper in papers[:2]:
        make_summary(paper, language, title="Ein Titel" if language == "de" else "")
    reader = make_subscriber(topics=[topic], language=language, size=3)
    delivery = deliver(reader)
    message = build(delivery)[delivery.pk]
    assert faults_of(message.data, language=language, titles=tuple(paper.title for paper in papers)) == []


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_hostile_titles_stay_text(title, language):
    paper = make_paper(
        title=title,
        authors=[title[:200], "Ada Lovelace"],
        comment=title[:300],
        organisation=title[:200],
        code_url="javascript:alert(1)",
        project_url='https://example.org/"><script>alert(1)</script>',
    )
    topic, _ = one_topic([paper], note={"en": title})
    make_summary(paper, language, sentence=title, takeaways=[{"text": title, "evidence": "x"}], title=title)
    reader = make_subscriber(topics=[topic], language=language, queries=[title[:60]])
    delivery = deliver(reader)
    message = build(delivery)[delivery.pk]
    faults = [
        fault for fault in faults_of(message.data, language=language) if "mark of a template" not in fault
    ]
    assert faults == []
    parsed, _, html = parts_of(message)
    assert "Bcc" not in parsed
    assert "<script" not in html
    assert "<mj-" not in html
    assert "javascript:" not in html
    assert "\ue000" not in html


def test_the_headers_are_those_that_mail_programs_ask_for(settings):
    settings.FROM_EMAIL = "신문 <digest@paperpost.example>"
    settings.REPLY_TO_EMAIL = "Éditeur <editor@paperpost.example>"
    settings.BOUNCE_EMAIL = "bounces@paperpost.example"
    settings.BOUNCE_IMAP_URL = "imaps://bounces:secret@imap.paperpost.example/INBOX"
    topic, _ = one_topic()
    reader = make_subscriber("reader@bücher.example", topics=[topic])
    delivery = deliver(reader)
    message = build(delivery)[delivery.pk]
    parsed, _, _ = parts_of(message)
    links = reader_links(reader.public_id, reader.links_epoch)
    assert parsed["From"].addresses[0].display_name == "신문"
    assert parsed["Reply-To"].addresses[0].display_name == "Éditeur"
    assert parsed["To"] == "reader@xn--bcher-kva.example"
    assert message.recipient == "reader@xn--bcher-kva.example"
    assert message.sender == "bounces@paperpost.example"
    assert parsed["Date"].datetime == NOW
    assert parsed["List-Unsubscribe"].startswith(f"<{links.one_click}>")
    token = links.unsubscribe.rstrip("/").rpartition("/")[2]
    assert f"<mailto:bounces@paperpost.example?subject=unsubscribe%20{token}>" in parsed["List-Unsubscribe"]
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert "References" not in parsed
    head = message.data.partition(b"\r\n\r\n")[0]
    assert head.isascii()


@pytest.mark.parametrize(
    ("imap", "maildir", "offered"),
    [("", "", False), ("imaps://b:s@imap.example/INBOX", "", True), ("", "/var/mail/bounces", True)],
)
def test_a_mailbox_is_offered_for_leaving_only_if_somebody_reads_it(settings, imap, maildir, offered):
    settings.BOUNCE_IMAP_URL, settings.BOUNCE_MAILDIR = imap, maildir
    topic, _ = one_topic()
    delivery = deliver(make_subscriber(topics=[topic]))
    parsed, _, _ = parts_of(build(delivery)[delivery.pk])
    assert parsed["List-Unsubscribe"].startswith("<http")
    assert ("mailto:" in parsed["List-Unsubscribe"]) == offered


def test_a_readers_days_are_one_thread_if_the_operator_wants_that(settings):
    settings.THREAD_DIGESTS = True
    topic, _ = one_topic()
    one, other = make_subscriber(topics=[topic]), make_subscriber(topics=[topic])
    rows = [deliver(one), deliver(other)]
    make_edition(topic, [make_paper(day=DAY + timedelta(days=1))], day=DAY + timedelta(days=1))
    rows.append(deliver(one, now=NOW + timedelta(days=1)))
    first, others, second = (parts_of(message)[0] for message in build(*rows).values())
    assert first["References"] == second["References"] != others["References"]
    assert first["Message-ID"] != second["Message-ID"]


def test_the_message_id_is_stable_and_kept_if_the_ledger_has_one():
    topic, _ = one_topic()
    delivery = deliver(make_subscriber(topics=[topic]))
    made = build(delivery)[delivery.pk].message_id
    assert build(delivery, now=NOW + timedelta(hours=3))[delivery.pk].message_id == made
    delivery.message_id = "<kept@paperpost.example>"
    assert build(delivery)[delivery.pk].message_id == "<kept@paperpost.example>"


def test_the_same_rows_give_the_same_bytes():
    topic, _ = one_topic()
    deliveries = [
        deliver(make_subscriber(topics=[topic], language=language)) for language in ("en", "ko", "ar")
    ]
    assert build(*deliveries) == build(*reversed(deliveries))


def test_without_a_summary_the_card_is_a_labelled_extract():
    topic, (paper,) = one_topic([make_paper()])
    delivery = deliver(make_subscriber(topics=[topic], language="ko"))
    _, text, html = parts_of(build(delivery)[delivery.pk])
    for part in (text, html):
        assert phrases("ko").say("digest.extract") in part
        assert "in depth" in part
    make_summary(paper, "ko", author="editor", sentence="편집자가 썼습니다.")
    _, text, html = parts_of(build(delivery)[delivery.pk])
    for part in (text, html):
        assert "편집자 작성" in part
        assert "편집자가 썼습니다." in part
        assert phrases("ko").say("digest.extract") not in part


@pytest.mark.parametrize("state", ["wanted", "claimed", "held", "failed"])
def test_a_summary_that_is_not_ready_is_not_shown(state):
    topic, (paper,) = one_topic([make_paper()])
    make_summary(paper, "en", state=state, sentence="I cannot help with that.")
    delivery = deliver(make_subscriber(topics=[topic]))
    _, text, html = parts_of(build(delivery)[delivery.pk])
    assert "cannot help" not in text + html


def test_a_paper_without_an_abstract_still_has_a_card():
    topic, (paper,) = one_topic([make_paper(abstract="", authors=[], comment="", categories=[])])
    delivery = deliver(make_subscriber(topics=[topic]))
    assert faults_of(build(delivery)[delivery.pk].data, language="en", titles=(paper.title,)) == []


def test_an_editors_correction_reaches_what_has_not_left():
    topic, papers = one_topic()
    make_summary(papers[0], sentence="Before.")
    delivery = deliver(make_subscriber(topics=[topic]))
    assert "Before." in parts_of(build(delivery)[delivery.pk])[1]
    Summary.objects.update(sentence="After.")
    assert "After." in parts_of(build(delivery)[delivery.pk])[1]
    Entry.objects.filter(paper=papers[1]).update(is_hidden=True)
    Paper.objects.filter(pk=papers[2].pk).update(is_withdrawn=True)
    _, text, html = parts_of(build(delivery)[delivery.pk])
    assert papers[0].title in text
    for gone in papers[1:]:
        assert gone.title not in text
        assert gone.title not in html


def test_of_a_digest_with_nothing_left_there_is_no_message():
    topic, _ = one_topic()
    delivery = deliver(make_subscriber(topics=[topic]))
    Paper.objects.update(is_withdrawn=True)
    assert build(delivery) == {}
    assert build_page(delivery) is None


def test_authors_stand_in_the_papers_order_three_the_last_and_the_number_of_others():
    names = [f"Person {letter}" for letter in "ABCDEFGHIJKLM"]
    topic, _ = one_topic([make_paper(authors=names)])
    delivery = deliver(make_subscriber(topics=[topic]))
    _, text, html = parts_of(build(delivery)[delivery.pk])
    for part in (text, html):
        assert "Person A, Person B, Person C … Person M and 9 more" in plain(part)


def test_the_card_says_why_with_the_topic_and_the_words():
    topic, _ = one_topic([make_paper(title="Haptic gloves")])
    delivery = deliver(make_subscriber(topics=[topic], queries=["haptic"], language="ko"))
    _, text, html = parts_of(build(delivery)[delivery.pk])
    assert "- 컴퓨터 비전 (study)" in text
    assert "- 검색어 “haptic” (Haptic)" in text
    assert "검색어 “haptic”" in html


def test_a_note_for_the_whole_day_is_read_once():
    papers = [make_paper(), make_paper()]
    topics = [make_topic(), make_topic()]
    for topic, paper in zip(topics, papers, strict=True):
        make_edition(topic, [paper], note={"en": "A word for the day."})
    delivery = deliver(make_subscriber(topics=topics))
    assert parts_of(build(delivery)[delivery.pk])[1].count("A word for the day.") == 1


def test_the_editors_note_is_in_the_readers_language_or_english():
    topic, _ = one_topic(note={"en": "A quiet day.", "ko": "조용한 하루입니다."})
    korean, german = (deliver(make_subscriber(topics=[topic], language=code)) for code in ("ko", "de"))
    built = build(korean, german)
    assert "조용한 하루입니다." in parts_of(built[korean.pk])[2]
    assert "A quiet day." in parts_of(built[german.pk])[1]


def test_latin_titles_are_isolated_in_a_mail_from_right_to_left():
    topic, papers = one_topic()
    delivery = deliver(make_subscriber(topics=[topic], language="ar"))
    _, text, html = parts_of(build(delivery)[delivery.pk])
    assert f"\u2066{papers[0].title}\u2069" in text
    assert re.search(r'<h2[^>]*lang="en" dir="ltr"', html)


def long_day(count, language):
    sentence = (
        "이 논문은 아주 긴 영상에서 확산 모델의 계산량을 줄이는 새로운 방식을 제안하고 그 효과를 입증합니다. "
        * 2
    )
    points = [
        {
            "text": f"{number}. " + "이 방법은 기존 방식보다 적은 계산으로 더 선명한 결과를 냅니다. " * 4,
            "evidence": "x",
        }
        for number in range(7)
    ]
    papers = [make_paper(title=f"Long paper {number} " + "on long things " * 8) for number in range(count)]
    for paper in papers:
        make_summary(
            paper, language, sentence=sentence, takeaways=points, title="아주 긴 논문의 번역된 제목 " * 3
        )
    return one_topic(papers)


def test_thirteen_long_korean_papers_fit_as_cards():
    topic, papers = long_day(13, "ko")
    delivery = deliver(make_subscriber(topics=[topic], language="ko", size=13))
    message = build(delivery)[delivery.pk]
    assert faults_of(message.data, language="ko", titles=("아주 긴 논문의 번역된 제목",)) == []
    parsed, text, _ = parts_of(message)
    assert [paper.title for paper in papers if paper.title.strip() not in text] == []
    encoded = len(list(parsed.iter_parts())[1].get_payload())
    assert 60_000 < encoded <= LARGEST_HTML
    assert "그 밖의 새 논문" not in text
    assert "새 논문 13편" in text
    page = build_page(delivery)
    assert page is not None
    assert page.count(f">{phrases('ko').say('digest.row_page')}</a>") == 13


def test_what_is_too_long_is_shortened_before_it_becomes_a_line():
    topic, papers = long_day(12, "ko")
    whole = deliver(make_subscriber(topics=[topic], language="ko", size=12, layout="full"))
    message = build(whole)[whole.pk]
    assert faults_of(message.data, language="ko", titles=("아주 긴 논문의 번역된 제목",)) == []
    _, _, html = parts_of(message)
    assert len(re.findall(r'<div id="p', html)) == len(papers)
    assert html.count('class="t c3"') > 0


def test_fifty_long_papers_fit_too_and_the_tail_becomes_lines():
    topic, papers = long_day(50, "ko")
    delivery = deliver(make_subscriber(topics=[topic], language="ko", size=50))
    message = build(delivery)[delivery.pk]
    assert faults_of(message.data, language="ko") == []
    parsed, text, html = parts_of(message)
    assert len(list(parsed.iter_parts())[1].get_payload()) <= LARGEST_HTML
    assert "그 밖의 새 논문" in text
    assert 1 < len(re.findall(r'<div id="p', html)) < len(papers)


def test_the_page_in_the_browser_is_the_same_digest():
    topic, _ = one_topic(note={"en": "A word from the editor."})
    reader = make_subscriber(topics=[topic], size=2)
    delivery = deliver(reader)
    _, _, html = parts_of(build(delivery)[delivery.pk])
    mail, page = Page(html), Page(build_page(delivery) or "")
    assert page.faults == []
    assert " ".join(page.text.split()) == " ".join(mail.text.split()).replace(
        "View in browser", "All my digests"
    )
    links = reader_links(reader.public_id, 0)
    assert mail.targets - page.targets == {f"{links.view}{DAY}/"}
    assert page.targets - mail.targets == {links.view}


def test_the_page_names_what_the_mail_only_counts_and_nothing_the_reader_had():
    topic = make_topic()
    before = DAY - timedelta(days=1)
    had = make_paper(day=before)
    make_edition(topic, [had], day=before)
    reader = make_subscriber(topics=[topic], size=3, queries=["gloves"])
    first = deliver(reader, now=NOW - timedelta(days=1))
    Delivery.objects.filter(pk=first.pk).update(state="sent")
    papers = [had, *(make_paper() for _ in range(40))]
    edition = make_edition(topic, papers)
    edition.entries.filter(paper=papers[-1]).update(is_hidden=True)
    gloves = [make_paper(title=f"Haptic gloves, study {number}") for number in range(30)]
    delivery = deliver(reader)
    _, text, _ = parts_of(build(delivery)[delivery.pk])
    page = build_page(delivery)
    assert page is not None
    offered = [paper.title for paper in papers[1:-1] + gloves]
    lines = {line.removeprefix("• ") for line in text.splitlines()}
    named = [title for title in offered if title in lines]
    assert len(named) == 23
    assert f"{len(offered) - len(named)} more in the browser" in text
    assert "more in the browser" not in page
    assert [title for title in offered if page.count(f">{title}</a>") != 1] == []
    assert papers[-1].title not in page
    assert had.title not in page


def test_each_reader_has_only_links_of_their_own():
    topic, _ = one_topic()
    readers = [make_subscriber(topics=[topic], language=code) for code in ("en", "ko", "en")]
    built = build(*map(deliver, readers))
    for reader, message in zip(readers, built.values(), strict=True):
        tokens = set(
            re.findall(
                r"/(?:vote|preferences|unsubscribe|digests)/([\w-]{20,})/", "".join(parts_of(message)[1:])
            )
        )
        own = reader_links(reader.public_id, reader.links_epoch)
        assert tokens == {
            url.rstrip("/").rpartition("/")[2]
            for url in (own.vote, own.preferences, own.unsubscribe, own.view)
        }


def test_the_number_of_queries_does_not_grow_with_the_readers():
    topic, papers = one_topic()
    make_summary(papers[0])
    deliveries = [deliver(make_subscriber(topics=[topic])) for _ in range(30)]

    def queries(rows):
        rows = list(Delivery.objects.filter(pk__in=[row.pk for row in rows]))
        with CaptureQueriesContext(connection) as captured:
            build_batch(rows, now=NOW)
        return len(captured)

    assert queries(deliveries) == queries(deliveries[:1]) <= 11


def test_picks_of_what_is_gone_do_no_harm():
    topic, (paper,) = one_topic([make_paper()])
    reader = make_subscriber(topics=[topic], language="xx")
    picks = Picks(papers=(Pick(paper.pk, (for_topic(999),)), Pick(10**9)), also=(10**9,))
    delivery = Delivery.objects.create(subscriber=reader, day=DAY, picks=picks, language="xx", created_at=NOW)
    assert faults_of(build(delivery)[delivery.pk].data, language="en", titles=(paper.title,)) == []
