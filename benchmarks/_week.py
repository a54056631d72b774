"""A week of 300 readers in 16 languages over recorded days, its beat's ticks in random order.

What happens is the program's own: composing, approving, the dry choice, choosing and queueing, and summaries
by a local model over HTTP through the real client, checks included. Simulated are the clock and the sources:
each day's arXiv papers come some time after their announcement, Hugging Face's list and its votes later.
Editors pin and hide a paper a day, readers sign up and change their language. To every recorded abstract an
invented paper's is appended, so that the model can tell the truth about it in any language, each by itself
(``SUMMARY_MODE=direct``).

``asked`` counts pairs of a paper and a language for which a model was asked, the English ones that only other
languages need beside them; ``mailed`` the pairs that a queued digest holds as a card.
"""

import gzip
import itertools
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data"
FIRST = date(2026, 3, 23)
DAYS = 7
SIZES = (3, 5, 10, 10, 10, 20)
CADENCES = ("daily",) * 7 + ("weekdays", "weekdays", "weekly")
ZONES = (
    *("America/New_York", "America/Sao_Paulo", "Europe/Berlin", "UTC", "Asia/Seoul", "Asia/Kolkata"),
    *("Asia/Shanghai", "Asia/Riyadh", "Asia/Tokyo", "Pacific/Auckland"),
)


@dataclass(slots=True)
class Week:
    """What came of it; pairs are (paper id, language)."""

    asked: set[tuple[int, str]]
    needed: set[tuple[int, str]]
    mailed: set[tuple[int, str]]
    ready: set[tuple[int, str]]
    tokens: int
    calls: int
    digests: int
    seconds: float
    ready_by_language: dict[str, float]

    @property
    def english_sources(self) -> set[tuple[int, str]]:
        """English that no digest was ever to show: what other languages are made from."""
        return {pair for pair in self.asked - self.needed if pair[1] == "en"}

    @property
    def asked_per_mailed(self) -> float:
        return len(self.asked - self.english_sources) / max(len(self.mailed), 1)


@dataclass(slots=True)
class Sources:
    """What the sources announce, and when: moments at which rows come."""

    due: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)

    def fetch(self, now: datetime) -> None:
        """Take in what has been announced by now."""
        while self.due and self.due[0][0] <= now:
            self.due.pop(0)[1]()


def simulate(*, readers: int, seed: int, tick: timedelta = timedelta(hours=1)) -> Week:
    """One week in a database of its own. Django is set up here: once in a process."""
    from tests.model_server import ModelServer, Said
    from tests.truthful_writer import write_briefly

    def answer(request: dict[str, Any]) -> Said:
        text = write_briefly(request)
        prompt_tokens = sum(len(message["content"]) for message in request["messages"]) // 4
        return Said(text, prompt_tokens=prompt_tokens, completion_tokens=len(text) // 3)

    with tempfile.TemporaryDirectory(prefix="paperpost-week-") as folder, ModelServer(answer) as server:
        os.environ.update(environment(Path(folder), server.url))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return _live(readers=readers, chance=random.Random(seed), tick=tick)


def environment(home: Path, url: str) -> dict[str, str]:
    """The settings of a benchmark that keeps everything in ``home`` and asks a model at ``url``."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": "",
        "VAR_DIR": str(home),
        "DEBUG": "0",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"sqlite:///{home / 'week.sqlite3'}",
        "REDIS_URL": "",
        "SITE_URL": "https://paperpost.example",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "bench",
        "SUMMARY_MODEL": "test-model",
        "SUMMARY_MODE": "direct",
        "JUDGE_MODEL": "none",
        "DAILY_TOKEN_BUDGET": str(10**9),
        "LOG_LEVEL": "ERROR",
    }


def _live(*, readers: int, chance: random.Random, tick: timedelta) -> Week:
    import time_machine
    from django.utils import timezone

    from newsletter import tasks
    from newsletter.models import SummaryDemand
    from newsletter.topics.assignment import add_missing_topics
    from newsletter.topics.catalogue import load_topics
    from subscriptions import tasks as people

    add_missing_topics(load_topics())
    begins = datetime.combine(FIRST, datetime.min.time(), tzinfo=UTC) - timedelta(hours=1)
    _sign_up(readers, chance=chance, now=begins)
    sources = _sources(chance)
    needed: set[tuple[int, str]] = set()
    began = time.perf_counter()

    def publish() -> None:
        people.publish_demand()
        needed.update(SummaryDemand.objects.values_list("paper_id", "language"))

    def compose() -> None:
        # Nothing changes an edition but papers, votes and editors: composing again costs a minute a day.
        if composing["due"]:
            composing["due"] = False
            tasks.compose_due()

    def fetch() -> None:
        before = len(sources.due)
        sources.fetch(timezone.now())
        composing["due"] |= len(sources.due) < before

    composing = {"due": False}
    beat: list[Callable[[], object]] = [
        *(publish, fetch, compose, tasks.summarise_due, tasks.approve_due, people.enqueue_due, _send)
    ]
    for now in _moments(begins, begins + timedelta(days=DAYS), tick):
        with time_machine.travel(now, tick=False):
            if now.hour == 3:
                _edit(chance)
            if now.hour % 8 == 5:
                _move_readers(chance, now=now)
            for task in chance.sample(beat, len(beat)):
                task()
    return _count(needed, seconds=time.perf_counter() - began)


def _moments(first: datetime, last: datetime, tick: timedelta) -> Iterator[datetime]:
    while first < last:
        yield first
        first += tick


# -- sources ------------------------------------------------------------------------------------------------


def _sources(chance: random.Random) -> Sources:
    from newsletter.arxiv import calendar

    by_day = records_by_day()
    numbers = itertools.count()
    result = Sources()
    for day in calendar.announcement_days(FIRST, FIRST + timedelta(days=DAYS)):
        announcement = calendar.announcement_of(day)
        assert announcement is not None
        at = announcement.announced_at + timedelta(minutes=chance.randrange(5, 60))
        result.due.append((at, partial(announce, day, by_day.get(day, ()), numbers)))
        for hour in (6, 9, 13):
            later = datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(
                hours=hour + chance.random()
            )
            result.due.append((later, partial(list_daily, day, numbers)))
    result.due.sort(key=lambda each: each[0])
    return result


def records_by_day() -> dict[date, list[dict[str, Any]]]:
    """The recorded papers of arXiv by the day on which it lists them."""
    from newsletter.arxiv import calendar

    by_day: dict[date, list[dict[str, Any]]] = {}
    with gzip.open(RECORDED / "arxiv_meta" / "cs_ai_cl_cv_lg_dated.jsonl.gz") as lines:
        for record in map(json.loads, lines):
            day = calendar.day_of_submission(datetime.fromisoformat(record["published"]).astimezone(UTC))
            by_day.setdefault(day, []).append(record)
    return by_day


def announce(day: date, records: Any, numbers: Iterator[int] | None = None) -> None:
    """Papers of arXiv come; with ``numbers`` an invented abstract is appended to each."""
    from newsletter.models import Announcement, Paper

    for record in records:
        paper, _ = Paper.objects.get_or_create(
            arxiv_id=record["id"],
            defaults={
                "title": " ".join(record["title"].split()),
                "abstract": _with_invention(record["abstract"], numbers),
                "authors": record["authors"],
                "categories": record["categories"],
                "primary_category": record["categories"][0],
                "published_at": datetime.fromisoformat(record["published"]),
            },
        )
        Announcement.objects.get_or_create(paper=paper, source="arxiv", day=day, defaults={"kind": "new"})


def list_daily(day: date, numbers: Iterator[int] | None = None) -> None:
    """Hugging Face's list of the day; each time with more of the votes that it had in the end."""
    from newsletter.models import Announcement, Paper

    path = RECORDED / "hf_daily" / "raw_gz" / f"{day:%Y-%m-%d}.json.gz"
    if not path.exists():
        return
    for row in json.loads(gzip.decompress(path.read_bytes())):
        listed = row["paper"]
        paper, is_new = Paper.objects.get_or_create(
            arxiv_id=listed["id"],
            defaults={
                "title": " ".join(listed["title"].split()),
                "abstract": _with_invention(listed.get("summary", ""), numbers),
                "authors": [author["name"] for author in listed.get("authors", [])],
            },
        )
        votes = listed.get("upvotes", 0)
        paper.votes = votes // 2 if is_new else max(paper.votes, round(0.8 * votes))
        paper.save(update_fields=["votes"])
        Announcement.objects.get_or_create(
            paper=paper, source="huggingface", day=day, defaults={"kind": "daily"}
        )


def _with_invention(abstract: str, numbers: Iterator[int] | None) -> str:
    from tests.truthful_writer import invent

    plain = " ".join(abstract.split())
    return plain if numbers is None else f"{plain} {invent(next(numbers)).abstract}"


# -- people -------------------------------------------------------------------------------------------------


def _sign_up(count: int, *, chance: random.Random, now: datetime) -> None:
    from newsletter.languages import LANGUAGES
    from newsletter.models import Topic
    from subscriptions.models import Subscriber, Subscription
    from subscriptions.readers import clock

    topics = list(Topic.objects.active().order_by("pk"))
    there = Subscriber.objects.count()
    codes = list(LANGUAGES)
    for number in range(there, there + count):
        zone, cadence, hour = chance.choice(ZONES), chance.choice(CADENCES), chance.choice((6, 7, 8, 9, 18))
        weekday = chance.randrange(7)
        reader = Subscriber.objects.create(
            email=f"reader{number}@example.org",
            state="active",
            language=codes[number % len(codes)],
            time_zone=zone,
            hour=hour,
            cadence=cadence,
            weekday=weekday,
            size=chance.choice(SIZES),
            queries=[chance.choice(("diffusion", '"large language model"', "cat:cs.RO", "author:Wang"))]
            if number % 10 == 0
            else [],
            next_due_at=clock.next_due(now, zone=zone, hour=hour, cadence=cadence, weekday=weekday),
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=reader, topic=topic)
            for topic in chance.sample(topics, chance.randint(1, 5))
        )


def _move_readers(chance: random.Random, *, now: datetime) -> None:
    """One signs up, one leaves, one reads another language from now on."""
    from newsletter.languages import LANGUAGES
    from subscriptions.models import Subscriber

    _sign_up(1, chance=chance, now=now)
    leaver, mover = chance.sample(list(Subscriber.objects.active().order_by("pk")), 2)
    Subscriber.objects.filter(pk=leaver.pk).update(state="unsubscribed", next_due_at=None)
    Subscriber.objects.filter(pk=mover.pk).update(language=chance.choice(list(LANGUAGES)))


def _edit(chance: random.Random) -> None:
    """An editor pins a paper and hides another, in drafts that have some."""
    from newsletter.editions import composition
    from newsletter.models import Entry

    drafts = list(Entry.objects.filter(edition__state="draft", is_hidden=False).select_related("edition"))
    for act in (composition.pin, composition.hide):
        if drafts:
            act(chance.choice(drafts))


def _send() -> None:
    """The mail server takes everything."""
    from subscriptions.models import Delivery

    Delivery.objects.filter(state="queued").update(state="sent")


# -- what came of it ----------------------------------------------------------------------------------------


def _count(needed: set[tuple[int, str]], *, seconds: float) -> Week:
    from django.db.models import Count, F, Sum

    from newsletter.models import Summary, SummaryAttempt
    from subscriptions.models import Delivery

    totals = SummaryAttempt.objects.aggregate(
        tokens=Sum(F("prompt_tokens") + F("completion_tokens")), calls=Count("pk")
    )
    ready = set(Summary.objects.filter(state="ready", author="model").values_list("paper_id", "language"))
    rows = Delivery.objects.values_list("language", "picks")
    mailed = {(pick.paper, code) for code, picks in rows for pick in picks.papers}
    by_language = {
        code: round(len([pair for pair in mailed & ready if pair[1] == code]) / total, 3)
        for code in sorted({code for _, code in mailed})
        if (total := len([pair for pair in mailed if pair[1] == code]))
    }
    return Week(
        asked=set(SummaryAttempt.objects.values_list("summary__paper_id", "summary__language")),
        needed=needed,
        mailed=mailed,
        ready=ready,
        tokens=totals["tokens"] or 0,
        calls=totals["calls"],
        digests=Delivery.objects.count(),
        seconds=seconds,
        ready_by_language=by_language,
    )
