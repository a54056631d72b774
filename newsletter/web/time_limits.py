"""How long the statements of a public page may take: no reader's request keeps the database for ever.

Editors' pages, commands and workers are not limited.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from newsletter.errors import PaperpostError

INSTRUCTIONS = 10_000  # of SQLite's machine between two looks at the clock: well below a millisecond


class PageOverdue(PaperpostError):  # noqa: N818 - it says what is wrong with the page
    """The statements of a page took longer than ``PAGE_TIME_LIMIT``."""

    transient = True


@contextmanager
def page_time_limit(seconds: float) -> Iterator[None]:
    """Within, a statement ends when ``seconds`` have passed, and none begins after them; 0: no limit.

    Raises :class:`PageOverdue`. A page without statements costs nothing: the first one sets the limit.
    """
    if not seconds:
        yield
        return
    limit = _Limit(seconds)
    try:
        with connection.execute_wrapper(limit):
            yield
    except OperationalError as error:
        if limit.is_over:
            raise PageOverdue(str(error).strip()) from error
        raise
    finally:
        limit.lift()


class _Limit:
    """Around each statement: limits it to what is left of the time, to a tenth of the whole."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._limited: BaseDatabaseWrapper | None = None
        self._given = seconds  # to the statements since the limit was last set

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise PageOverdue(f"The statements before took {self._seconds:g} seconds.")
        # Setting it takes a round trip: it is set anew after a tenth of the time, not for each statement.
        if self._limited is None or self._given - left > self._seconds / 10:
            self._limited = context["connection"]
            self._set(self._limited, left)
            self._given = left
        return execute(sql, params, many, context)

    def _set(self, limited: BaseDatabaseWrapper, seconds: float) -> None:
        raw: Any = limited.connection
        if limited.vendor == "sqlite":
            raw.set_progress_handler(lambda: self.is_over, INSTRUCTIONS)
        else:
            with suppress(psycopg.Error):  # of a broken transaction: the statement itself says so
                # Rounded up: a statement that ends before the deadline would count as a failure of its own.
                raw.execute(f"SET statement_timeout = {math.ceil(seconds * 1000)}")

    def lift(self) -> None:
        """Statements after the page's are not limited."""
        raw: Any = self._limited.connection if self._limited is not None else None
        if raw is None:
            return
        if connection.vendor == "sqlite":
            raw.set_progress_handler(None, 0)
        else:
            with suppress(psycopg.Error):  # of a broken transaction: its end takes the setting back
                raw.execute("RESET statement_timeout")
