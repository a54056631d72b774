"""How ``make run`` and ``make demo`` talk to a person and end."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from newsletter.errors import PaperpostError


def say(line: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)  # noqa: T201 - a program for a person


def run_program(main: Callable[[], int]) -> NoReturn:
    """Exit with the status of ``main``; with 1 and one line for a PaperpostError, with 130 for Ctrl-C."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        sys.exit(main())
    except PaperpostError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
