"""A mark in ``VAR_DIR`` by which processes know whether they see the same folder."""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.conf import settings

FILE = "folder-mark"
log = logging.getLogger(__name__)


def folder_mark() -> str:
    """The mark of this process' ``VAR_DIR``, made by the first that asks; "" where it cannot be read."""
    path = Path(settings.VAR_DIR) / FILE
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        log.warning("The mark of VAR_DIR cannot be read or written at %s: %s", path, error)
        return ""


def _make(path: Path) -> None:
    """A link appears whole or not at all, and never in place of another process' mark."""
    mark = secrets.token_hex(8)
    temporary = path.with_name(f".{FILE}.{mark}")
    temporary.write_text(mark, encoding="ascii")
    try:
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
