"""How often one source may be asked, and how its failures are waited out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """How often a source may be asked, and when to give up. All times in seconds.

    ``interval`` from the end of one request to the start of the next; ``base`` and ``cap`` of the back-off;
    ``patience`` is the longest that a caller waits for the locks; the circuit opens for ``open_for`` after
    ``opens_after`` failed requests in a row.
    """

    interval: float = 3.0
    attempts: int = 5
    base: float = 3.0
    cap: float = 120.0
    patience: float = 900.0
    opens_after: int = 8
    open_for: float = 900.0
    redirects: int = 5
