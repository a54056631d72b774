"""The rows whose growth is measured: readers, and a ledger of forty days."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

DAYS = 40
PAPERS = 20_000  # ids that picks name
COLUMNS = (
    *("subscriber_id", "day", "state", "reason", "reason_code", "picks", "language", "revisions"),
    *("message_id", "subject", "attempts", "reply", "created_at", "settled_at"),
)

NOW = datetime.now(tz=UTC)


def fill_readers(count: int) -> None:
    from subscriptions.models import Subscriber

    for first in range(0, count, 5000):
        Subscriber.objects.bulk_create(
            Subscriber(email=f"reader{number}@example{number % 50}.org", state="active", confirmed_at=NOW)
            for number in range(first, min(first + 5000, count))
        )


def deliveries(readers: int, *, first: int) -> Iterator[tuple[Any, ...]]:
    """The rows of :data:`DAYS` days, the oldest first: half of them older than they are kept.

    ``first`` is the key of the first reader.
    """
    from subscriptions.periods import current_periods

    chance = random.Random(1)
    picks = [one_choice(chance) for _ in range(2000)]
    oldest = NOW - timedelta(days=current_periods().deliveries + DAYS // 2)
    for day in range(DAYS):
        at = oldest + timedelta(days=day)
        for reader in range(readers):
            number = day * readers + reader
            yield (
                *(first + reader, at.date(), "sent", "", "", picks[number * 7919 % len(picks)], "ko"),
                *("10-29:l1", f"<{at:%Y%m%d}.{number:012x}.{reader:08x}@paperpost.example>"),
                "Half the memory is enough for training large models, and 9 more papers",
                *(1, f"250 2.0.0 Ok: queued as 4c{number:012X}", at, at),
            )


def first_reader() -> int:
    from subscriptions.models import Subscriber

    return Subscriber.objects.order_by("pk").values_list("pk", flat=True)[0]


def one_choice(chance: random.Random) -> str:
    """Stored picks of ten papers and twenty lines, for topics and by taste, as most digests have them."""
    from subscriptions.picks import NEW, Pick, Picks, Reason, ReasonKind, for_topic
    from subscriptions.stored_picks import write_picks

    today = chance.randrange(600, PAPERS)
    papers = chance.sample(range(today - 600, today), 30)
    topics = chance.sample(range(1, 120), 5)

    def reasons() -> tuple[Reason, ...]:
        liked = chance.randrange(1, today)
        by_taste = (
            Reason(ReasonKind.AUTHOR, position=2, liked=liked, check=chance.randrange(2**16)),
            Reason(ReasonKind.WORDS, words=("diffusion", "policy"), liked=liked),
            NEW,
        )
        return (for_topic(chance.choice(topics)), chance.choice(by_taste))

    return write_picks(
        Picks(
            papers=tuple([Pick(paper, reasons()) for paper in papers[:10]]),
            also=tuple(papers[10:]),
            day=NOW.date(),
            new=chance.randrange(30, 400),
            topics=tuple(topics),
            editions=tuple(chance.sample(range(1000, 1120), 5)),
        )
    )


def copy_rows(readers: int) -> int:
    """Write the rows by COPY, a day to a transaction."""
    from django.db import connection, transaction

    count = 0
    rows = deliveries(readers, first=first_reader())
    for _ in range(DAYS):
        with transaction.atomic(), connection.cursor() as cursor:
            statement = f"COPY subscriptions_delivery ({', '.join(COLUMNS)}) FROM STDIN"
            with cursor.copy(statement) as copy:
                for row in islice(rows, readers):
                    copy.write_row(row)
                    count += 1
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return count


def insert_rows(readers: int) -> int:
    """Write the rows into SQLite, a day to a transaction."""
    from django.db import connection, transaction

    marks = ", ".join(["%s"] * len(COLUMNS))
    statement = f"INSERT INTO subscriptions_delivery ({', '.join(COLUMNS)}) VALUES ({marks})"
    rows = deliveries(readers, first=first_reader())
    for _ in range(DAYS):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, [tuple(map(_plain, row)) for row in islice(rows, readers)])
    return readers * DAYS


def _plain(value: Any) -> Any:
    return value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value
