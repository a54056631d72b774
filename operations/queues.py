"""The queues that tasks are routed to, and that workers therefore have to serve."""

from django.conf import settings

SILENT_AFTER_TICKS = 5  # a queue, or beat, without a sign of life for so long is silent


def served_queues() -> tuple[str, ...]:
    """The names of all queues, in the order of the alphabet."""
    return tuple(sorted({str(route["queue"]) for route in settings.CELERY_TASK_ROUTES.values()}))
