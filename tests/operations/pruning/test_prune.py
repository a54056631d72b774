"""What is old is let go, a little at a time; what is young, open or promised for longer stays."""

import json
import re
import time
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import DatabaseError
from django.db.models.query import QuerySet
from django.utils import timezone

from newsletter.desk import drafts, logins, reports
from newsletter.editions.composition import LATE_DAYS
from newsletter.models import (
    Channel,
    ChannelPost,
    Correction,
    ReadingCall,
    Report,
    ReportMessage,
    SetAside,
    SummaryAttempt,
    SummaryBatch,
    TypedDraft,
)
from operations.models import Alarm
from operations.pruning import run
from operations.pruning.pace import FEWEST, FIRST, MOST, TARGET, Pace
from operations.pruning.tables import Table, tables
from operations.tasks import prune_due
from subscriptions.digests import catch_up, histories, updates
from subscriptions.feedback import attribution, doubts
from subscriptions.management.commands import replay_ranking
from subscriptions.models import (
    ConsentEvent,
    DayHold,
    Delivery,
    DeliveryEvent,
    OwedCorrection,
    Subscriber,
    Suppression,
    Vote,
)
from subscriptions.periods import LONGEST_LOOK_BACK, MARGIN, current_periods
from subscriptions.readers import consent
from subscriptions.taste import learning
from tests.factories import make_paper, make_reading, make_subscriber, make_summary

pytestmark = pytest.mark.django_db

NOW = timezone.now()
PERIODS = current_periods()


@pytest.fixture(autouse=True)
def no_rest(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)


def ago(days: float):
    return NOW - timedelta(days=days)


def make_delivery(reader=None, *, days: float, state="sent", **fields) -> Delivery:
    at = ago(days)
    row = Delivery(reader and reader.pk, day=at.date(), state=state, language="en", created_at=at, **fields)
    row.pk, row.subscriber = None, reader or make_subscriber()
    row.save()
    return row


def one_of_each(days: int) -> None:
    """A row in every table that grows, ``days`` old."""
    at = ago(days)
    user = get_user_model().objects.create(username=f"editor of {days} days ago")
    paper = make_paper()
    reader = make_subscriber()
    delivery = make_delivery(reader, days=days)
    DeliveryEvent.objects.create(
        delivery=delivery, subscriber=reader, kind="soft", source="x", event_id=f"of {days}", at=at
    )
    DeliveryEvent.objects.create(subscriber=reader, kind="soft", source="notice", event_id=f"{days}", at=at)
    SummaryAttempt.objects.create(summary=make_summary(paper), prompt_version="1", model="m", at=at)
    make_reading(paper)
    ReadingCall.objects.filter(reading__paper=paper).update(at=at)
    SummaryBatch.objects.create(state="collected", model="m", summaries=[], tokens=1, sent_at=at, ended_at=at)
    Session.objects.create(session_key=f"s{days}", session_data="", expire_date=ago(days - 12))
    AccessAttempt.objects.create(username=f"a{days}", ip_address="192.0.2.0", failures_since_start=1)
    AccessFailureLog.objects.create(username="a", ip_address="192.0.2.0")
    AccessLog.objects.create(username="a", ip_address="192.0.2.0")
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__gte=NOW).update(attempt_time=at)
    kind = ContentType.objects.get_for_model(Delivery)
    LogEntry.objects.create(user=user, content_type=kind, object_repr="x", action_flag=2)
    LogEntry.objects.filter(user=user).update(action_time=at)
    TypedDraft.objects.create(user=user, page="/admin/", at=at)
    SetAside.objects.create(stage="mails", item=f"mail {days}", reason="x", first_at=at, last_at=at)
    report = Report.objects.create(
        paper=paper, language="en", state="settled", first_at=at, last_at=at, settled_at=at
    )
    ReportMessage.objects.create(report=report, by="visitor", words="It is wrong.", at=at)
    channel = Channel.objects.create(name=f"chat {days}", service="slack", created_at=at)
    ChannelPost.objects.create(
        channel=channel, day=at.date(), state="sent", late_at=at, created_at=at, settled_at=at
    )
    DayHold.objects.create(day=at.date(), at=at)
    alarm = Alarm.objects.create(kind="disk", subject=str(days), sentence="x", ended_at=at)
    assert alarm.pk
    unconfirmed = make_subscriber(state="pending", confirmed_at=None)
    Subscriber.objects.filter(pk=unconfirmed.pk).update(created_at=at)


def counts() -> dict[str, int]:
    return {table.name: table.model._default_manager.count() for table in tables(PERIODS)} | {
        run.UNCONFIRMED: Subscriber.objects.filter(state="pending").count()
    }


def test_of_each_table_the_old_row_goes_and_the_young_one_stays():
    one_of_each(400)
    one_of_each(1)
    both = counts()
    foreseen = run.count_old(NOW).counts
    assert counts() == both
    report = run.prune(NOW)
    assert report.problems == ()
    assert counts() == {name: count - count // 2 for name, count in both.items()}
    rows = {name: report.counts[name] for name in both}
    # The event of an old delivery went with it.
    assert rows == {name: count // 2 for name, count in both.items()} | {"delivery_events": 1}
    assert {name: foreseen[name] for name in both} == rows | {"delivery_events": 2}
    assert sum(run.prune(NOW).counts.values()) == 0


def test_votes_consent_and_suppressions_stay_for_ever():
    reader, at = make_subscriber(), ago(5000)
    Vote.objects.create(subscriber=reader, paper=make_paper(), value=1, at=at)
    ConsentEvent.objects.create(subscriber=reader, kind="confirmed", at=at)
    Suppression.objects.keep_out("gone@example.org", reason=Suppression.Reason.ERASED, at=at)
    assert sum(run.prune(NOW).counts.values()) == 0
    assert Vote.objects.count() == ConsentEvent.objects.count() == Suppression.objects.count() == 1


@pytest.mark.parametrize("state", ["queued", "deferred"])
def test_what_still_has_to_leave_stays_and_hides_nothing_behind_it(state):
    waiting = make_delivery(days=300, state=state)
    old = [make_delivery(days=200) for _ in range(3)]
    young = make_delivery(days=1)
    assert run.prune(NOW).counts["deliveries"] == len(old)
    assert set(Delivery.objects.values_list("pk", flat=True)) == {waiting.pk, young.pk}


def test_a_correction_that_no_digest_told_is_still_to_be_told():
    paper = make_paper()
    correction = Correction.objects.create(
        paper=paper, language="en", kind="recall", state="gathered", created_at=ago(200)
    )
    lost, told = make_delivery(days=200, state="failed"), make_delivery(days=200)
    for row in (lost, told):
        OwedCorrection.objects.create(correction=correction, subscriber=row.subscriber, delivery=row)
    run.prune(NOW)
    assert list(OwedCorrection.objects.untold().values_list("subscriber", flat=True)) == [lost.subscriber_id]
    assert OwedCorrection.objects.count() == 1


def test_a_large_table_is_read_to_the_first_young_rows_and_no_further(django_assert_max_num_queries):
    reader = make_subscriber()
    rows = [
        Delivery(
            subscriber=reader,
            day=ago(days).date(),
            state="sent",
            language="en",
            created_at=ago(days),
        )
        for days in range(2 * FIRST + 100, 0, -1)
    ]
    Delivery.objects.bulk_create(rows)
    [table, *_] = tables(PERIODS)
    windows = list(table.windows(NOW, lambda: FIRST))
    assert [len(window) for window in windows] == [FIRST, 2 * FIRST + 100 - PERIODS.deliveries - FIRST]
    assert run.prune(NOW).counts["deliveries"] == 2 * FIRST + 100 - PERIODS.deliveries


def test_a_run_that_has_no_time_left_says_so_and_the_next_goes_on():
    for _ in range(3):
        make_delivery(days=200)
    report = run.prune(NOW, seconds=0)
    assert report.counts["deliveries"] == 0
    assert report.problems == ("The time of a run is over before all was let go; the next one goes on.",)
    assert run.prune(NOW).counts["deliveries"] == 3


def test_a_row_that_cannot_go_is_set_aside_and_the_others_go(monkeypatch):
    rows = [make_delivery(days=200) for _ in range(9)]
    before = Table.let_go

    def spoilt(table, keys, *, now):
        if table.model is Delivery and rows[6].pk in keys:
            raise KeyError("what nobody foresaw")
        return before(table, keys, now=now)

    monkeypatch.setattr(Table, "let_go", spoilt)
    report = run.prune(NOW)
    assert report.counts["deliveries"] == 8
    [problem] = report.problems
    assert problem.startswith(f"old row of deliveries {rows[6].pk} is set aside: KeyError")
    monkeypatch.undo()
    assert run.prune(NOW + timedelta(hours=1)).counts["deliveries"] == 1
    assert SetAside.objects.count() == 0


def test_a_table_that_is_broken_does_not_keep_the_others(monkeypatch):
    make_delivery(days=200)
    AccessLog.objects.create(username="a", ip_address="192.0.2.0")
    AccessLog.objects.update(attempt_time=ago(200))

    def fail(table, *_):
        if table.model is Delivery:
            raise DatabaseError("no such table")
        return windows(table, *_)

    windows = Table.windows
    monkeypatch.setattr(Table, "windows", fail)
    report = run.prune(NOW)
    assert report.problems == ("deliveries: no such table",)
    assert (report.counts["logins"], Delivery.objects.count()) == (1, 1)


def test_a_database_that_is_away_is_an_error(monkeypatch):
    def fail(*_):
        raise DatabaseError("no connection")

    monkeypatch.setattr(QuerySet, "_fetch_all", fail)
    with pytest.raises(DatabaseError, match="no connection"):
        run.prune(NOW)


def test_windows_grow_while_they_are_fast_and_shrink_at_once_when_they_are_slow():
    pace = Pace()
    for _ in range(10):
        assert pace.rest_after(TARGET / 10) == TARGET / 10
    assert pace.size == MOST
    assert pace.rest_after(4 * TARGET) == 4 * TARGET
    assert pace.size == MOST // 4
    for _ in range(5):
        pace.rest_after(60)
    assert pace.size == FEWEST


def test_the_command_counts_first_and_then_does_it():
    make_delivery(days=200)
    output = StringIO()
    call_command("prune", "--dry-run", stdout=output)
    assert "deliveries 1," in output.getvalue()
    assert "nothing was changed" in output.getvalue()
    assert Delivery.objects.count() == 1
    output = StringIO()
    call_command("prune", "--json", stdout=output)
    result = json.loads(output.getvalue())
    assert (result["deliveries"], result["problems"]) == (1, [])
    assert Delivery.objects.count() == 0


def test_the_daily_task_does_the_same():
    make_delivery(days=200)
    assert prune_due()["deliveries"] == 1


def test_nobody_looks_further_back_into_deliveries_than_they_are_kept(settings):
    days = {
        "choosing: first announced": histories.NEWS_DAYS + 1,
        "choosing: a week's digest": histories.WEEKLY_DAYS + histories.TURN_DAYS,
        "catching up": catch_up.LONGEST_DAYS + LATE_DAYS + 1,
        "updates": updates.SENT_DAYS,
        "tastes": learning.SENT_DAYS,
        "replays": replay_ranking.MOST_DAYS + histories.NEWS_DAYS,
        "bounces that come again": doubts.REMEMBERED.days,
        "bounces that name their mail": attribution.YOUNG.days,
    }
    assert {name: back for name, back in days.items() if back > LONGEST_LOOK_BACK} == {}
    settings.KEEP_DELIVERIES_DAYS = LONGEST_LOOK_BACK
    assert current_periods().deliveries == LONGEST_LOOK_BACK
    settings.MAX_EDITION_AGE = 400
    assert current_periods().deliveries == 400 + MARGIN


def test_the_table_of_periods_says_what_others_do():
    assert PERIODS.unconfirmed == consent.FORGET_DAYS
    assert PERIODS.reports == reports.KEPT.days
    assert PERIODS.drafts == drafts.KEPT_FOR.days
    assert PERIODS.logins == logins.KNOWN_FOR.days


def test_the_document_has_the_same_days():
    text = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text(encoding="utf-8")
    days = re.findall(r"^\|[^|]+\|[^|]+\| (\d+) \|", text, re.MULTILINE)
    # Deliveries and what came back of them share a period.
    assert Counter(map(int, days)) == Counter([*asdict(PERIODS).values(), PERIODS.deliveries])
