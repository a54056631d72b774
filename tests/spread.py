"""How the suite is spread over processes by pytest-xdist: whole modules, the longest first.

A module's tests share fixtures, so they stay together; so do those of a folder that share a demo or a site.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/end_to_end", "tests/server")
APART = ("tests/chaos",)  # each test starts all of its own
# What takes longest begins first, so that no process is left with it alone at the end.
LONGEST = ("tests/chaos", "tests/end_to_end", "tests/server", "tests/services", "tests/test_expressions")


class ModuleScheduling(LoadScopeScheduling):
    """Hands out what :func:`unit_of` says belongs together."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """What runs in one process, one test after the other."""
    module = nodeid.partition("::")[0]
    if module.startswith(APART):
        return nodeid
    return next((folder for folder in TOGETHER if module.startswith(f"{folder}/")), module)


def sort_items(items: list[pytest.Item]) -> None:
    """In place: modules that leave all tables empty come after those that need what migrations put there."""
    emptying = {unit_of(item.nodeid) for item in items if _empties_tables(item)}
    items.sort(key=lambda item: (unit_of(item.nodeid) in emptying, _place(item.nodeid)))


def _empties_tables(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    is_marked = marker is not None and bool(marker.kwargs.get("transaction"))
    return is_marked or bool({"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ())))


def _place(nodeid: str) -> int:
    return next((place for place, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))
