"""What an editor decides about a reading: hidden from readers, or shown as it is."""

from datetime import datetime
from typing import Any

from newsletter.errors import StateError
from newsletter.images.stored_figures import BY_EDITOR
from newsletter.models import Figure, Reading, ReadingText

State = Reading.State


def hide(pk: int, *, by: Any, at: datetime) -> None:
    """Nobody sees the reading any more, in any language, until an editor releases it.

    No run reads it again meanwhile. Raises StateError unless it is ready or held.
    """
    changed = Reading.objects.filter(pk=pk, state__in=(State.READY, State.HELD)).update(
        state=State.HIDDEN, reason=f"Hidden by {by.get_username()}, {at:%Y-%m-%d %H:%M} UTC."
    )
    if not changed:
        raise StateError("Only a reading that is ready or held can be hidden.")


def release(pk: int, *, by: Any, at: datetime) -> None:
    """Readers see what the reading has: every statement in it stood its checks, there may only be few.

    Raises StateError if it is neither hidden nor held, or says nothing at all.
    """
    row = Reading.objects.get(pk=pk)
    if row.state not in (State.HIDDEN, State.HELD):
        raise StateError("Only a reading that is hidden or held can be released.")
    if not row.origin or not row.facts.get("statements"):
        raise StateError("There is nothing to release: no statement stood its checks.")
    changed = Reading.objects.filter(pk=pk, state=row.state).update(
        state=State.READY,
        reason=f"Released by {by.get_username()}, {at:%Y-%m-%d %H:%M} UTC.",
        read_at=row.read_at or at,
    )
    if not changed:
        raise StateError("The reading was changed meanwhile; look at it again.")


def release_text(pk: int, *, by: Any, at: datetime) -> None:
    """Readers of that language see the statements that stood their checks in it.

    Raises StateError if the text is not held or has none.
    """
    row = ReadingText.objects.get(pk=pk)
    if row.state != ReadingText.State.HELD:
        raise StateError("Only a text that is held can be released.")
    if not row.texts:
        raise StateError("There is nothing to release: no statement stood its checks.")
    row.state = ReadingText.State.READY
    row.reason = f"Released by {by.get_username()}, {at:%Y-%m-%d %H:%M} UTC."
    row.save(update_fields=["state", "reason"])


def only_link(pk: int) -> None:
    """A figure is not shown any more, only linked. Raises StateError if it is so already."""
    changed = Figure.objects.shown().filter(pk=pk).update(state=Figure.State.LINKED, reason=BY_EDITOR)
    if not changed:
        raise StateError("This figure is only linked already.")
