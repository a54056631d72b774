"""Both Compose files fit the program: variables, ports, paths, health checks, secrets."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from services import healthcheck
from services.supervisor import procfile_commands
from tests.image.conftest import ENV
from tests.image.dockerfile import ROOT, command_of, read_compose, read_stages

pytestmark = [pytest.mark.processes, pytest.mark.any_database]

TRIAL, PRODUCTION = "docker-compose.yml", "docker-compose.production.yml"
VARIABLES = dict(line.split("=", 1) for line in ENV.splitlines())
OURS = {"migrate", *procfile_commands()}
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[a-z0-9.]+)?(?:@sha256:[0-9a-f]{64})?")

PARENT = 500_000  # KiB: what the parent of a worker's children and the confined reader of a PDF need

pytest_files = pytest.mark.parametrize("name", [TRIAL, PRODUCTION])


def services(name: str, **variables: str) -> dict[str, Any]:
    return read_compose(name, VARIABLES | variables)["services"]


def settings_of(environment: Mapping[str, str], *names: str) -> list[str]:
    """The values of these settings under ``environment``, by a start of the program."""
    program = (
        f"from config import settings as s; print(*[{', '.join(f's.{name}' for name in names)}], sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout.splitlines()


@pytest_files
def test_each_container_runs_the_procfiles_command_and_web_says_its_port_itself(name):
    for service, command in procfile_commands().items():
        listening = ["--bind", "0.0.0.0:8000"] if service == "web" else []
        assert command_of(services(name)[service]) == [command[0], *listening, *command[1:]], service
    assert healthcheck.PORT == 8000
    assert read_stages()[-1].last("EXPOSE").text == "8000"


@pytest_files
def test_images_are_pinned_data_lie_in_named_volumes_and_all_have_health_checks(name):
    file = read_compose(name, VARIABLES)
    for service, what in file["services"].items():
        assert service == "migrate" or what["healthcheck"].get("test"), service
        if service not in OURS:
            assert PINNED.fullmatch(what["image"]), what["image"]
        for volume in what.get("volumes", []):
            source = volume.split(":")[0]
            made = source == "./backups"  # by deploy/prepare.sh
            assert made or source in file["volumes"] or (ROOT / source).exists(), volume
    assert file["services"]["ollama"]["profiles"] == ["ollama"]
    assert "/var/lib/postgresql" in file["services"]["postgres"]["volumes"][0].split(":")[1]


@pytest_files
def test_our_containers_write_in_the_volume_of_the_image_in_backups_and_in_tmp_alone(name):
    volume = read_stages()[-1].last("VOLUME").text
    for service in OURS:
        what = services(name)[service]
        assert what["read_only"] is True
        assert what["volumes"] == [f"var:{volume}", "./backups:/backups"]
        assert what["environment"]["VAR_DIR"] == volume
        assert what["tmpfs"] == ["/tmp"]
        assert what["cap_drop"] == ["ALL"]


@pytest_files
def test_a_journal_on_another_disk_is_a_volume_that_waits_as_a_comment(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    volumes = yaml.safe_load(text.replace("    # - /mnt", "    - /mnt"))["services"]["worker"]["volumes"]
    assert volumes[-1] == "/mnt/other/paperpost:/journal"
    setting = "WISHES_JOURNAL=/journal/wishes.journal"
    assert setting in text
    assert setting in (ROOT / "docs" / "backups.md").read_text(encoding="utf-8")


@pytest_files
def test_every_variable_is_one_that_the_program_reads(name):
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for service in OURS:
        for variable in services(name)[service]["environment"]:
            assert f"`{variable}`" in documented, variable


@pytest_files
def test_hosts_that_variables_name_are_services(name):
    hosts = set(services(name))
    for service in OURS:
        environment = services(name)[service]["environment"]
        assert environment["POSTGRES_HOST"] in hosts
        assert environment["REDIS_URL"] == "redis://redis:6379/0"
        assert "redis" in hosts


@pytest.mark.parametrize("password", ["p@ss/w#rd%20:$x", "a'b\"c \\", "암호"])
def test_the_program_reaches_the_trials_database_by_the_same_password_that_the_database_has(
    tmp_path, password
):
    variables = {"POSTGRES_PASSWORD": password, "SITE_URL": ""}
    given = services(TRIAL, **variables)
    inside = {**VARIABLES, **variables, **given["web"]["environment"], "VAR_DIR": str(tmp_path)}
    (database,) = settings_of(inside, "DATABASES['default']['PASSWORD']")
    assert database == given["postgres"]["environment"]["POSTGRES_PASSWORD"] == password


def test_a_port_of_ones_own_is_the_one_outside_and_of_the_sites_address(tmp_path):
    web = services(TRIAL, PORT="9000")["web"]
    assert web["ports"] == ["127.0.0.1:9000:8000"]
    assert services(TRIAL, PORT="")["web"]["ports"] == ["127.0.0.1:8000:8000"]
    inside = {**VARIABLES, "SITE_URL": "", **web["environment"], "VAR_DIR": str(tmp_path), "PORT": "9000"}
    site, hosts = settings_of(inside, "SITE_URL", "ALLOWED_HOSTS")
    assert site == "http://127.0.0.1:9000"
    assert "'127.0.0.1'" in hosts


def test_nothing_of_the_trial_listens_outside_and_no_password_is_everybodys():
    for service in services(TRIAL).values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    with pytest.raises(KeyError, match=r"Set POSTGRES_PASSWORD in \.env"):
        services(TRIAL, POSTGRES_PASSWORD="")


def test_in_production_caddy_alone_is_published_and_no_mail_is_caught():
    given = services(PRODUCTION)
    assert [name for name, service in given.items() if service.get("ports")] == ["caddy"]
    assert "mailpit" not in given
    assert given["caddy"]["environment"]["UPSTREAM"] == "web:8000"
    for name in OURS:
        assert given[name]["environment"]["PROXY_HOPS"] == "1"
    assert all(service["deploy"]["resources"]["limits"]["memory"] for service in given.values())
    with pytest.raises(KeyError, match="Set SITE_URL"):
        services(PRODUCTION, SITE_URL="")


def test_a_workers_children_and_their_parent_have_room_together():
    concurrency = int(found(r"--concurrency (\d+)", " ".join(procfile_commands()["worker"])))
    needed = (concurrency * settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD + PARENT) * 1024  # both are in KiB
    unit = (ROOT / "deploy" / "systemd" / "paperpost-worker.service").read_text()
    for given in (
        services(PRODUCTION)["worker"]["deploy"]["resources"]["limits"]["memory"],
        found(r"^MemoryMax=(\S+)$", unit),
    ):
        assert needed <= int(given.removesuffix("G")) * 2**30


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match is not None, pattern
    return match[1]


def test_production_keeps_its_secrets_in_files_alone(tmp_path):
    file = read_compose(PRODUCTION, {"SITE_URL": "https://digest.example.org"})
    given = file["services"]["web"]
    named = {name: path for name, path in given["environment"].items() if name.endswith("_FILE")}
    assert {path.removeprefix("/run/secrets/") for path in named.values()} == set(given["secrets"])
    assert set(given["secrets"]) == set(file["secrets"])
    assert set(given["environment"]) & {name.removesuffix("_FILE") for name in named} == set()
    assert file["services"]["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] in named.values()
    secrets = {
        "secret_key": "k" + "0123456789abcdef" * 4,
        "postgres_password": "p@ss/w#rd%",
        "email_url": "smtp://mail.example.org",
    }
    for name in given["secrets"]:
        (tmp_path / name).write_text(secrets.get(name, "") + "\n", encoding="utf-8")
    inside = given["environment"] | {
        name: path.replace("/run/secrets", str(tmp_path)) for name, path in named.items()
    }
    inside["VAR_DIR"] = str(tmp_path / "var")
    names = ("SECRET_KEY", "DATABASES['default']['PASSWORD']", "EMAIL_HOST", "OPENAI_API_KEY")
    assert settings_of(inside, *names) == [secrets["secret_key"], "p@ss/w#rd%", "mail.example.org", ""]


def run(script: str, checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", f"deploy/{script}", *arguments],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def read_env(checkout: Path) -> dict[str, str]:
    lines = (checkout / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def test_secrets_are_made_once_and_move_into_files_for_production(checkout):
    assert run("prepare.sh", checkout).returncode == 0
    first = read_env(checkout)
    assert len(first["SECRET_KEY"]) == len(first["POSTGRES_PASSWORD"]) == 64
    assert (checkout / ".env").stat().st_mode & 0o077 == 0
    assert run("prepare.sh", checkout).returncode == 0
    assert read_env(checkout) == first
    with (checkout / ".env").open("a") as file:
        file.write("EMAIL_URL='smtp://u:p%40@mail.example.org'\n")
    for _ in range(2):
        done = run("prepare.sh", checkout, "production")
        assert done.returncode == 0, done.stderr
    backups = (checkout / "backups").stat()
    assert backups.st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert f"{backups.st_uid}:{backups.st_gid}" == read_stages()[-1].last("USER").text
    secrets = {file.name: file.read_text().strip() for file in (checkout / "secrets").iterdir()}
    assert secrets["secret_key"] == first["SECRET_KEY"]
    assert secrets["postgres_password"] == first["POSTGRES_PASSWORD"]
    assert secrets["email_url"] == "smtp://u:p%40@mail.example.org"
    assert not any(read_env(checkout)[name] for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL"))
    # Others of the machine cannot enter the folder; the program's user in its container reads the file.
    assert (checkout / "secrets").stat().st_mode & 0o077 == 0
    assert (checkout / "secrets" / "secret_key").stat().st_mode & 0o777 == 0o644
    wanted = yaml.safe_load((ROOT / PRODUCTION).read_text(encoding="utf-8"))["secrets"].values()
    assert {Path(secret["file"]).name for secret in wanted} == set(secrets)


def test_a_new_clone_has_random_secrets_of_its_own_for_production(checkout):
    assert run("prepare.sh", checkout, "production").returncode == 0
    assert len((checkout / "secrets" / "secret_key").read_text().strip()) == 64
    assert (checkout / "secrets" / "openai_api_key").read_text().strip() == ""
    (checkout / ".env").write_text("SECRET_KEY=another\n")
    done = run("prepare.sh", checkout, "production")
    assert done.returncode == 1
    assert "SECRET_KEY stands in .env and, otherwise, in secrets/secret_key" in done.stderr
    assert run("prepare.sh", checkout, "nonsense").returncode == 2


def test_digests_are_written_and_renewed_by_the_documented_command(checkout, tmp_path):
    registry = tmp_path / "bin"
    registry.mkdir()
    docker = registry / "docker"
    docker.write_text('#!/bin/sh\nprintf "sha256:%s\\n" "$(printf %s "$4$SALT" | sha256sum | cut -c1-64)"\n')
    docker.chmod(0o755)
    path = f"{registry}:{os.environ['PATH']}"
    for salt in ("one", "two"):
        assert run("digests.sh", checkout, PATH=path, SALT=salt).returncode == 0
        bases = {stage.base for stage in read_stages(checkout / "Dockerfile")}
        assert len(bases) == 1
        assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", bases.pop())
        for name in (TRIAL, PRODUCTION):
            text = (checkout / name).read_text(encoding="utf-8")
            given = yaml.safe_load(text)["services"]
            assert all("@sha256:" in what["image"] for service, what in given.items() if service not in OURS)
            assert "  image: paperpost\n" in text
