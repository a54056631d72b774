"""The two days of the demo: today's, which is sent, and tomorrow's, which waits in draft at the desk.

Everything goes through the functions and commands of production. What is not there in production: papers of
a past day are listed under the present one, and a model that knows their summaries by heart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from services.progress import Progress
from services.sample import LANGUAGES, Reader, Sample
from services.sample.loading import FIRST, SECOND, Part
from services.sources import SourceServer
from services.supervisor import ServiceError

if TYPE_CHECKING:
    from newsletter.records import StageReport

A_DAY = timedelta(days=1)
INBOX = "inbox"
# A mail server's report, as a broken gateway hands it on: parts within parts, hundreds of times.
_PARTS = 150


@dataclass(frozen=True, slots=True)
class Demo:
    """``now`` is when the demo was started: its UTC day is the first day, the next one the second."""

    sample: Sample
    sources: SourceServer
    progress: Progress
    folder: Path
    now: datetime

    @property
    def first(self) -> date:
        """The day that is sent."""
        return self.now.astimezone(UTC).date()

    @property
    def second(self) -> date:
        """The day that waits in draft."""
        return self.first + A_DAY


def add_readers(readers: tuple[Reader, ...]) -> None:
    """Create the demo's subscribers, confirmed; they become due once the editions are approved."""
    from django.utils import timezone

    from newsletter.models import Topic
    from subscriptions.models import Subscriber, Subscription

    now = timezone.now()
    for reader in readers:
        subscriber = Subscriber.objects.create(
            email=reader.email,
            state=Subscriber.State.ACTIVE,
            language=reader.language,
            time_zone=reader.time_zone,
            hour=reader.hour,
            size=reader.size,
            confirmed_at=now,
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=subscriber, topic=topic)
            for topic in Topic.objects.filter(slug__in=reader.topics)
        )


def take_in_and_write(demo: Demo, part: Part) -> None:
    """One day as far as its drafts: fetch, compose, the editor's note, pictures, summaries, in depth."""
    from newsletter.editions import composition
    from newsletter.images.pictures import fetch_missing
    from newsletter.intake import take_in
    from newsletter.models import Paper
    from newsletter.readings.service import read_paper
    from newsletter.summaries.service import summarise_day
    from subscriptions.digests.demand import publish_demand

    day, now = (demo.first, demo.now) if part == FIRST else (demo.second, demo.now + A_DAY)
    demo.sources.today = day
    with demo.progress.step(f"Fetching the papers of {day:%F}, from stand-ins for the sources") as step:
        step.outcome = _counts(take_in(day, now=now), "inserted", "announced")
    with demo.progress.step("Putting them into the editions of all topics") as step:
        step.outcome = _counts(composition.compose(day, now=now), "editions", "entries_added")
        write_notes(demo.sample, part, day=day)
    with demo.progress.step("Fetching pictures") as step:
        step.outcome = _counts(fetch_missing(day), "fetched")
    with demo.progress.step(f"Summarising in {len(LANGUAGES)} languages; each statement is checked") as step:
        done = count(1)

        def tell(_: int) -> None:
            step.reached = f"{next(done)} of {len(demo.sample.listed(part)) * len(LANGUAGES)}"

        summarise_day(day, LANGUAGES, progress=tell)
        step.outcome = summaries_of(day)
    with demo.progress.step("Reading an invented paper in depth; each statement is checked") as step:
        publish_demand()  # says in which languages it is wanted
        (arxiv_id,) = set(demo.sample.readings) & set(demo.sample.listed(part))
        report = read_paper(Paper.objects.get(arxiv_id=arxiv_id), now=now)
        step.outcome = _counts(report, "ready", "languages")


def summaries_of(day: date) -> str:
    """How many summaries of the papers of ``day`` stand, and how many a check refused."""
    from newsletter.models import Paper, Summary

    rows = Summary.objects.filter(paper__in=Paper.objects.announced_on(day))
    states = (Summary.State.READY, Summary.State.HELD)
    return ", ".join(f"{state.value} {rows.filter(state=state).count()}" for state in states)


def _counts(report: "StageReport", *names: str) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {report.counts.get(name, 0)}" for name in names)


def write_notes(sample: Sample, part: Part, *, day: date) -> None:
    """The editor's note of the day in all its editions, and below it that this is a sample, of which day."""
    from newsletter.editions import composition
    from newsletter.models import Edition

    note = day_note(sample, part)
    for edition in Edition.objects.filter(day=day):
        composition.write_note(edition, dict(note))


def day_note(sample: Sample, part: Part) -> Mapping[str, str]:
    """The note by language. Every language of mails says "sample of DAY"; six have a note above it."""
    from newsletter.rendering.phrases import phrases

    notes = sample.notes[part]
    return {
        code: "\n".join(filter(None, (notes.get(code), label.format(day=phrases(code).day(sample.day)))))
        for code, label in sample.label.items()
    }


def make_readers_due(at: datetime | None = None) -> None:
    """Have every subscriber's digest fall due ``at`` a moment, by default now, whatever hour they chose."""
    from django.utils import timezone

    from subscriptions.models import Subscriber

    Subscriber.objects.active().update(next_due_at=at or timezone.now())


def unsettled() -> list[str]:
    """One line for each subscriber without a sent digest. Raises ServiceError if one cannot be sent."""
    from subscriptions.models import Delivery, Subscriber

    states = dict(Delivery.objects.values_list("subscriber_id", "state"))
    for delivery in Delivery.objects.filter(state__in=("failed", "uncertain", "skipped")):
        raise ServiceError(f"The digest for {delivery.subscriber} was {delivery.state}: {delivery.reason}")
    return [
        f"{reader}: {states.get(reader.pk, 'not queued yet')}"
        for reader in Subscriber.objects.active()
        if states.get(reader.pk) != Delivery.State.SENT
    ]


def index_site() -> None:
    """Have the search find the released papers, and those that are related lead to one another: a visitor
    need not wait for the periodic tasks.
    """
    from newsletter.tasks import index_search_due, relate_papers_due

    index_search_due()
    relate_papers_due()


def cast_likes(demo: Demo) -> int:
    """The likes of the demo's readers, as if they had pressed "more like this" in their first digest."""
    from newsletter.models import Paper
    from subscriptions.models import Subscriber
    from subscriptions.readers import votes

    likes = [(reader.email, arxiv_id) for reader in demo.sample.readers for arxiv_id in reader.likes]
    for email, arxiv_id in likes:
        paper = Paper.objects.get(arxiv_id=arxiv_id)
        votes.cast(Subscriber.objects.get(email=email), paper, 1, now=demo.now)
    return len(likes)


def receive_odd_mail(demo: Demo) -> int:
    """A returned mail that nobody can read goes to the quarantine. Returns how many lie there."""
    from newsletter.models import SetAside
    from subscriptions.mailbox.inbox import Maildir, read_box

    inbox = demo.folder / INBOX
    for name in ("new", "cur", "tmp"):
        (inbox / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    head = "From: MAILER-DAEMON@mail.example\nSubject: Undelivered Mail Returned to Sender\n"
    parts = "".join(
        f'Content-Type: multipart/mixed; boundary="b{number}"\n\n--b{number}\n' for number in range(_PARTS)
    )
    (inbox / "new" / "returned.mail.example").write_text(head + parts, encoding="ascii")
    read_box(Maildir(inbox), now=demo.now)
    return SetAside.objects.needing_a_person().count()


def prepare_second_day(demo: Demo) -> None:
    """Tomorrow's editions as drafts, with what an editor has to look at."""
    with demo.progress.step("Two readers say what they like; one returned mail cannot be read") as step:
        step.outcome = f"likes {cast_likes(demo)}, in quarantine {receive_odd_mail(demo)}"
    take_in_and_write(demo, SECOND)
