"""The engine: Celery, and the ONE table of periodic tasks, in the order of the pipeline.

Each tick asks the database what is due. A lost, doubled or late tick does no harm: the next one heals it.
"""

import os

from celery import Celery
from celery.schedules import crontab, schedule
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("paperpost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def tell_the_hours(sender: Celery, **_: object) -> None:
    """Fill the table of periodic tasks once the settings are known."""
    tick = schedule(settings.TICK_SECONDS)
    sender.conf.beat_schedule = {
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
        "tend readers": {"task": "subscriptions.tasks.tend_readers", "schedule": tick},
        "enqueue digests": {"task": "subscriptions.tasks.enqueue_due", "schedule": tick},
        "send digests": {"task": "subscriptions.tasks.send_queued", "schedule": tick},
        "sweep the ledger": {"task": "subscriptions.tasks.sweep", "schedule": tick},
        "read what came back": {
            "task": "subscriptions.tasks.read_bounces_due",
            "schedule": crontab(minute="*/10"),
        },
    }
