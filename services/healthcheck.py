"""``python -m services.healthcheck web`` (or ``beat``): exit status 0 if this container is well.

1 and one line on stderr if it is not, 2 for a service that there is not. It runs many times an hour, so it
loads nothing but the standard library.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

PORT = 8000  # where the image's web server listens
SECONDS = 10  # for an answer
ROOT = Path(__file__).resolve().parent.parent
# As operations.beat and operations.queues say, which load Celery.
TICK_FILE = "beat-tick"
SILENT_AFTER_TICKS = 5


def check_web() -> str:
    """What is wrong with the web server of this container; empty if it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready", timeout=SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        return f"/health/ready answers {error.code}: {error.read(500).decode('utf-8', 'replace')}"
    except OSError as error:
        return f"/health/ready does not answer: {error}"


def check_beat() -> str:
    """What is wrong with beat; empty if it has looked at its schedule within the last ticks."""
    file = Path(os.environ.get("VAR_DIR") or ROOT / "var") / TICK_FILE
    limit = SILENT_AFTER_TICKS * float(os.environ.get("TICK_SECONDS") or 60)
    try:
        age = time.time() - file.stat().st_mtime
    except OSError as error:
        return f"beat has left no sign of life at {file}: {error.strerror}."
    return f"beat is silent: its last sign of life is {age:.0f} seconds old." if age > limit else ""


CHECKS: dict[str, Callable[[], str]] = {"web": check_web, "beat": check_beat}


def main(arguments: list[str]) -> int:
    """Run the check that ``arguments`` name and return the exit status."""
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        sys.stderr.write(f"Name one of {', '.join(CHECKS)}.\n")
        return 2
    fault = CHECKS[arguments[0]]()
    if fault:
        sys.stderr.write(f"{fault}\n")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
