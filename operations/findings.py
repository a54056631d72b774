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


def ok(name: str, sentence: str) -> Finding:
    """A part that is well."""
    return Finding(name, State.OK, sentence)


def warning(name: str, sentence: str, remedy: str) -> Finding:
    """A part that works and will not for long, or works worse than it could."""
    return Finding(name, State.WARNING, sentence, remedy)


def failed(name: str, sentence: str, remedy: str) -> Finding:
    """A part that does not do its work."""
    return Finding(name, State.FAILED, sentence, remedy)
