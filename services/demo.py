"""``make demo``: a day of papers delivered and the next one in draft, by the services and code of production.

Broker, worker, beat, web and mail catcher are the real ones. Local servers stand in for arXiv, Hugging Face
and a language model. ``--once`` ends with status 0 once every demo reader's mail is in ``var/demo/outbox``.
"""

import argparse
import json
import os
import secrets
import shutil
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from services.broker import EmbeddedBroker
from services.demo_day import (
    A_DAY,
    INBOX,
    Demo,
    add_readers,
    index_site,
    make_readers_due,
    prepare_second_day,
    take_in_and_write,
    unsettled,
)
from services.mailcatcher import catcher_command
from services.progress import Progress
from services.sample import load_sample
from services.sample.loading import FIRST
from services.sample.model import NAME, SampleModel
from services.sources import SourceServer
from services.supervisor import ROOT, ServiceError, Supervisor, chosen_port, free_port, procfile_commands
from services.terminal import run_program, say

FOLDER = ROOT / "var" / "demo"
TICK = 2  # seconds between two ticks, so that a visitor need not wait
ADMIN = "admin"
# What a visitor waits for does not wait for the day's work, which is looked for at every tick. Nobody takes
# the queue that fetches today's papers: the sample has two days.
WORKERS = {"worker": ("notices,send", 2), "writer": ("summarise", 1)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demo runs: its folder, the ports of its site and its mail catcher, and what stands in for
    arXiv and Hugging Face, for a model, and is the broker.
    """

    folder: Path
    web: int
    smtp: int
    sources: str
    model: str
    broker: str


def demo_environment(place: Place) -> dict[str, str]:
    """The demo's settings. No ``.env`` is read: no key is used and no mail leaves the machine."""
    return {
        "ENV_FILE": "",
        "DEBUG": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "VAR_DIR": str(place.folder),
        "OUTBOX_DIR": str(place.folder / "outbox"),
        "DATABASE_URL": f"sqlite:///{place.folder / 'paperpost.sqlite3'}",
        "REDIS_URL": place.broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{place.smtp}",
        "SITE_URL": f"http://127.0.0.1:{place.web}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "FROM_EMAIL": "digest@paperpost.example",
        "REPLY_TO_EMAIL": "",
        "BOUNCE_EMAIL": "",
        "BOUNCE_IMAP_URL": "",
        "BOUNCE_MAILDIR": str(place.folder / INBOX),
        "POSTAL_ADDRESS": "A demo, 1 Example Street, Exampletown",
        "CONTACT_EMAIL": "operator@paperpost.example",
        "OPENAI_BASE_URL": place.model,
        "OPENAI_API_KEY": "",
        "SUMMARY_MODEL": NAME,
        "READING_MODEL": NAME,
        "SUMMARY_MODE": "shared",
        "JUDGE_MODEL": "none",  # its answers were prepared, and the rules look at each of them
        "READINGS_PER_DAY": "0",  # the invented papers are read, of the others there is no full text here
        "ARXIV_API_URL": place.sources,
        "ARXIV_FEED_URL": place.sources,
        "ARXIV_SITE_URL": place.sources,
        "HUGGINGFACE_URL": place.sources,
        "ARXIV_INTERVAL": "0.2",  # seconds; the local server needs no pause
        "TICK_SECONDS": str(TICK),
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{place.web}",
    }


def add_admin(password: str) -> None:
    """Create the superuser who may log in to the admin."""
    from django.contrib.auth.models import User

    User.objects.create_superuser(ADMIN, "admin@paperpost.example", password)


def prepare(supervisor: Supervisor, demo: Demo, place: Place, *, password: str) -> None:
    """The database with the demo's readers, and the mail catcher."""
    with demo.progress.step("Preparing the database"):
        supervisor.start("catcher", catcher_command(place.smtp, place.folder / "outbox"))
        supervisor.manage("migrate", "--no-input")
        import django

        django.setup()
        add_admin(password)
        add_readers(demo.sample.readers)


def worker_command(command: list[str], *, queues: str, processes: int) -> list[str]:
    """The Procfile's worker for some queues alone."""
    values = {"--queues": queues, "--concurrency": str(processes)}
    return [command[0], *(values.get(before, word) for before, word in pairwise(command))]


def start(supervisor: Supervisor, demo: Demo, place: Place) -> None:
    """Start all services."""
    with demo.progress.step("Starting web, worker, beat and mail catcher"):
        commands = procfile_commands()
        for name in ("web", "beat"):
            supervisor.start(name, commands[name])
        for name, (queues, processes) in WORKERS.items():
            supervisor.start(name, worker_command(commands["worker"], queues=queues, processes=processes))
        supervisor.await_port(place.smtp, what="the mail catcher listens")
        supervisor.await_port(place.web, what="the site answers")


def send_first_day(supervisor: Supervisor, demo: Demo) -> None:
    """Release what was written, and wait until every demo reader has a digest."""
    languages = {reader.language for reader in demo.sample.readers}
    with demo.progress.step(f"Approving the day and sending it in {len(languages)} languages") as step:
        supervisor.manage("approve_editions", f"--day={demo.first:%F}")
        index_site()
        make_readers_due()
        supervisor.await_that(lambda: not unsettled(), what="every demo reader has a digest", seconds=150)
        step.outcome = f"{len(demo.sample.readers)} digests in {demo.folder / 'outbox'}"


def send_second_day(supervisor: Supervisor, demo: Demo) -> str:
    """Tomorrow: drafts are released as at the approval hour, held editions stay, readers get their mail."""
    supervisor.manage("approve_editions", f"--day={demo.second:%F}")
    index_site()
    when = demo.now + A_DAY
    make_readers_due(when)
    counts = json.loads(supervisor.manage("send_digests", f"--at={when.isoformat()}", "--json"))
    return f"{counts['queued']} digests"


def listen(supervisor: Supervisor, demo: Demo) -> None:
    """Wait for Enter, once: then it is tomorrow. Without a terminal nothing is waited for."""
    if sys.stdin is None or not sys.stdin.readline():
        return
    try:
        with demo.progress.step("Tomorrow: releasing the drafts, sending the second digests") as step:
            step.outcome = send_second_day(supervisor, demo)
    except ServiceError as error:
        say(str(error))


def show_addresses(demo: Demo, place: Place, *, password: str) -> None:
    """Where everything is, and what to try first."""
    site = f"http://127.0.0.1:{place.web}"
    in_depth = next(iter(set(demo.sample.readings) & set(demo.sample.listed(FIRST))))
    rows = (
        ("Site", f"{site}/"),
        ("Caught mail", f"{site}/mail/"),
        ("Admin", f"{site}/admin/   {ADMIN} / {password}"),
    )
    tries = (
        ("a digest in Korean, one in Arabic", f"{site}/mail/"),
        ("tomorrow's drafts at the desk", f"{site}/admin/newsletter/edition/day/{demo.second:%F}/"),
        ("two summaries that a check refused", f"{site}/admin/newsletter/summary/?state=held"),
        ("a returned mail in quarantine", f"{site}/admin/newsletter/setaside/"),
        ("the search, of titles and summaries", f"{site}/search/?q=image"),
        ("a paper read in depth", f"{site}/papers/{in_depth}/en/in-depth/"),
        ("your own sign-up; its mails are caught", f"{site}/"),
    )
    line = "-" * 78
    say(f"\n{line}")
    for name, address in rows:
        say(f"{name:<14} {address}")
    say("\nTry first:")
    for name, address in tries:
        say(f"  {name:<40} {address}")
    say("  the same under your own name:            SITE_NAME='Acme Papers' make demo")
    if sys.stdin is not None and sys.stdin.isatty():
        say("\nEnter makes it tomorrow: what you left in draft is released and sent.")
    say(line)
    say("Up until Ctrl-C.")


def main() -> int:
    """Deliver the first day and leave the second in draft; then stay up until Ctrl-C, unless ``--once``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when the day is delivered")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where it keeps everything")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    web = chosen_port(os.environ.get("PORT", ""))
    sample, progress, now = load_sample(), Progress(say), datetime.now(UTC)
    say(f"The demo of {now:%F}. Everything stays on this machine, in {folder}.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    password = secrets.token_urlsafe(9)
    with ExitStack() as stack:
        with progress.step("Starting the broker, and stand-ins for arXiv, Hugging Face and a model"):
            sources = stack.enter_context(SourceServer.from_sample(sample, day=now.date()))
            model = stack.enter_context(SampleModel(sample))
            broker = stack.enter_context(EmbeddedBroker(folder))
        place = Place(folder, web, free_port(8025), sources.url, model.url, broker.url)
        environment = demo_environment(place)
        os.environ.update(environment)
        supervisor = stack.enter_context(Supervisor(logs=folder / "logs", environment=environment))
        demo = Demo(sample, sources, progress, folder, now)
        prepare(supervisor, demo, place, password=password)
        take_in_and_write(demo, FIRST)
        start(supervisor, demo, place)
        send_first_day(supervisor, demo)
        if not options.once:
            prepare_second_day(demo)
            show_addresses(demo, place, password=password)
            arguments = (supervisor, demo)
            threading.Thread(target=listen, args=arguments, name="enter", daemon=True).start()
            supervisor.watch(report=say)
    return 0


if __name__ == "__main__":
    run_program(main)
