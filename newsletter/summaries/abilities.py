"""What models at endpoints understand: found out once, by their refusals, and remembered in a file."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Form = Literal["schema", "tool", "json", "plain"]
FORMS: tuple[Form, ...] = ("schema", "tool", "json", "plain")

KEPT = timedelta(days=30)  # then an endpoint is met anew: it may have learned since


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one model at one endpoint understands; ``proven`` once an answer came back this way."""

    form: Form = "schema"
    api: Literal["chat", "responses"] = "chat"
    limit_name: Literal["max_tokens", "max_completion_tokens", ""] = "max_tokens"
    temperature: bool = True
    system: bool = True
    proven: bool = False


_ALLOWED: Mapping[str, tuple[object, ...]] = {
    "form": FORMS,
    "api": ("chat", "responses"),
    "limit_name": ("max_tokens", "max_completion_tokens", ""),
    "temperature": (True, False),
    "system": (True, False),
}

Key = tuple[str, str]  # the endpoint's address and the model's name


@dataclass(slots=True)
class Memory:
    """What was learned, by endpoint and model; for the process alone, or for all that share the file at
    ``path``. Thread-safe.
    """

    known: dict[Key, Abilities] = field(default_factory=dict)
    path: Path | None = None
    _locks: dict[Key, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def lock(self, key: Key) -> threading.Lock:
        """Held by whoever is finding out about a model."""
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def learn(self, key: Key, abilities: Abilities) -> None:
        """Remember what an answer has proven. A file that cannot be written is done without."""
        found = replace(abilities, proven=True)
        if self.known.get(key) == found:
            return
        with self._guard:
            self.known[key] = found
            if self.path is not None:
                with suppress(OSError):
                    _write(self.path, key, found, now=datetime.now(UTC))


@lru_cache(maxsize=8)
def memory_at(path: Path) -> Memory:
    """The memory in a file, the same for all of a process. What is old, broken or unknown is forgotten."""
    now = datetime.now(UTC)
    return Memory(
        known={key: found for key, (found, since) in _read(path).items() if now - since < KEPT}, path=path
    )


def _read(path: Path) -> dict[Key, tuple[Abilities, datetime]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    found: dict[Key, tuple[Abilities, datetime]] = {}
    for row in rows if isinstance(rows, list) else ():
        with suppress(KeyError, TypeError, ValueError):
            values: dict[str, Any] = {name: row[name] for name in _ALLOWED}
            if all(values[name] in allowed for name, allowed in _ALLOWED.items()):
                since = datetime.fromisoformat(row["since"])
                found[str(row["endpoint"]), str(row["model"])] = Abilities(**values, proven=True), since
    return found


def _write(path: Path, key: Key, abilities: Abilities, *, now: datetime) -> None:
    """Beside what other processes have written, at one stroke."""
    there = _read(path)
    there[key] = abilities, now
    rows = [
        {"endpoint": endpoint, "model": model, **asdict(found), "since": since.isoformat()}
        for (endpoint, model), (found, since) in sorted(there.items(), key=lambda item: item[0])
    ]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    fresh.replace(path)
