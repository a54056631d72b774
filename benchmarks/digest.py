"""100,000 readers over a day of 1,000 real papers on PostgreSQL: choosing, and joining their messages.

One process on one core does both for batches of 1,000 readers: ``digest.compose_seconds`` is the time from
the rows of the readers to what each mail says and what fits into it, rendering all cards on the way;
``joining_seconds`` beside it, the bytes of all messages. Every reader had a digest the day before; one in
twenty has a query of their own. ``digest.join_ms`` is one message of 12 cards in four languages, joined;
``digest.render_ms`` the same message rendered whole and put together as MIME. ``digest.own_reason_us`` is
what a reason costs that one reader alone gets: 12 in each of 1,000 messages, of papers that each liked.
"""

import gzip
import itertools
import json
import logging
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "arxiv_meta"
SCALE = float(os.environ.get("SCALE", "1"))
READERS = int(os.environ.get("READERS") or max(1000, 100_000 * SCALE))
PAPERS = max(60, int(1000 * min(1.0, SCALE * 10)))
LANGUAGES = ("en", "ko", "zh-Hans", "ar")
AT_ONCE = 1000
NOW = datetime.fromisoformat(os.environ.get("NOW") or "2026-03-18T09:00:00+00:00")
DAY = NOW.date()
CARDS = 12


def main() -> int:
    """Print the figures, one JSON object a line."""
    if not RECORDED.is_dir():
        sys.stderr.write(f"digest: the recorded data is not at {RECORDED}.\n")
        return 1
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="paperpost-digest-") as folder:
        from tests.postgres import start_postgres

        postgres = start_postgres(Path(folder) / "postgres")
        try:
            os.environ.update(environment(postgres.get_uri(), folder))
            # Filling the tables costs memory that is not the digest's: a process of its own does it.
            filling = multiprocessing.get_context("spawn").Process(target=fill)
            filling.start()
            filling.join()
            return filling.exitcode or measure()
        finally:
            postgres.cleanup()


def environment(database: str, folder: str) -> dict[str, str]:
    """The settings of a benchmark on ``database``, whose files lie in ``folder``."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": "",
        "DEBUG": "0",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "VAR_DIR": str(Path(folder) / "var"),
        "DATABASE_URL": database,
        "SITE_URL": "https://paperpost.example",
        "FROM_EMAIL": "Paperpost <digest@paperpost.example>",
        "REDIS_URL": "",
    }


def say(name: str, value: float, unit: str, goal: str = "", **more: Any) -> None:
    """Print one figure as a line of JSON."""
    figure: dict[str, Any] = {"name": name, "value": round(value, 4), "unit": unit}
    if goal:
        figure["goal"] = goal
    if SCALE != 1:
        figure["scale"] = SCALE
    print(json.dumps({**figure, **more}), flush=True)


# -- the rows ---------------------------------------------------------------------------------------------


def fill() -> None:
    """The catalogue, a day of papers with summaries, and the readers with their last digest."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    chance = random.Random(20260318)
    papers = make_papers()
    topics = make_editions(papers, chance)
    make_readers(topics, chance)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_papers() -> list[Any]:
    """Recorded papers in the database, with summaries, announced on the day."""
    from newsletter.models import Announcement, Paper, Summary

    moment = NOW - timedelta(hours=21)
    with gzip.open(next(iter(sorted(RECORDED.glob("cs_ai_cl_cv_lg_dated*.jsonl.gz"))))) as lines:
        records = [json.loads(line) for line in itertools.islice(lines, PAPERS)]
    papers = Paper.objects.bulk_create(
        Paper(
            arxiv_id=record["id"],
            title=record["title"],
            abstract=record["abstract"],
            authors=record["authors"],
            categories=record["categories"],
            primary_category=record["categories"][0],
            comment=record.get("comment") or "",
            published_at=moment - timedelta(minutes=number),
            votes=max(0, 120 - number),
        )
        for number, record in enumerate(records)
    )
    Announcement.objects.bulk_create(
        Announcement(paper=paper, source="arxiv", kind="new", day=DAY) for paper in papers
    )
    said = {
        "en": "The paper does the same work with less memory by a new method and shows where it fails. ",
        "ko": "이 논문은 같은 일을 더 적은 메모리로 해내는 방법을 제안하고 그 한계를 보입니다. ",
        "zh-Hans": "本文提出一种以更少内存完成同样工作的方法，并说明其局限所在。",
        "ar": "تقترح الورقة طريقة تنجز العمل نفسه بذاكرة أقل وتبين مواضع قصورها. ",
    }
    Summary.objects.bulk_create(
        Summary(
            paper=paper,
            language=language,
            state="ready",
            author="model",
            sentence=said[language],
            takeaways=[{"text": said[language] * 2, "evidence": "x"} for _ in range(5)],
        )
        for paper in papers
        for language in LANGUAGES
    )
    return papers


def make_editions(papers: list[Any], chance: random.Random) -> list[Any]:
    """The catalogue's topics, whose queries choose their papers as every day; each has at least a few."""
    from newsletter.models import Edition, Entry, Topic
    from newsletter.topics.assignment import add_missing_topics, match_topics
    from newsletter.topics.catalogue import load_topics

    add_missing_topics(load_topics())
    topics = list(Topic.objects.all())
    matched, _ = match_topics(topics, papers)
    by_id = {paper.pk: paper for paper in papers}
    for topic in topics:
        edition = Edition.objects.create(
            topic=topic, day=DAY, state="approved", composed_at=NOW, approved_at=NOW - timedelta(hours=4)
        )
        words = matched[topic.pk] or {paper.pk: [] for paper in chance.sample(papers, 20)}
        best = sorted(words, key=lambda pk: -by_id[pk].votes)
        Entry.objects.bulk_create(
            Entry(edition=edition, paper_id=pk, position=place, matched=words[pk])
            for place, pk in enumerate(best, 1)
        )
    return topics


def make_readers(topics: list[Any], chance: random.Random) -> None:
    """Subscribers in the database, each with some of the topics and a digest of yesterday."""
    from subscriptions.models import Delivery, Subscriber, Subscription
    from subscriptions.picks import Pick, Picks, for_topic

    words = ("diffusion", "robot", "retrieval", "agents", "safety", "video", "speech", "graph", "medical")
    zones = ("UTC", "Asia/Seoul", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Riyadh")
    yesterday = DAY - timedelta(days=1)
    for first in range(0, READERS, 10_000):
        readers = Subscriber.objects.bulk_create(
            Subscriber(
                email=f"reader{number}@example.org",
                state="active",
                language=LANGUAGES[number % len(LANGUAGES)],
                time_zone=chance.choice(zones),
                size=CARDS,
                next_due_at=NOW - timedelta(seconds=number % 3600),
                last_edition_day=yesterday,
                queries=[" ".join(chance.sample(words, 2))] if number % 20 == 0 else [],
            )
            for number in range(first, min(first + 10_000, READERS))
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=reader, topic=topic)
            for reader in readers
            for topic in chance.sample(topics, chance.randint(1, 8))
        )
        Delivery.objects.bulk_create(
            Delivery(
                subscriber=reader,
                day=yesterday,
                language=reader.language,
                state="sent",
                created_at=NOW - timedelta(days=1),
                picks=Picks(papers=tuple(Pick(-number, (for_topic(1),)) for number in range(1, 13))),
            )
            for reader in readers
        )


# -- the figures ------------------------------------------------------------------------------------------


def measure() -> int:
    """Choose and build the digests, and print the figures; 1 if something is not as it must be."""
    import django

    django.setup()
    from django.db import connection

    from subscriptions.digests.candidates import CandidateIndexCache
    from subscriptions.messages.render_cache import RenderCache

    counted = {"queries": 0}

    def count(execute: Any, *arguments: Any) -> Any:
        counted["queries"] += 1
        return execute(*arguments)

    spent = dict.fromkeys(("choosing", "composing", "joining"), 0.0)
    bytes_made = messages = 0
    most = least = 0
    began = time.perf_counter()
    index_cache, cache = CandidateIndexCache(), RenderCache()
    with connection.execute_wrapper(count):
        for readers in batches():
            before = counted["queries"]
            made, sizes = one_batch(readers, spent, index_cache, cache)
            messages += made
            bytes_made += sizes
            asked = counted["queries"] - before
            most, least = max(most, asked), min(least or asked, asked)
    seconds = time.perf_counter() - began
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        "digest.compose_seconds",
        spent["choosing"] + spent["composing"],
        "s",
        "<= 60",
        readers=READERS,
        papers=PAPERS,
        messages=messages,
        average_bytes=bytes_made // max(messages, 1),
        choosing_seconds=round(spent["choosing"], 2),
        joining_seconds=round(spent["joining"], 2),
        all_seconds=round(seconds, 2),
    )
    say("digest.queries_per_1000", most, "queries", "constant", fewest=least)
    say("digest.rss_mb", rss, "MB", "<= 300")
    join_ms, render_ms = one_message()
    say("digest.join_ms", join_ms, "ms", "<= 0.1", floor=render_ms, ratio=round(join_ms / render_ms, 5))
    say("digest.render_ms", render_ms, "ms", cards=CARDS)
    say("digest.own_reason_us", own_reason(), "µs", "<= 100")
    return 0 if messages == READERS else 1


def batches() -> Any:
    """All subscribers, in batches by their keys."""
    from subscriptions.models import Subscriber

    last = 0
    while readers := list(Subscriber.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield readers
        last = readers[-1].pk


def one_batch(readers: list[Any], spent: dict[str, float], index_cache: Any, cache: Any) -> tuple[int, int]:
    """Choose for the readers and make their messages, each let go of before the next, as a sender does."""
    from subscriptions.messages import assemble, compose_digest, fit_digest

    at = time.perf_counter()
    rows = chosen_for(readers, index_cache)
    spent["choosing"] += time.perf_counter() - at
    at = time.perf_counter()
    cache.refresh(rows)
    ready = [(row, *fit_digest(digest)) for row in rows if (digest := compose_digest(row, cache)) is not None]
    spent["composing"] += time.perf_counter() - at
    at = time.perf_counter()
    sizes = 0
    for row, digest, encoding in ready:
        sizes += len(assemble(row, cache.recipients[row.pk], digest, encoding, now=NOW).data)
    spent["joining"] += time.perf_counter() - at
    return len(ready), sizes


def chosen_for(readers: list[Any], index_cache: Any = None) -> list[Any]:
    """A row of the ledger for each of ``readers``, as it would be stored."""
    from subscriptions.digests import choose_batch
    from subscriptions.models import Delivery

    choices = choose_batch(readers, now=NOW, index_cache=index_cache)
    return [
        Delivery(
            pk=reader.pk,
            subscriber_id=reader.pk,
            day=choice.day,
            picks=choice.picks,
            language=reader.language,
            created_at=NOW,
        )
        for reader, choice in zip(readers, choices, strict=True)
        if choice.picks is not None
    ]


def own_reason() -> float:
    """Microseconds that one more reason costs which no other reader has, to compose and to join."""
    from benchmarks._own_reasons import seconds, with_own_reasons
    from subscriptions.messages.render_cache import RenderCache
    from subscriptions.models import Subscriber

    cache, rows = RenderCache(), chosen_for(list(Subscriber.objects.order_by("pk")[:AT_ONCE]))
    seconds(rows, cache, now=NOW)  # renders the cards
    without = min(seconds(rows, cache, now=NOW) for _ in range(3))
    rows = with_own_reasons(rows, now=NOW)
    reasons = sum(len(row.picks.papers) for row in rows)
    return (min(seconds(rows, cache, now=NOW) for _ in range(3)) - without) / reasons * 1e6


def one_message() -> tuple[float, float]:
    """Milliseconds of a message of 12 cards: joined, and rendered whole."""
    from subscriptions.messages import assemble, compose_digest, fit_digest
    from subscriptions.messages.render_cache import load_render_cache
    from subscriptions.models import Subscriber

    chosen = chosen_for(list(Subscriber.objects.order_by("pk")[:200]))
    rows = [row for row in chosen if len(row.picks.papers) == CARDS]
    cache = load_render_cache(rows)
    ready = [
        (row, cache.recipients[row.pk], *fit_digest(digest))
        for row in rows
        if (digest := compose_digest(row, cache)) is not None
    ]
    joins = []
    for _ in range(7):
        at = time.perf_counter()
        for row, reader, digest, encoding in ready:
            assemble(row, reader, digest, encoding, now=NOW)
        joins.append((time.perf_counter() - at) / len(ready) * 1000)
    return min(joins), min(render(row, reader, cache) for row, reader, _, _ in ready[:30])


def render(row: Any, reader: Any, cache: Any) -> float:
    """Milliseconds of the same message, every template rendered for it alone and MIME built for it alone."""
    from django.core.mail import EmailMultiAlternatives

    from newsletter.models import Paper, Summary
    from newsletter.rendering.papers import FACTS, SUMMARY, PaperFacts, SummaryText, view_of
    from newsletter.rendering.reasons import ShownReason
    from tests.whole import render_whole

    ids = [pick.paper for pick in row.picks.papers]
    facts = {one[0]: PaperFacts.from_row(one) for one in Paper.objects.filter(pk__in=ids).values_list(*FACTS)}
    summaries = Summary.objects.filter(paper__in=ids, language=row.language)
    texts = {paper: SummaryText.from_row(one) for paper, *one in summaries.values_list("paper_id", *SUMMARY)}
    at = time.perf_counter()
    cards = [
        (
            view_of(
                facts[pick.paper],
                texts[pick.paper],
                language=row.language,
                site_url="https://paperpost.example",
            ),
            tuple(
                ShownReason(chip=cache.chip(reason.topic, row.language))
                for reason in pick.reasons
                if reason.kind == "topic"
            ),
        )
        for pick in row.picks.papers
    ]
    whole = render_whole(cards, language=row.language, day=row.day, new=row.picks.new, links=reader.links)
    message = EmailMultiAlternatives(whole.subject, whole.text, "a@example.org", [reader.email])
    message.attach_alternative(whole.html, "text/html")
    message.message().as_bytes()
    return (time.perf_counter() - at) * 1000


if __name__ == "__main__":
    sys.exit(main())
