"""Rows for tests: each factory makes one that is complete and valid; name only what the test is about."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from newsletter.models import Announcement, Edition, Entry, Paper, Summary, Topic
from subscriptions.models import Subscriber, Subscription

_numbers = count(1)
DAY = date(2026, 3, 18)
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


def make_topic(slug: str = "", **fields: Any) -> Topic:
    number = next(_numbers)
    values: dict[str, Any] = {"slug": slug or f"topic-{number}", "names": {"en": slug or f"Topic {number}"}}
    return Topic.objects.create(**{**values, **fields})


def make_paper(*, day: date | None = DAY, kind: str = "new", source: str = "arxiv", **fields: Any) -> Paper:
    """A paper, announced on ``day`` unless that is None."""
    number = next(_numbers)
    submitted = datetime(2026, 3, 17, 12, tzinfo=UTC) - timedelta(minutes=number)
    values: dict[str, Any] = {
        "arxiv_id": f"2603.{number:05d}",
        "title": f"A study of subject {number}",
        "abstract": (
            f"We study subject {number} in depth. Our method reaches 91.5% on the test set. "
            "It needs half the memory of earlier work. Code is available."
        ),
        "authors": ["Ada Lovelace", "Emmy Noether"],
        "categories": ["cs.LG", "cs.AI"],
        "primary_category": "cs.LG",
        "published_at": submitted,
        "updated_at": submitted,
    }
    paper = Paper.objects.create(**{**values, **fields})
    if day is not None:
        Announcement.objects.create(paper=paper, source=source, kind=kind, day=day)
    return paper


def make_summary(paper: Paper, language: str = "en", **fields: Any) -> Summary:
    values: dict[str, Any] = {
        "state": Summary.State.READY,
        "author": Summary.Author.MODEL,
        "sentence": f"What {paper.arxiv_id} found, in one sentence.",
        "takeaways": [
            {"text": f"Takeaway {number} of {paper.arxiv_id}.", "evidence": "We study subject"}
            for number in (1, 2, 3)
        ],
        "keywords": ["one", "two", "three"],
        "written_at": NOW,
    }
    return Summary.objects.create(paper=paper, language=language, **{**values, **fields})


def make_edition(topic: Topic, papers: list[Paper], *, day: date = DAY, **fields: Any) -> Edition:
    """An approved edition of ``papers`` in the given order."""
    values: dict[str, Any] = {
        "state": Edition.State.APPROVED,
        "composed_at": NOW,
        "approved_at": NOW,
        "candidates_count": len(papers),
    }
    edition = Edition.objects.create(topic=topic, day=day, **{**values, **fields})
    Entry.objects.bulk_create(
        Entry(edition=edition, paper=paper, position=position, matched=["study"])
        for position, paper in enumerate(papers, 1)
    )
    return edition


def make_subscriber(email: str = "", *, topics: list[Topic] | None = None, **fields: Any) -> Subscriber:
    """An active, confirmed reader in English and UTC who is due at ``NOW``."""
    values: dict[str, Any] = {
        "email": email or f"reader{next(_numbers)}@example.org",
        "state": Subscriber.State.ACTIVE,
        "hour": 9,
        "confirmed_at": NOW - timedelta(days=30),
        "next_due_at": NOW,
    }
    subscriber = Subscriber.objects.create(**{**values, **fields})
    Subscription.objects.bulk_create(
        Subscription(subscriber=subscriber, topic=topic) for topic in topics or []
    )
    return subscriber
