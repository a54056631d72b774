"""How long it takes to choose for readers who all have a taste, to learn a vote, and to take a paper in.

The rows are those of ``make bench NAME=digest``: 100,000 readers of the catalogue's topics over a day of
1,000 real papers on PostgreSQL, whole editions, one process on one core. Each reader has a profile, one of
:data:`TASTES` that were learned, by the code that learns, from 8 to 40 likes among papers that came before.
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
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import digest
from benchmarks.digest import DAY, NOW, PAPERS, READERS, RECORDED, SCALE, batches, say

TASTES = 200  # profiles: each reader's is packed and read by itself
EARLIER = min(20_000, max(2000, int(20_000 * SCALE)))
"""Papers that came before the day: the corpus that profiles are learned from."""
LEARNED = 60  # votes


def main() -> int:
    """Print the figures, one JSON object a line; 1 if a reader was left without a digest."""
    if not RECORDED.is_dir():
        sys.stderr.write(f"ranking: the recorded data is not at {RECORDED}.\n")
        return 1
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="paperpost-ranking-") as folder:
        from tests.postgres import start_postgres

        postgres = start_postgres(Path(folder) / "postgres")
        try:
            os.environ.update(digest.environment(postgres.get_uri(), folder))
            # Filling, learning and choosing are processes of their own: the memory of one is not another's.
            for part in (fill, learning, choosing):
                process = multiprocessing.get_context("spawn").Process(target=_run, args=(part,))
                process.start()
                process.join()
                if process.exitcode:
                    return process.exitcode
            return 0
        finally:
            postgres.cleanup()


def _run(part: Any) -> None:
    import django

    django.setup()
    sys.exit(part())


# -- the rows ---------------------------------------------------------------------------------------------


def fill() -> int:
    """The papers before the day, the rows of the digest's benchmark, and a taste for every reader."""
    from django.core.management import call_command
    from django.db import connection

    from newsletter.features.corpus import take_in_features
    from subscriptions.models import Subscriber, Taste
    from subscriptions.taste.profile import RECIPE

    call_command("migrate", verbosity=0)
    earlier = make_earlier_papers()
    take_in_features(now=NOW)
    digest.fill()
    at = time.perf_counter()
    take_in_features(now=NOW)
    say("ranking.new_paper_ms", (time.perf_counter() - at) / PAPERS * 1000, "ms", "<= 1", corpus=EARLIER)
    packed = learned_profiles(earlier)
    Subscriber.objects.update(taste="on")
    readers = Subscriber.objects.order_by("pk").values_list("pk", flat=True).iterator()
    tastes = (
        Taste(pk=reader, profile=packed[number % len(packed)], recipe=RECIPE, updated_at=NOW)
        for number, reader in enumerate(readers)
    )
    while rows := list(itertools.islice(tastes, 5000)):
        Taste.objects.bulk_create(rows, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return 0


def make_earlier_papers() -> list[Any]:
    """Recorded papers beside those of the day."""
    from newsletter.models import Paper

    with gzip.open(next(iter(sorted(RECORDED.glob("cs_ai_cl_cv_lg_dated*.jsonl.gz"))))) as lines:
        records = [json.loads(line) for line in itertools.islice(lines, PAPERS, PAPERS + EARLIER)]
    return Paper.objects.bulk_create(
        (
            Paper(
                arxiv_id=record["id"],
                title=record["title"],
                abstract=record["abstract"],
                authors=record["authors"],
                categories=record["categories"],
                primary_category=record["categories"][0],
                published_at=NOW - timedelta(days=9),
            )
            for record in records
        ),
        batch_size=2000,
    )


def learned_profiles(papers: list[Any]) -> list[bytes]:
    """Profiles of readers who each like papers with one word in their title, and were sent others."""
    from subscriptions.models import Delivery, Subscriber, Taste, Vote
    from subscriptions.picks import Pick, Picks
    from subscriptions.taste.learning import relearn

    chance = random.Random(7)
    by_word: dict[str, list[Any]] = {}
    for paper in papers:
        for word in set(paper.title.lower().split()):
            by_word.setdefault(word, []).append(paper)
    subjects = sorted(word for word, of_word in by_word.items() if 40 <= len(of_word) <= 400)
    readers = list(Subscriber.objects.order_by("pk")[:TASTES])
    for reader in readers:
        subject = by_word[chance.choice(subjects)]
        Vote.objects.bulk_create(
            Vote(subscriber=reader, paper=paper, value=1, at=NOW - timedelta(days=8, minutes=-place))
            for place, paper in enumerate(chance.sample(subject, chance.randint(8, 40)))
        )
        Delivery.objects.bulk_create(
            Delivery(
                subscriber=reader,
                day=DAY - timedelta(days=back),
                language=reader.language,
                state="sent",
                created_at=NOW - timedelta(days=back),
                picks=Picks(papers=tuple(Pick(paper.pk) for paper in chance.sample(papers, 12))),
            )
            for back in (9, 10, 11)
        )
        relearn(reader.pk, now=NOW)
    return [bytes(packed) for packed in Taste.objects.order_by("pk").values_list("profile", flat=True)]


# -- the figures ------------------------------------------------------------------------------------------


def learning() -> int:
    """Cast votes, each by a reader with a profile; the database and all that is learned of it included."""
    from newsletter.models import Paper
    from subscriptions.models import Subscriber
    from subscriptions.readers.votes import cast

    readers = list(Subscriber.objects.order_by("pk")[:LEARNED])
    papers = list(Paper.objects.order_by("-pk")[:LEARNED])
    took = []
    for reader, paper in zip(readers, papers, strict=True):
        at = time.perf_counter()
        cast(reader, paper, 1, now=NOW)
        took.append((time.perf_counter() - at) * 1000)
    took = sorted(took[5:])  # the first open the connection and read modules
    say("ranking.learn_ms", took[len(took) // 2], "ms", "<= 50", slowest_in_20=took[-len(took) // 20])
    return 0


def choosing() -> int:
    """Choose for all readers, batch by batch, as the run that sends does."""
    from django.db import connection

    from subscriptions.digests import choose_batch
    from subscriptions.digests.candidates import CandidateIndexCache
    from subscriptions.picks import TASTE

    queries: list[int] = []

    def count(execute: Any, *arguments: Any) -> Any:
        queries[-1] += 1
        return execute(*arguments)

    index_cache = CandidateIndexCache()
    seconds, digests, lifted, places = 0.0, 0, 0, 0
    with connection.execute_wrapper(count):
        queries.append(0)
        for readers in batches():
            queries.append(0)
            at = time.perf_counter()
            choices = choose_batch(readers, now=NOW, index_cache=index_cache)
            seconds += time.perf_counter() - at
            for choice in choices:
                digests += choice.picks is not None
                for pick in choice.picks.papers if choice.picks else ():
                    places += 1
                    lifted += any(reason.kind in TASTE for reason in pick.reasons)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        "ranking.choose_seconds",
        seconds,
        "s",
        "<= 45",
        readers=READERS,
        papers=PAPERS,
        microseconds_each=round(seconds / READERS * 1e6),
        lifted=round(lifted / max(places, 1), 3),
    )
    say("ranking.queries_per_1000", max(queries), "queries", "constant")
    say("ranking.rss_mb", rss, "MB", "<= 400")
    return 0 if digests == READERS else 1


if __name__ == "__main__":
    sys.exit(main())
