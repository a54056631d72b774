"""A dictionary that computes what it is asked for.

Pure.
"""

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LazyDict(dict[K, V]):
    """Computes a value when its key is first looked up; after that a look-up costs what a ``dict``'s costs.

    ``compute`` gets the key. What it raises is raised by the look-up, and nothing is stored. As with any
    ``dict`` that has ``__missing__``, ``get`` and ``in`` compute nothing.
    """

    __slots__ = ("_compute",)

    def __init__(self, compute: Callable[[K], V]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: K) -> V:
        self[key] = value = self._compute(key)
        return value
