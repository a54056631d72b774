"""``LOG_FORMAT=json``: one JSON object a line, from every logger of web, worker and beat.

Only the fields that are named here are written. Libraries add others to their records, such as the arguments
of a task, and nobody has looked whether these may be read.
"""

import json
import logging
import logging.config
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from celery import current_task
from django.conf import settings
from gunicorn.glogging import Logger
from typing_extensions import override

from config import request_ids
from config.logs import masked

log = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """A record as one line: when, how bad, who, what; of which request or task; and the traceback."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        task_id, task = _task_of(record)
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id_of(record),
            "task_id": task_id,
            "task": task,
            "exception": record.exc_text
            or (self.formatException(record.exc_info) if record.exc_info else ""),
            "stack": record.stack_info or "",
        }
        return json.dumps({name: text for name, text in fields.items() if text})

    @override
    def formatException(self, ei: Any) -> str:
        return masked(super().formatException(ei))


def _request_id_of(record: logging.LogRecord) -> str:
    """Django tells of 4xx and 5xx after the middleware, with the request in hand."""
    request = getattr(record, "request", None)
    return str(getattr(request, "request_id", "")) or request_ids.current()


def _task_of(record: logging.LogRecord) -> tuple[str, str]:
    """The id and the name of the task that runs here, or that Celery's record is about."""
    about = getattr(record, "data", None)
    if isinstance(about, dict) and "id" in about:
        return masked(str(about["id"])), masked(str(about.get("name", "")))
    if current_task and current_task.request.id:
        return str(current_task.request.id), str(current_task.name)
    return "", ""


def configure(config: dict[str, Any]) -> None:
    """What Django calls with its settings of logging: also what nobody caught becomes a line of the log."""
    logging.config.dictConfig(config)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt) or error is None:
        sys.__excepthook__(kind, error or kind(), trace)
        return
    log.critical("The process or one of its threads ends with an error.", exc_info=(kind, error, trace))


def use_json(logger: logging.Logger) -> None:
    """Have the handlers that a library gave ``logger`` write JSON, if that is what is wanted."""
    if settings.LOG_FORMAT == "json":
        for handler in logger.handlers:
            handler.setFormatter(JsonFormatter())


class ServerLogger(Logger):
    """gunicorn's own logger, which writes JSON where the others do."""

    @override
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        use_json(self.error_log)
        use_json(self.access_log)
