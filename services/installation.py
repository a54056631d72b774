"""``python -m services.installation requirements.lock``: installs locked packages and says how far it is.

Runs before anything is installed, so it needs nothing but Python and pip. pip installs uv, and uv the rest,
in a tenth of the time; where it cannot, pip does it all.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from services.progress import Progress

_LOCKED = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?==", re.MULTILINE)
_COLLECTING = re.compile(r"Collecting (?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)")
_KEPT = 40  # lines of the installer that are shown where it fails
_UV = re.compile(r"^uv==.*(?:\n[ \t]+--hash=.*)*", re.MULTILINE)
_UV_LOCK = Path(__file__).resolve().parent.parent / "requirements-dev.lock"
_PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off")
_INDEX = re.compile(r"^(?:global|install|site|user|:env:)\.index-url='(?P<address>[^']+)'", re.MULTILINE)
EVERY = 10  # packages; a line says how far it is


def install(lock: Path, *, progress: Progress, commands: Iterable[Sequence[str]] = ()) -> int:
    """Install what ``lock`` names, by the first of ``commands`` that can: uv or pip, if none is given.

    Returns the exit status of the last that was tried; says why it failed.
    """
    total = len(_LOCKED.findall(lock.read_text(encoding="utf-8")))
    status = 1
    for command in commands or (_by_uv(lock, progress), (*_PIP, "--require-hashes", "-r", str(lock))):
        if not command:
            continue
        with progress.step(f"Installing {total} packages of {lock.name} into .venv") as step:
            status, said = _run(command, total=total, say=progress.line)
            step.outcome = "failed" if status else f"{total} packages are there"
        if not status:
            return 0
        progress.line(said)
    return status


def _by_uv(lock: Path, progress: Progress) -> Sequence[str]:
    """How uv installs ``lock`` into this environment; empty if pip cannot install the locked uv."""
    locked = _UV.search(_UV_LOCK.read_text(encoding="utf-8"))
    if locked is None:
        return ()
    with tempfile.TemporaryDirectory() as folder:
        uv_alone = Path(folder) / "uv.lock"
        uv_alone.write_text(f"{locked[0]}\n", encoding="utf-8")
        pip = [*_PIP, "--no-deps", "--require-hashes", "-r", str(uv_alone)]
        with progress.step("Fetching uv, which installs the rest") as step:
            status, _ = _run(pip, total=1, say=lambda _: None)
            step.outcome = "not to be had: pip does it all" if status else "it is there"
    if status:
        return ()
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--no-config"]
    index = os.environ.get("PIP_INDEX_URL") or _index_of_pip()
    return [*uv, *(("--default-index", index) if index else ()), "--require-hashes", "-r", str(lock)]


def _index_of_pip() -> str:
    """The index that pip's settings name in place of its own, which uv does not read."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    asked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = _INDEX.search(asked.stdout)
    return found["address"] if found else ""


def _run(command: Sequence[str], *, total: int, say: Callable[[str], object]) -> tuple[int, str]:
    """Run an installer: its exit status, and the last that it said."""
    last: deque[str] = deque(maxlen=_KEPT)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        _follow(process.stdout, total=total, say=say, last=last)
    return process.returncode, "".join(last)


def _follow(lines: Iterable[str], *, total: int, say: Callable[[str], object], last: deque[str]) -> None:
    """Say something at every tenth package, when pip begins to unpack, and what uv fetches."""
    seen = 0
    for line in lines:
        last.append(line)
        if match := _COLLECTING.match(line.strip()):
            seen += 1
            if seen % EVERY == 1 or seen == total:
                say(f"      {seen} of {total}: {match['name']} {match['version']}")
        elif line.startswith("Installing collected packages"):
            say("      unpacking them")
        elif line.startswith("Downloading "):
            say(f"      {line.strip()}")


def main() -> int:
    """Install each lock file that is named."""
    progress = Progress(lambda text: print(text, flush=True))  # noqa: T201 - a program for a person
    return max((install(Path(name), progress=progress) for name in sys.argv[1:]), default=0)


if __name__ == "__main__":
    sys.exit(main())
