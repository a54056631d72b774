"""Whether this web process is well, and whether the engine behind it works, for balancers and monitors.

No answer holds anybody's address, or a token.
"""

import logging
import threading
import time
from datetime import datetime
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lib.redis_clients import redis_client
from operations import heartbeats
from operations.models import Heartbeat

# What the frame of every page and that of the desk name.
ON_EVERY_PAGE = ("site.css", "stamp.svg", "admin-desk.css")
BROKER_SECONDS = 2.0  # for its answer
BROKER_BELIEVED = 30.0  # seconds that its answer is good for
log = logging.getLogger(__name__)


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    del request
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """This process can serve its pages: else 503, and which part fails.

    A broker that is away is not among them: pages, votes, sign-ups and unsubscribing write to the database,
    and go on without it. See :func:`engine`.
    """
    del request
    parts = {"database": _database_answers(), "static": _static_files_are_known()}
    if parts["database"]:
        parts["migrations"] = _tables_are_complete()
    return _answer({name: _word(well) for name, well in parts.items()})


@require_safe
@never_cache
def engine(request: HttpRequest) -> HttpResponse:
    """Beat, each queue and the broker work: else 503. Ages and waits are in seconds, null if never seen."""
    del request
    parts: dict[str, Any] = {"broker": _word(_broker.answers())}
    try:
        rows = heartbeats.all_heartbeats()
    except DatabaseError:
        log.exception("The database does not answer.")
        return _answer(parts | {"database": "failed"})
    now = timezone.now()
    return _answer(parts | {name: _sign_of_life(row, now) for name, row in rows.items()})


def _answer(parts: dict[str, Any]) -> JsonResponse:
    statuses = [part if isinstance(part, str) else part["status"] for part in parts.values()]
    well = "failed" not in statuses
    return JsonResponse({"status": _word(well), **parts}, status=200 if well else 503)


def _word(well: bool) -> str:
    return "ok" if well else "failed"


def _sign_of_life(row: Heartbeat | None, now: datetime) -> dict[str, Any]:
    """A heartbeat as it stands in the answer."""
    well = row is not None and not heartbeats.is_silent(row.beat_at, now)
    age = None if row is None else round((now - row.beat_at).total_seconds(), 1)
    waited = {} if row is None else {name: row.detail[name] for name in row.detail if name == "waited"}
    return {"status": _word(well), "age": age, **waited}


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("The database does not answer.")
        return False
    return True


@cache
def _remember_that_tables_are_complete() -> bool:
    """Whether every migration is applied; that stays so while this process runs. Raises ValueError if not."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise ValueError(f"{len(missing)} migrations are not applied: run manage.py migrate.")
    return True


def _tables_are_complete() -> bool:
    try:
        return _remember_that_tables_are_complete()
    except (ValueError, DatabaseError) as error:
        log.error("This process cannot serve its pages: %s", error)  # noqa: TRY400 - the sentence says it all
        return False


def _static_files_are_known() -> bool:
    """Whether pages can name their static files. With ``DEBUG`` these need no manifest."""
    try:
        storage = staticfiles_storage
        if not hasattr(storage, "stored_name"):
            return True
        return all(storage.exists(storage.stored_name(name)) for name in ON_EVERY_PAGE)
    except (ValueError, OSError) as error:
        log.error("This process cannot serve its pages: %s Run manage.py collectstatic.", error)  # noqa: TRY400 - likewise
        return False


class _Broker:
    """Asked by one thread of this process at a time; who comes meanwhile gets the answer before.

    Anybody may open /health/engine: a broker that is silent must not hold every thread for its two seconds.
    Only where there is no answer yet, or none of late, all wait for the one that is asked for.
    """

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._changed = threading.Condition()
        self._answered = False
        self._answered_at: float | None = None  # by the monotonic clock

    def answers(self) -> bool:
        """Whether it answers; no, if that is not known in time."""
        if self._asking.acquire(blocking=False):
            try:
                self._note(_broker_answers())
            finally:
                self._asking.release()
        with self._changed:
            return self._changed.wait_for(self._is_known, timeout=BROKER_SECONDS) and self._answered

    def _note(self, answered: bool) -> None:
        with self._changed:
            self._answered, self._answered_at = answered, time.monotonic()
            self._changed.notify_all()

    def _is_known(self) -> bool:
        at = self._answered_at
        return at is not None and time.monotonic() - at < BROKER_BELIEVED


_broker = _Broker()


def _broker_answers() -> bool:
    try:
        with redis_client(settings.REDIS_URL, timeout=BROKER_SECONDS) as client:
            client.ping()
    except redis.RedisError:
        log.warning("The broker does not answer.")
        return False
    return True


urlpatterns = [
    path("health/live", live, name="live"),
    path("health/ready", ready, name="ready"),
    path("health/engine", engine, name="engine"),
]
