"""Every stage meets one bad item among ten: it sets that aside with its reason, and does the other nine.

``TABLE`` names each periodic task and each command with the tests that put the poison in; one without a line
there fails the last test.
"""

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from newsletter import stages as content
from newsletter import tasks
from newsletter.channels import posting
from newsletter.channels.answers import Answer
from newsletter.editions import composition
from newsletter.feeds import static_copy
from newsletter.images import pictures
from newsletter.intake import days as intake_days
from newsletter.intake import papers, wanted
from newsletter.intake.collecting import SourceOutcome
from newsletter.management.commands import backfill
from newsletter.models import (
    Channel,
    ChannelPost,
    Correction,
    Demand,
    Edition,
    IntakeDay,
    MailedPaper,
    Paper,
    PaperFeatures,
    Reading,
    SearchEntry,
    SetAside,
    Summary,
    SummaryAttempt,
    SummaryDemand,
    Topic,
    WantedPaper,
)
from newsletter.models.states import IntakeState, Source
from newsletter.readings import service as readings
from newsletter.readings.ledger import ReadingOutcome
from newsletter.records import PaperRecord, StageReport
from newsletter.set_aside import StageDown
from newsletter.summaries import calls as paid_calls
from newsletter.summaries import kept_extracts, thresholds
from newsletter.summaries import ledger as summary_ledger
from newsletter.summaries import service as summaries
from newsletter.summaries.judging import Judge
from operations.alarms.kinds import Problem
from operations.alarms.looking import look
from operations.doctor.examination import Check
from operations.findings import ok
from operations.management.commands import doctor
from operations.pruning.tables import Table
from operations.tasks import prune_due
from subscriptions import delivery, messages, stages, taste_import
from subscriptions import tasks as subscription_tasks
from subscriptions.addresses import address_hash
from subscriptions.corrections import owing
from subscriptions.delivery import audience, correction_mails, ledger
from subscriptions.delivery.checkpoints import FileCheckpoints
from subscriptions.delivery.envelopes import no_next_envelope
from subscriptions.delivery.promise import Promise
from subscriptions.delivery.replies import Reply
from subscriptions.desk.set_asides import try_again
from subscriptions.digests import demand, replay
from subscriptions.digests.dry_choice import forecast
from subscriptions.feedback import events
from subscriptions.feedback.events import Feedback, record_each
from subscriptions.feedback.verdicts import Kind
from subscriptions.journal import Wish, WishKind
from subscriptions.mailbox import inbox
from subscriptions.models import (
    Delivery,
    DeliveryEvent,
    OwedCorrection,
    RankingReplay,
    SignUp,
    Subscriber,
    Taste,
    TasteImport,
    Vote,
)
from subscriptions.picks import PINNED
from subscriptions.privacy.replay import replay as replay_wishes
from subscriptions.readers import consent, votes
from subscriptions.readers.links import token
from subscriptions.readers.wishes import Wishes
from subscriptions.stored_picks import write_picks
from subscriptions.tasks import maintain_subscribers, receive_sign_ups
from subscriptions.taste import learning
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
from tests.model_server import ModelServer
from tests.truthful_writer import invent, write_truth

pytestmark = pytest.mark.django_db
TEN = range(10)


def set_aside(stage) -> list[str]:
    """What of ``stage`` waits for a person."""
    return list(SetAside.objects.filter(stage=stage.slug).values_list("item", flat=True))


def spoil(monkeypatch, module, name, is_bad):
    """Have ``module.name`` raise for the one item that ``is_bad``, which sees its arguments."""
    before = getattr(module, name)

    def spoilt(*arguments, **named):
        if is_bad(*arguments, **named):
            raise KeyError("what nobody foresaw")
        return before(*arguments, **named)

    monkeypatch.setattr(module, name, spoilt)


@pytest.fixture
def readers():
    """Ten readers of a topic with an edition; the seventh's searches are no texts."""
    topic = make_topic()
    make_edition(topic, [make_paper(), make_paper()])
    made = [make_subscriber(topics=[topic]) for _ in TEN]
    Subscriber.objects.filter(pk=made[6].pk).update(queries=[{"not": "a text"}])
    return made


def test_a_digest_that_cannot_be_chosen(readers):
    assert delivery.enqueue(NOW) == {"queued": 9, "set_aside": 1}
    assert set_aside(stages.CHOOSING) == [f"reader {readers[6].pk}"]
    assert Delivery.objects.count() == 9
    assert delivery.enqueue(NOW + timedelta(minutes=1)) == {}
    Subscriber.objects.filter(pk=readers[6].pk).update(queries=[])
    assert delivery.enqueue(NOW + timedelta(minutes=20)) == {"queued": 1}
    assert set_aside(stages.CHOOSING) == []


def test_nobody_is_set_aside_when_choosing_fails_for_everybody(readers, monkeypatch):
    def fail(*_, **__):
        raise LookupError("no shelf")

    with pytest.raises(StageDown, match="no shelf"):
        audience.enqueue(NOW, choose=fail)
    assert set_aside(stages.CHOOSING) == [""]
    assert Subscriber.objects.due(NOW).count() == 10


def test_a_zone_that_nobody_knows(readers, client):
    Subscriber.objects.filter(pk=readers[6].pk).update(queries=[], time_zone="Mars/Olympus_Mons")
    assert delivery.enqueue(NOW) == {"queued": 10}
    row = SetAside.objects.get()
    assert (row.stage, row.item) == ("zones", f"reader {readers[6].pk}")
    assert "Mars/Olympus_Mons" in row.reason
    reader = Subscriber.objects.get(pk=readers[6].pk)
    page = client.get(reverse("preferences", args=[token(reader, "preferences")]))
    assert page.status_code == 200
    assert '<option value="UTC" selected>' in page.content.decode()
    consent.change(reader, Wishes(topics=(), time_zone="Europe/Kyiv"), now=NOW, next_due_at=NOW)
    assert set_aside(stages.ZONES) == []


def test_a_form_that_cannot_be_received():
    wishes = Wishes(topics=()).as_json()
    for number in TEN:
        SignUp.objects.create(
            email=f"reader{number}@example.org",
            wishes=wishes if number != 6 else {"hour": "never"},
            language="en",
            text_version="1",
            at=NOW,
        )
    assert receive_sign_ups() == 9
    bad = SignUp.objects.get()
    assert set_aside(stages.SIGN_UPS) == [f"sign-up {bad.pk}"]
    assert Subscriber.objects.count() == 9
    assert maintain_subscribers()["received"] == 0


def test_a_pause_that_cannot_end(monkeypatch):
    made = [make_subscriber(state="paused", paused_until=DAY, next_due_at=None) for _ in TEN]
    spoil(monkeypatch, consent, "resume", lambda reader, **_: reader.pk == made[6].pk)
    assert consent.wake(NOW) == 9
    assert set_aside(stages.WAKING) == [f"reader {made[6].pk}"]


def test_a_reader_who_cannot_be_forgotten(monkeypatch):
    made = [make_subscriber(state="pending", confirmed_at=None) for _ in TEN]
    Subscriber.objects.update(created_at=NOW - timedelta(days=40))
    spoil(monkeypatch, consent, "_forget", lambda ids: made[6].pk in ids)
    assert consent.forget_unconfirmed(NOW) == 9
    assert set_aside(stages.FORGETTING) == [f"reader {made[6].pk}"]


def test_a_lease_that_cannot_be_swept(monkeypatch, tmp_path):
    leases = []
    for _ in TEN:
        reader = make_subscriber()
        Delivery.objects.create(subscriber=reader, day=DAY, language="en", created_at=NOW)
        [row] = ledger.claim(now=NOW, size=1)
        leases.append(row.lease)
    Delivery.objects.update(lease_until=NOW - timedelta(hours=1))
    spoil(monkeypatch, ledger, "_sweep_claimed", lambda lease, **_: lease == leases[6])
    counts = ledger.sweep(now=NOW, checkpoints=FileCheckpoints(tmp_path), promise=Promise.AT_MOST_ONCE)
    assert counts == {"queued": 9}
    assert set_aside(stages.SWEEPING) == [f"lease {leases[6]}"]


def test_a_message_that_cannot_be_made():
    paper = make_paper()
    picks = make_picks(paper, why=(PINNED,), day=DAY, new=1)
    rows = [
        Delivery.objects.create(
            subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW, picks=picks
        )
        for _ in TEN
    ]
    Delivery.objects.filter(pk=rows[6].pk).update(picks=write_picks(picks).replace("[[0,", '[["x",'))
    sent = []

    class Transport:
        at_once = 1

        def send(self, envelope, *, before_body, next_envelope=no_next_envelope):
            before_body()
            next_envelope()
            sent.append(envelope.recipient)
            return Reply(250, "ok")

        def close(self):
            pass

    checkpoints = FileCheckpoints(Path(settings.VAR_DIR) / "m")
    setup = delivery.SendSetup(transport=Transport(), checkpoints=checkpoints)
    run = delivery.send(seconds=30, setup=setup)
    assert (run.counts["sent"], run.counts["failed"], len(sent)) == (9, 1, 9)
    row = SetAside.objects.get(stage=stages.MESSAGES.slug)
    assert (row.item, row.owner) == (f"delivery {rows[6].pk}", f"reader {rows[6].subscriber_id}")
    try_again(SetAside.objects.all(), now=NOW)
    assert Delivery.objects.get(pk=rows[6].pk).state == "queued"


def test_no_delivery_fails_when_no_message_can_be_made(monkeypatch):
    for _ in TEN:
        Delivery.objects.create(subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW)
    spoil(monkeypatch, messages, "draft_batch", lambda *_, **__: True)
    transport: Any = object()  # there is no message to hand over
    checkpoints = FileCheckpoints(Path(settings.VAR_DIR) / "m")
    setup = delivery.SendSetup(transport=transport, checkpoints=checkpoints)
    run = delivery.send(seconds=30, setup=setup)
    assert "fails for every delivery" in run.problem
    assert set(Delivery.objects.values_list("state", "attempts")) == {("deferred", 0)}
    assert set_aside(stages.MESSAGES) == [""]


def test_a_number_of_readers_that_cannot_be_told(monkeypatch):
    topic = make_topic()
    for code in ("en", "ko", "ja", "ar", "de", "fr", "es", "it", "ru", "hi"):
        make_subscriber(topics=[topic], language=code)
    spoil(
        monkeypatch, Demand.objects, "bulk_create", lambda rows, **_: "de" in [row.language for row in rows]
    )
    demand.publish_demand()
    assert Demand.objects.count() == 9
    assert set_aside(stages.DEMAND) == ["language de"]


def test_a_reader_whose_next_digest_cannot_be_foreseen(readers):
    foreseen = forecast(NOW - timedelta(hours=6))
    assert len(foreseen) == 2
    assert {showing.readers for showing in foreseen.values()} == {9}


def event(row, number):
    return Feedback(
        kind=Kind.SOFT,
        reason="mailbox full",
        source="mailgun",
        event_id=f"event {number}",
        at=NOW,
        delivery_id=row.pk,
        detail=f"552 {row.subscriber.email} is full",
    )


def test_an_event_that_cannot_be_recorded(monkeypatch):
    rows = [
        Delivery.objects.create(
            subscriber=make_subscriber(), day=DAY, language="en", created_at=NOW, state="sent"
        )
        for _ in TEN
    ]
    with monkeypatch.context() as patch:
        spoil(patch, events, "_record_one", lambda said, *_: said.event_id == "event 6")
        record_each([event(row, number) for number, row in enumerate(rows)], now=NOW)
    assert DeliveryEvent.objects.count() == 9
    row = SetAside.objects.get(stage=stages.EVENTS.slug)
    assert row.owner == f"reader {rows[6].subscriber_id}"
    assert rows[6].subscriber.email not in str(row.content)
    try_again(SetAside.objects.all(), now=NOW)
    assert DeliveryEvent.objects.count() == 10
    assert set_aside(stages.EVENTS) == []


@pytest.mark.processes
def test_a_mail_that_cannot_be_read(tmp_path, monkeypatch):
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    for number in TEN:
        text = f"From: a@b.example\nSubject: letter {number}\nMessage-ID: <{number}@b.example>\n\nHello\n"
        (tmp_path / "new" / f"{number}.mail").write_text(text)
    spoil(monkeypatch, inbox, "_deal_with", lambda _, data, **__: b"letter 6" in data)
    with pytest.raises(SystemExit) as left:
        call_command("read_bounces", maildir=tmp_path)
    assert left.value.code == 1
    assert len(list((tmp_path / "cur").iterdir())) == 9
    assert len(set_aside(stages.MAILS)) == 1


# -- the content --------------------------------------------------------------------------------------------


def paper_record(number, **fields):
    values = {
        "arxiv_id": f"2603.{number:05d}",
        "version": 1,
        "title": f"Paper {number}",
        "abstract": "We study it.",
        "authors": ("Ada Lovelace",),
        "categories": ("cs.LG",),
        "published_at": NOW,
        "updated_at": NOW,
    }
    return PaperRecord(**{**values, **fields})


@pytest.fixture
def a_day(monkeypatch):
    """A day on which arXiv gives ten papers, one of which has a version that no table takes."""

    def collect(collected, *, day, now, gate, tell):
        for number in TEN:
            record = paper_record(number, version=-7 if number == 6 else 1)
            collected.papers[record.arxiv_id] = record
            collected.listings.add(papers.Listing(record.arxiv_id, "arxiv", day, "new"))
        return SourceOutcome(source=Source.ARXIV, state=IntakeState.DONE), None

    monkeypatch.setattr(intake_days, "collect_arxiv", collect)
    monkeypatch.setattr(
        intake_days,
        "collect_daily",
        lambda *_, **__: SourceOutcome(source=Source.HUGGINGFACE, state=IntakeState.EMPTY),
    )
    monkeypatch.setattr(intake_days, "fault_of", lambda *_, **__: "")
    monkeypatch.setattr(intake_days, "due_days", lambda _: [DAY])
    monkeypatch.setattr(intake_days, "note_stored", lambda *_, **__: None)
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def test_a_paper_that_the_database_does_not_take(a_day):
    assert tasks.fetch_due()["inserted"] == 9
    assert Paper.objects.count() == 9
    assert set_aside(content.TAKING_IN) == ["paper 2603.00006"]
    assert IntakeDay.objects.get(source="arxiv").state == "done"
    try_again(SetAside.objects.all(), now=NOW)
    assert IntakeDay.objects.get(source="arxiv").state == "failed"


def test_a_wanted_paper_that_the_database_does_not_take(monkeypatch):
    records = [paper_record(number, version=-7 if number == 6 else 1) for number in TEN]
    WantedPaper.objects.want([record.arxiv_id for record in records], now=NOW)
    lookup = SimpleNamespace(papers=records, problems=())
    monkeypatch.setattr(wanted, "Arxiv", lambda **_: SimpleNamespace(lookup=lambda _: lookup))
    monkeypatch.setattr(wanted, "fault_of", lambda *_, **__: "")
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert tasks.fetch_wanted_due()["fetched"] == 9
    assert Paper.objects.count() == 9
    assert set_aside(content.WANTED) == ["paper 2603.00006"]


def test_a_paper_that_cannot_be_indexed():
    papers = [make_paper() for _ in TEN]
    Paper.objects.filter(pk=papers[6].pk).update(authors=7)
    assert tasks.index_papers_due() == 9
    assert set_aside(content.INDEXING) == [f"paper {papers[6].arxiv_id}"]
    assert tasks.index_papers_due() == 0
    Paper.objects.filter(pk=papers[6].pk).update(authors=["Ada Lovelace"])
    try_again(SetAside.objects.all(), now=timezone.now())
    assert tasks.index_papers_due() == 1


@pytest.fixture
def a_paper_that_search_cannot_take():
    papers = [make_paper() for _ in TEN]
    make_edition(make_topic(), papers)
    Paper.objects.filter(pk=papers[6].pk).update(authors=7)
    return papers[6]


def test_a_paper_that_search_cannot_take(a_paper_that_search_cannot_take):
    assert tasks.index_search_due()["indexed"] == 9
    assert set_aside(content.SEARCH) == [f"paper {a_paper_that_search_cannot_take.arxiv_id}"]
    assert tasks.index_search_due()["indexed"] == 0


def test_a_paper_of_which_no_extract_can_be_made(monkeypatch):
    papers = [make_paper() for _ in TEN]

    def make(title: str, abstract: str) -> dict[str, str]:
        if title == papers[6].title:
            raise ValueError("no extract")
        return {"sentence": abstract}

    monkeypatch.setattr(kept_extracts, "packed_extract", make)
    assert tasks.keep_extracts_due() == {"extracts": 9}
    assert set_aside(content.EXTRACTS) == [f"paper {papers[6].arxiv_id}"]
    assert tasks.keep_extracts_due() == {"extracts": 0}


def test_a_paper_that_search_cannot_take_by_command(a_paper_that_search_cannot_take, capsys):
    with pytest.raises(SystemExit):
        call_command("index_search")
    assert a_paper_that_search_cannot_take.arxiv_id in capsys.readouterr().err
    assert SearchEntry.objects.count() == 9


def test_a_paper_whose_words_cannot_be_counted():
    papers = [make_paper() for _ in TEN]
    Paper.objects.filter(pk=papers[6].pk).update(authors=7)
    tasks.compose_due()
    assert PaperFeatures.objects.count() == 9
    assert f"paper {papers[6].arxiv_id}" in set_aside(content.FEATURES)


def test_a_paper_that_cannot_be_compared():
    papers = [make_paper() for _ in TEN]
    make_edition(make_topic(), papers)
    tasks.compose_due()
    Paper.objects.filter(pk=papers[6].pk).update(authors=7)
    assert tasks.relate_papers_due() == {"papers": 9}
    assert set_aside(content.RELATED) == [f"paper {papers[6].arxiv_id}"]


def test_a_reader_whose_votes_cannot_be_learned(monkeypatch):
    readers, paper = [make_subscriber() for _ in TEN], make_paper()
    for reader in readers:
        votes.cast(reader, paper, 1, now=NOW)
    Taste.objects.update(recipe=0)
    spoil(monkeypatch, learning, "_remake_for", lambda reader, **_: reader == readers[6].pk)
    assert subscription_tasks.maintain_subscribers()["relearned"] == 9
    assert set_aside(stages.TASTES) == [f"reader {readers[6].pk}"]


def test_a_list_that_cannot_be_counted(monkeypatch):
    readers = [make_subscriber() for _ in TEN]
    for reader in readers:
        taste_import.count(reader, ["2603.90001"], now=NOW)
    paper = make_paper(arxiv_id="2603.90001")
    bad = TasteImport.objects.get(subscriber=readers[6])
    spoil(monkeypatch, votes, "like_all", lambda reader, *_, **__: reader == readers[6])
    assert subscription_tasks.count_imported_likes() == 9
    assert Vote.objects.filter(paper=paper).count() == 9
    assert set_aside(stages.LIKES) == [f"list {bad.pk}"]


def test_a_reference_that_cannot_be_read(tmp_path, capsys):
    reader = make_subscriber("ada@example.org")
    papers = [make_paper() for _ in TEN]
    lines = [paper.arxiv_id for paper in papers]
    lines[6] = "?"
    file = tmp_path / "list.txt"
    file.write_text("\n".join(lines))
    with pytest.raises(SystemExit):
        call_command("import_taste", reader.email, str(file))
    assert Vote.objects.filter(subscriber=reader).count() == 9
    assert f"{file}:7:" in "".join(capsys.readouterr())


def test_a_paper_that_the_database_does_not_take_by_command(a_day, capsys):
    with pytest.raises(SystemExit):
        call_command("fetch_papers", day=DAY)
    assert "paper 2603.00006 is set aside" in capsys.readouterr().err
    assert Paper.objects.count() == 9


def test_a_day_that_cannot_be_taken_in(monkeypatch):
    days = [DAY - timedelta(days=back) for back in TEN]
    monkeypatch.setattr(intake_days, "due_days", lambda _: days)
    monkeypatch.setattr(intake_days, "take_in", lambda *_, **__: StageReport({"inserted": 1}))
    spoil(monkeypatch, intake_days, "take_in", lambda day, **_: day == days[6])
    assert tasks.fetch_due() == {"inserted": 9}
    assert set_aside(content.DAYS) == [f"day {days[6]}"]


def test_a_day_that_cannot_be_taken_in_by_backfill(monkeypatch):
    bad = DAY + timedelta(days=3)
    monkeypatch.setattr(backfill, "take_in", lambda *_, **__: StageReport({"inserted": 1}))
    monkeypatch.setattr(
        backfill,
        "is_done",
        lambda day, *, source: not SetAside.objects.exists() and day in done,
        raising=True,
    )
    done: set[date] = set()

    def is_bad(day: date, **_: object) -> bool:
        done.add(day)
        return day == bad

    spoil(monkeypatch, backfill, "take_in", is_bad)
    with pytest.raises(SystemExit):
        call_command("backfill", first=DAY, last=DAY + timedelta(days=9), source="arxiv")
    assert len(done) == 10
    assert set_aside(content.DAYS) == [f"day {bad}"]


def test_votes_of_a_day_that_cannot_be_refreshed(monkeypatch):
    days = [DAY - timedelta(days=back) for back in range(3)]
    for day in days:
        IntakeDay.objects.create(source="huggingface", day=day, state="done", at=NOW)
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(intake_days, "take_in", lambda *_, **__: StageReport({"updated": 2}))
    spoil(monkeypatch, intake_days, "take_in", lambda day, **_: day == days[1])
    assert tasks.refresh_votes() == 4
    assert set_aside(content.VOTES) == [f"day {days[1]}"]


@pytest.fixture
def ten_papers():
    Topic.objects.all().delete()
    made = [make_paper() for _ in TEN]
    Paper.objects.filter(pk=made[6].pk).update(authors=5)
    return made


def test_a_paper_that_cannot_be_matched(ten_papers, monkeypatch):
    make_topic(query="subject")
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert tasks.compose_due()["entries_added"] == 9
    assert set_aside(content.MATCHING) == [f"paper {ten_papers[6].arxiv_id}"]


def test_topics_that_cannot_be_composed(monkeypatch, capsys):
    Topic.objects.all().delete()
    make_paper()
    topics = [make_topic(query="subject") for _ in TEN]
    Topic.objects.filter(pk=topics[5].pk).update(categories=5)
    bad = topics[6].pk
    spoil(monkeypatch, composition, "_fill", lambda editions, *_: bad in {each.topic_id for each in editions})
    with pytest.raises(SystemExit):
        call_command("compose_editions", day=DAY)
    assert "topic" in capsys.readouterr().err
    assert Edition.objects.filter(entries__isnull=False).count() == 8
    assert set_aside(content.QUERIES) == [f"topic {topics[5].pk}"]
    assert set_aside(content.TOPICS) == [f"topic {topics[6].pk}"]


@pytest.fixture
def drafts(monkeypatch):
    """Ten drafts, of which the seventh cannot be released."""
    made = [make_edition(make_topic(), [], state="draft", approved_at=None) for _ in TEN]
    before = Edition.objects.waiting

    class Waiting:
        def __init__(self, rows):
            self.rows = rows

        def filter(self, **by):
            if made[6].pk in by.get("pk__in", ()):
                raise KeyError("a row that cannot be written")
            return Waiting(self.rows.filter(**by))

        def __getattr__(self, name):
            return getattr(self.rows, name)

    monkeypatch.setattr(Edition.objects, "waiting", lambda: Waiting(before()), raising=False)
    return made


def test_an_edition_that_cannot_be_approved(drafts, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(days=1))
    assert tasks.approve_due() == 9
    assert set_aside(content.APPROVING) == [f"edition {drafts[6].pk}"]


def test_an_edition_that_cannot_be_approved_by_command(drafts):
    call_command("approve_editions", day=DAY)
    assert Edition.objects.filter(state="approved").count() == 9
    assert set_aside(content.APPROVING) == [f"edition {drafts[6].pk}"]


@pytest.fixture
def ten_pictures(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    made = [make_paper(image_url=f"https://example.org/{number}.png") for number in TEN]
    make_edition(make_topic(), made)
    monkeypatch.setattr(pictures, "_keep", lambda _: ("fetched", ""))
    spoil(monkeypatch, pictures, "_keep", lambda url: url.endswith("/6.png"))


def test_a_picture_that_cannot_be_kept(ten_pictures, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert tasks.fetch_pictures_due()["fetched"] == 9
    assert set_aside(content.PICTURES) == ["picture https://example.org/6.png"]


def test_a_picture_that_cannot_be_kept_by_command(ten_pictures):
    with pytest.raises(SystemExit):
        call_command("fetch_pictures", day=DAY)
    assert set_aside(content.PICTURES) == ["picture https://example.org/6.png"]


def test_a_day_that_cannot_be_written_as_a_file(monkeypatch, tmp_path, capsys):
    topic = make_topic()
    for number in TEN:
        make_edition(topic, [make_paper()], day=DAY + timedelta(days=number))
    spoil(monkeypatch, static_copy, "read_day", lambda day, _: day == DAY)
    with pytest.raises(SystemExit):
        call_command("export_archive", str(tmp_path))
    assert f"day {DAY} is set aside: KeyError: 'what nobody foresaw'" in capsys.readouterr().err
    assert len(list(tmp_path.glob("*/en.md"))) == 9
    assert not set_aside(content.EXPORTING)


@pytest.fixture
def ten_readings(monkeypatch):
    made = [make_paper(day=None) for _ in TEN]
    for paper in made:
        Reading.objects.create(paper=paper, state="wanted", wanted_at=NOW)
    monkeypatch.setattr(readings, "_read", lambda *_, **__: ReadingOutcome("ready"))
    spoil(monkeypatch, readings, "_read", lambda row, **_: row.paper_id == made[2].pk)
    monkeypatch.setattr(tasks, "READINGS_A_RUN", 10)
    return made


def test_a_paper_that_cannot_be_read(ten_readings):
    assert tasks.read_due() == {
        **dict.fromkeys(("chosen", "held", "failed", "languages"), 0),
        "ready": 9,
        "later": 1,
    }
    bad = Reading.objects.get(paper=ten_readings[2])
    assert (bad.state, bad.attempts_count) == ("wanted", 1)
    assert bad.retry_at is not None
    assert bad.retry_at > timezone.now()
    assert set_aside(content.READINGS) == [f"paper {ten_readings[2].arxiv_id}"]


def test_a_paper_that_cannot_be_read_by_command(ten_readings):
    with pytest.raises(SystemExit):
        call_command("read_papers", limit=10)
    assert set_aside(content.READINGS) == [f"paper {ten_readings[2].arxiv_id}"]


@pytest.fixture
def ten_summaries(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    made = [make_paper(title=invent(number).title, abstract=invent(number).abstract) for number in TEN]
    make_edition(make_topic(), made)
    SummaryDemand.objects.bulk_create(
        SummaryDemand(paper=paper, language="en", readers=1, place=1) for paper in made
    )
    return made


def test_a_summary_whose_checks_fail(ten_summaries, settings, monkeypatch):
    settings.SUMMARY_MODEL, settings.JUDGE_MODEL = "truthful", "none"
    bad = ten_summaries[6].pk
    with ModelServer(write_truth) as server:
        settings.OPENAI_BASE_URL = server.url
        with monkeypatch.context() as patch:
            spoil(patch, Judge, "decide", lambda _, submission: submission.paper_id == bad)
            assert summaries.summarise_day(DAY, ["en"]).counts["ready"] == 9
        row = Summary.objects.get(paper=bad)
        assert row.state == "wanted"
        assert row.retry_at is not None
        assert row.retry_at > timezone.now()
        assert set_aside(content.SUMMARIES) == [f"summary {row.pk}"]
        Summary.objects.update(retry_at=None)
        assert summaries.summarise_day(DAY, ["en"]).counts["ready"] == 1
        assert server.started == 10  # the answer that was paid for is judged, not asked for again
    assert set_aside(content.SUMMARIES) == []


def test_an_answer_that_cannot_be_stored(ten_summaries, settings, monkeypatch):
    settings.SUMMARY_MODEL, settings.JUDGE_MODEL = "truthful", "none"
    bad = ten_summaries[6].pk
    with ModelServer(write_truth) as server:
        settings.OPENAI_BASE_URL = server.url
        spoil(
            monkeypatch,
            paid_calls,
            "store_calls",
            lambda calls, **_: bad in [call.job.paper_id for call in calls],
        )
        assert summaries.summarise_day(DAY, ["en"]).counts["ready"] == 9
    assert SummaryAttempt.objects.count() == 9
    assert set_aside(content.SUMMARIES) == [f"summary {Summary.objects.get(paper=bad).pk}"]


def test_no_summary_is_blamed_when_all_checks_fail(ten_summaries, settings, monkeypatch):
    settings.SUMMARY_MODEL, settings.JUDGE_MODEL = "truthful", "none"
    spoil(monkeypatch, Judge, "decide", lambda *_, **__: True)
    with ModelServer(write_truth) as server:
        settings.OPENAI_BASE_URL = server.url
        with pytest.raises(StageDown, match="fails for every summary"):
            summaries.summarise_day(DAY, ["en"])
    assert set_aside(content.SUMMARIES) == [""]
    assert set(Summary.objects.values_list("state", flat=True)) == {"wanted"}


@pytest.fixture
def spoilt_extract(ten_summaries, monkeypatch):
    spoil(monkeypatch, summary_ledger, "write_extract", lambda job, **_: job.paper_id == ten_summaries[6].pk)
    return ten_summaries[6]


def test_an_extract_that_cannot_be_written(spoilt_extract, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert tasks.summarise_due()["extracts"] == 9
    assert set_aside(content.SUMMARIES) == [f"summary {Summary.objects.get(paper=spoilt_extract).pk}"]


def test_an_extract_that_cannot_be_written_by_command(spoilt_extract):
    with pytest.raises(SystemExit):
        call_command("summarise_papers", day=DAY, language=["en"])
    assert Summary.objects.filter(state="ready").count() == 9


def test_an_answer_that_is_no_example():
    for _ in TEN:
        row = make_summary(make_paper())
        SummaryAttempt.objects.create(
            summary=row,
            prompt_version="1",
            model="m",
            at=timezone.now(),
            findings=[{"check": "x", "verdict": "passed"}],
            answer=write_truth_of(row),
        )
    bad = SummaryAttempt.objects.order_by("pk")[6]
    SummaryAttempt.objects.filter(pk=bad.pk).update(findings=[5])
    with pytest.raises(SystemExit):
        call_command("calibrate_checks", model="m")
    assert len(list(thresholds.own_pairs("m", since=NOW - timedelta(days=9999)))) == 9
    assert set_aside(content.CALIBRATION) == [f"answer {bad.pk}"]


def write_truth_of(row):
    return (
        '{"sentence": "A sentence.", "takeaways": [{"text": "One.", "evidence": "We study"},'
        ' {"text": "Two.", "evidence": "We study"}, {"text": "Three.", "evidence": "We study"}],'
        ' "title": "", "keywords": ["one", "two", "three"]}'
    )


# -- commands about people ----------------------------------------------------------------------------------


def corrected(paper, **fields):
    """A correction that an editor confirmed, and a reader who had the paper."""
    MailedPaper.objects.create(paper=paper, since=DAY, until=DAY)
    Delivery.objects.create(
        subscriber=make_subscriber(),
        day=DAY,
        state="sent",
        revisions="",
        language="en",
        created_at=NOW,
        picks=make_picks(paper),
    )
    return Correction.objects.create(
        paper=paper, language="en", state="confirmed", to_revision=2, created_at=NOW, **fields
    )


def test_a_correction_whose_readers_cannot_be_found(monkeypatch):
    made = [corrected(make_paper(), confirmed_at=NOW) for _ in TEN]
    spoil(monkeypatch, owing, "reach_of", lambda paper, _: paper == made[6].paper_id)
    assert subscription_tasks.tell_corrections() == 9
    assert set_aside(stages.CORRECTIONS) == [f"correction {made[6].pk}"]
    assert Correction.objects.filter(state="gathered").count() == 9


def test_a_correction_whose_mail_cannot_be_made(monkeypatch, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    made = [corrected(make_paper(), confirmed_at=NOW, has_mail=True) for _ in TEN]
    title = made[6].paper.title
    spoil(monkeypatch, correction_mails, "correction_mail", lambda line, **_: line.title == title)
    subscription_tasks.tell_corrections()
    owed = OwedCorrection.objects.get(correction=made[6])
    assert set_aside(stages.CORRECTION_MAILS) == [f"correction's mail {owed.pk}"]
    assert owed.mail_state == "owed"
    assert OwedCorrection.objects.filter(mail_state="sent").count() == 9


def test_a_reader_who_cannot_be_exported(tmp_path):
    made = [make_subscriber() for _ in TEN]
    Subscriber.objects.filter(pk=made[6].pk).update(queries=[5])
    with pytest.raises(SystemExit):
        call_command("export_subscribers", tmp_path / "list.csv")
    assert len((tmp_path / "list.csv").read_text().splitlines()) == 1 + 9
    assert set_aside(stages.EXPORTING) == [f"reader {made[6].pk}"]


def test_a_row_that_cannot_be_imported(tmp_path):
    make_topic("large")
    lines = [f"reader{number}@example.org,large" for number in TEN]
    lines[6] = "no address at all,large"
    (tmp_path / "list.csv").write_text("email,topics\n" + "\n".join(lines) + "\n")
    with pytest.raises(SystemExit):
        call_command("import_subscribers", tmp_path / "list.csv")
    assert Subscriber.objects.count() == 9


def test_a_digest_that_cannot_be_chosen_again(monkeypatch, capsys):
    topic = make_topic()
    edition = make_edition(topic, [make_paper(), make_paper()])
    paper = Paper.objects.get(entries__position=1, entries__edition=edition)
    now = timezone.now()
    readers = [make_subscriber(topics=[topic]) for _ in TEN]
    for reader in readers:
        picks = replace(make_picks(paper), topics=(topic.pk,), editions=(edition.pk,))
        Delivery.objects.create(
            subscriber=reader,
            day=now.date(),
            picks=picks,
            state="sent",
            language="en",
            created_at=now - timedelta(hours=2),
        )
        votes.cast(reader, paper, 1, now=now - timedelta(hours=1))
    spoil(monkeypatch, replay, "_again", lambda digest, **_: digest.reader == readers[6])
    with pytest.raises(SystemExit):
        call_command("replay_ranking", days=1)
    shown = capsys.readouterr()
    assert f"reader {readers[6].pk}" in shown.out + shown.err
    assert RankingReplay.objects.exists()


def test_a_digest_that_cannot_be_chosen_by_command(readers, capsys):
    with pytest.raises(SystemExit):
        call_command("send_digests", at=NOW)
    assert set_aside(stages.CHOOSING) == [f"reader {readers[6].pk}"]
    assert Delivery.objects.count() == 9


def test_a_picture_that_cannot_be_read_is_left_out_of_a_backup(settings, tmp_path, monkeypatch):
    from operations.backups import taking
    from operations.backups.archives import SETTINGS, Manifest, writing

    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    for number in range(3):
        (settings.MEDIA_ROOT / f"{number}.png").write_bytes(b"picture")
    read = Path.read_bytes

    def refuse_one(path: Path) -> bytes:
        if path.name == "1.png":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse_one)
    taken = taking.Taken(tmp_path / "b.zip")
    manifest = Manifest("", "2026-03-18T09:00:00+00:00", "", ["key"], None, {})
    with writing(taken.path, manifest) as (archive, _):
        taking._add_pictures(archive, taken)
        archive.add(SETTINGS, [b""])
    assert taken.pictures == 2
    assert taken.problems == [
        f"{settings.MEDIA_ROOT}/1.png: Permission denied. This picture is not in the backup."
    ]


def test_a_reader_whose_wishes_cannot_be_done_again(db, monkeypatch):
    readers = [make_subscriber(f"r{number}@example.org") for number in range(3)]
    unsubscribe = consent.unsubscribe

    def refuse_one(reader: Subscriber, **options: Any) -> bool:
        if reader.pk == readers[1].pk:
            raise ValueError("poison")
        return unsubscribe(reader, **options)

    monkeypatch.setattr(consent, "unsubscribe", refuse_one)
    now = timezone.now()
    counts = replay_wishes(Wish(now, WishKind.LEFT, address_hash(reader.email)) for reader in readers)
    assert (counts["readers"], counts["failed"]) == (2, 1)
    assert Subscriber.objects.filter(state="unsubscribed").count() == 2


def test_a_database_that_goes_away_is_no_fault_of_the_wishes(db, monkeypatch):
    def fail(*_: Any, **__: Any) -> bool:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(consent, "unsubscribe", fail)
    wish = Wish(timezone.now(), WishKind.LEFT, address_hash(make_subscriber().email))
    with pytest.raises(OperationalError, match="gone"):
        replay_wishes([wish])


ONE_ITEM = "it does one item that a person names, and says what is wrong with it"
NO_ITEMS = "it goes through nothing"


@pytest.fixture
def ten_channels(monkeypatch):
    """Ten channels of a topic with an edition of today, and a service that takes everything."""
    today = timezone.now().date()
    topic = make_topic()
    make_edition(topic, [make_paper(day=today)], day=today)
    taken = []

    def deliver(request):
        taken.append(request)
        return Answer(200, body=b"ok")

    monkeypatch.setattr(posting, "deliver", deliver)
    return taken, [
        Channel.objects.create(
            name=f"channel {number}",
            service="slack",
            address=f"https://hooks.slack.com/services/T/B/{number}",
            topic=topic,
            hour=0,
            created_at=NOW,
        )
        for number in TEN
    ]


def test_a_channel_whose_day_cannot_be_chosen(ten_channels):
    taken, made = ten_channels
    Channel.objects.filter(pk=made[6].pk).update(time_zone="Mars/Olympus_Mons")
    assert tasks.post_channels()["sent"] == len(taken) == 9
    assert set_aside(content.CHANNEL_DAYS) == [f"channel {made[6].pk}"]


def test_a_post_that_cannot_be_made(ten_channels):
    taken, made = ten_channels
    Channel.objects.filter(pk=made[6].pk).update(language="xx")
    assert tasks.post_channels()["sent"] == len(taken) == 9
    assert set_aside(content.POSTING) == [f"channel {made[6].pk}"]
    Channel.objects.filter(pk=made[6].pk).update(language="en")
    ChannelPost.objects.update(retry_at=None)
    assert tasks.post_channels() == {"sent": 1}
    assert set_aside(content.POSTING) == []


def test_an_old_row_that_cannot_go(monkeypatch):
    sent = {"day": DAY, "state": "sent", "language": "en", "created_at": NOW}
    rows = [Delivery.objects.create(subscriber=make_subscriber(), **sent) for _ in TEN]
    bad = rows[6]
    spoil(monkeypatch, Table, "let_go", lambda table, keys, **_: table.model is Delivery and bad.pk in keys)
    assert prune_due()["deliveries"] == 9
    assert set_aside(stages.PRUNING) == [f"old row of deliveries {bad.pk}"]
    assert list(Delivery.objects.all()) == [bad]


def test_a_condition_that_cannot_be_looked_at():
    def fails(_):
        raise ValueError("ada@example.org")

    wrong = Problem("silent_beat", "Beat was never seen.")
    conditions = {"disk": fails, "silent_beat": lambda _: [wrong], "budget": lambda _: []}
    seen = look(NOW, conditions=conditions)
    assert [(problem.kind, problem.subject) for problem in seen.problems] == [
        ("not_looked_at", "disk"),
        ("silent_beat", ""),
    ]
    assert "ada" not in seen.problems[0].sentence
    assert seen.unknown == {"disk"}


def test_a_check_that_raises(monkeypatch, capsys):
    def check(number):
        def look():
            if number == 6:
                raise RuntimeError("poison")
            return ok(f"check {number}", "So it is.")

        return Check(f"check {number}", look)

    monkeypatch.setattr(doctor, "all_checks", lambda **_: [check(number) for number in TEN])
    with pytest.raises(SystemExit):
        call_command("doctor")
    printed = capsys.readouterr()
    assert printed.out.endswith("9 ok, 0 warning, 1 failed\n")
    assert printed.err == "Failed: check 6.\n"


TABLE: dict[str, Any] = {
    "subscriptions.tasks.publish_demand": [
        test_a_number_of_readers_that_cannot_be_told,
        test_a_reader_whose_next_digest_cannot_be_foreseen,
    ],
    "newsletter.tasks.fetch_due": [
        test_a_day_that_cannot_be_taken_in,
        test_a_paper_that_the_database_does_not_take,
    ],
    "newsletter.tasks.fetch_wanted_due": [test_a_wanted_paper_that_the_database_does_not_take],
    "newsletter.tasks.index_papers_due": [test_a_paper_that_cannot_be_indexed],
    "newsletter.tasks.index_search_due": [test_a_paper_that_search_cannot_take],
    "newsletter.tasks.keep_extracts_due": [test_a_paper_of_which_no_extract_can_be_made],
    "newsletter.tasks.refresh_votes": [test_votes_of_a_day_that_cannot_be_refreshed],
    "newsletter.tasks.summarise_due": [
        test_a_summary_whose_checks_fail,
        test_an_answer_that_cannot_be_stored,
        test_an_extract_that_cannot_be_written,
    ],
    "newsletter.tasks.compose_due": [
        test_a_paper_that_cannot_be_matched,
        test_a_paper_whose_words_cannot_be_counted,
    ],
    "newsletter.tasks.fetch_pictures_due": [test_a_picture_that_cannot_be_kept],
    "newsletter.tasks.read_due": [test_a_paper_that_cannot_be_read],
    "newsletter.tasks.approve_due": [test_an_edition_that_cannot_be_approved],
    "newsletter.tasks.relate_papers_due": [test_a_paper_that_cannot_be_compared],
    "newsletter.tasks.post_channels": [
        test_a_channel_whose_day_cannot_be_chosen,
        test_a_post_that_cannot_be_made,
    ],
    "subscriptions.tasks.maintain_subscribers": [
        test_a_form_that_cannot_be_received,
        test_a_pause_that_cannot_end,
        test_a_reader_who_cannot_be_forgotten,
        test_a_reader_whose_votes_cannot_be_learned,
    ],
    "subscriptions.tasks.count_imported_likes": [test_a_list_that_cannot_be_counted],
    "subscriptions.tasks.tell_corrections": [
        test_a_correction_whose_readers_cannot_be_found,
        test_a_correction_whose_mail_cannot_be_made,
    ],
    "subscriptions.tasks.enqueue_due": [test_a_digest_that_cannot_be_chosen, test_a_zone_that_nobody_knows],
    "subscriptions.tasks.send_queued": [
        test_a_message_that_cannot_be_made,
        test_an_event_that_cannot_be_recorded,
    ],
    "subscriptions.tasks.sweep": [test_a_lease_that_cannot_be_swept],
    "subscriptions.tasks.read_bounces_due": [test_a_mail_that_cannot_be_read],
    "operations.tasks.count_events": NO_ITEMS,
    "operations.tasks.look_for_alarms": [test_a_condition_that_cannot_be_looked_at],
    "operations.tasks.record_queue_heartbeat": NO_ITEMS,
    "operations.tasks.prune_due": [test_an_old_row_that_cannot_go],
    "approve_editions": [test_an_edition_that_cannot_be_approved_by_command],
    "backup": [test_a_picture_that_cannot_be_read_is_left_out_of_a_backup],
    "backfill": [test_a_day_that_cannot_be_taken_in_by_backfill],
    "calibrate_checks": [test_an_answer_that_is_no_example],
    "compose_editions": [test_topics_that_cannot_be_composed],
    "dns_records": ONE_ITEM,
    "doctor": [test_a_check_that_raises],
    "erase_subscriber": ONE_ITEM,
    "export_archive": [test_a_day_that_cannot_be_written_as_a_file],
    "export_subscribers": [test_a_reader_who_cannot_be_exported],
    "fetch_papers": [test_a_paper_that_the_database_does_not_take_by_command],
    "fetch_pictures": [test_a_picture_that_cannot_be_kept_by_command],
    "import_taste": [test_a_reference_that_cannot_be_read],
    "import_subscribers": [test_a_row_that_cannot_be_imported],
    "index_search": [test_a_paper_that_search_cannot_take_by_command],
    "missed_digests": NO_ITEMS,
    "move_database": NO_ITEMS,
    "preview_digest": ONE_ITEM,
    "prune": [test_an_old_row_that_cannot_go],
    "read_bounces": [test_a_mail_that_cannot_be_read],
    "read_papers": [test_a_paper_that_cannot_be_read_by_command],
    "restore": [test_a_reader_whose_wishes_cannot_be_done_again],
    "replay_ranking": [test_a_digest_that_cannot_be_chosen_again],
    "rotate_secret": ONE_ITEM,
    "sendtestemail": ONE_ITEM,
    "send_digests": [test_a_digest_that_cannot_be_chosen_by_command],
    "watch": [test_a_condition_that_cannot_be_looked_at],
    "summarise_papers": [test_an_extract_that_cannot_be_written_by_command],
}


def test_every_periodic_task_and_every_command_has_its_line():
    root = Path(__file__).resolve().parents[1]
    commands = {file.stem for file in root.glob("*/management/commands/*.py")} - {"__init__"}
    ticks = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert ticks
    assert TABLE.keys() == ticks | commands


def test_every_line_names_its_poison():
    here = vars(sys.modules[__name__])
    for name, line in TABLE.items():
        assert line in (ONE_ITEM, NO_ITEMS) or (
            line and all(here.get(each.__name__) is each for each in line)
        ), name
