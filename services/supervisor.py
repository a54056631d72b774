"""Starts the services of the ``Procfile`` on one machine, watches them, and stops them all together."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from lib.private_files import set_private_umask
from newsletter.errors import PaperpostError
from services.logs import rotate

ROOT = Path(__file__).resolve().parent.parent
PROCFILE = ROOT / "Procfile"
STOPPING_SECONDS = 15  # from SIGTERM to SIGKILL
STOPPED_LAST = ("catcher",)  # what the others use while they finish
SHORTEST_RUN = 10.0  # seconds; a service that ends sooner is not started again


class ServiceError(PaperpostError):
    """A service did not start, or ended by itself."""


def free_port(preferred: int = 0) -> int:
    """``preferred`` if nothing listens there, else any free loopback port. Raises ServiceError."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # As gunicorn does: a port with connections in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServiceError("No free port on 127.0.0.1.")


def chosen_port(text: str, *, otherwise: int = 8000) -> int:
    """The port that ``PORT=text`` asks for; ``otherwise`` or any free one where nothing is asked for.

    Raises ServiceError for what is no port, or is in use.
    """
    return certain_port(text) if text else free_port(otherwise)


def certain_port(text: str) -> int:
    """The port that ``PORT=text`` asks for, and no other: proxies, links and bookmarks lead there.

    Raises ServiceError for what is no port, or is in use.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ServiceError(f"PORT={text} is no port: write a number from 1 to 65535.")
    if free_port(int(text)) != int(text):
        raise ServiceError(
            f"PORT={text} cannot be used: something else listens there, or it needs root. Choose another, "
            "such as PORT=9000."
        )
    return int(text)


def procfile_commands(file: Path = PROCFILE) -> dict[str, list[str]]:
    """The ``Procfile``'s services: name → command line."""
    lines = (line.partition(":") for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name.strip(): shlex.split(command) for name, _, command in lines}


def in_this_python(command: list[str]) -> list[str]:
    """``command`` with its program from the virtual environment of this process, if it is there."""
    program = Path(sys.executable).parent / command[0]
    return [str(program), *command[1:]] if program.exists() else command


@dataclass
class Service:
    """One running process, how it was started, and the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    command: list[str]
    environment: Mapping[str, str]
    started: float  # by the monotonic clock

    def last_output(self, lines: int = 15) -> str:
        """The last ``lines`` lines that it printed."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Supervisor:
    """Runs services while its context is open. The output of each goes to ``logs/<name>.log``.

    At the end each has ``patience``, in seconds, to finish what it does; a second SIGINT or SIGTERM ends it.
    """

    def __init__(
        self, *, logs: Path, environment: Mapping[str, str], patience: float = STOPPING_SECONDS
    ) -> None:
        set_private_umask()
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self.environment = {**os.environ, **environment}
        self.services: dict[str, Service] = {}
        self._patience = patience
        self._stop = threading.Event()
        self._hurry = threading.Event()

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._signalled())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        services = list(reversed(self.services.values()))
        self._end([service for service in services if service.name not in STOPPED_LAST])
        self._end([service for service in services if service.name in STOPPED_LAST])

    def _signalled(self) -> None:
        """The first signal ends the watch, the next one the waiting for services that finish."""
        (self._hurry if self._stop.is_set() else self._stop).set()

    def _end(self, services: list[Service]) -> None:
        for service in services:
            service.process.terminate()
        deadline = time.monotonic() + self._patience
        while any(service.process.poll() is None for service in services):
            if time.monotonic() > deadline or self._hurry.wait(0.1):
                break
        for service in services:
            if service.process.poll() is None:
                service.process.kill()
            service.process.wait()

    def start(self, name: str, command: list[str], **environment: str) -> Service:
        """Start one service, in a session of its own: Ctrl-C reaches this process, which stops all."""
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                in_this_python(command),
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = time.monotonic()
        self.services[name] = Service(name, process, log, command, environment, started)
        return self.services[name]

    def manage(self, *arguments: str) -> str:
        """Run one ``manage.py`` command and return what it printed. Raises ServiceError if it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            output = (done.stderr or done.stdout).strip()
            raise ServiceError(
                f"manage.py {' '.join(arguments)} ended with status {done.returncode}: {output}"
            )
        return done.stdout.strip()

    def check(self) -> None:
        """Raise ServiceError if a service has ended by itself."""
        for service in self.services.values():
            status = service.process.poll()
            if status is not None:
                raise ServiceError(
                    f"The {service.name} service ended with status {status}; the end of {service.log}:\n"
                    f"{service.last_output()}"
                )

    def await_that(self, holds: Callable[[], bool], *, what: str, seconds: float = 60) -> None:
        """Return when ``holds()``. Raises ServiceError if a service ends or after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not holds():
            self.check()
            if time.monotonic() > deadline:
                raise ServiceError(f"Waited {seconds:.0f} s until {what}, in vain. See {self._logs}.")
            if self._stop.wait(0.2):
                raise KeyboardInterrupt

    def await_port(self, port: int, *, what: str) -> None:
        """Return when something listens on loopback ``port``."""
        self.await_that(lambda: _listens(port), what=what)

    def watch(self, *, report: Callable[[str], object] = lambda _: None) -> None:
        """Return at SIGINT or SIGTERM. A service that ends before is started again and ``report`` called.

        Raises ServiceError for one that ends within :data:`SHORTEST_RUN`: it would do so again and again.
        """
        while not self._stop.wait(1):
            for service in list(self.services.values()):
                rotate(service.log)
                if service.process.poll() is None:
                    continue
                if time.monotonic() - service.started < SHORTEST_RUN:
                    self.check()
                status = service.process.returncode
                report(f"The {service.name} service ended with status {status}; it is started again.")
                self.start(service.name, service.command, **service.environment)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
