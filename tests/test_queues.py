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
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert len(tasks) > 10
    assert tasks <= app.tasks.keys()
    queues = {task: app.amqp.router.route({}, task)["queue"].name for task in tasks}
    assert {task: queue for task, queue in queues.items() if queue not in served()} == {}
