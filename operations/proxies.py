"""Whether a proxy stands in front that the settings do not believe: then all readers share one address.

The web processes note it as the age of a file in ``VAR_DIR``, which all processes share: no request waits for
a database because of it.
"""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from lib.networks import is_private

EVERY = 3600.0  # seconds between two notes of one process
FILE = "unbelieved-proxy"
log = logging.getLogger(__name__)


def is_unbelieved(meta: Mapping[str, Any]) -> bool:
    """Whether a near peer of this request (CGI variables) says for whom it asks, and is not believed."""
    if settings.PROXY_HOPS or "HTTP_X_FORWARDED_FOR" not in meta:
        return False
    peer = str(meta.get("REMOTE_ADDR", ""))
    return not peer or is_private(peer)  # a socket of this machine has no address


class Notes:
    """When this process last noted it."""

    def __init__(self) -> None:
        self._noted_at = float("-inf")  # by the monotonic clock

    def note(self) -> None:
        """Say it once an hour, in the log and for all processes. Never raises."""
        if time.monotonic() - self._noted_at < EVERY:
            return
        self._noted_at = time.monotonic()
        log.warning(
            "A proxy passes requests on and PROXY_HOPS is 0: all readers share one limit. Set PROXY_HOPS."
        )
        try:
            (Path(settings.VAR_DIR) / FILE).touch(mode=0o600)
        except OSError as error:
            log.warning("It cannot be noted: %s", error)


def last_seen() -> datetime | None:
    """When a proxy that is not believed last passed a request on, to the hour; None if none ever did."""
    try:
        return datetime.fromtimestamp((Path(settings.VAR_DIR) / FILE).stat().st_mtime, tz=UTC)
    except OSError:
        return None
