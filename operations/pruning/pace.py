"""How many rows are deleted at a time, and how long the others have the database to themselves after it.

Pure.
"""

TARGET = 0.15
"""Seconds that one transaction may take: SQLite has one writer, so everybody else waits for it."""
FEWEST, FIRST, MOST = 20, 200, 5000  # rows
_REST = 1.0  # of the time that a transaction took
_SHORTEST_REST = 0.01  # seconds


class Pace:
    """Learns from each transaction how large the next one may be."""

    def __init__(self) -> None:
        self.size = FIRST

    def rest_after(self, seconds: float) -> float:
        """A transaction took ``seconds``: how many seconds to wait before the next, which has ``size`` rows.

        One that was fast is followed by one of at most twice the size.
        """
        factor = min(max(TARGET / max(seconds, 1e-6), 0.1), 2.0)
        self.size = min(max(int(self.size * factor), FEWEST), MOST)
        return max(seconds * _REST, _SHORTEST_REST)
