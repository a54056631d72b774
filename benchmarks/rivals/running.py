"""Sets up the environment of the two other senders and lets each send."""

import email
import json
import os
import subprocess
import sys
import tomllib
import venv
from email import policy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "bench-venv"
MESSAGES = 500  # enough for a rate: they send some hundreds a second
NAMES = ("django_newsletter", "post_office")


def prepare() -> Path:
    """The environment's Python. Installs the group ``bench`` of pyproject.toml when that has changed."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["bench"]
    note, python = HOME / "installed.json", HOME / "bin" / "python"
    if note.exists() and json.loads(note.read_text("utf-8")) == wanted:
        return python
    venv.create(HOME, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    note.write_text(json.dumps(wanted), "utf-8")
    return python


def write_contents(ready: Path, target: Path, *, most: int = 20) -> None:
    """Subject, text and HTML of the first ``most`` messages in ``ready``, as a list in ``target``."""
    contents = []
    for path in sorted(ready.iterdir())[:most]:
        message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        if plain is None or html is None:
            raise ValueError(f"{path.name} lacks a text part or an HTML part.")
        subject = str(message["Subject"])
        contents.append({"subject": subject, "text": plain.get_content(), "html": html.get_content()})
    target.write_text(json.dumps(contents), "utf-8")


def _common_settings(database: str) -> dict[str, Any]:
    """Django's settings that do not tell one rival from another: the database and the mail server."""
    parts = urlsplit(database)
    return {
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.strip("/"),
                "USER": parts.username,
                "PASSWORD": parts.password or "",
                "HOST": parse_qs(parts.query).get("host", [parts.hostname])[0],
                "PORT": parts.port or "",
            }
        },
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": int(os.environ["SINK_PORT"]),
        "USE_TZ": True,
    }


def run(name: str, *, python: Path, contents: Path, database: str, processes: int) -> dict[str, Any]:
    """What rival ``name`` did: ``count`` messages accepted in ``seconds`` by ``processes``."""
    program = Path(__file__).with_name(f"with_{name}.py")
    done = subprocess.run(
        # -P: the program must find its own package named newsletter, not ours.
        [str(python), "-P", str(program), str(contents), str(MESSAGES), str(processes)],
        cwd=contents.parent,
        env={"PATH": os.environ["PATH"], "RIVAL_SETTINGS": json.dumps(_common_settings(database))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(f"delivery: {name} failed\n{done.stderr[-1500:]}\n")
        raise SystemExit(1)
    outcome: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return outcome
