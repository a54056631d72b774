"""What a look at a part of Paperpost found, as the doctor, the alarms and the desk share it. Pure."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How well a part is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: ``name`` ("queue send"), its state, what is so, and what to do if it is not ok."""

    name: str
    state: State
    sentence: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """The finding for ``--json``."""
        return {key: str(value) for key, value in asdict(self).items()}
