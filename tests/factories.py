"""Rows for tests: each factory makes one that is complete and valid; name only what the test is about."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from newsletter.models import (
    Announcement,
    Correction,
    Edition,
    Entry,
    Paper,
    Reading,
    ReadingCall,
    ReadingText,
    Summary,
    Topic,
)
from subscriptions.models import Subscriber, Subscription
from subscriptions.picks import Pick, Picks, Reason

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


def make_correction(paper: Paper, language: str, *, at: datetime = NOW, **fields: Any) -> Correction:
    """A correction of the summary in ``language``, confirmed and gathered at the moment ``at``."""
    values = {
        "state": "gathered",
        "old": "It halves the memory.",
        "right": "It needs a third of the memory.",
        "to_revision": 2,
        "created_at": at,
        "confirmed_at": at,
    }
    return Correction.objects.create(paper=paper, language=language, **{**values, **fields})


def make_reading(paper: Paper, *languages: str, **fields: Any) -> Reading:
    """A reading with one statement, one number and one call, and its text, held, in ``languages``."""
    statement = {
        "id": "s1",
        "field": "idea",
        "text": "Half the memory is <b>enough</b>.",
        "evidence": "needs half the memory",
        "anchor": "S3.p1",
        "section": "3 Method",
        "start": 12,
        "end": 33,
    }
    number = {"id": "r1", "method": "Ours", "metric": "accuracy", "value": "91.5", "evidence": "Ours 91.5"}
    values: dict[str, Any] = {
        "state": Reading.State.READY,
        "origin": Reading.Origin.HTML,
        "facts": {"statements": [statement], "results": [number]},
        "wanted_at": NOW,
        "read_at": NOW,
    }
    reading = Reading.objects.create(paper=paper, **{**values, **fields})
    for language in languages:
        ReadingText.objects.create(
            reading=reading,
            language=language,
            state=ReadingText.State.HELD,
            texts={"s1": "يكفي نصف الذاكرة."},
            dropped=[{"id": "s2", "reason": "A number is missing."}],
            written_at=NOW,
        )
    ReadingCall.objects.create(
        reading=reading,
        purpose="facts",
        fingerprint="x",
        prompt_version="r1",
        model="model-of-the-house",
        answer="<script>alert(1)</script>",
        findings=[{"text": "It reaches 99.9%.", "reason": "Its evidence does not stand in the paper."}],
        prompt_tokens=1200,
        completion_tokens=345,
        cost="0.0123",
        at=NOW,
    )
    return reading


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


def make_picks(
    *papers: Paper, why: tuple[Reason, ...] = (), also: list[Paper] | None = None, **fields: Any
) -> Picks:
    """Picks of these papers in full, each for the same reasons."""
    return Picks(
        papers=tuple(Pick(paper.pk, why) for paper in papers),
        also=tuple(paper.pk for paper in also or ()),
        **fields,
    )


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
