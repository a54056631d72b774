"""What a reader asks for, as a value: it crosses from forms and files to the rows."""

from dataclasses import dataclass
from typing import Any, Self

from subscriptions.models.states import Cadence


@dataclass(frozen=True, slots=True)
class Wishes:
    """``topics`` are slugs; ``language`` a code of :mod:`newsletter.languages`; ``hour`` 0-23 on the reader's
    own clock; ``weekday`` 0 (Monday) to 6 counts for a weekly digest; ``size`` papers in one digest;
    ``layout`` is empty for the operator's; ``queries`` in the language of :mod:`newsletter.topics.matching`.
    """

    topics: tuple[str, ...] = ()
    language: str = "en"
    time_zone: str = "UTC"
    hour: int = 8
    cadence: str = Cadence.DAILY.value
    weekday: int = 0
    size: int = 10
    queries: tuple[str, ...] = ()
    wants_updates: bool = False
    layout: str = ""
    groups_topics: bool = False

    def as_json(self) -> dict[str, Any]:
        """Only lists, texts and numbers."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "topics": list(self.topics),
            "queries": list(self.queries),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The reverse of :meth:`as_json`."""
        return cls(**stored | {"topics": tuple(stored["topics"]), "queries": tuple(stored["queries"])})
