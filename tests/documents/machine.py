"""A machine on which the documents' commands are run as they stand: a folder, and no program but what it has.

The absolute paths that documents name lie below the folder. What would change this machine, or needs another
one, is a stand-in (``stand_in.py``) that notes its call; ``manage.py`` is run by an installation that is up
meanwhile (``installation.py``).
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.run import write_first_env
from tests.documents.fences import ROOT

REAL = (
    *("basename", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "find", "grep", "head", "id", "ln"),
    *("mkdir", "mv", "od", "openssl", "rm", "sed", "sh", "sort", "tail", "test", "tr"),
)
STAND_INS = (
    *("adduser", "apt-get", "certbot", "chown", "docker", "git", "install", "make", "nginx"),
    *("opentelemetry-instrument", "sleep", "sudo", "systemctl"),
)
FOLDERS = (
    *("opt/paperpost", "etc/paperpost", "etc/systemd/system", "var/lib/paperpost", "var/backups/paperpost"),
    *("etc/nginx/sites-available", "etc/nginx/sites-enabled", "backups"),
)
_PATHS = re.compile(rf"(?<![\w./:-])/({'|'.join(FOLDERS)})(?![\w-])")


@dataclass(frozen=True)
class Call:
    """How a stand-in was called: its name, its words, and what stood before it as an environment."""

    program: str
    words: tuple[str, ...]
    environment: dict[str, str]

    def __str__(self) -> str:
        return " ".join(
            [*(f"{name}={value}" for name, value in self.environment.items()), self.program, *self.words]
        )


class Machine:
    """A fresh one after each :meth:`begin_anew`; usable while its context is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls = folder / "calls"
        self.clone = folder / "opt/paperpost"
        self._programs = folder / "bin"
        self._programs.mkdir()
        self._add_programs()
        self._files = subprocess.run(
            ["git", "ls-files", "deploy", ".env.example", "Dockerfile", "requirements.lock", "*.yml"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        write_first_env(folder / "first.env")

    def _add_programs(self) -> None:
        stand_in = self._programs / ".stand-in"
        source = Path(__file__).with_name("stand_in.py").read_text(encoding="utf-8")
        stand_in.write_text(f"#!{sys.executable} -IS\n{source}", encoding="utf-8")
        stand_in.chmod(0o755)
        for name in STAND_INS:
            (self._programs / name).symlink_to(stand_in.name)
        for name in REAL:
            path = shutil.which(name)
            assert path, name
            (self._programs / name).symlink_to(path)

    def __enter__(self) -> Self:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TEST_RUN_FOLDER") if name in os.environ}
        self._place_files()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.documents.installation", str(self._folder)],
            cwd=ROOT, env=kept, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "the installation did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def _place_files(self) -> None:
        """What a clone and a machine have before anybody typed a command."""
        for name in FOLDERS:
            shutil.rmtree(self._folder / name, ignore_errors=True)
            (self._folder / name).mkdir(parents=True, mode=0o700)
        for name in self._files:
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, self.clone / name)
        (self.clone / ".venv/bin").mkdir(parents=True)
        (self.clone / ".venv/bin/python").symlink_to(self._programs / ".stand-in")
        (self.clone / "staticfiles").mkdir()
        (self.clone / "var").symlink_to(self._folder / "var/lib/paperpost")
        (self.clone / "backups").symlink_to(self._folder / "backups")
        shutil.copyfile(self._folder / "first.env", self.clone / ".env")
        (self.clone / "var/beat-tick").touch()  # as beat leaves it
        (self._folder / "etc/paperpost/passphrase").write_text("correct horse battery staple\n")
        self._calls.write_text("")

    def begin_anew(self) -> None:
        """The machine as it was before anybody typed a command; with a database and its one reader."""
        self._place_files()
        self.manage()

    def manage(self, *words: str) -> str:
        """What a command of ``manage.py`` says that has to go well."""
        question = {"words": words, "folder": str(self.clone)}
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._folder / "socket"))
            line.sendall(json.dumps(question).encode() + b"\n")
            answer: dict[str, Any] = json.loads(line.makefile(encoding="utf-8").read())
        assert answer["status"] == 0, answer["output"]
        return str(answer["output"])

    def run(self, script: str) -> str:
        """Run ``script`` in the clone, by a shell that stops at the first failure. Returns what it said."""
        environment = {
            "PATH": str(self._programs),
            "STAND_IN_CALLS": str(self._calls),
            "STAND_IN_SOCKET": str(self._folder / "socket"),
        }
        done = subprocess.run(
            [str(self._programs / "sh"), "-eu"],
            input=_PATHS.sub(rf"{self._folder}/\1", script),
            cwd=self.clone, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def calls(self) -> list[Call]:
        """The calls of stand-ins since :meth:`begin_anew`, with the paths that documents name."""
        text = self._calls.read_text(encoding="utf-8").replace(str(self._folder), "")
        rows = map(json.loads, text.splitlines())
        return [Call(row["program"], tuple(row["words"]), row["environment"]) for row in rows]

    def mails(self) -> list[bytes]:
        """What the installation's mail server has received."""
        return [file.read_bytes() for file in sorted((self._folder / "outbox").glob("*.eml"))]
