"""A long step says that it goes on, and packages are counted while they are installed."""

import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.installation import Installer, install, locked_uv, pips_settings
from services.progress import Progress
from services.supervisor import ServiceError, chosen_port, free_port

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[2]


def test_a_step_says_that_it_began_goes_on_and_ended():
    said, has_spoken = [], threading.Event()

    def say(line):
        said.append(line)
        if "of 9" in line:
            has_spoken.set()

    with Progress(say, patience=0.02).step("Counting sheep") as step:
        step.reached = "4 of 9"
        assert has_spoken.wait(10), "silence"
        step.outcome = "sheep 9"
    assert said[0] == "  Counting sheep …"
    assert said[1].startswith("      4 of 9, ")
    assert said[-1].startswith("      sheep 9 (")


def test_a_step_that_fails_is_not_called_done():
    said: list[str] = []
    with pytest.raises(ValueError, match="no sheep"), Progress(said.append).step("Counting sheep"):
        raise ValueError("no sheep")
    assert said == ["  Counting sheep …"]


PIP = """
for number in range(1, 24):
    print(f"Collecting package{number}=={number}.0 (from -r lock (line {number}))", flush=True)
    print("  Downloading it", flush=True)
print("Installing collected packages: all of them", flush=True)
raise SystemExit(%d)
"""


def by_pip(status: int) -> Installer:
    return Installer([sys.executable, "-c", PIP % status])


def test_uv_comes_as_it_is_locked_or_not_at_all(tmp_path):
    locked = locked_uv(ROOT / "requirements-dev.lock")
    assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}", locked)
    assert locked.count("==") == 1
    other = tmp_path / "requirements.lock"
    assert locked_uv(other) == ""
    other.write_text("uvicorn==1.0 \\\n    --hash=sha256:00\n")
    assert locked_uv(other) == ""


def test_pips_settings_are_those_it_installs_by():
    listed = """:env:.cert='/etc/own.pem'
global.cert='/etc/ssl/all.pem'
global.index-url='https://mirror.example/simple'
install.index-url='https://ada:secret@nearer.example/simple'
download.index-url='https://elsewhere.example/simple'
"""
    assert pips_settings(listed) == {
        "cert": "/etc/own.pem",
        "index-url": "https://ada:secret@nearer.example/simple",
    }
    assert pips_settings("") == {}


def test_an_installer_gets_its_environment(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("package1==1.0\n")
    program = "import os; raise SystemExit(int(os.environ['WANTED']))"
    installer = Installer([sys.executable, "-c", program], {"WANTED": "7"})
    assert install(lock, progress=Progress(lambda _: None), installers=[installer]) == 7


def test_an_installation_counts_its_packages(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("".join(f"package{n}=={n}.0 \\\n    --hash=sha256:00\n" for n in range(1, 24)))
    said: list[str] = []
    assert install(lock, progress=Progress(said.append), installers=[by_pip(0)]) == 0
    assert said[0] == "  Installing 23 packages of requirements.lock into .venv …"
    assert [line.strip() for line in said[1:-1]] == [
        "1 of 23: package1 1.0",
        "11 of 23: package11 11.0",
        "21 of 23: package21 21.0",
        "23 of 23: package23 23.0",
        "unpacking them",
    ]
    assert "23 packages are there" in said[-1]


def test_where_the_quick_installer_fails_the_other_one_has_its_turn(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("package1==1.0\n")
    said: list[str] = []
    assert install(lock, progress=Progress(said.append), installers=map(by_pip, (1, 0, 1))) == 0
    assert [line for line in said if "…" in line] == [said[0]] * 2
    assert "1 packages are there" in said[-1]


def test_an_installation_that_fails_shows_what_pip_said(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("package1==1.0\n")
    said: list[str] = []
    assert install(lock, progress=Progress(said.append), installers=[by_pip(1)]) == 1
    assert "Installing collected packages" in said[-1]


def test_what_speaks_during_the_installation_needs_nothing_but_python():
    code = "import sys, services.installation; print([n for n in sys.modules if n in ('django', 'redis')])"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_port_that_is_asked_for_is_used_or_named():
    port = free_port()
    assert chosen_port(str(port)) == port
    assert chosen_port("", otherwise=port) == port
    for wrong in ("http", "0", "70000", "٣"):
        with pytest.raises(ServiceError, match=f"PORT={wrong} is no port"):
            chosen_port(wrong)


def test_a_port_in_use_is_named():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with pytest.raises(ServiceError, match=f"PORT={taken} cannot be used"):
            chosen_port(str(taken))
        assert chosen_port("", otherwise=taken) != taken
