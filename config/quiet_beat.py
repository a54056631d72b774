"""Beat as ``celery beat`` starts it: without the banner that would stand between lines of JSON."""

from typing import Any

from celery.apps.beat import Beat
from django.conf import settings


class QuietBeat(Beat):
    """Celery's beat, which is quiet where the log is JSON."""

    def __init__(self, *, quiet: bool = False, **kwargs: Any) -> None:
        super().__init__(quiet=quiet or settings.LOG_FORMAT == "json", **kwargs)
