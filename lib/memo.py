"""Results kept under a hash of all they were made of: what goes in may be large and is not kept with them."""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Kept(Generic[P, R]):
    """A function whose last ``size`` results are kept, the least used going first.

    Arguments must have a ``repr`` that says everything about them, as values and frozen dataclasses have.
    """

    def __init__(self, function: Callable[P, R], size: int) -> None:
        wraps(function)(self)
        self._function = function
        self._size = size
        self._results: OrderedDict[bytes, R] = OrderedDict()

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        key = blake2b(repr((arguments, sorted(named.items()))).encode(), digest_size=16).digest()
        try:
            self._results.move_to_end(key)
        except KeyError:
            self._results[key] = found = self._function(*arguments, **named)
            if len(self._results) > self._size:
                self._results.popitem(last=False)
            return found
        return self._results[key]

    def cache_clear(self) -> None:
        """Forget all results."""
        self._results.clear()


def kept(size: int) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """Keep the last ``size`` results of a function, by content."""

    def keep(function: Callable[P, Any]) -> Kept[P, Any]:
        return Kept(function, size)

    return keep
