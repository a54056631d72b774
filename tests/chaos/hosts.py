"""Three worker hosts, one of them cut off from everything while it sends.

Each host is a worker with settings, files and cables of its own: to the broker, the database and the mail
server. Where the machine lets us (root, ``ip``), each stands in a network namespace of its own besides, and
has no way to the services but its cables. Cutting a host's cables loses no packet and breaks no connection:
nothing answers any more, as when a switch fails.

``python -m tests.chaos.hosts`` prints one JSON object, as :mod:`tests.chaos.field` does.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.chaos.field import LEASE_SECONDS, Field, Plan, Process
from tests.smtp_sink import read_log

HOSTS = 3
SEND_RATE = 60  # messages a second over all hosts: none of them takes the whole day at once
TARGET = str | tuple[str, int]  # a socket's path, or a host and a port


class Cable:
    """Carries bytes between a port of ``address`` and ``target`` until it is cut; mended, it goes on."""

    def __init__(self, address: str, target: TARGET) -> None:
        self.target = target
        self.whole = threading.Event()
        self.whole.set()
        self.door = socket.create_server((address, 0))
        self.address = self.door.getsockname()
        threading.Thread(target=self._open, daemon=True).start()

    def cut(self) -> None:
        self.whole.clear()

    def mend(self) -> None:
        self.whole.set()

    def close(self) -> None:
        self.door.close()

    def _open(self) -> None:
        while True:
            try:
                here, _ = self.door.accept()
            except OSError:
                return
            self.whole.wait()
            there = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
            try:
                there.connect(self.target)
            except OSError:
                here.close()
                continue
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self.whole.wait()
                other.sendall(data)
        self.whole.wait()
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Host:
    """One worker with all that is its own. ``senders`` is how many messages it can have on their way."""

    senders = 1

    def __init__(self, number: int, field: "Hosts") -> None:
        self.name = f"host{number}"
        self.folder = field.folder / self.name
        self.marks = self.folder / "marks"
        address, prefix = field.address_of(number)
        targets = field.targets()
        self.cables = {name: Cable(address, target) for name, target in targets.items()}
        places = {name: "{}:{}".format(*cable.address) for name, cable in self.cables.items()}
        database = urlsplit(os.environ["DATABASE_URL"])
        self.process = Process(
            [
                *(*prefix, sys.executable, "-m", "celery", "-A", "config", "worker", "--queues=send"),
                *(f"--concurrency={self.senders}", f"--hostname={self.name}@chaos"),
                *("--without-gossip", "--without-mingle"),
            ],
            field.folder / f"{self.name}.log",
            environment={
                "VAR_DIR": str(self.folder),
                "REDIS_URL": f"redis://{places['broker']}/0",
                "EMAIL_URL": f"smtp://{places['mail']}",
                "DATABASE_URL": f"postgresql://{database.username}:@{places['database']}{database.path}",
                "SEND_RATE": str(SEND_RATE),
            },
        )

    def is_sending(self) -> bool:
        """Whether it has marked some messages of a batch and not yet the last."""
        return any(path.read_bytes().count(b"\n") > 3 for path in self.marks.glob("*") if path.exists())

    def has_ended(self) -> bool:
        return not any(self.marks.glob("*"))

    def cut(self) -> None:
        for cable in self.cables.values():
            cable.cut()

    def mend(self) -> None:
        for cable in self.cables.values():
            cable.mend()


class Hosts(Field):
    """The field with three hosts, and a hand that only cuts and mends."""

    def set_up(self) -> None:
        super().set_up()
        self.in_namespaces = self._make_namespaces()
        self.hosts = [Host(number, self) for number in range(HOSTS)]
        for host in self.hosts:
            self.stack.callback(host.process.stop)

    def targets(self) -> dict[str, TARGET]:
        folder = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["host"][0]
        mail = urlsplit(os.environ["EMAIL_URL"])
        return {
            "broker": ("127.0.0.1", self.broker.port),
            "mail": ("127.0.0.1", int(mail.port or 0)),
            "database": str(next(Path(folder).glob(".s.PGSQL.*[0-9]"))),
        }

    def address_of(self, number: int) -> tuple[str, list[str]]:
        """Where the host's cables begin, and what its command begins with."""
        if not self.in_namespaces:
            return "127.0.0.1", []
        return f"10.213.{number}.1", ["ip", "netns", "exec", self._namespace(number)]

    def _namespace(self, number: int) -> str:
        return f"pp{os.getpid()}-{number}"

    def _make_namespaces(self) -> bool:
        """One namespace a host, joined to this one by a pair of devices; False where that is not allowed."""
        if os.getuid() != 0 or shutil.which("ip") is None:
            return False
        for number in range(HOSTS):
            name, device = self._namespace(number), f"pp{os.getpid()}v{number}"[-15:]
            self.stack.callback(_run, "ip", "netns", "delete", name)
            commands = (
                f"ip netns add {name}",
                f"ip link add {device} type veth peer name eth0 netns {name}",
                f"ip address add 10.213.{number}.1/30 dev {device}",
                f"ip link set {device} up",
                f"ip -n {name} address add 10.213.{number}.2/30 dev eth0",
                f"ip -n {name} link set eth0 up",
                f"ip -n {name} link set lo up",
            )
            if not all(_run(*command.split()) for command in commands):
                return False
        return True

    def run(self) -> None:
        for process in (self.mail, self.beats[0], *(host.process for host in self.hosts)):
            process.start()
        cut: Host | None = None
        until = time.monotonic() + self.plan.limit
        while cut is None or self.is_open(self.counts()):
            if time.monotonic() > until:
                raise SystemExit(f"hosts: rows are still open: {dict(self.counts())}; see {self.folder}")
            if cut is None and all(host.marks.is_dir() for host in self.hosts):  # all have sent something
                cut = next((host for host in self.hosts if host.is_sending()), None)
                if cut is not None:
                    cut.cut()
                    self.done["cut off at"] = len(read_log(self.log))
                    self.kills += cut.senders
            self._let_time_pass()
            time.sleep(0.02)
        self.done["over without it"] = len(read_log(self.log))
        cut.mend()
        while not cut.has_ended() and time.monotonic() < until:
            time.sleep(0.05)  # it finds that its lease is gone
        self.done["came back"] = int(cut.has_ended())

    def reckon(self) -> dict[str, Any]:
        return super().reckon() | {"namespaces": self.in_namespaces, "hosts": HOSTS}


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> None:
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    plan = Plan(readers, 0, database="postgres", workers=0, limit=30.0 * LEASE_SECONDS, pause=0.01, storm={})
    folder = Path(tempfile.mkdtemp(prefix="paperpost-hosts-"))
    with ExitStack() as stack:
        field = Hosts(plan, folder, stack)
        field.set_up()
        field.write_a_day()
        field.run()
        found = field.reckon()
    shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
