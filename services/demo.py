"""``make demo``: one whole day on the bundled sample, through the same services and code as production.

Broker, worker, beat, web and mail catcher are the real ones; a local server answers for arXiv and Hugging
Face in their formats. ``--once`` ends with status 0 once every demo reader's mail is in ``var/demo/outbox``.
"""

import argparse
import json
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from services.broker import EmbeddedBroker
from services.mailcatcher import catcher_command
from services.sample import Reader, Sample, load_sample
from services.sources import SourceServer
from services.supervisor import ROOT, ServiceError, Supervisor, free_port, procfile_commands
from services.terminal import run_program, say

FOLDER = ROOT / "var" / "demo"
TICK = 2  # seconds between two ticks, so that a visitor need not wait
ADMIN = "admin"


def demo_environment(folder: Path, *, web: int, smtp: int, sources: str, broker: str) -> dict[str, str]:
    """The demo's settings. No ``.env`` is read: no key is used and no mail leaves the machine."""
    return {
        "ENV_FILE": "",
        "DEBUG": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "VAR_DIR": str(folder),
        "OUTBOX_DIR": str(folder / "outbox"),
        "DATABASE_URL": f"sqlite:///{folder / 'paperpost.sqlite3'}",
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
        "SITE_URL": f"http://127.0.0.1:{web}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "FROM_EMAIL": "digest@paperpost.example",
        "REPLY_TO_EMAIL": "",
        "BOUNCE_EMAIL": "",
        "POSTAL_ADDRESS": "A demo, 1 Example Street, Exampletown",
        "CONTACT_EMAIL": "operator@paperpost.example",
        "OPENAI_BASE_URL": "",
        "OPENAI_API_KEY": "",
        "ARXIV_API_URL": sources,
        "ARXIV_FEED_URL": sources,
        "ARXIV_SITE_URL": sources,
        "HUGGINGFACE_URL": sources,
        "ARXIV_INTERVAL": "0.2",  # seconds; the local server needs no pause
        "MAX_EDITION_AGE": "36500",  # days; the sample's day is long past
        "TICK_SECONDS": str(TICK),
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{web}",
    }


def add_admin(password: str) -> None:
    """Create the superuser who may log in to the admin."""
    from django.contrib.auth.models import User

    User.objects.create_superuser(ADMIN, "admin@paperpost.example", password)


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
            confirmed_at=now,
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=subscriber, topic=topic)
            for topic in Topic.objects.filter(slug__in=reader.topics)
        )


def add_summaries(sample: Sample) -> None:
    """Store the sample's summaries, with an editor as their author."""
    from django.utils import timezone

    from newsletter.models import Paper, Summary, SummaryRevision

    papers = {paper.arxiv_id: paper for paper in Paper.objects.all()}
    now = timezone.now()
    for (arxiv_id, language), draft in sample.summaries.items():
        summary = Summary(
            paper=papers[arxiv_id],
            language=language,
            state=Summary.State.READY,
            author=Summary.Author.EDITOR,
            written_at=now,
        )
        summary.draft = draft
        summary.save()
        SummaryRevision.objects.keep(summary, at=now)


def make_readers_due() -> None:
    """Have every subscriber's digest fall due now."""
    from django.utils import timezone

    from subscriptions.models import Subscriber

    Subscriber.objects.active().update(next_due_at=timezone.now())


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


def stage(supervisor: Supervisor, label: str, *arguments: str) -> None:
    """Run one stage by its command and print what it did."""
    counts = json.loads(supervisor.manage(*arguments, "--json"))
    counts.pop("problems", None)
    figures = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
    say(f"  {label:<12} {figures}")


def step(label: str, act: Callable[[], object], figures: str) -> None:
    """Do one thing in this process and print what it did."""
    act()
    say(f"  {label:<12} {figures}")


def run_day(supervisor: Supervisor, sample: Sample, folder: Path) -> None:
    """fetch → summarise → compose → approve → send, by the commands and tasks that production uses."""
    day = f"--day={sample.day:%F}"
    say(f"One day, {sample.day:%F}:")
    stage(supervisor, "fetch", "fetch_papers", day)
    step("editor", lambda: add_summaries(sample), f"summaries {len(sample.summaries)}")
    stage(supervisor, "compose", "compose_editions", day)
    stage(supervisor, "pictures", "fetch_pictures", day)
    stage(supervisor, "summarise", "summarise_papers", day)
    stage(supervisor, "approve", "approve_editions", day)
    make_readers_due()
    supervisor.await_that(lambda: not unsettled(), what="every demo reader has a digest", seconds=150)
    say(f"  {'send':<12} digests {len(sample.readers)}, in {folder / 'outbox'}")


def main() -> int:
    """Deliver the sample's day; then keep the services up until Ctrl-C, unless ``--once``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when the day is delivered")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where it keeps everything")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    sample = load_sample()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    web, smtp = free_port(8000), free_port(8025)
    password = secrets.token_urlsafe(9)
    with ExitStack() as stack:
        sources = stack.enter_context(SourceServer.from_sample(sample))
        broker = stack.enter_context(EmbeddedBroker(folder))
        environment = demo_environment(folder, web=web, smtp=smtp, sources=sources.url, broker=broker.url)
        os.environ.update(environment)
        supervisor = stack.enter_context(Supervisor(logs=folder / "logs", environment=environment))
        start(supervisor, sample, Place(folder, web=web, smtp=smtp), password=password)
        run_day(supervisor, sample, folder)
        if not options.once:
            say()
            say(f"Site           {environment['SITE_URL']}/")
            say(f"Caught mail    {environment['SITE_URL']}/mail/")
            say(f"Admin          {environment['SITE_URL']}/admin/   {ADMIN} / {password}")
            say("Up until Ctrl-C.")
            supervisor.watch(report=say)
    return 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demo runs: its folder, and the ports of its site and its mail catcher."""

    folder: Path
    web: int
    smtp: int


def start(supervisor: Supervisor, sample: Sample, place: Place, *, password: str) -> None:
    """Prepare the database and start all services."""
    supervisor.start("catcher", catcher_command(place.smtp, place.folder / "outbox"))
    supervisor.manage("migrate", "--no-input")
    import django

    django.setup()
    add_admin(password)
    add_readers(sample.readers)
    for name, command in procfile_commands().items():
        # The sample has one day, so no worker takes the queue that fetches today's papers.
        supervisor.start(name, [word.replace(",fetch", "") for word in command])
    supervisor.await_port(place.smtp, what="the mail catcher listens")
    supervisor.await_port(place.web, what="the site answers")


if __name__ == "__main__":
    run_program(main)
