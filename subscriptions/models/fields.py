"""Columns that hold one of our own shapes."""

from typing import TYPE_CHECKING, Any

from django.db import models
from typing_extensions import override

from subscriptions.picks import NOTHING, Picks
from subscriptions.stored_picks import read_picks, write_picks

if TYPE_CHECKING:
    _PicksColumn = models.Field[Picks, Picks]
else:
    _PicksColumn = models.Field


class PicksField(_PicksColumn):
    """A text column of :class:`~subscriptions.picks.Picks`, also in ``values_list``."""

    description = "the papers of a digest, and why"

    @override
    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Picks:
        """A row that cannot be read spoils no query: its ``fault`` says why."""
        return read_picks(value or "")

    def get_prep_value(self, value: Any) -> str | None:
        """Raises TypeError for anything but picks."""
        if value is None or isinstance(value, str):
            return value
        if not isinstance(value, Picks):
            raise TypeError(f"picks are of type Picks, not {type(value).__name__}")
        return write_picks(value) if value != NOTHING else ""

    def to_python(self, value: Any) -> Picks:
        """From a fixture, where it stands as it is stored."""
        return value if isinstance(value, Picks) else read_picks(value or "")

    @override
    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""
