"""Many checks side by side: each in a thread of its own, none able to stop the others or to take too long."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from django.db import connections

from lib.masking import mask_passwords
from operations.findings import Finding, failed

WHOLE = 15.0  # seconds for all checks together


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. ``look`` returns what was found: one finding, or one for each of its parts."""

    name: str
    look: Callable[[], Finding | list[Finding]]

    def findings(self) -> list[Finding]:
        """What ``look`` found; if it raises, that it did. Never raises."""
        try:
            found = self.look()
        except Exception as error:  # noqa: BLE001 - one broken check must not hide what the others find
            reason = mask_passwords(" ".join(str(error).split()))[:300]
            sentence = f"It could not be looked at: {type(error).__name__}: {reason}"
            return [failed(self.name, sentence, "Mend what the error names.")]
        return found if isinstance(found, list) else [found]


def examine(checks: Iterable[Check], *, seconds: float = WHOLE) -> Iterator[tuple[Check, list[Finding]]]:
    """Each check with what it found, as they end. What has not ended after ``seconds`` is a failed finding.

    The threads are daemons: one that waits for a machine that never answers does not keep the process.
    """
    waiting = {check.name: check for check in checks}
    done: SimpleQueue[tuple[str, list[Finding]]] = SimpleQueue()
    deadline = time.monotonic() + seconds
    for check in waiting.values():
        threading.Thread(target=_look, args=(check, done), name=f"check {check.name}", daemon=True).start()
    while waiting:
        try:
            name, findings = done.get(timeout=max(deadline - time.monotonic(), 0.001))
        except Empty:
            break
        yield waiting.pop(name), findings
    for check in waiting.values():
        sentence = f"It did not end within {seconds:g} seconds."
        yield (
            check,
            [failed(check.name, sentence, "What it asks does not answer: see whether it is reached.")],
        )


def _look(check: Check, done: "SimpleQueue[tuple[str, list[Finding]]]") -> None:
    try:
        findings = check.findings()
    finally:
        connections.close_all()  # those of this thread
    done.put((check.name, findings))
