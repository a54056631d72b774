"""What no log may hold: a reader's link is that reader's key.

The one place is where records are made, so it counts for every logger and handler of a process, those of
Django, gunicorn, Celery and waitress too, and for tracebacks.
"""

import logging
import re
import traceback
from typing import Any

_LETTER = r"(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{2})"
_REST = r"[^/\s?\"'<>]+"
_PAGES = ("unsubscribe", "preferences", "my-data", "confirm", "arrive", "digests", "undo", "vote")
# A token has 50 letters (subscriptions.readers.links), perhaps with percent signs or with more behind it.
# What stands in a token's place of an address goes too: a link that was cut in two still has most of it.
_TOKEN = re.compile(
    "|".join([f"{_LETTER}{{44,}}", *(f"(?<=/{page}/){_REST}" for page in _PAGES)]), re.IGNORECASE
)
_MASK = "[token]"
_make = logging.getLogRecordFactory()


def mask_tokens(text: str) -> str:
    """``text`` without any token of a link."""
    return _TOKEN.sub(_MASK, text)


def keep_tokens_out() -> None:
    """From now on no record of this process holds a token. Twice is as good as once."""
    logging.setLogRecordFactory(_masked_record)


def _masked_record(*arguments: Any, **named: Any) -> logging.LogRecord:
    record = _make(*arguments, **named)
    try:
        text = record.getMessage()
    except (TypeError, ValueError):
        return record  # the handler tells of arguments that do not fit their format
    masked = mask_tokens(text)
    if masked != text:
        record.msg, record.args = masked, ()  # without arguments no percent sign is read as a format
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = mask_tokens("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
    return record
