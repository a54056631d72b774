"""The commands in docs/installing.md: what can be run here is run, of the rest the names are right."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.image.dockerfile import ROOT, read_compose

pytestmark = [pytest.mark.processes, pytest.mark.any_database]

TEXT = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
NOBODY = 65534
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def test_every_block_is_one_that_a_shell_can_read():
    assert len(BLOCKS) >= 8
    for block in BLOCKS:
        subprocess.run(["sh", "-n"], input=block, text=True, check=True)


def test_what_the_commands_name_exists():
    commands = [line for block in BLOCKS for line in block.splitlines()]
    comments = [line for file in ROOT.glob("docker-compose*.yml") for line in file.read_text().splitlines()]
    for line in commands + [line for line in comments if "#" in line]:
        for name in re.findall(r"(?<![\w/.])(?:/opt/paperpost/)?((?:deploy|docs)/[\w./-]+\w)", line):
            assert (ROOT / name).exists(), line
    for line in (line for line in commands if line.startswith("docker compose")):
        words = shlex.split(line)
        file = words[words.index("--file") + 1]
        services = read_compose(file, {"SITE_URL": "https://digest.example.org"})["services"]
        for verb in ("run", "exec"):
            if verb in words:
                name = next(word for word in words[words.index(verb) + 1 :] if not word.startswith("-"))
                assert name in services, line
    units = set(re.findall(r"paperpost-\w+", " ".join(line for line in commands if "systemctl" in line)))
    assert units == {file.stem for file in ROOT.glob("deploy/systemd/*.service")} - {"paperpost-migrate"}


@pytest.fixture
def own_checkout(checkout: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A clone that belongs to somebody else than root, and as whom to run in it."""
    if os.geteuid():
        yield checkout, {}
        return
    with TemporaryDirectory(dir="/tmp") as name:  # the fixture's own folder is closed to others
        clone = shutil.copytree(checkout, Path(name) / "paperpost")
        for path in (Path(name), clone, *clone.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        yield clone, {"user": NOBODY, "group": NOBODY}


def test_the_settings_of_the_quick_start_give_what_production_needs(
    own_checkout: tuple[Path, dict[str, Any]],
):
    """The first two blocks, as they stand there, by somebody who is not root."""
    checkout, user = own_checkout
    for block in BLOCKS[:2]:
        subprocess.run(["sh", "-e"], input=block, text=True, cwd=checkout, check=True, **user)
    variables = dict(
        line.split("=", 1)
        for line in (checkout / ".env").read_text(encoding="utf-8").splitlines()
        if re.match(r"[A-Z_]+=", line)
    )
    services = read_compose("docker-compose.production.yml", variables)["services"]
    assert services["web"]["environment"]["SITE_URL"] == "https://digest.example.org"
    for path in services["web"]["secrets"]:
        assert (checkout / "secrets" / path).exists()
    assert (checkout / "secrets" / "email_url").read_text().startswith("smtp+tls://")
