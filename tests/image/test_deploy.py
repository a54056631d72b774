"""What deploy/ has for a machine without Docker: units and proxies, judged by the programs that read them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config.request_limits import LARGEST_LIST
from services.run import SENDING_SECONDS
from services.supervisor import STOPPING_SECONDS, procfile_commands
from tests.image.dockerfile import ROOT
from tests.image.sandbox import find

pytestmark = [pytest.mark.processes, pytest.mark.any_database]

SYSTEMD = ROOT / "deploy" / "systemd"


def program(name: str) -> str:
    """Its path. Skips where there is none, which CI counts as a failure."""
    path = find(name)
    if path is None:
        pytest.skip(f"There is no {name} here.")
    return path


def ask(*command: str, **environment: str) -> str:
    """What the program says; it has to end well."""
    done = subprocess.run(
        command, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def unit(name: str) -> str:
    return (SYSTEMD / name).read_text(encoding="utf-8")


def test_systemd_takes_the_units(tmp_path):
    analyze = program("systemd-analyze")
    shutil.copytree(SYSTEMD, tmp_path / "system")
    programs = tmp_path / "bin"
    programs.mkdir()
    (common,) = (tmp_path / "system" / "paperpost-.service.d").iterdir()
    text = common.read_text(encoding="utf-8")
    assert "\n# ReadWritePaths=/" in text  # as docs/backups.md has it for a journal on another disk
    common.write_text(text.replace("# ReadWritePaths=", "ReadWritePaths="), encoding="utf-8")
    for file in (tmp_path / "system").glob("*.service"):
        text = file.read_text(encoding="utf-8")
        for path in re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE):
            (programs / Path(path).name).write_text("#!/bin/sh\n", encoding="utf-8")
            (programs / Path(path).name).chmod(0o755)
        file.write_text(text.replace("/opt/paperpost/.venv/bin", str(programs)), encoding="utf-8")
    names = [file.name for file in SYSTEMD.iterdir() if file.is_file()]
    path = f"{tmp_path / 'system'}:"  # and the system's own
    said = ask(analyze, "verify", *names, SYSTEMD_UNIT_PATH=path)
    assert "paperpost" not in said, said


def test_the_units_run_the_procfile_and_its_target_wants_them_all():
    for name, command in procfile_commands().items():
        started = re.search(
            r"^ExecStart=/opt/paperpost/\.venv/bin/(.+)$", unit(f"paperpost-{name}.service"), re.MULTILINE
        )
        assert started
        listening = ["--bind", "127.0.0.1:8000"] if name == "web" else []
        assert started[1].split() == [command[0], *listening, *command[1:]]
        assert f"paperpost-{name}.service" in unit("paperpost.target")
    assert "TimeoutStopSec=60" in unit("paperpost-worker.service")
    assert SENDING_SECONDS == 60 > STOPPING_SECONDS


def test_nginx_takes_its_file(tmp_path):
    nginx = program("nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    ask(
        *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
        *("-subj", "/CN=digest.example.org", "-keyout", str(key), "-out", str(certificate)),
    )
    site = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    folder = "/etc/letsencrypt/live/digest.example.org"
    site = site.replace(f"{folder}/fullchain.pem", str(certificate)).replace(
        f"{folder}/privkey.pem", str(key)
    )
    (tmp_path / "site.conf").write_text(site.replace("/var/log/nginx", str(tmp_path)), encoding="utf-8")
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n",
        encoding="utf-8",
    )
    assert "test is successful" in ask(nginx, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(whole))


def debians_caddyfile() -> str:
    """deploy/Caddyfile in the words of the Caddy that is here: Debian's has an older name for one of them."""
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    caddy = find("caddy")
    version = tuple(map(int, re.findall(r"\d+", ask(caddy, "version"))[:3])) if caddy else (3,)
    return text.replace("request_buffers 6MiB", "buffer_requests") if version < (2, 6, 3) else text


def test_caddy_takes_its_file(tmp_path):
    file = tmp_path / "Caddyfile"
    file.write_text(debians_caddyfile(), encoding="utf-8")
    said = ask(
        *(program("caddy"), "validate", "--adapter", "caddyfile", "--config", str(file)),
        SITE_URL="https://digest.example.org",
        HOME=str(tmp_path),
    )
    assert "Valid configuration" in said


def test_proxies_name_their_client_by_which_the_program_knows_a_proxy():
    """Who comes through one needs the token for /metrics. Caddy names it by itself."""
    nginx = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert re.findall(r"^ +proxy_set_header X-Forwarded-For .*", nginx, re.MULTILINE) == [
        "    proxy_set_header X-Forwarded-For $remote_addr;"
    ]
    # A location with a header of its own would inherit none.
    assert not re.search(r"^ {8}proxy_set_header", nginx, re.MULTILINE)
    assert "header_" not in (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_proxies_take_the_largest_body_and_any_size_for_one_click(name):
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    assert {int(size) << 20 for size in re.findall(r"\b(\d+)(?:MiB|m;)", text)} == {LARGEST_LIST}
    (one_click,) = re.findall(r" /unsubscribe/\*? \{(.*?)\n(?:\t|    )\}", text, re.DOTALL)
    assert not re.search(r"MiB|\dm;", one_click)
