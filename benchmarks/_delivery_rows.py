"""The rows that the benchmark ``delivery`` sends: papers with summaries, readers, chosen digests."""

import random
from datetime import UTC, date, datetime, timedelta

PAPERS = 300
CARDS = 12  # papers of a digest
LANGUAGES = ("en", "ko", "zh-Hans", "ja")
DAY = date(2026, 3, 18)
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)
BATCH = 5_000  # readers inserted at once


def fill(count: int) -> None:
    """300 papers with summaries in four languages; ``count`` readers whose 12 cards are chosen already."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    chance = random.Random(1)
    topic, papers = write_papers()
    from subscriptions.models import Delivery, Subscriber
    from subscriptions.picks import Pick, Picks, for_topic

    for first in range(0, count, BATCH):
        readers = Subscriber.objects.bulk_create(
            Subscriber(
                email=f"reader{number}@example{number % 50}.org",
                state="active",
                language=LANGUAGES[number % 4],
                confirmed_at=NOW,
            )
            for number in range(first, min(first + BATCH, count))
        )
        Delivery.objects.bulk_create(
            Delivery(
                subscriber=reader,
                day=DAY,
                language=reader.language,
                created_at=NOW,
                picks=Picks(
                    papers=tuple(Pick(pk, (for_topic(topic),)) for pk in chance.sample(papers, CARDS)),
                    day=DAY,
                    new=120,
                    topics=(topic,),
                ),
            )
            for reader in readers
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def write_papers() -> tuple[int, list[int]]:
    """The papers, announced and in one frozen edition: (the topic's key, the papers' keys)."""
    from newsletter.models import Announcement, Edition, Entry, Paper, Summary, Topic

    topic = Topic.objects.create(slug="everything", names={"en": "Everything"})
    edition = Edition.objects.create(
        topic=topic, day=DAY, state="frozen", composed_at=NOW, approved_at=NOW, candidates_count=PAPERS
    )
    papers = Paper.objects.bulk_create(
        Paper(
            arxiv_id=f"2603.{number:05d}",
            title=f"A measured study of subject {number}",
            abstract="We study a subject in depth. Our method needs half the memory of earlier work. " * 12,
            authors=[f"First{name} Last{number}" for name in range(3)],
            categories=["cs.LG", "cs.AI"],
            primary_category="cs.LG",
            published_at=NOW - timedelta(days=1),
            votes=number,
        )
        for number in range(PAPERS)
    )
    Announcement.objects.bulk_create(
        Announcement(paper=paper, source="arxiv", kind="new", day=DAY) for paper in papers
    )
    Entry.objects.bulk_create(
        Entry(edition=edition, paper=paper, position=place, matched=["study"])
        for place, paper in enumerate(papers, 1)
    )
    sentences = {
        "en": "A new method does the same work with less memory. ",
        "ko": "같은 일을 더 적은 메모리로 해냅니다. ",
        "zh-Hans": "以更少内存完成同样的工作。",
        "ja": "より少ないメモリで同じ処理を行う。",
    }
    Summary.objects.bulk_create(
        Summary(
            paper=paper,
            language=language,
            state="ready",
            author="model",
            sentence=sentences[language],
            takeaways=[{"text": sentences[language], "evidence": "We study a subject"} for _ in range(3)],
        )
        for paper in papers
        for language in LANGUAGES
    )
    return topic.pk, [paper.pk for paper in papers]
