"""Log records without the tokens of links: a link in a mail gives access to its reader's settings.

Tokens are masked where records are made, so in every logger and handler of a process, those of Django,
gunicorn, Celery and waitress too, and in tracebacks.
"""

import logging
import re
import traceback
from typing import Any

_LETTER = r"(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{2})"
_REST = r"[^/\s?\"'<>]+"
_PAGES = ("unsubscribe", "preferences", "my-data", "confirm", "arrive", "digests", "undo", "vote", "saved")
# A token has 50 letters (subscriptions.readers.links), perhaps percent-encoded or with more behind it. What
# stands in an address where a token belongs is masked too: a link that was cut may still have most of one.
_TOKEN = re.compile(
    "|".join([f"{_LETTER}{{44,}}", *(f"(?<=/{page}/){_REST}" for page in _PAGES)]), re.IGNORECASE
)
_MASK = "[token]"
_make_record = logging.getLogRecordFactory()


def mask_tokens(text: str) -> str:
    """``text`` with each token of a link as ``[token]``."""
    return _TOKEN.sub(_MASK, text)


def install_token_mask() -> None:
    """From now on no log record of this process contains a token. May be called again."""
    logging.setLogRecordFactory(_masked_record)


def _masked_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _make_record(*args, **kwargs)
    try:
        text = record.getMessage()
    except (TypeError, ValueError):
        return record  # the handler reports arguments that do not fit the format
    masked = mask_tokens(text)
    if masked != text:
        record.msg, record.args = masked, ()  # without arguments a percent sign is not a format
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = mask_tokens("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
    return record
