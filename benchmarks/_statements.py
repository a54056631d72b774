"""How many statements something takes."""

from collections.abc import Callable
from typing import Any


def statements_of(connection: Any, act: Callable[[], object]) -> int:
    """How many statements ``act`` sends over a connection of Django's."""
    count = 0

    def counting(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    with connection.execute_wrapper(counting):
        act()
    return count
