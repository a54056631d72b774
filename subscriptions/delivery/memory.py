"""Python's search for cyclic garbage, kept out of the middle of a batch.

A sender holds hundreds of thousands of long-lived objects (cards, templates, classes) and makes thousands
of short-lived ones a batch, hardly any of them in cycles. Left alone, the collector walks through all of the
former because of the latter: a third of a sender's time (measured).
"""

import gc
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FULL_EVERY = 40  # batches, over all runs of a process: a full search takes as long as half a batch
_batches = itertools.count(1)


@contextmanager
def garbage_collected_between_batches() -> Iterator[Callable[[], None]]:
    """No collection inside the context but when the yielded function is called.

    That looks at what was made since the last time, and now and then at everything. The collector is as
    before at the end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield _collect
    finally:
        if was_enabled:
            gc.enable()


def _collect() -> None:
    gc.collect(2 if next(_batches) % FULL_EVERY == 0 else 1)
