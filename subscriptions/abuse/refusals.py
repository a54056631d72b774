"""Domains whose mailboxes live for minutes. The operator's own list; Paperpost ships none and asks nobody."""

import logging
from functools import lru_cache
from pathlib import Path

import idna
from django.conf import settings

log = logging.getLogger(__name__)


def is_refused(address: str) -> bool:
    """Whether the domain of a normalised ``address``, or one above it, stands in ``REFUSED_DOMAINS_FILE``.

    The file has one domain a line, in any script; ``#`` begins a comment. It is read again when it changes.
    """
    if not settings.REFUSED_DOMAINS_FILE:
        return False
    refused = _listed(Path(settings.REFUSED_DOMAINS_FILE))
    labels = address.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[start:]) in refused for start in range(len(labels)))


def _listed(path: Path) -> frozenset[str]:
    try:
        changed = path.stat().st_mtime_ns
        return _read(path, changed)
    except OSError as error:
        # A form must not fail because a file is away for a moment; the log says why nothing is refused.
        log.warning("REFUSED_DOMAINS_FILE cannot be read (%s): no domain is refused.", error.strerror)
        return frozenset()


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> frozenset[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        return frozenset(domain for line in lines if (domain := _domain(line)))


def _domain(line: str) -> str:
    """The domain of a line in lower-case ASCII; empty for a comment, a blank or what is no domain."""
    text = line.partition("#")[0].strip().lower().removeprefix("*.").removeprefix("@").strip(".")
    if text.isascii():
        return text
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
