"""How commands show who may have missed a digest: with masked addresses."""

from subscriptions.addresses import hint
from subscriptions.delivery.doubts import Doubt


def as_json(doubt: Doubt) -> dict[str, object]:
    """A line for ``--json``; ``day`` where the ledger has a row, else ``due_at``."""
    return {
        "reader": doubt.subscriber_id,
        "address": hint(doubt.email),
        "day": doubt.day.isoformat() if doubt.day else None,
        "due_at": doubt.due_at.isoformat() if doubt.due_at else None,
    }


def as_line(doubt: Doubt) -> str:
    """A line for a person."""
    when = f"of {doubt.day:%F}" if doubt.day else f"due at {doubt.due_at:%F %H:%M} UTC"
    return f"reader {doubt.subscriber_id} ({hint(doubt.email)}): the digest {when}"
