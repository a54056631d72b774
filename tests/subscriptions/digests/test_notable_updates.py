"""Notable new versions: told once to those who asked for it, to nobody else, and never for white space."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from newsletter.intake.papers import Collected, store
from newsletter.languages import LANGUAGES
from newsletter.models import Entry, Paper
from newsletter.records import PaperRecord
from newsletter.rendering.layout import tally
from newsletter.rendering.phrases import phrases
from subscriptions.digests import choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery, SignUp, Subscriber
from subscriptions.picks import Pick, Picks, for_followed, for_topic, for_update
from subscriptions.readers.follows import follow_paper, unfollow_paper
from subscriptions.readers.links import token
from subscriptions.web.wish_preview import views_of
from tests.factories import (
    DAY,
    NOW,
    make_edition,
    make_paper,
    make_subscriber,
    make_summary,
    make_topic,
)
from tests.mail_checker import content_of
from tests.subscriptions.visitors import act, form

pytestmark = pytest.mark.django_db

ONE_DAY = timedelta(days=1)


def choose(*readers, now=NOW):
    return choose_batch(
        [*Subscriber.objects.filter(pk__in=[reader.pk for reader in readers]).order_by("pk")], now=now
    )


def send(choice, *, at, state="sent"):
    """As the ledger does: a row, and the day that the reader has had."""
    if choice.edition_day is not None:
        Subscriber.objects.filter(pk=choice.subscriber_id).update(last_edition_day=choice.edition_day)
    return Delivery.objects.create(
        subscriber_id=choice.subscriber_id,
        day=choice.day,
        picks=choice.picks,
        language="en",
        created_at=at,
        state=state,
    )


def replace(paper, version, *, at, **changes):
    """arXiv shows another version of a paper, and it is taken in."""
    paper.refresh_from_db()
    values = {
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": tuple(paper.authors),
        "categories": tuple(paper.categories),
        "comment": paper.comment,
        "published_at": paper.published_at,
    } | changes
    record = PaperRecord(arxiv_id=paper.arxiv_id, version=version, updated_at=at, **values)
    store(Collected(papers={paper.arxiv_id: record}), now=at)


def told(choice):
    """The versions that a choice tells of, by paper."""
    return {
        pick.paper: reason.version
        for pick in (choice.picks or Picks()).papers
        for reason in pick.reasons
        if reason.kind == "update"
    }


class Days:
    """A topic with one new paper a day, and readers who had the first day's."""

    def __init__(self, *, readers=1, **fields):
        self.topic = make_topic()
        self.paper = make_paper()
        make_edition(self.topic, [self.paper])
        self.readers = [
            make_subscriber(topics=[self.topic], wants_updates=True, **fields) for _ in range(readers)
        ]
        for choice in choose(*self.readers):
            send(choice, at=NOW)

    def publish(self, after, *, papers=1):
        """The edition of ``after`` days later; and that day's moment of choosing."""
        day = DAY + after * ONE_DAY
        make_edition(self.topic, [make_paper(day=day) for _ in range(papers)], day=day)
        return NOW + after * ONE_DAY


def test_a_notable_version_is_told_once_beside_the_new_papers_and_last():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="Now with a proof of the main claim.")
    now = days.publish(1)
    (choice,) = choose(*days.readers, now=now)
    assert told(choice) == {days.paper.pk: 2}
    assert choice.picks.papers[-1] == Pick(days.paper.pk, (for_update(2), for_topic(days.topic.pk)))
    assert choice.picks.new == 1
    send(choice, at=now)
    (choice,) = choose(*days.readers, now=days.publish(2))
    assert told(choice) == {}


def test_each_version_is_told_by_itself():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    now = days.publish(1)
    (choice,) = choose(*days.readers, now=now)
    send(choice, at=now)
    replace(days.paper, 3, at=now + timedelta(hours=16), title="Another title")
    now = days.publish(2)
    (choice,) = choose(*days.readers, now=now)
    assert told(choice) == {days.paper.pk: 3}
    send(choice, at=now)
    (choice,) = choose(*days.readers, now=days.publish(3))
    assert told(choice) == {}


def test_two_versions_before_the_next_digest_are_told_as_the_newer_one():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=3), abstract="A second text.")
    replace(days.paper, 3, at=NOW + timedelta(hours=16), abstract="A third text.")
    (choice,) = choose(*days.readers, now=days.publish(1))
    assert told(choice) == {days.paper.pk: 3}


def test_nobody_else_is_told():
    days = Days()
    (asked,) = days.readers
    had_it = make_subscriber(topics=[days.topic])
    send(choose(had_it)[0], at=NOW)
    never_had_it = make_subscriber(topics=[days.topic], wants_updates=True, last_edition_day=DAY)
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    choices = choose(asked, had_it, never_had_it, now=days.publish(1))
    assert [bool(told(choice)) for choice in choices] == [True, False, False]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "  A  study of\n subject "},
        {"comment": "12 pages, CVPR 2026"},
        {"authors": ("Ada Lovelace", "Emmy Noether", "Grace Hopper")},
    ],
)
def test_white_space_comments_and_authors_are_no_news(changes):
    days = Days()
    Paper.objects.filter(pk=days.paper.pk).update(title="A study of subject")
    replace(days.paper, 2, at=NOW + timedelta(hours=16), **changes)
    assert Paper.objects.get(pk=days.paper.pk).version == 2
    (choice,) = choose(*days.readers, now=days.publish(1))
    assert told(choice) == {}


def test_a_withdrawal_is_no_update():
    days = Days()
    replace(
        days.paper,
        2,
        at=NOW + timedelta(hours=16),
        abstract="This paper has been withdrawn by the authors.",
        comment="This paper has been withdrawn due to an error in the proof of Theorem 1",
    )
    (choice,) = choose(*days.readers, now=days.publish(1))
    assert told(choice) == {}


def test_a_version_from_before_the_digest_was_in_it_already():
    topic, paper = make_topic(), make_paper()
    make_edition(topic, [paper])
    reader = make_subscriber(topics=[topic], wants_updates=True)
    replace(paper, 2, at=NOW - timedelta(hours=1), abstract="A second text.")
    (choice,) = choose(reader)
    send(choice, at=NOW)
    make_edition(topic, [make_paper(day=DAY + ONE_DAY)], day=DAY + ONE_DAY)
    (choice,) = choose(reader, now=NOW + ONE_DAY)
    assert told(choice) == {}


def test_a_digest_that_never_arrived_told_nothing():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    now = days.publish(1)
    (choice,) = choose(*days.readers, now=now)
    send(choice, at=now, state="failed")
    (choice,) = choose(*days.readers, now=days.publish(2))
    assert told(choice) == {days.paper.pk: 2}


def test_who_no_longer_follows_what_brought_the_paper_is_not_told():
    days = Days()
    (reader,) = days.readers
    other = make_topic()
    reader.subscriptions.update(topic=other)
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    make_edition(other, [make_paper(day=DAY + ONE_DAY)], day=DAY + ONE_DAY)
    (choice,) = choose(reader, now=NOW + ONE_DAY)
    assert told(choice) == {}


def test_what_an_editor_hid_is_not_told():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    day = DAY + ONE_DAY
    edition = make_edition(days.topic, [make_paper(day=day), days.paper], day=day)
    Entry.objects.filter(edition=edition, paper=days.paper).update(is_hidden=True)
    (choice,) = choose(*days.readers, now=NOW + ONE_DAY)
    assert told(choice) == {}


def test_updates_take_a_third_of_a_digest_at_most_and_the_rest_wait_their_turn():
    topic = make_topic()
    papers = [make_paper() for _ in range(6)]
    make_edition(topic, papers)
    reader = make_subscriber(topics=[topic], wants_updates=True, size=6)
    send(choose(reader)[0], at=NOW)
    for number, paper in enumerate(papers):
        replace(paper, 2, at=NOW + timedelta(hours=12, minutes=number), abstract=f"Other text {number}.")
    heard = []
    for after in (1, 2, 3, 4):
        day, now = DAY + after * ONE_DAY, NOW + after * ONE_DAY
        make_edition(topic, [make_paper(day=day) for _ in range(9)], day=day)
        (choice,) = choose(reader, now=now)
        assert len(choice.picks.papers) == 6
        heard.append(list(told(choice)))
        send(choice, at=now)
    assert heard == [[paper.pk for paper in papers[at : at + 2]] for at in (0, 2, 4)] + [[]]


def test_an_update_waits_for_the_days_edition_and_goes_alone_if_none_comes():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    (choice,) = choose(*days.readers, now=NOW + ONE_DAY)
    assert choice.picks is None
    later = NOW + 2 * ONE_DAY
    (choice,) = choose(*days.readers, now=later)
    assert told(choice) == {days.paper.pk: 2}
    assert choice.picks.new == 0
    assert choice.edition_day is None
    message = build_batch([send(choice, at=later)], now=later).popitem()[1]
    text = content_of(message_from_bytes(message.data, policy=default), "plain")
    assert "1 new version" in text
    assert "new paper" not in text
    assert message.subject == "A second text"
    (choice,) = choose(*days.readers, now=NOW + 3 * ONE_DAY)
    assert choice.picks is None


def test_a_weekly_reader_is_told_with_the_next_weeks_digest():
    days = Days(cadence="weekly")
    replace(days.paper, 2, at=NOW + ONE_DAY, abstract="A second text.")
    (choice,) = choose(*days.readers, now=days.publish(7))
    assert told(choice) == {days.paper.pk: 2}


@pytest.mark.parametrize("rule", ["next-day", "extract"])
def test_an_update_waits_for_its_new_summary_where_papers_do(settings, rule):
    days = Days()
    settings.LATE_SUMMARIES = rule
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    now = days.publish(1)
    for entry in Entry.objects.filter(edition__day=DAY + ONE_DAY):
        make_summary(entry.paper)
    (choice,) = choose(*days.readers, now=now)
    assert told(choice) == ({} if rule == "next-day" else {days.paper.pk: 2})
    send(choice, at=now)
    now = days.publish(2)
    for entry in Entry.objects.filter(edition__day=DAY + 2 * ONE_DAY):
        make_summary(entry.paper)
    (choice,) = choose(*days.readers, now=now)
    assert told(choice) == ({days.paper.pk: 2} if rule == "next-day" else {})


def test_the_number_of_queries_does_not_grow_with_readers_or_versions():
    def count(readers, papers):
        topic = make_topic()
        shown = [make_paper() for _ in range(papers)]
        make_edition(topic, shown)
        people = [make_subscriber(topics=[topic], wants_updates=True) for _ in range(readers)]
        for choice in choose(*people):
            send(choice, at=NOW)
        for paper in shown:
            replace(paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
        make_edition(topic, [make_paper(day=DAY + ONE_DAY)], day=DAY + ONE_DAY)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            choices = choose(*people, now=NOW + ONE_DAY)
        assert all(told(choice) for choice in choices)
        return len(queries)

    assert count(2, 1) == count(9, 6)


def test_the_mail_says_so_in_words():
    days = Days()
    replace(days.paper, 2, at=NOW + timedelta(hours=16), title="A better title", abstract="A second text.")
    now = days.publish(1)
    (choice,) = choose(*days.readers, now=now)
    message = build_batch([send(choice, at=now)], now=now).popitem()[1]
    mail = message_from_bytes(message.data, policy=default)
    for kind in ("plain", "html"):
        body = content_of(mail, kind)
        assert "new version (v2) of a paper you were sent before" in body
        assert "A better title" in body
        assert "1 new paper · 1 new version" in body
    assert "new version (v2)" in views_of(choice.picks, day=DAY, language="en", now=NOW)[-1].why


def test_a_mail_that_is_too_long_shortens_new_papers_before_updates(monkeypatch):
    topic, old = make_topic(), make_paper()
    make_edition(topic, [old])
    reader = make_subscriber(topics=[topic], wants_updates=True)
    send(choose(reader)[0], at=NOW)
    replace(old, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    day, now = DAY + ONE_DAY, NOW + ONE_DAY
    make_edition(topic, [make_paper(day=day) for _ in range(6)], day=day)
    (choice,) = choose(reader, now=now)
    row = send(choice, at=now)
    whole = build_batch([row], now=now)[row.pk].data
    monkeypatch.setattr("subscriptions.messages.fitting.LARGEST_HTML", len(whole) * 3 // 4)
    short = build_batch([row], now=now)[row.pk].data
    text = content_of(message_from_bytes(short, policy=default), "html")
    assert text.count("<h2 ") < 1 + 7
    assert "new version (v2)" in text
    assert "6 new papers · 1 new version" in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_names_the_version_and_counts_them(code):
    assert "v12" in phrases(code).say("digest.reason_update", version=12)
    lines = {number: tally(3, 3, number, language=code) for number in (0, 1, 2, 3, 7, 12)}
    assert len({line.count(" · ") for number, line in lines.items() if number}) == 1
    assert lines[0] == lines[7].split(" · ")[0]
    assert "7" in lines[7].split(" · ")[1]


def test_the_forms_ask_for_it_and_keep_it(client):
    make_topic("vision")
    assert act(client, "/", form(topics=["vision"], wants_updates="on")).status_code == 302
    assert (
        Subscriber.objects.filter(wants_updates=True).exists() or SignUp.objects.get().wishes["wants_updates"]
    )
    reader = make_subscriber(topics=[make_topic("sound")])
    path = reverse("preferences", args=[token(reader, "preferences")])
    box = 'name="wants_updates" id="wants_updates"'
    assert f"{box}>" in client.get(path).content.decode()
    assert act(client, path, form(topics=["sound"], wants_updates="on")).status_code == 302
    reader.refresh_from_db()
    assert reader.wants_updates
    assert f"{box} checked>" in client.get(path).content.decode()
    act(client, path, form(topics=["sound"]))
    reader.refresh_from_db()
    assert not reader.wants_updates


def followed(choice):
    """The versions of followed papers that a choice tells of, by paper."""
    return {
        pick.paper: reason.version
        for pick in (choice.picks or Picks()).papers
        for reason in pick.reasons
        if reason.kind == "followed"
    }


def test_who_follows_a_paper_hears_of_its_version_once_without_asking_for_updates():
    days = Days()
    Subscriber.objects.update(wants_updates=False)
    (reader,) = days.readers
    stranger = make_subscriber(topics=[days.topic], last_edition_day=DAY)
    follow_paper(reader, days.paper, now=NOW + timedelta(hours=1))
    follow_paper(stranger, days.paper, now=NOW + timedelta(hours=1))
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    now = days.publish(1)
    choices = choose(reader, stranger, now=now)
    assert [followed(choice) for choice in choices] == [{days.paper.pk: 2}] * 2
    assert choices[0].picks.papers[-1] == Pick(days.paper.pk, (for_followed(2), for_topic(days.topic.pk)))
    assert choices[1].picks.papers[-1] == Pick(days.paper.pk, (for_followed(2),))
    rows = [send(choice, at=now) for choice in choices]
    mails = build_batch(rows, now=now)
    text = content_of(message_from_bytes(mails[rows[1].pk].data, policy=default), "plain")
    assert "new version (v2) of a paper you follow" in text
    assert [followed(choice) for choice in choose(reader, stranger, now=days.publish(2))] == [{}, {}]


def test_versions_from_before_the_follow_and_after_its_end_are_not_told():
    days = Days()
    Subscriber.objects.update(wants_updates=False)
    (reader,) = days.readers
    replace(days.paper, 2, at=NOW + timedelta(hours=2), abstract="A second text.")
    follow_paper(reader, days.paper, now=NOW + timedelta(hours=3))
    (choice,) = choose(reader, now=days.publish(1))
    assert followed(choice) == {}
    replace(days.paper, 3, at=NOW + timedelta(hours=25), abstract="A third text.")
    unfollow_paper(reader, days.paper)
    (choice,) = choose(reader, now=days.publish(2))
    assert followed(choice) == {}


def test_followed_papers_cost_no_query_a_reader():
    days = Days(readers=4)
    for reader in days.readers:
        follow_paper(reader, days.paper, now=NOW)
    replace(days.paper, 2, at=NOW + timedelta(hours=16), abstract="A second text.")
    now = days.publish(1)
    counts = []
    for some in (days.readers[:1], days.readers):
        choose(*some, now=now)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            choices = choose(*some, now=now)
        assert all(followed(choice) for choice in choices)
        counts.append(len(queries))
    assert counts[0] == counts[1]
