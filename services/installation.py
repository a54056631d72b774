"""``python -m services.installation requirements.lock``: installs locked packages and says how far it is.

Runs before anything is installed, so it needs nothing but Python and pip.
"""

import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from services.progress import Progress

_LOCKED = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?==", re.MULTILINE)
_COLLECTING = re.compile(r"Collecting (?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)")
_KEPT = 40  # lines of pip that are shown where it fails
EVERY = 10  # packages; a line says how far it is


def install(lock: Path, *, progress: Progress, command: Iterable[str] | None = None) -> int:
    """Install what ``lock`` names, by pip or ``command``. Returns its exit status; says why it failed."""
    total = len(_LOCKED.findall(lock.read_text(encoding="utf-8")))
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off"]
    arguments = list(command or [*pip, "--require-hashes", "-r", str(lock)])
    last: deque[str] = deque(maxlen=_KEPT)
    with progress.step(f"Installing {total} packages of {lock.name} into .venv") as step:
        with subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            _follow(process.stdout, total=total, say=progress.line, last=last)
        step.outcome = "failed" if process.returncode else f"{total} packages are there"
    if process.returncode:
        progress.line("".join(last))
    return process.returncode


def _follow(lines: Iterable[str], *, total: int, say: Callable[[str], object], last: deque[str]) -> None:
    """Say something at every tenth package, and when pip begins to unpack."""
    seen = 0
    for line in lines:
        last.append(line)
        if match := _COLLECTING.match(line.strip()):
            seen += 1
            if seen % EVERY == 1 or seen == total:
                say(f"      {seen} of {total}: {match['name']} {match['version']}")
        elif line.startswith("Installing collected packages"):
            say("      unpacking them")


def main() -> int:
    """Install each lock file that is named."""
    progress = Progress(lambda text: print(text, flush=True))  # noqa: T201 - a program for a person
    return max((install(Path(name), progress=progress) for name in sys.argv[1:]), default=0)


if __name__ == "__main__":
    sys.exit(main())
