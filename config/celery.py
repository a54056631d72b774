"""The engine: Celery, and the ONE table of periodic tasks, in the order of the pipeline.

Each tick asks the database what is due. A lost, doubled or late tick does no harm: the next one heals it. So
a tick's message is dropped once the next tick is sent: an hour without workers leaves no hour of messages.
"""

import logging
import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab, schedule
from django.conf import settings

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

broker.install()
app = Celery("paperpost", amqp=broker.PatientAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = logging.getLogger(__name__)
SHORTEST_LIFE = (
    5.0  # seconds; where ticks are shorter, a worker that is busy for a moment must not miss them all
)


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
        "refresh votes": {"task": "newsletter.tasks.refresh_votes", "schedule": crontab(minute=25)},
        "summarise what readers need": {"task": "newsletter.tasks.summarise_due", "schedule": tick},
        "compose editions": {"task": "newsletter.tasks.compose_due", "schedule": tick},
        "fetch pictures": {"task": "newsletter.tasks.fetch_pictures_due", "schedule": crontab()},
        "read in depth": {"task": "newsletter.tasks.read_due", "schedule": crontab(minute="*/10")},
        "approve editions": {"task": "newsletter.tasks.approve_due", "schedule": tick},
        "maintain subscribers": {"task": "subscriptions.tasks.maintain_subscribers", "schedule": tick},
        "enqueue digests": {"task": "subscriptions.tasks.enqueue_due", "schedule": tick},
        "send digests": {"task": "subscriptions.tasks.send_queued", "schedule": tick},
        "sweep the ledger": {"task": "subscriptions.tasks.sweep", "schedule": tick},
        "read what came back": {
            "task": "subscriptions.tasks.read_bounces_due",
            "schedule": crontab(minute="*/10"),
        },
    }
    for entry in table.values():
        entry["options"] = {"expires": max(seconds_between(entry["schedule"]), SHORTEST_LIFE)}
    sender.conf.beat_schedule = table


@signals.beat_init.connect
def tell_who_reads_what_comes_back(**_: object) -> None:
    """At the start: whether bounces, and wishes to leave that come by mail, are read."""
    if not (settings.BOUNCE_IMAP_URL or settings.BOUNCE_MAILDIR):
        log.warning(
            "Nobody reads what comes back by mail (BOUNCE_IMAP_URL and BOUNCE_MAILDIR are empty): bounces "
            "are not seen, and List-Unsubscribe offers the page alone, no mailto."
        )


def seconds_between(ticks: Any) -> float:
    """How far apart two ticks are; of a crontab, whose ticks are spread evenly, over a day."""
    if isinstance(ticks, crontab):
        minutes, hours = (len(getattr(ticks, name)) for name in ("minute", "hour"))
        return 86_400 / (minutes * hours)
    return float(ticks.run_every.total_seconds())
