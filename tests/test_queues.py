"""Every periodic task stands in a queue that somebody serves."""

from pathlib import Path

import pytest

from config.celery import app

ROOT = Path(__file__).resolve().parent.parent


def served() -> set[str]:
    """The queues of the worker in the Procfile."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    worker = next(line.split() for line in lines if line.startswith("worker:"))
    return set(worker[worker.index("--queues") + 1].split(","))


@pytest.mark.parametrize("task", sorted(entry["task"] for entry in app.conf.beat_schedule.values()))
def test_a_periodic_task_is_known_and_has_a_queue_that_the_worker_serves(task):
    app.loader.import_default_modules()
    assert task in app.tasks
    assert app.amqp.router.route({}, task)["queue"].name in served()
