"""The desk's first page, with what is wrong with Paperpost itself above all else."""

from typing import Any

from django.http import HttpRequest

from operations.admin.alarms import open_alarms
from subscriptions.admin import today
from subscriptions.models import SendingHold

# What the page says by itself, with a link to where it is mended.
SAID_ALREADY = frozenset({*SendingHold.Kind.values, "budget", "stage_down"})


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template of the first page shows (the callback that Unfold asks)."""
    context = today.dashboard(request, context)
    alarms = [
        today.Task(f"{alarm.sentence} {alarm.remedy}", "operations_alarm_changelist", mood="bad")
        for alarm in open_alarms(request)
        if alarm.kind not in SAID_ALREADY
    ]
    return {**context, "tasks": [*alarms, *context["tasks"]]}
