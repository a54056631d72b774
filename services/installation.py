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
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from services.progress import Progress

_LOCKED = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?==", re.MULTILINE)
_COLLECTING = re.compile(r"Collecting (?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)")
_KEPT = 40  # lines of the installer that are shown where it fails
_UV = re.compile(r"^uv==.*(?:\n[ \t]+--hash=.*)*", re.MULTILINE)
_UV_LOCK = Path(__file__).resolve().parent.parent / "requirements-dev.lock"
_PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off")
_SETTING = re.compile(r"^(?P<section>global|install|:env:)\.(?P<name>[\w-]+)='(?P<value>.*)'$", re.MULTILINE)
_SECTIONS = ("global", "install", ":env:")  # a later one goes before an earlier one
# What pip may be told of where packages are, and the variable that tells it to uv, which reads no settings of
# pip: an address may hold a password, and everybody sees a command line.
_FOR_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
EVERY = 10  # packages; a line says how far it is


class Installer(NamedTuple):
    """A command, and what it finds in its environment besides."""

    command: Sequence[str]
    environment: Mapping[str, str] = {}


def install(lock: Path, *, progress: Progress, installers: Iterable[Installer] = ()) -> int:
    """Install what ``lock`` names, by the first of ``installers`` that can: uv, then pip, if none is given.

    Returns the exit status of the last that was tried; says why it failed.
    """
    total = len(_LOCKED.findall(lock.read_text(encoding="utf-8")))
    status = 1
    for installer in installers or (*_uv(lock, progress), _pip(lock)):
        with progress.step(f"Installing {total} packages of {lock.name} into .venv") as step:
            status, said = _run(installer, total=total, say=progress.line)
            step.outcome = "failed" if status else f"{total} packages are there"
        if not status:
            return 0
        progress.line(said)
    return status


def _pip(lock: Path, *more: str) -> Installer:
    return Installer([*_PIP, *more, "--require-hashes", "-r", str(lock)])


def _uv(lock: Path, progress: Progress) -> list[Installer]:
    """uv for ``lock``, into this environment; nothing where pip may ask no index, or cannot install uv."""
    settings = pips_settings(_said_by_pip("config", "list"))
    locked = locked_uv(_UV_LOCK)
    if not locked or settings.get("no-index") in ("1", "true", "yes", "on"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        uv_alone = Path(folder) / "uv.lock"
        uv_alone.write_text(f"{locked}\n", encoding="utf-8")
        with progress.step("Fetching uv, which installs the rest") as step:
            status, _ = _run(_pip(uv_alone, "--no-deps"), total=1, say=lambda _: None)
            step.outcome = "not to be had: pip does it all" if status else "it is there"
    command = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--no-config"]
    environment = {_FOR_UV[name]: value for name, value in settings.items() if name in _FOR_UV}
    return [] if status else [Installer([*command, "--require-hashes", "-r", str(lock)], environment)]


def locked_uv(lock: Path) -> str:
    """The lines of ``lock`` that name uv, with its hashes; empty if there are none."""
    try:
        found = _UV.search(lock.read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[0] if found else ""


def pips_settings(listed: str) -> dict[str, str]:
    """What ``pip config list`` printed, as pip goes by it when it installs: name → value."""
    found = sorted(_SETTING.finditer(listed), key=lambda setting: _SECTIONS.index(setting["section"]))
    return {setting["name"]: setting["value"] for setting in found}


def _said_by_pip(*words: str) -> str:
    command = [sys.executable, "-m", "pip", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout


def _run(installer: Installer, *, total: int, say: Callable[[str], object]) -> tuple[int, str]:
    """Run an installer: its exit status, and the last that it said."""
    last: deque[str] = deque(maxlen=_KEPT)
    with subprocess.Popen(
        installer.command,
        env=os.environ | installer.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
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
