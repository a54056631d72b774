"""Says what a long piece of work is doing: when a step begins, when it ends, and now and then between.

Needs nothing but Python, because it also speaks while packages are being installed.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PATIENCE = 4.0  # seconds without a line, at most


class Progress:
    """Prints by ``say``, a line at a time. From any thread."""

    def __init__(self, say: Callable[[str], object], *, patience: float = PATIENCE) -> None:
        self._say = say
        self._patience = patience
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._began = self._last

    @property
    def seconds(self) -> float:
        """Since this began."""
        return time.monotonic() - self._began

    def line(self, text: str) -> None:
        """One line, at once."""
        with self._lock:
            self._last = time.monotonic()
            self._say(text)

    @contextmanager
    def step(self, doing: str) -> Iterator["Step"]:
        """One step. It takes what stands in the lines between, and in the one at its end."""
        step, began, is_over = Step(), time.monotonic(), threading.Event()
        self.line(f"  {doing} …")
        ticker = threading.Thread(
            target=self._tick, args=(step, began, is_over), name="progress", daemon=True
        )
        ticker.start()
        try:
            yield step
        finally:
            is_over.set()
            ticker.join()
        self.line(f"      {step.outcome} ({time.monotonic() - began:.1f} s)")

    def _tick(self, step: "Step", began: float, is_over: threading.Event) -> None:
        while not is_over.wait(self._patience / 4):
            with self._lock:
                now = time.monotonic()
                if now - self._last >= self._patience:
                    self._last = now
                    self._say(f"      {step.reached}, {now - began:.0f} s")


@dataclass(slots=True)
class Step:
    """What is to be said of a step: how far it is ``reached``, and its ``outcome``."""

    reached: str = "still at it"
    outcome: str = "done"
