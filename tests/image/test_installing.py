"""What two documents promise of an installation; tests/documents runs the commands of all of them."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.image.dockerfile import ROOT, read_compose, read_stages

pytestmark = [pytest.mark.processes, pytest.mark.any_database]

NOBODY = 65534
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def blocks_of(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


BLOCKS = blocks_of(PAGES["installing.md"])


def test_what_comments_of_the_compose_files_name_exists():
    comments = [line for file in ROOT.glob("docker-compose*.yml") for line in file.read_text().splitlines()]
    for line in (line for line in comments if "#" in line):
        for name in re.findall(r"(?<![\w/.])((?:deploy|docs)/[\w./-]+\w)", line):
            assert (ROOT / name).exists(), line


def test_all_units_are_enabled():
    (line,) = re.findall(r"^systemctl enable .*$", PAGES["installing.md"], re.MULTILINE)
    services = {file.stem for file in ROOT.glob("deploy/systemd/*.service")} - {"paperpost-migrate"}
    assert set(re.findall(r"paperpost-\w+", line)) == services


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


def test_a_page_with_commands_says_how_they_are_run_by_docker_and_systemd():
    link = "operations.md#how-to-run-a-command"
    for name, text in PAGES.items():
        if re.search(r"^\.venv/bin/python manage\.py", text, re.MULTILINE) and name != "operations.md":
            assert link in text, name
    (section,) = re.findall(
        r"^## How to run a command\n(.*?)^## ", PAGES["operations.md"], re.DOTALL | re.MULTILINE
    )
    unit = (ROOT / "deploy/systemd/paperpost-.service.d").glob("*")
    environment = re.findall(r"^Environment=((?:ENV_FILE|VAR_DIR)=.*)$", next(unit).read_text(), re.MULTILINE)
    with_systemd = f"sudo -u paperpost {' '.join(environment)} .venv/bin/python manage.py doctor\n"
    with_docker = "docker compose --file docker-compose.production.yml run --rm web python manage.py doctor\n"
    assert blocks_of(section) == [".venv/bin/python manage.py doctor\n", with_docker, with_systemd]


@pytest.mark.parametrize(("line", "password"), [("", "paperpost"), ("POSTGRES_PASSWORD=own", "own")])
def test_an_installation_of_the_first_compose_file_keeps_its_database_and_its_volume(
    checkout: Path, line: str, password: str
):
    section = PAGES["upgrading.md"].split("## From the first Compose file")[1]
    block = blocks_of(section)[0].splitlines()
    (checkout / ".env").write_text(f"SECRET_KEY=of-the-links-that-were-sent\n{line}\n", encoding="utf-8")
    own = "\n".join(command for command in block if command.split()[0] not in ("docker", "git"))
    subprocess.run(["sh", "-e"], input=own, text=True, cwd=checkout, check=True)
    assert (checkout / "secrets" / "postgres_password").read_text() == f"{password}\n"
    assert (checkout / "secrets" / "secret_key").read_text() == "of-the-links-that-were-sent\n"
    file = read_compose("docker-compose.production.yml", {"SITE_URL": "https://digest.example.org"})
    (given,) = (command for command in block if command.startswith("docker run"))
    assert f"chown -R {read_stages()[-1].last('USER').text} /app/var /backups" in given
    assert f"--volume {file['name']}_var:/app/var" in given
    assert "./backups:/backups" in file["services"]["web"]["volumes"]
