"""Every periodic task stands in a queue that somebody serves."""

from pathlib import Path

from config.celery import app

ROOT = Path(__file__).resolve().parent.parent


def served() -> set[str]:
    """The queues of the worker in the Procfile."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    worker = next(line.split() for line in lines if line.startswith("worker:"))
    return set(worker[worker.index("--queues") + 1].split(","))


def test_each_periodic_task_is_known_and_has_a_queue_that_the_worker_serves():
    app.finalize()
    app.loader.import_default_modules()
    entries = app.conf.beat_schedule.values()
    assert len(entries) > 10
    assert {entry["task"] for entry in entries} <= app.tasks.keys()
    queues = [app.amqp.router.route(dict(entry["options"]), entry["task"])["queue"].name for entry in entries]
    assert set(queues) <= served()
