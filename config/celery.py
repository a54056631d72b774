"""Celery, and the one table of periodic tasks, in the order of the pipeline.

Each task asks the database what is due, so a lost, doubled or late message does no harm: the next one does
the work. A message expires when the next one is sent: an hour without workers leaves no hour of messages.
"""

import logging
import os
import time
from functools import cached_property
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab, schedule
from celery.states import FAILURE
from celery.utils.log import get_multiprocessing_logger
from django.conf import settings

from config import broker
from operations.metrics import task_runs
from operations.queues import SILENT_AFTER_TICKS, served_queues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class App(Celery):
    """Celery with a beat of our own."""

    @cached_property
    def Beat(self) -> Any:  # noqa: N802 - the name is Celery's
        """What ``celery beat`` starts."""
        from config.quiet_beat import QuietBeat  # no other process needs it

        return self.subclass_with_self(QuietBeat)


broker.install()
app = App("paperpost", amqp=broker.PatientAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = logging.getLogger(__name__)
# Seconds. Where ticks are shorter, a worker that is busy for a moment must not miss them all.
SHORTEST_EXPIRY = 5.0


@app.on_after_finalize.connect
def register_beat_schedule(sender: Celery, **_: object) -> None:
    """Fill the table of periodic tasks once the settings are known."""
    tick = schedule(settings.TICK_SECONDS)
    table: dict[str, dict[str, Any]] = {
        "publish the demand": {"task": "subscriptions.tasks.publish_demand", "schedule": tick},
        "fetch what was announced": {
            "task": "newsletter.tasks.fetch_due",
            "schedule": crontab(minute="*/10"),
        },
        "fetch what readers named": {"task": "newsletter.tasks.fetch_wanted_due", "schedule": crontab()},
        "count what readers brought along": {
            "task": "subscriptions.tasks.count_imported_likes",
            "schedule": crontab(),
        },
        "index papers": {"task": "newsletter.tasks.index_papers_due", "schedule": crontab(minute="*/10")},
        "find related papers": {
            "task": "newsletter.tasks.relate_papers_due",
            "schedule": crontab(minute="*/10"),
        },
        "keep extracts": {"task": "newsletter.tasks.keep_extracts_due", "schedule": crontab()},
        "index search": {"task": "newsletter.tasks.index_search_due", "schedule": crontab(minute="*/3")},
        "refresh votes": {"task": "newsletter.tasks.refresh_votes", "schedule": crontab(minute=25)},
        "summarise what readers need": {"task": "newsletter.tasks.summarise_due", "schedule": tick},
        "compose editions": {"task": "newsletter.tasks.compose_due", "schedule": tick},
        "fetch pictures": {"task": "newsletter.tasks.fetch_pictures_due", "schedule": crontab()},
        "read in depth": {"task": "newsletter.tasks.read_due", "schedule": crontab(minute="*/10")},
        "approve editions": {"task": "newsletter.tasks.approve_due", "schedule": tick},
        "post to channels": {"task": "newsletter.tasks.post_channels", "schedule": tick},
        "maintain subscribers": {"task": "subscriptions.tasks.maintain_subscribers", "schedule": tick},
        "tell of corrections": {"task": "subscriptions.tasks.tell_corrections", "schedule": tick},
        "enqueue digests": {"task": "subscriptions.tasks.enqueue_due", "schedule": tick},
        "send digests": {"task": "subscriptions.tasks.send_queued", "schedule": tick},
        "sweep the ledger": {"task": "subscriptions.tasks.sweep", "schedule": tick},
        "count events": {"task": "operations.tasks.count_events", "schedule": tick},
        "read what came back": {
            "task": "subscriptions.tasks.read_bounces_due",
            "schedule": crontab(minute="*/10"),
        },
        # Most readers have had their digests by then, and those of the next morning are not due yet.
        "let go of what is old": {
            "task": "operations.tasks.prune_due",
            "schedule": crontab(hour=13, minute=40),
        },
        "look for alarms": {"task": "operations.tasks.look_for_alarms", "schedule": crontab(minute="*/3")},
    }
    for entry in table.values():
        entry["options"] = {"expires": max(seconds_between(entry["schedule"]), SHORTEST_EXPIRY)}
    for queue in served_queues():
        # A busy queue is late, not silent: its message stays valid for as long as silence takes.
        table[f"see whether {queue} is served"] = {
            "task": "operations.tasks.record_queue_heartbeat",
            "schedule": tick,
            "args": (queue,),
            "options": {
                "queue": queue,
                "expires": max(SILENT_AFTER_TICKS * settings.TICK_SECONDS, SHORTEST_EXPIRY),
            },
        }
    sender.conf.beat_schedule = table


@signals.celeryd_init.connect
def leave_out_the_banner(instance: Any = None, **_: object) -> None:
    """A worker whose log is JSON prints nothing else, neither at its start nor when it is told to stop."""
    if settings.LOG_FORMAT == "json":
        from celery.apps import worker  # which no other process needs

        instance.quiet = True
        worker.safe_say = lambda *_: None  # type: ignore[attr-defined]  # celery-types do not know it


@signals.after_setup_logger.connect
@signals.after_setup_task_logger.connect
def write_json(logger: Any = None, **_: object) -> None:
    """Celery gives some loggers handlers of its own."""
    from config.json_logs import use_json  # Django's settings are not known when this module is imported

    for each in filter(None, (logger, get_multiprocessing_logger())):
        use_json(each)


@signals.before_task_publish.connect
def note_when_it_was_sent(headers: dict[str, Any] | None = None, **_: object) -> None:
    """Each message says when it was sent, in seconds since 1970: its worker knows how long it waited."""
    if headers is not None:
        headers["sent_at"] = time.time()


@signals.task_prerun.connect
def note_when_it_began(task: Any = None, **_: object) -> None:
    """Each run knows when it began, by the monotonic clock."""
    task.request.began = time.monotonic()


@signals.task_postrun.connect
def record_that_it_ran(task: Any = None, state: str = "", retval: object = None, **_: object) -> None:
    """How long the run took, whether it failed, and what it did, for /metrics."""
    task_runs.record_run(
        task.name,
        seconds=time.monotonic() - task.request.get("began", time.monotonic()),
        failed=state == FAILURE,
        items=int(retval) if isinstance(retval, int) else 0,
    )


@signals.beat_init.connect
def warn_if_bounces_are_not_read(**_: object) -> None:
    """At the start of beat: without a mailbox neither bounces nor unsubscriptions by mail are read."""
    if not (settings.BOUNCE_IMAP_URL or settings.BOUNCE_MAILDIR):
        log.warning(
            "No mailbox for bounces is configured (BOUNCE_IMAP_URL and BOUNCE_MAILDIR are empty): bounces "
            "are not counted, and List-Unsubscribe offers the web page alone, no mailto."
        )


def seconds_between(ticks: Any) -> float:
    """Seconds from one tick to the next; of a crontab, whose ticks are spread evenly, on average."""
    if isinstance(ticks, crontab):
        minutes, hours = (len(getattr(ticks, name)) for name in ("minute", "hour"))
        return 86_400 / (minutes * hours)
    return float(ticks.run_every.total_seconds())
