"""Each day is posted once to each channel, in the service's own form, whatever happens on the way."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from newsletter.channels import ledger, posting
from newsletter.channels.days import due_at
from newsletter.channels.posting import post_due
from newsletter.channels.wire import deliver
from newsletter.errors import StateError
from newsletter.models import Channel, ChannelPost, Entry, SetAside, Summary
from newsletter.set_aside import StageDown
from newsletter.summaries.needs import needed
from tests.factories import DAY, NOW, make_edition, make_paper, make_summary, make_topic
from tests.newsletter.channels.standins import (
    HANG_UP,
    HOOK,
    SERVICES,
    TOKEN,
    TOO_MANY,
    answer,
    make_channel,
)

pytestmark = pytest.mark.django_db
AT_TEN = NOW + timedelta(hours=1)


@pytest.fixture
def topic():
    return make_topic()


@pytest.fixture
def edition(topic):
    papers = [make_paper() for _ in range(3)]
    for paper in papers:
        make_summary(paper)
    return make_edition(topic, papers)


@pytest.fixture
def clock(monkeypatch):
    """Ten o'clock of the day; naps move it."""
    with time_machine.travel(AT_TEN, tick=False) as traveller:
        monkeypatch.setattr(
            "newsletter.channels.posting.time.sleep", lambda seconds: traveller.shift(seconds)
        )
        yield traveller


def clock_now():
    return timezone.now()


def only_post():
    return ChannelPost.objects.get()


@pytest.fixture(params=SERVICES)
def any_service(request, stand_in):
    return stand_in(request.param)


def post_today(standin, *, papers=3, **fields):
    """A channel whose hour has come, with a day of papers."""
    topic = make_topic()
    made = [make_paper() for _ in range(papers)]
    for paper in made:
        make_summary(paper)
    make_edition(topic, made)
    return make_channel(standin, topic=topic, **fields)


@pytest.mark.parametrize("form", ["headlines", "full"])
def test_each_service_takes_the_day_once_in_its_own_form(any_service, clock, form):
    channel = post_today(any_service, form=form)
    assert post_due()["sent"] == 1
    assert any_service.faults == []
    assert len(any_service.accepted) == 1
    post = only_post()
    assert (post.state, post.error, len(post.parts)) == ("sent", "", 1)
    assert post.parts[0]["papers"] == post.papers
    assert bool(post.parts[0]["message_id"]) == (any_service.service in ("discord", "telegram", "matrix"))
    text = any_service.requests[0][3].decode()
    for entry in Entry.objects.all():
        assert f"/papers/{entry.paper.arxiv_id}/en/" in text
    assert ("Takeaway 1" in text) == (form == "full")
    assert post_due() == {}
    assert len(any_service.requests) == 1
    channel.refresh_from_db()
    assert channel.last_error == ""


ENOUGH = {"telegram": 9, "discord": 11, "slack": 20, "matrix": 50}
"""Papers that one message does not take; 30 at the others."""


def test_each_service_gets_a_long_day_in_parts_within_its_limits(any_service, clock):
    papers = ENOUGH.get(any_service.service, 30)
    channel = post_today(any_service, papers=papers, form="full", size=papers)
    Summary.objects.update(sentence="It halves the memory of *all* <b>models</b>. " * 14)
    post_due()
    post = only_post()
    assert post.state == "sent", post.error
    assert any_service.faults == []
    assert [paper for part in post.parts for paper in part["papers"]] == post.papers
    assert len(any_service.accepted) == len(post.parts) > 1
    assert channel.posts.count() == 1


def test_each_service_is_asked_again_when_it_said(any_service, clock):
    post_today(any_service)
    any_service.next_answers.append(TOO_MANY[any_service.service])
    assert post_due()["deferred"] == 1
    post = only_post()
    assert 30 <= (post.retry_at - clock_now()).total_seconds() < 40
    assert post.parts == []
    assert post_due() == {}
    ChannelPost.objects.update(retry_at=None)
    assert post_due()["sent"] == 1
    assert len(any_service.accepted) == 1


def test_a_channel_that_is_gone_is_switched_off_and_says_why(any_service, clock):
    channel = post_today(any_service)
    any_service.is_gone = True
    assert post_due()["failed"] == 1
    channel.refresh_from_db()
    assert not channel.is_on
    assert channel.last_error.startswith("Switched off: ")
    assert only_post().error in channel.last_error
    assert post_due() == {}


def test_what_no_answer_came_to_is_uncertain_and_never_sent_again_by_itself(any_service, clock):
    post_today(any_service)
    any_service.next_answers.append(HANG_UP)
    assert post_due()["uncertain"] == 1
    assert only_post().parts[0]["state"] == "uncertain"
    assert post_due() == {}
    assert len(any_service.requests) == 1
    ledger.repeat(only_post(), now=clock_now())
    assert post_due()["sent"] == 1
    assert len(any_service.requests) == 2
    if any_service.service in ("matrix", "webhook"):  # they know the message by its key
        first, second = any_service.requests
        keys = [
            request[1] if any_service.service == "matrix" else request[2]["webhook-id"]
            for request in (first, second)
        ]
        assert keys[0] == keys[1]


# -- one service, the ledger's cases ------------------------------------------------------------------------


@pytest.fixture
def slack(stand_in):
    return stand_in("slack")


class KilledError(BaseException):
    """The worker is gone: nothing after this runs."""


def test_a_worker_that_dies_before_it_sends_costs_nothing(slack, clock, edition, topic, monkeypatch):
    make_channel(slack, topic=topic)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "start", lambda *_, **__: (_ for _ in ()).throw(KilledError()))
        with pytest.raises(KilledError):
            post_due()
    assert only_post().state == "claimed"
    assert post_due() == {}
    clock.shift(ledger.LEASE + timedelta(seconds=1))
    assert post_due()["sent"] == 1
    assert len(slack.accepted) == 1


def test_a_worker_that_dies_after_it_sent_leaves_an_uncertain_part(slack, clock, edition, topic, monkeypatch):
    make_channel(slack, topic=topic)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "settle", lambda *_, **__: (_ for _ in ()).throw(KilledError()))
        with pytest.raises(KilledError):
            post_due()
    assert only_post().state == "sending"
    clock.shift(ledger.LEASE + timedelta(seconds=1))
    assert post_due()["uncertain"] == 1
    clock.shift(timedelta(hours=2))
    assert post_due() == {}
    assert len(slack.accepted) == 1
    assert ledger.accept(only_post(), now=clock_now()) == "It counts as arrived."
    post_due()
    assert only_post().state == "sent"
    assert len(slack.accepted) == 1


def test_a_holder_that_hears_late_that_it_was_taken_settles_it_as_sent(
    slack, clock, edition, topic, monkeypatch
):
    make_channel(slack, topic=topic)

    def slowly(request):
        given = deliver(request)
        clock.shift(ledger.LEASE + timedelta(seconds=1))
        assert ledger.sweep(now=clock_now()) == {"uncertain": 1}
        return given

    monkeypatch.setattr(posting, "deliver", slowly)
    post_due()
    assert only_post().state == "sent"
    assert only_post().parts[0]["state"] == "sent"


def test_two_workers_never_hold_the_same_post(slack, clock, edition, topic):
    channel = make_channel(slack, topic=topic)
    posting.enqueue(channel, now=clock_now())
    posting.enqueue(channel, now=clock_now())
    first, second = ledger.claim(now=clock_now()), ledger.claim(now=clock_now())
    assert first is not None
    assert second is None


def test_a_part_that_is_refused_fails_the_post_and_an_editor_repeats_it(slack, clock, edition, topic):
    channel = make_channel(slack, topic=topic)
    slack.next_answers.append(answer(400, "invalid_blocks"))
    assert post_due()["failed"] == 1
    channel.refresh_from_db()
    assert (channel.is_on, channel.last_error) == (True, "HTTP 400: invalid_blocks")
    clock.shift(timedelta(days=3))
    ledger.repeat(only_post(), now=clock_now())
    assert post_due()["sent"] == 1
    channel.refresh_from_db()
    assert channel.last_error == ""


def test_a_day_that_was_sent_is_repeated_whole_and_one_that_waits_is_not(slack, clock, edition, topic):
    make_channel(slack, topic=topic)
    post_due()
    ledger.repeat(only_post(), now=clock_now())
    with pytest.raises(StateError, match="already"):
        ledger.repeat(only_post(), now=clock_now())
    assert post_due()["sent"] == 1
    assert len(slack.accepted) == 2
    assert only_post().round == 1


def test_an_uncertain_part_in_the_middle_stops_the_rest_until_an_editor_says_so(slack, clock, topic):
    papers = [make_paper() for _ in range(40)]
    for paper in papers:
        make_summary(paper, sentence="It halves the memory of all models. " * 16)
    make_edition(topic, papers)
    make_channel(slack, topic=topic, size=40)

    def hang_up_next():
        slack.next_answers.append(HANG_UP)
        slack.before_answer = lambda: None

    slack.before_answer = hang_up_next
    post_due()
    post = only_post()
    assert [part["state"] for part in post.parts] == ["sent", "uncertain"]
    assert post_due() == {}
    ledger.repeat(post, now=clock_now())
    post_due()
    post = only_post()
    assert post.state == "sent"
    assert [paper for part in post.parts for paper in part["papers"]] == [paper.pk for paper in papers]
    urls = [f"/papers/{paper.arxiv_id}/en/" for paper in papers]
    said = "".join(str(body) for body in slack.accepted)
    assert all(said.count(url) == 1 for url in urls)


def test_a_server_in_trouble_is_tried_later_and_later_and_then_given_up(slack, clock, edition, topic):
    make_channel(slack, topic=topic)
    waits = []
    for _ in range(ledger.MOST_ATTEMPTS):
        slack.next_answers.append(answer(503, "rollup_error"))
        post_due()
        post = only_post()
        if post.retry_at:
            waits.append(post.retry_at - clock_now())
            clock.move_to(post.retry_at)
    assert post.state == "failed"
    assert waits[:7] == sorted(waits[:7])  # then an hour, and up to a quarter more
    assert waits[0] >= timedelta(seconds=30)
    assert len(slack.requests) == ledger.MOST_ATTEMPTS


def test_a_service_that_asks_for_no_wait_is_not_asked_ten_times_in_a_second(slack, clock, edition, topic):
    make_channel(slack, topic=topic)
    slack.next_answers.extend([answer(429, "rate_limited", Retry_After="0")] * 6)
    post_due()
    assert only_post().state == "deferred"
    assert (
        len(slack.requests) == 4
    )  # at once, then after 1, 2 and 4 seconds; the next after 8 is another run's
    assert only_post().retry_at - clock_now() == timedelta(seconds=8)


def test_one_bad_channel_never_stops_the_rest(slack, stand_in, clock, edition, topic, monkeypatch):
    bad = make_channel(slack, topic=topic, name="a bad one")
    Channel.objects.filter(pk=bad.pk).update(time_zone="Mars/Olympus_Mons")
    worse = make_channel(slack, topic=topic, name="b worse", language="xx")
    other = stand_in("mattermost")
    make_channel(other, topic=topic)
    counts = post_due()
    assert counts["sent"] == 1
    assert len(other.accepted) == 1
    rows = {row.stage: row for row in SetAside.objects.all()}
    assert rows["channel-days"].item == f"channel {bad.pk}"
    assert "Mars" in rows["channel-days"].reason
    assert rows["channels"].item == f"channel {worse.pk}"
    assert worse.posts.get().state == "deferred"


def test_when_no_service_can_be_reached_the_posts_wait_and_the_desk_is_told(stand_in, clock, edition, topic):
    for service in ("slack", "mattermost", "matrix"):
        standin = stand_in(service)
        make_channel(standin, topic=topic)
        standin.__exit__()
    with pytest.raises(StageDown, match="No service of 3 channels can be reached, so all posts wait"):
        post_due()
    assert set(ChannelPost.objects.values_list("state", "attempts")) == {("deferred", 0)}
    assert SetAside.objects.get().item == ""
    clock.shift(timedelta(hours=25))
    post_due()
    assert set(ChannelPost.objects.values_list("state", flat=True)) == {"failed"}
    assert only_error().startswith("Too late: 127.0.0.1 cannot be reached")


def only_error():
    return ChannelPost.objects.values_list("error", flat=True)[0]


# -- which day, and when ------------------------------------------------------------------------------------


def test_a_day_is_posted_at_its_hour_and_a_late_one_once_it_is_ready(slack, clock, edition, topic):
    edition.state = "draft"
    edition.save()
    make_channel(slack, topic=topic, hour=11)
    assert post_due() == {}
    clock.shift(timedelta(hours=2))
    assert post_due() == {}
    edition.state = "approved"
    edition.save()
    clock.shift(timedelta(hours=14))  # the next morning
    assert post_due()["sent"] == 1
    clock.shift(timedelta(days=3))
    assert post_due() == {}


def test_a_day_that_is_too_late_or_before_the_channel_is_not_posted(slack, clock, edition, topic, settings):
    settings.CHANNEL_LATE_HOURS = 5
    make_channel(slack, topic=topic, hour=4)
    make_channel(slack, topic=topic, hour=9, name="new", created_at=AT_TEN)
    assert post_due() == {}


def test_all_topics_wait_for_every_draft_and_name_a_paper_once(slack, clock, edition):
    shared = edition.entries.first().paper
    other = make_edition(make_topic(), [shared, make_paper()], state="draft")
    make_channel(slack, topic=None)
    assert post_due() == {}
    other.state = "frozen"
    other.save()
    assert post_due()["sent"] == 1
    assert str(slack.accepted).count(f"/papers/{shared.arxiv_id}/en/") == 1
    assert len(only_post().papers) == 4


def test_hidden_and_withdrawn_papers_are_not_posted_also_when_hidden_at_the_last_moment(
    slack, clock, edition, topic
):
    first, second, third = edition.entries.all()
    Entry.objects.filter(pk=first.pk).update(is_hidden=True)
    channel = make_channel(slack, topic=topic)
    posting.enqueue(channel, now=clock_now())
    assert only_post().papers == [second.paper_id, third.paper_id]
    Entry.objects.filter(pk=second.pk).update(is_hidden=True)
    post_due()
    said = str(slack.accepted)
    assert third.paper.arxiv_id in said
    assert first.paper.arxiv_id not in said
    assert second.paper.arxiv_id not in said


def test_a_day_that_an_editor_takes_back_waits_and_is_posted_as_it_is_approved_again(
    slack, clock, edition, topic
):
    channel = make_channel(slack, topic=topic)
    posting.enqueue(channel, now=clock_now())
    edition.state = "draft"
    edition.save()
    assert post_due() == {"deferred": 1}
    last = edition.entries.order_by("position").last()
    Entry.objects.filter(pk=last.pk).update(is_pinned=True)
    edition.state = "approved"
    edition.save()
    clock.shift(timedelta(minutes=6))
    assert post_due() == {"sent": 1}
    assert only_post().papers[0] == last.paper_id
    assert len(slack.accepted) == 1


def test_an_empty_day_is_silent_or_one_line(slack, clock, topic):
    make_edition(topic, [])
    make_channel(slack, topic=topic)
    make_channel(slack, topic=topic, name="talkative", says_empty=True)
    assert post_due()["sent"] == 1
    assert "There are no new papers today." in str(slack.accepted)
    assert post_due() == {}


def test_the_hour_is_the_channels_own_also_where_clocks_change():
    berlin = Channel(hour=2, time_zone="Europe/Berlin")
    assert due_at(berlin, date(2026, 3, 28)) == datetime(2026, 3, 28, 1, tzinfo=UTC)
    assert due_at(berlin, date(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 does not exist
    assert due_at(berlin, date(2026, 10, 25)) == datetime(2026, 10, 25, 0, tzinfo=UTC)  # the first of two
    assert due_at(Channel(hour=9, time_zone="Asia/Seoul"), DAY) == datetime(2026, 3, 18, 0, tzinfo=UTC)


def test_no_error_of_a_channel_holds_its_secrets(stand_in, clock, edition, topic, caplog):
    caplog.set_level("DEBUG")
    for service in ("slack", "telegram", "matrix"):
        standin = stand_in(service)
        channel = make_channel(standin, topic=topic)
        said = f"bad {channel.address} {channel.secret}" + (HOOK if service == "slack" else "")
        standin.next_answers.append(
            answer(400, {"description": said, "error": said} if channel.secret else said)
        )
    post_due()
    for post in ChannelPost.objects.select_related("channel"):
        for secret in filter(None, (HOOK, TOKEN, post.channel.address, post.channel.secret)):
            assert secret not in post.error + Channel.objects.get(pk=post.channel_id).last_error
            assert secret not in caplog.text
        assert "********" in post.error


@pytest.mark.parametrize(
    ("code", "day", "page"),
    [("ko", "2026년 3월 18일", "ko"), ("ar", "مارس", "ar"), ("de", "18. März 2026", "en")],
)
def test_a_post_speaks_the_channels_language_and_leads_to_pages_that_exist(
    slack, clock, edition, topic, code, day, page
):
    make_summary(edition.entries.order_by("position").first().paper, code, title="Ein Titel", sentence="So.")
    make_channel(slack, topic=topic, language=code, size=2)
    post_due()
    said = str(slack.accepted)
    assert day in said
    assert f"https://paperpost.example/topics/{topic.slug}/{page}/" in said
    assert said.count(f"/{code}/") >= 2
    assert "Ein Titel" in said


def test_summaries_are_written_for_what_a_channel_is_to_post(slack, edition, topic):
    first, *_ = edition.entries.order_by("position")
    make_channel(slack, topic=topic, language="ko", size=1)
    make_channel(slack, topic=topic, language="ko", size=1, name="off", is_on=False)
    assert needed() == [(first.paper_id, "ko")]
    assert needed([first.paper_id + 1]) == []
