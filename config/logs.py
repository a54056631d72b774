"""Log records without tokens of links, passwords and addresses of people.

A link in a mail gives access to its reader's settings, and a log is read by more people than a reader would
think. Texts are masked where records are made, so in every logger and handler of a process, those of Django,
gunicorn, Celery and waitress too, and in tracebacks.
"""

import logging
import re
import traceback
from typing import Any

from lib.masking import mask_addresses, mask_passwords

_LETTER = r"(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{2})"
_REST = r"[^/\s?\"'<>]+"
# Below which addresses a token stands.
TOKEN_PAGES = (
    *("arrive", "confirm", "digests", "my-data", "preferences"),
    *("rate", "saved", "undo", "unsubscribe", "vote"),
)
# A token has 50 letters (subscriptions.readers.links), perhaps percent-encoded or with more behind it. What
# stands in an address where a token belongs is masked too: a link that was cut may still have most of one.
_TOKEN = re.compile(
    "|".join([f"{_LETTER}{{44,}}", *(f"(?<=/{page}/){_REST}" for page in TOKEN_PAGES)]), re.IGNORECASE
)
_MASK = "[token]"
_make_record = logging.getLogRecordFactory()


def mask_tokens(text: str) -> str:
    """``text`` with each token of a link as ``[token]``."""
    return _TOKEN.sub(_MASK, text)


def masked(text: str) -> str:
    """``text`` as it may stand in a log."""
    return mask_tokens(mask_addresses(mask_passwords(text)))


def install_masks() -> None:
    """From now on no log record of this process holds what has to be masked. May be called again."""
    logging.setLogRecordFactory(_masked_record)


def _masked_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _make_record(*args, **kwargs)
    try:
        text = record.getMessage()
    except Exception as error:  # noqa: BLE001 - a handler would print the arguments as they are, and lose the line
        text = _unwritable(record, error)
        record.msg, record.args = text, ()
    shown = masked(text)
    if shown != text:
        record.msg, record.args = shown, ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = masked("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
    if record.stack_info:
        record.stack_info = masked(record.stack_info)
    return record


def _unwritable(record: logging.LogRecord, error: Exception) -> str:
    """What stands in place of a message that cannot be written with its arguments."""
    try:
        return f"{record.msg!r} does not fit its arguments {record.args!r}"
    except Exception:  # noqa: BLE001 - an argument that cannot be shown at all
        return f"A message of {record.pathname}:{record.lineno} cannot be written: {type(error).__name__}"
