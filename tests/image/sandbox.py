"""A container without Docker: bubblewrap makes a root of its own for the program, as a builder would.

``python -m tests.image.sandbox`` looks for it, and installs it where we are root on a Debian. Without it, or
where the kernel refuses, the tests that need it are skipped, which CI counts as a failure.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PYTHON = Path(sys.base_prefix)
INSIDE = Path(__file__).with_name("inside.py")
DEBIAN = {
    "bwrap": "bubblewrap",
    "caddy": "caddy",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "setpriv": "util-linux",
    "systemd-analyze": "systemd",
}
UID = 10001


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def why_not() -> str:
    """Why nothing can be sandboxed here; empty if it can."""
    if find("bwrap") is None:
        return "there is no bubblewrap"
    done = subprocess.run([*_bwrap(user=UID), "true"], capture_output=True, text=True, check=False)
    return done.stderr.strip() or "bubblewrap fails" if done.returncode else ""


def _is_root() -> bool:
    return os.geteuid() == 0


def _bwrap(*, user: int, binds: Iterable[tuple[str, Path, str]] = ()) -> list[str]:
    """The beginning of a command line that runs the rest in a root of its own: no network but its own
    loopback, no processes but its own, and to write in only what ``binds`` say (kind, outside, inside).
    """
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent"]
    if not _is_root():
        # Whoever runs the tests is this user inside; there is no other.
        command += ["--unshare-user", "--uid", str(UID), "--gid", str(UID)]
    command += _system()
    for kind, outside, inside in binds:
        command += [kind, str(outside), inside]
    command += ["--remount-ro", "/", "--clearenv", "--"]
    if _is_root() and user:
        become = [f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all"]
        command += ["setpriv", *become, "--no-new-privs"]
    return command


def _system() -> list[str]:
    """This machine's programs and libraries, read-only, and this Python."""
    options = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    for name in ("bin", "lib", "lib64", "sbin"):
        place = Path("/") / name
        if place.is_symlink():
            options += ["--symlink", str(place.readlink()), str(place)]
        elif place.exists():
            options += ["--ro-bind", str(place), str(place)]
    for folder in ("/tmp", "/dev/shm"):
        options += ["--perms", "1777", "--tmpfs", folder]
    parents = [] if PYTHON.is_relative_to("/usr") else list(reversed(PYTHON.parents[:-1]))
    for folder in ("/etc", "/opt", *map(str, parents)):
        options += ["--perms", "0755", "--dir", folder]
    for name in ("ld.so.cache", "ssl", "alternatives"):
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return [*options, "--ro-bind", str(PYTHON), str(PYTHON)] if parents else options


def run(
    shell: str, *, environment: Mapping[str, str], binds: Iterable[tuple[str, Path, str]], folder: str
) -> None:
    """Run a line of a RUN instruction, as root where we are root."""
    words = ["env", "-i", *(f"{name}={value}" for name, value in environment.items())]
    done = subprocess.run(
        [*_bwrap(user=0, binds=binds), *words, "sh", "-c", f"cd {folder} && {shell}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"RUN {shell}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"


class Container:
    """A sandbox that runs until the context ends, and does what it is told by :mod:`tests.image.inside`.

    ``binds`` as of bubblewrap: ("--ro-bind", outside, inside).
    """

    def __init__(self, *, binds: Iterable[tuple[str, Path, str]], python: str) -> None:
        places = [*binds, ("--ro-bind", INSIDE, "/opt/inside.py")]
        self._command = [*_bwrap(user=UID, binds=places), python, "-u", "/opt/inside.py"]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def ask(self, act: str, **arguments: Any) -> Any:
        """The answer of one function of :mod:`tests.image.inside`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([act, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the container has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)
        assert self._process.stdout
        self._process.stdout.close()


def main() -> None:
    """Install what is missing."""
    missing = [package for program, package in DEBIAN.items() if find(program) is None]
    if missing and find("apt-get") and _is_root():
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        sys.stderr.write(f"Installing {', '.join(missing)} for the tests of the image …\n")
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *command], env=quiet, capture_output=True, timeout=600, check=False)
    for program, package in DEBIAN.items():
        if find(program) is None:
            sys.stderr.write(f"NO {program.upper()}: tests that need it are skipped. Install {package}.\n")
    if reason := why_not():
        sys.stderr.write(f"NO SANDBOX: {reason}. The tests of the image will be skipped.\n")


if __name__ == "__main__":
    main()
