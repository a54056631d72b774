"""What an editor corrects is told to who had it: by the next digest, once; by a mail of its own if asked."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.desk import wording
from newsletter.languages import LANGUAGES
from newsletter.models import Correction, MailedPaper, SummaryRevision
from newsletter.records import SummaryDraft, Takeaway
from newsletter.rendering.corrections import ToldCorrection, correction_mail
from newsletter.rendering.phrases import phrases
from subscriptions import delivery, tasks
from subscriptions.corrections import owing, reach
from subscriptions.delivery import correction_mails
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.delivery.sender import _default_build
from subscriptions.delivery.transport import SMTP_BACKEND, SmtpTransport
from subscriptions.messages import LARGEST_HTML, build_batch
from subscriptions.messages.corrections import line_of
from subscriptions.messages.page import build_page
from subscriptions.models import Delivery, OwedCorrection, Subscriber, Suppression
from subscriptions.picks import PINNED, for_topic
from subscriptions.readers.links import reader_links
from tests.factories import (
    DAY,
    NOW,
    make_edition,
    make_paper,
    make_picks,
    make_subscriber,
    make_summary,
    make_topic,
)
from tests.mail_checker import content_of
from tests.smtp_sink import Act, SmtpSink
from tests.subscriptions.delivery.ledger import send_all, transport_to

pytestmark = pytest.mark.django_db
WRONG, RIGHT = "It halves the memory.", "It needs a third of the memory."


@pytest.fixture
def sink():
    with SmtpSink() as running:
        yield running


@pytest.fixture
def paper():
    return make_paper(title="Small memories")


def send(sink, tmp_path):
    return send_all(sink, checkpoints=FileCheckpoints(tmp_path), build=_default_build())


def deliver(reader, *papers, **fields):
    values = {"day": DAY, "created_at": NOW, "language": reader.language, "state": "queued"} | fields
    why = values.pop("why", (PINNED,))
    also = values.pop("also", None)
    picks = make_picks(*papers, why=why, also=also)
    return Delivery.objects.create(subscriber=reader, picks=picks, **values)


def had(reader, paper, **fields):
    """A digest that ``reader`` got with ``paper``."""
    MailedPaper.objects.get_or_create(paper=paper, defaults={"since": DAY, "until": DAY})
    return deliver(reader, paper, **({"state": "sent", "revisions": ""} | fields))


def rewrite(paper, language="en", sentence=RIGHT):
    """An editor's new words for the paper's summary; returns the number of their revision."""
    row = paper.summaries.get(language=language)
    draft = SummaryDraft(sentence=sentence, takeaways=(Takeaway("A third.", "half the memory"),))
    wording.write(row.pk, draft, by=None, at=timezone.now(), seen=row.written_at)
    newest = SummaryRevision.objects.of(paper.pk, language).first()
    assert newest is not None
    return newest.number


def confirmed(paper, **fields):
    values = {"language": "en", "old": WRONG, "right": RIGHT, "to_revision": 2, "state": "confirmed"}
    moments = {"created_at": NOW, "confirmed_at": NOW}
    return Correction.objects.create(paper=paper, **{**values, **moments, **fields})


def told(correction):
    return set(OwedCorrection.objects.filter(correction=correction).values_list("subscriber_id", flat=True))


def bodies(delivery):
    message = message_from_bytes(build_batch([delivery], now=NOW)[delivery.pk].data, policy=default)
    return content_of(message, "plain"), content_of(message, "html")


# -- what a delivery carried --------------------------------------------------------------------------------


def test_a_delivery_says_which_revisions_its_bytes_had(sink, tmp_path, paper):
    make_summary(paper, sentence=WRONG)
    extract, also = make_paper(), make_paper()
    first = deliver(make_subscriber(), paper, extract, also=[also])
    assert send(sink, tmp_path).counts == {"sent": 1}
    rewrite(paper)
    second = deliver(make_subscriber(), paper, extract)
    assert send(sink, tmp_path).counts == {"sent": 1}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.revisions, second.revisions) == ("1:0", "0:2 1:0")


def test_it_is_known_before_a_byte_leaves(sink, tmp_path, paper, monkeypatch):
    """The row of a sender that died while it was sending says what may have arrived."""
    make_summary(paper, sentence=WRONG)
    row = deliver(make_subscriber(), paper)
    seen: list[tuple[str, str | None]] = []

    def die(*_, **__):
        seen.extend(Delivery.objects.values_list("state", "revisions"))
        raise SystemExit

    monkeypatch.setattr(SmtpTransport, "send", die)
    with pytest.raises(SystemExit):
        send(sink, tmp_path)
    row.refresh_from_db()
    assert seen == [("sending", "")]
    assert row.revisions == ""


def test_a_line_and_a_paper_that_was_left_out_are_no_cards(paper):
    make_summary(paper, "de", title="Kleine Speicher")
    lines = make_paper()
    make_summary(lines, "de", title="Zeilen")
    gone = make_paper(is_withdrawn=True)
    row = deliver(make_subscriber(language="de"), paper, gone, also=[lines])
    build_batch([row], now=NOW)
    assert row.revisions == "1:- 2:l1"


# -- who is told --------------------------------------------------------------------------------------------


def test_who_had_an_older_revision_in_that_language_is_told_and_nobody_else(paper):
    make_summary(paper, sentence=WRONG)
    make_summary(paper, "de", sentence="Falsch.", title="Kleine Speicher")
    had_it, uncertain = make_subscriber(), make_subscriber()
    had(had_it, paper)
    had(uncertain, paper, state="uncertain")
    from_before, paused = make_subscriber(), make_subscriber(state="paused")
    had(from_before, paper, revisions=None)
    had(paused, paper)
    for state in ("queued", "failed", "skipped", "deferred"):
        had(make_subscriber(), paper, state=state)
    had(make_subscriber(), paper, revisions="0:2")
    had(make_subscriber(), paper, revisions="0:0")
    had(make_subscriber(), paper, revisions="0:l1")
    had(make_subscriber(), paper, revisions="0:-")
    had(make_subscriber(), make_paper())
    had(make_subscriber(language="de"), paper)
    had(make_subscriber(state="unsubscribed"), paper)
    rewrite(paper)
    correction = confirmed(paper)
    assert owing.gather(now=NOW) == 4
    assert told(correction) == {had_it.pk, uncertain.pk, from_before.pk, paused.pk}
    correction.refresh_from_db()
    assert correction.state == "gathered"
    assert owing.gather(now=NOW) == 0


def keep(paper, number, *, language="en", sentence=RIGHT, title="", author="model"):
    """A revision of the paper's summary, as its row is kept."""
    points = [{"text": "Half of it.", "evidence": "half the memory"}]
    words = {"title": title, "sentence": sentence, "sentence_evidence": "", "takeaways": points}
    SummaryRevision.objects.create(
        paper=paper, language=language, number=number, words=words | {"keywords": []}, author=author
    )


def test_who_had_only_the_extract_was_told_nothing_wrong(paper):
    keep(paper, 1, sentence="We study memories.", author="extract")
    keep(paper, 2, sentence=WRONG)
    keep(paper, 3, author="editor")
    extract, wrong = make_subscriber(), make_subscriber()
    had(extract, paper)
    had(wrong, paper, revisions="0:2")
    correction = confirmed(paper, to_revision=3)
    owing.gather(now=NOW)
    assert told(correction) == {wrong.pk}


def test_who_could_only_have_had_the_extract_is_not_told_either(paper):
    keep(paper, 1, sentence="We study memories.", author="extract")
    keep(paper, 2, author="editor")
    had(make_subscriber(), paper, revisions=None)
    assert not reach.reach_of(paper.pk)["en"].concerned(confirmed(paper))


def test_who_had_what_is_right_before_it_became_wrong_is_not_told(paper):
    for number, sentence in enumerate((RIGHT, WRONG, RIGHT), 1):
        keep(paper, number, sentence=sentence)
    right, wrong = make_subscriber(), make_subscriber()
    had(right, paper, revisions="")
    had(wrong, paper, revisions="0:2")
    correction = confirmed(paper, to_revision=3)
    owing.gather(now=NOW)
    assert told(correction) == {wrong.pk}


@pytest.mark.parametrize(("right_title", "are_lines_told"), [("Kleine Speicher", True), ("Kleiner", False)])
def test_a_wrong_title_is_told_to_who_had_it_in_a_line(paper, right_title, are_lines_told):
    """A line says the title alone: nothing else that was wrong stood in it."""
    keep(paper, 1, language="de", sentence="Falsch.", title="Kleiner")
    keep(paper, 2, language="de", sentence="Richtig.", title=right_title)
    card, line, unknown, own_title, right = [make_subscriber(language="de") for _ in range(5)]
    had(card, paper)
    had(line, paper, revisions="0:l1")
    other = make_paper()
    had(unknown, other, also=[paper], revisions=None)
    had(own_title, paper, revisions="0:l0")
    had(right, paper, revisions="0:l2")
    correction = confirmed(paper, language="de", old="Falsch. Kleiner")
    owing.gather(now=NOW)
    assert told(correction) == {card.pk} | ({line.pk, unknown.pk} if are_lines_told else set())


def test_a_translated_title_over_an_extract_may_be_wrong_too(paper):
    keep(paper, 1, language="de", sentence="", title="Kleiner")
    keep(paper, 2, language="de", sentence="Richtig.", title="Kleine Speicher")
    reader = make_subscriber(language="de")
    had(reader, paper)
    assert reach.reach_of(paper.pk)["de"].concerned(confirmed(paper, language="de")) == {reader.pk}


def test_a_recall_is_told_to_who_had_the_paper_in_whatever_form(paper):
    readers = [make_subscriber() for _ in range(4)]
    for reader, revisions in zip(readers, ("", "0:3", "0:0", "0:l0"), strict=True):
        had(reader, paper, revisions=revisions)
    had(make_subscriber(), paper, revisions="0:-")
    correction = confirmed(paper, kind="recall", old="", right="", to_revision=None)
    owing.gather(now=NOW)
    assert told(correction) == {reader.pk for reader in readers}


def test_while_a_digest_with_the_paper_is_being_sent_it_is_looked_for_again(paper):
    make_summary(paper, sentence=WRONG)
    rewrite(paper)
    reader = make_subscriber()
    row = had(reader, paper, state="claimed", revisions=None)
    correction = confirmed(paper)
    assert owing.gather(now=NOW) == 0
    correction.refresh_from_db()
    assert correction.state == "confirmed"
    Delivery.objects.filter(pk=row.pk).update(state="sent", revisions="")
    assert owing.gather(now=NOW) == 1
    correction.refresh_from_db()
    assert correction.state == "gathered"


def test_numbers_are_of_readers_by_language_and_topic(paper):
    topic, other = make_topic(), make_topic()
    make_summary(paper, sentence=WRONG)
    twice = make_subscriber()
    had(twice, paper, why=(for_topic(topic.pk),))
    had(twice, paper, day=DAY + timedelta(days=1), why=(for_topic(topic.pk),))
    had(make_subscriber(), paper, state="uncertain", why=(for_topic(topic.pk), for_topic(other.pk)))
    had(make_subscriber(language="ko"), paper, why=(for_topic(other.pk),))
    MailedPaper.objects.filter(paper=paper).update(until=DAY + timedelta(days=1))
    reached = reach.reach_of(paper.pk)
    assert {language: (len(each.sent), len(each.possible)) for language, each in reached.items()} == {
        "en": (1, 1),
        "ko": (1, 0),
    }
    assert reached["en"].by_topic == {topic.pk: 2, other.pk: 1}


def test_only_the_days_on_which_the_paper_was_mailed_are_read(paper):
    had(make_subscriber(), paper)
    with CaptureQueriesContext(connection) as caught:
        assert len(reach.reach_of(paper.pk)) == 1
    about = [query for query in caught if "subscriptions_delivery" in query["sql"]]
    assert len(about) == 3, "the day, the one before and the one after"
    assert not reach.reach_of(make_paper().pk)


# -- the next digest ----------------------------------------------------------------------------------------


@pytest.fixture
def corrected(paper):
    """A reader who had what was wrong, and has the correction coming."""
    make_summary(paper, sentence=WRONG)
    reader = make_subscriber(topics=[make_topic()])
    had(reader, paper, day=DAY - timedelta(days=1))
    MailedPaper.objects.filter(paper=paper).update(since=DAY - timedelta(days=1))
    rewrite(paper)
    confirmed(paper)
    owing.gather(now=NOW)
    return reader


def enqueue_for(reader, *, now=NOW):
    topic = reader.topics.get()
    make_edition(topic, [make_paper(day=now.date())], day=now.date())
    Subscriber.objects.filter(pk=reader.pk).update(next_due_at=now)
    delivery.enqueue(now)
    return Delivery.objects.get(subscriber=reader, day=now.date())


def test_the_next_digest_tells_it_in_one_line_and_the_one_after_does_not(corrected, sink, tmp_path):
    row = enqueue_for(corrected)
    for body in bodies(row):
        flat = " ".join(body.split())
        assert flat.count(WRONG) == 1
        assert flat.count(RIGHT) == 1
        assert "Small memories" in flat
    assert WRONG in (build_page(row) or "")
    assert send(sink, tmp_path).counts == {"sent": 1}
    after = enqueue_for(corrected, now=NOW + timedelta(days=1))
    assert WRONG not in bodies(after)[0]


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_a_digest_that_never_left_has_told_nothing(corrected, state):
    row = enqueue_for(corrected)
    Delivery.objects.filter(pk=row.pk).update(state=state)
    after = enqueue_for(corrected, now=NOW + timedelta(days=1))
    assert WRONG in bodies(after)[0]
    assert WRONG not in bodies(row)[0], "sent again by hand it does not say it twice"


@pytest.mark.parametrize("state", ["sent", "uncertain", "deferred", "queued", "sending"])
def test_one_that_left_or_may_leave_has_told_it(corrected, state):
    row = enqueue_for(corrected)
    Delivery.objects.filter(pk=row.pk).update(state=state)
    after = enqueue_for(corrected, now=NOW + timedelta(days=1))
    assert WRONG not in bodies(after)[0]


def test_a_correction_alone_makes_no_digest(corrected):
    delivery.enqueue(NOW)
    assert not Delivery.objects.filter(subscriber=corrected, day=DAY).exists()
    assert WRONG in bodies(enqueue_for(corrected, now=NOW + timedelta(days=1)))[0]


def test_without_a_correction_of_late_choosing_costs_one_query_more():
    topic = make_topic()
    make_edition(topic, [make_paper()])
    make_subscriber(topics=[topic])
    with CaptureQueriesContext(connection) as caught:
        assert delivery.enqueue(NOW)["queued"] == 1
    about = [query["sql"] for query in caught if "correction" in query["sql"]]
    assert len(about) == 1


def test_a_batch_is_told_with_as_many_queries_as_one_reader(paper):
    make_summary(paper, sentence=WRONG)
    topic = make_topic()
    readers = [make_subscriber(topics=[topic]) for _ in range(5)]
    for reader in readers:
        had(reader, paper, day=DAY - timedelta(days=1))
    confirmed(paper)
    owing.gather(now=NOW)
    make_edition(topic, [make_paper()])
    with CaptureQueriesContext(connection) as caught:
        delivery.enqueue(NOW)
    about = [query["sql"] for query in caught if "correction" in query["sql"]]
    assert len(about) == 3
    rows = list(Delivery.objects.filter(day=DAY, state="queued"))
    with CaptureQueriesContext(connection) as caught:
        assert all(RIGHT in body for row in rows for body in [bodies(row)[0]])
    assert OwedCorrection.objects.filter(delivery__in=rows).count() == 5


def test_more_than_five_wait_for_the_digest_after(corrected):
    for number in range(6):
        other = make_paper()
        make_summary(other)
        had(corrected, other, day=DAY - timedelta(days=2 + number))
        MailedPaper.objects.filter(paper=other).update(since=DAY - timedelta(days=2 + number))
        confirmed(other, old=f"Wrong {number}.")
    owing.gather(now=NOW)
    first = bodies(enqueue_for(corrected))[0]
    second = bodies(enqueue_for(corrected, now=NOW + timedelta(days=1)))[0]
    shown = [WRONG, *(f"Wrong {number}." for number in range(6))]
    assert sum(sentence in first for sentence in shown) == 5
    assert sum(sentence in second for sentence in shown) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language_and_fits(corrected, language, paper):
    Subscriber.objects.filter(pk=corrected.pk).update(language=language)
    Correction.objects.update(language=language)
    row = enqueue_for(corrected)
    words = phrases(language)
    for body in bodies(row):
        flat = " ".join(body.split())
        for phrase in ("correction.heading", "correction.was", "correction.right"):
            assert " ".join(words.say(phrase).split()) in flat
        assert f"/papers/{paper.arxiv_id}/{language}/" in flat
    assert len(build_batch([row], now=NOW)[row.pk].data) < LARGEST_HTML


def test_a_recalled_paper_has_no_page_here_any_more(corrected, paper):
    """The digest and the mail lead to the abstract on arXiv, and no button promises a page."""
    Correction.objects.update(kind="recall", old="", right="", to_revision=None)
    mail = correction_mail(
        line_of(owing.told_of(Correction.objects.get())), language="en", links=reader_links(uuid4(), 0)
    )
    for body in (*bodies(enqueue_for(corrected)), mail.text, mail.html):
        assert f"https://arxiv.org/abs/{paper.arxiv_id}" in body
        assert f"/papers/{paper.arxiv_id}/" not in body
    assert phrases("en").say("correction.button") not in unescape(mail.html)


def test_hostile_words_are_shown_as_words(corrected):
    Correction.objects.update(old="<script>alert(1)</script>\u202e", right='"><img src=x onerror=y>')
    text, html = bodies(enqueue_for(corrected))
    assert "<script>" not in html
    assert "<img src=x" not in html
    assert "\u202e" not in text


# -- a mail of its own --------------------------------------------------------------------------------------


def send_mails(sink):
    transport = transport_to(sink)
    try:
        return dict(correction_mails.send_corrections(seconds=20, transport=transport))
    finally:
        transport.close()


@pytest.fixture
def mailed(paper):
    make_summary(paper, sentence=WRONG)
    readers = [make_subscriber() for _ in range(3)]
    for reader in readers:
        had(reader, paper)
    rewrite(paper)
    confirmed(paper, has_mail=True)
    owing.gather(now=NOW)
    return readers


def mail_states():
    return dict(OwedCorrection.objects.order_by("pk").values_list("subscriber_id", "mail_state"))


def test_who_had_it_gets_one_mail_that_says_old_and_right_and_how_to_leave(sink, mailed, paper):
    assert send_mails(sink) == {"sent": 3}
    assert send_mails(sink) == {}
    assert sorted(sink.recipients) == sorted(reader.email for reader in mailed)
    message = message_from_bytes(sink.bodies[0], policy=default)
    assert message["Subject"] == "Correction: Small memories"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<http")
    for kind in ("plain", "html"):
        body = " ".join(content_of(message, kind).split())
        assert WRONG in body
        assert RIGHT in body
        assert f"/papers/{paper.arxiv_id}/en/" in body
        assert "/unsubscribe/" in body


def test_who_left_paused_or_is_suppressed_meanwhile_gets_none(sink, mailed):
    left, paused, suppressed = mailed
    Subscriber.objects.filter(pk=left.pk).update(state="unsubscribed")
    Subscriber.objects.filter(pk=paused.pk).update(state="paused")
    Suppression.objects.keep_out(suppressed.email, reason=Suppression.Reason.COMPLAINED, at=NOW)
    assert send_mails(sink) == {"refused": 3}
    assert not sink.accepted


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_dies_sends_nothing_twice(sink, mailed, monkeypatch):
    """What it was sending may have arrived and is not sent again; the others are."""
    transport = transport_to(sink)
    before = SmtpTransport.send

    def die_after(self, envelope, **options):
        before(self, envelope, **options)
        raise SystemExit

    monkeypatch.setattr(SmtpTransport, "send", die_after)
    with pytest.raises(SystemExit):
        correction_mails.send_corrections(seconds=20, transport=transport)
    assert list(mail_states().values()) == ["sending", "owed", "owed"]
    monkeypatch.setattr(SmtpTransport, "send", before)
    assert send_mails(sink) == {"uncertain": 1, "sent": 2}
    assert sink.recipients.total() == 3
    assert max(sink.recipients.values()) == 1


def test_a_mailbox_that_is_full_is_tried_later_and_the_others_get_theirs(mailed):
    full = mailed[0].email

    def play(stage, address):
        return Act(reply="452 4.2.2 mailbox full") if (stage, address) == ("rcpt", full) else Act()

    with SmtpSink(play=play) as sink:
        assert send_mails(sink) == {"put_off": 1, "sent": 2}
        row = OwedCorrection.objects.get(subscriber=mailed[0])
        assert row.mail_state == "owed"
        assert row.retry_at is not None
        assert row.retry_at > timezone.now()
        assert send_mails(sink) == {}


def test_where_the_mail_server_is_away_nothing_is_lost(mailed):
    with SmtpSink() as sink:
        pass
    assert send_mails(sink) == {"stopped": 1}
    assert set(mail_states().values()) == {"owed"}
    OwedCorrection.objects.update(retry_at=None)
    with SmtpSink() as sink:
        assert send_mails(sink) == {"sent": 3}


@pytest.mark.django_db(transaction=True)
def test_what_stops_everything_is_no_attempt_of_a_readers_mail(mailed):
    """A mailbox that is full for the first time, after a server that was often away, is tried again."""
    with SmtpSink() as sink:
        pass
    for _ in range(correction_mails.MOST_ATTEMPTS):
        assert send_mails(sink) == {"stopped": 1}
        OwedCorrection.objects.update(retry_at=None)
    assert set(OwedCorrection.objects.values_list("mail_attempts", flat=True)) == {0}

    def play(stage, _):
        return Act(reply="450 4.2.0 mailbox busy") if stage == "rcpt" else Act()

    with SmtpSink(play=play) as sink:
        assert send_mails(sink) == {"put_off": 3}
    assert set(OwedCorrection.objects.values_list("mail_attempts", "mail_state")) == {(1, "owed")}


def test_the_periodic_task_finds_the_readers_and_writes_to_them(sink, paper, settings):
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
    make_summary(paper, sentence=WRONG)
    had(make_subscriber(), paper)
    rewrite(paper)
    confirmed(paper, has_mail=True)
    assert tasks.tell_corrections() == 2
    assert tasks.tell_corrections() == 0
    assert sink.recipients.total() == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["statement", "recall"])
def test_the_mail_is_made_in_every_language(language, kind, paper):
    told = ToldCorrection(paper.arxiv_id, paper.title, "en", language, kind == "recall", WRONG, "")
    links = reader_links(uuid4(), 0)
    mail = correction_mail(line_of(told), language=language, links=links)
    words = phrases(language)
    expected = words.say("correction.recalled") if kind == "recall" else words.say("correction.was")
    for body in (mail.text, unescape(mail.html)):
        assert " ".join(expected.split()) in " ".join(body.split())
    assert words.say("correction.heading") in mail.subject
