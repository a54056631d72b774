"""Work that is repeated within the same call while a server that it needs restarts."""

import time
from collections.abc import Callable
from typing import TypeVar

from lib.backoff import Backoff

T = TypeVar("T")


def retry(
    work: Callable[[], T],
    *,
    errors: tuple[type[Exception], ...],
    backoff: Backoff,
    patience: float,
    before_retry: Callable[[], object] = lambda: None,
) -> T:
    """``work()``, repeated after each of ``errors``; what it did before it failed must bear repetition.

    Raises the last error once ``patience`` seconds have passed, and every other error at once.
    ``before_retry`` is called after each failure, as to close a connection that broke.
    """
    deadline = time.monotonic() + patience
    failures = 0
    while True:
        try:
            return work()
        except errors:
            failures += 1
            before_retry()
            if time.monotonic() > deadline:
                raise
        time.sleep(backoff.seconds(failures))  # a server that restarts sends no event to wait for
