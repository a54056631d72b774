"""Thirty days in simulated time over the recorded real days: what every reader got, and when.

The rows are those of a real pipeline: papers and announcements as recorded, editions made by the catalogue's
queries, digests through the ledger's own enqueuing. The short form runs with the suite; SIMULATION=300 asks
for as many readers over all thirty days.
"""

import gzip
import hashlib
import itertools
import json
import os
import random
import sys
import uuid
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Min

from newsletter.languages import LANGUAGES
from newsletter.models import Announcement, Edition, Entry, Paper, Summary, Topic
from newsletter.rendering import cards, layout
from newsletter.rendering.texts import clean
from newsletter.topics.assignment import add_missing_topics, match_topics
from newsletter.topics.catalogue import load_topics
from subscriptions import delivery
from subscriptions.digests import NEWS_DAYS, choose_batch
from subscriptions.messages import build_batch
from subscriptions.models import Delivery, Subscriber, Subscription
from subscriptions.readers import clock
from tests.mail_checker import faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]

READERS = int(os.environ.get("SIMULATION", "16"))
IS_SHORT = READERS < 300
FIRST = date(2026, 3, 24) if IS_SHORT else date(2026, 3, 2)
DAYS = 8 if IS_SHORT else 30
PAPERS_A_DAY = 60 if IS_SHORT else 400
# Clocks change in America on 8 March, in Europe on 29 March 2026.
ZONES = ("America/New_York", "America/Santiago", "Europe/Berlin", "UTC", "Asia/Seoul", "Asia/Kolkata",
         "Australia/Lord_Howe", "Pacific/Kiritimati")  # fmt: skip
SIZES = (3, 5, 10, 20, 30)
CADENCES = ("daily", "daily", "daily", "weekdays", "weekly")


@pytest.fixture
def days(recorded: Path):
    """The recorded papers of each day of the simulation, in the order of their lists."""
    with gzip.open(recorded / "arxiv_meta" / "cs_ai_cl_cv_lg_dated.jsonl.gz") as lines:
        papers = [json.loads(line) for line in lines]
    by_day: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)
    for paper in papers:
        day = datetime.fromisoformat(paper["published"]).date() + timedelta(days=1)
        if FIRST <= day < FIRST + timedelta(days=DAYS) and len(by_day[day]) < PAPERS_A_DAY:
            by_day[day].append(paper)
    return by_day


def store_day(day, records, recorded):
    """What intake and composing leave behind for a day: papers, announcements, approved editions."""
    moment = datetime.combine(day, time(1), tzinfo=UTC)
    Paper.objects.bulk_create(
        (
            Paper(
                arxiv_id=record["id"],
                title=" ".join(record["title"].split()),
                abstract=record["abstract"],
                authors=record["authors"],
                categories=record["categories"],
                primary_category=record["categories"][0],
                comment=record.get("comment") or "",
                published_at=moment - timedelta(days=1),
            )
            for record in records
        ),
        ignore_conflicts=True,
    )
    found = Paper.objects.filter(arxiv_id__in=[record["id"] for record in records])
    announced = [Announcement(paper=paper, source="arxiv", kind="new", day=day) for paper in found]
    announced += list(listed_daily(day, recorded))
    Announcement.objects.bulk_create(announced, ignore_conflicts=True)
    papers = list(Paper.objects.announced_on(day))
    topics = list(Topic.objects.active())
    matched, _ = match_topics(topics, papers)
    rank = {paper.pk: (-paper.votes, paper.arxiv_id) for paper in papers}
    for topic in topics:
        fitting = matched[topic.pk]
        if topic.listing:
            daily = set(
                Announcement.objects.filter(day=day, source=topic.listing).values_list("paper_id", flat=True)
            )
            fitting = {paper: words for paper, words in fitting.items() if paper in daily}
        if not fitting:
            continue
        edition = Edition.objects.create(
            topic=topic,
            day=day,
            state="approved",
            composed_at=moment,
            approved_at=moment + timedelta(hours=4),
        )
        Entry.objects.bulk_create(
            Entry(edition=edition, paper_id=paper, position=place, matched=fitting[paper])
            for place, paper in enumerate(sorted(fitting, key=rank.__getitem__)[:60], 1)
        )


def listed_daily(day, recorded):
    """Hugging Face's list of the day, which brings up papers that arXiv announced days before."""
    path = recorded / "hf_daily" / "raw_gz" / f"{day:%Y-%m-%d}.json.gz"
    if not path.exists():
        return
    for row in json.loads(gzip.decompress(path.read_bytes())):
        paper = row["paper"]
        kept, _ = Paper.objects.get_or_create(
            arxiv_id=paper["id"],
            defaults={
                "title": " ".join(paper["title"].split()),
                "abstract": paper.get("summary", ""),
                "authors": [author["name"] for author in paper.get("authors", [])],
                "votes": paper.get("upvotes", 0),
            },
        )
        Paper.objects.filter(pk=kept.pk).update(votes=paper.get("upvotes", 0))
        yield Announcement(paper=kept, source="huggingface", kind="daily", day=day)


def make_readers():
    chance = random.Random(20260302)
    topics = list(Topic.objects.order_by("pk"))
    languages = itertools.cycle(LANGUAGES)
    start = datetime.combine(FIRST, time(0), tzinfo=UTC) - timedelta(minutes=1)
    for number in range(READERS):
        cadence = CADENCES[number % len(CADENCES)]
        reader = Subscriber.objects.create(
            email=f"reader{number}@example.org",
            public_id=uuid.UUID(int=number),
            state="active",
            language=next(languages),
            time_zone=ZONES[number % len(ZONES)],
            hour=chance.choice((0, 2, 3, 7, 8, 18, 23)),
            cadence=cadence,
            weekday=chance.randrange(7),
            size=chance.choice(SIZES),
            queries=[chance.choice(("diffusion", '"large language model"', "cat:cs.RO", "author:Wang"))]
            if number % 6 == 0
            else [],
        )
        reader.next_due_at = clock.next_due(
            start, zone=reader.time_zone, hour=reader.hour, cadence=cadence, weekday=reader.weekday
        )
        reader.save()
        followed = chance.sample(topics, chance.randint(1, 9))
        Subscription.objects.bulk_create(Subscription(subscriber=reader, topic=topic) for topic in followed)


def summarise():
    """Every fifth paper has a summary in every language: the others come as extracts."""
    Summary.objects.bulk_create(
        Summary(
            paper=paper,
            language=language,
            state="ready",
            author="model",
            title="" if language == "en" else f"⟨{language}⟩ {paper.title[:60]}",
            sentence=f"⟨{language}⟩ {paper.title[:80]}.",
            takeaways=[{"text": f"⟨{language}⟩ {number}", "evidence": "x"} for number in range(3)],
        )
        for paper in Paper.objects.filter(summaries__isnull=True)
        if paper.pk % 5 == 0
        for language in LANGUAGES
    )


def run(days, recorded, *, on_day=lambda day: None):
    """The days go by in half hours: who is due is enqueued, and every message is built as if it were sent.

    Returns when each delivery was sent, the faults of all messages, and a hash of all their bytes;
    ``on_day`` is called at midnight.
    """
    add_missing_topics(load_topics())
    make_readers()
    sent_at, faults, said = {}, [], hashlib.sha256()
    for day in (FIRST + timedelta(days=offset) for offset in range(DAYS)):
        if days.get(day):
            store_day(day, days[day], recorded)
            summarise()
        on_day(day)
        for half_hours in range(48):
            now = datetime.combine(day, time(), tzinfo=UTC) + timedelta(minutes=30 * half_hours)
            delivery.enqueue(now)
            rows = list(Delivery.objects.filter(state="queued").order_by("pk"))
            built = build_batch(rows, now=now) if rows else {}
            assert len(built) == len(rows)
            for row in rows:
                sent_at[row.pk] = now
                faults += faults_in(built[row.pk], row)
                said.update(built[row.pk].data)
            Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(state="sent")
    return sent_at, faults, said.hexdigest()


def faults_in(message, row):
    ids = [pick.paper for pick in row.picks.papers]
    titles = tuple(clean(title) for title in Paper.objects.filter(pk__in=ids).values_list("title", flat=True))
    # Sources may say "undefined", or "{{" where TeX was left: ours are the marks that no source wrote.
    written = Paper.objects.filter(pk__in=papers_of(row)).values_list("title", "abstract", "comment")
    sources = tuple(clean(text) for texts in written for text in texts)
    return [
        (row.pk, fault)
        for fault in faults_of(message.data, language=row.language, titles=titles, sources=sources)
    ]


def papers_of(row):
    return list(row.picks.named)


def check_nothing_twice(rows):
    had: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for row in rows:
        had[row.subscriber_id].update(papers_of(row))
        assert len(row.picks.papers) <= row.subscriber.size
    twice = {
        reader: [paper for paper, times in papers.items() if times > 1] for reader, papers in had.items()
    }
    assert not any(twice.values()), "a paper went to a reader twice"
    assert max(Counter((row.subscriber_id, row.day) for row in rows).values()) == 1


def check_hours(rows, sent_at):
    for row in rows:
        reader, zone = row.subscriber, clock.zone_named(row.subscriber.time_zone)
        assert sent_at[row.pk].astimezone(zone).date() == row.day
        # At the hour; or, where nothing was ready then, later on the same day of the reader's.
        assert sent_at[row.pk] >= clock.moment_of(row.day, reader.hour, zone)
        if reader.cadence == "weekdays":
            assert row.day.weekday() < 5
        if reader.cadence == "weekly":
            assert row.day.weekday() == reader.weekday


def check_turns(reader, first_days):
    """No topic is passed over for a week: not in a digest a week after the first in which it had a paper to
    offer and got no place, having had none in between.
    """
    topics = set(reader.subscriptions.values_list("topic_id", flat=True))
    had: set[int] = set()
    passed_over: dict[int, date] = {}
    for row in reader.deliveries.order_by("day"):
        served = {which for kind, which in row.picks.wishes if kind == "topic"}
        entries = Entry.objects.filter(edition__in=row.picks.editions, edition__topic__in=topics - served)
        offering = {
            topic
            for topic, paper in entries.values_list("edition__topic_id", "paper_id")
            if paper not in had and row.day - first_days[paper] < timedelta(days=NEWS_DAYS)
        }
        for topic in served:
            passed_over.pop(topic, None)
        for topic in offering:
            since = passed_over.setdefault(topic, row.day)
            assert row.day - since < timedelta(days=7), (reader, topic, since, row.day)
        had.update(papers_of(row))


def test_a_month_of_real_days(days, recorded):
    sent_at, faults, said = run(days, recorded)
    assert faults == []
    sys.stdout.write(f"{len(sent_at)} messages: {said}\n")  # pytest -rP: the same for every PYTHONHASHSEED
    rows = list(Delivery.objects.select_related("subscriber").order_by("day", "pk"))
    assert len(rows) > 2 * READERS
    check_nothing_twice(rows)
    check_hours(rows, sent_at)
    first_days = dict(Announcement.objects.values_list("paper").annotate(Min("day")))
    for reader in Subscriber.objects.exclude(cadence="weekly"):
        check_turns(reader, first_days)


def test_who_travels_gets_one_digest_for_each_day_of_their_own(days, recorded):
    there, back = FIRST + timedelta(days=2), FIRST + timedelta(days=5)

    def travel(day):
        if day in (there, back):
            west = day == there
            Subscriber.objects.filter(pk__in=travellers()).update(
                time_zone="Pacific/Honolulu" if west else "Pacific/Kiritimati"
            )

    def travellers():
        return [pk for pk in Subscriber.objects.values_list("pk", flat=True) if pk % 2]

    few = {day: papers[:12] for day, papers in days.items()}
    _, faults, _ = run(few, recorded, on_day=travel)
    assert faults == []
    check_nothing_twice(list(Delivery.objects.select_related("subscriber")))


def test_the_same_rows_give_the_same_bytes_in_any_batch(days, recorded):
    add_missing_topics(load_topics())
    make_readers()
    day = next(iter(sorted(days)))
    store_day(day, days[day], recorded)
    summarise()
    now = datetime.combine(day, time(12), tzinfo=UTC)
    readers = list(Subscriber.objects.order_by("pk"))
    together = choose_batch(readers, now=now)
    alone = [choice for reader in reversed(readers) for choice in choose_batch([reader], now=now)]
    assert together == alone[::-1]
    rows = [
        Delivery(
            pk=reader.pk, subscriber=reader, day=choice.day, picks=choice.picks, language=reader.language
        )
        for reader, choice in zip(readers, together, strict=True)
        if choice.picks is not None
    ]
    first = build_batch(rows, now=now)
    for made in (cards.card, cards.line, layout.frame, layout.why, layout.sign, layout.notes):
        made.cache_clear()
    assert first == {row.pk: build_batch([row], now=now)[row.pk] for row in reversed(rows)}
