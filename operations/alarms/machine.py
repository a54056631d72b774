"""Whether the machine has room."""

import shutil
from datetime import datetime

from django.conf import settings

from operations.alarms.kinds import Problem

GIB = 1024**3
LEAST_FREE = 2 * GIB
LEAST_SHARE = 0.05
PLENTY = 20 * GIB  # free room that is enough whatever share of a large disk it is


def disk(_: datetime) -> list[Problem]:
    """The file system of ``VAR_DIR``."""
    usage = shutil.disk_usage(settings.VAR_DIR)
    is_low = usage.free < LEAST_FREE or (usage.free < PLENTY and usage.free < usage.total * LEAST_SHARE)
    if not is_low:
        return []
    left = f"{usage.free / GIB:.1f} of {usage.total / GIB:,.0f} GB ({usage.free / usage.total:.0%})"
    sentence = f"The disk of VAR_DIR is nearly full: {left} are free."
    return [Problem("disk", sentence)]
