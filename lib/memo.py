"""Results remembered under a hash of their arguments: the arguments may be large and are not kept.

Pure: a result depends on the arguments alone.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Memo(Generic[P, R]):
    """A function whose last ``size`` results are remembered; the least recently used is dropped first.

    The ``repr`` of each argument must say everything about it, as that of values and frozen dataclasses does.
    """

    def __init__(self, function: Callable[P, R], size: int) -> None:
        wraps(function)(self)
        self._function = function
        self._size = size
        self._results: OrderedDict[bytes, R] = OrderedDict()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The result for these arguments, remembered or computed now. Raises what the function raises."""
        key = blake2b(repr((args, sorted(kwargs.items()))).encode(), digest_size=16).digest()
        try:
            self._results.move_to_end(key)
        except KeyError:
            self._results[key] = result = self._function(*args, **kwargs)
            if len(self._results) > self._size:
                self._results.popitem(last=False)
            return result
        return self._results[key]

    def cache_clear(self) -> None:
        """Forget all results."""
        self._results.clear()


def memo(size: int) -> Callable[[Callable[P, R]], Memo[P, R]]:
    """Decorator: remember the last ``size`` results of a function, by the content of its arguments."""

    def decorate(function: Callable[P, Any]) -> Memo[P, Any]:
        return Memo(function, size)

    return decorate
