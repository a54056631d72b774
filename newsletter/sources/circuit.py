"""The circuit breaker of a gate: after several failures in a row nobody asks the source for a while."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newsletter.sources.stores import Store

_KEY = "circuit"
_REMEMBERED_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class CircuitState:
    """Failures in a row, the last one's sentence, and until when the circuit is open, if it is."""

    failures: int = 0
    last_error: str = ""
    open_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Circuit:
    """The failures in a row that all processes share in ``store``.

    It opens for ``open_for`` seconds at ``opens_after`` failures. Once that time is over one request may try;
    if it fails, the circuit opens again at once.
    """

    store: Store
    opens_after: int
    open_for: float

    def state(self, now: datetime) -> CircuitState:
        """The shared state at ``now``. Raises what the store raises."""
        stored = self._stored()
        until = float(stored.get("until", 0))
        # What lies further ahead is from before the clock was set back; the second is for rounding.
        is_open = 0 < until - now.timestamp() < self.open_for + 1
        return CircuitState(
            failures=int(stored.get("failures", 0)),
            last_error=str(stored.get("error", "")),
            open_until=datetime.fromtimestamp(until, tz=UTC) if is_open else None,
        )

    def close(self) -> None:
        """Forget all failures: a request succeeded."""
        self.store.drop(_KEY)

    def count_failure(self, error: str, *, now: datetime) -> CircuitState:
        """Count one more failure in a row with the sentence ``error``, and return the state after it."""
        failures = int(self._stored().get("failures", 0)) + 1
        until = now.timestamp() + self.open_for if failures >= self.opens_after else 0.0
        stored = {"failures": failures, "error": error, "until": until}
        self.store.put(_KEY, json.dumps(stored).encode(), seconds=_REMEMBERED_SECONDS)
        return CircuitState(failures, error, datetime.fromtimestamp(until, tz=UTC) if until else None)

    def _stored(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.store.get(_KEY) or b"{}")
        except ValueError:
            return {}
        return stored if isinstance(stored, dict) else {}
