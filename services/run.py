"""``make run``: all services on this machine, on live sources, with the settings of ``.env``."""

import os
import secrets
from contextlib import ExitStack
from pathlib import Path

from services.broker import EmbeddedBroker
from services.mailcatcher import catcher_command
from services.progress import Progress
from services.supervisor import ROOT, ServiceError, Supervisor, certain_port, free_port, procfile_commands
from services.terminal import run_program, say

ENV_FILE = os.environ.get("ENV_FILE", str(ROOT / ".env"))  # where config.settings looks for it
PORT = "8000"
SENDING_SECONDS = 60.0  # that whoever sends has, at the end, to finish


def write_first_env(file: Path) -> bool:
    """Write the example's settings and a new SECRET_KEY, unless ``file`` exists. Returns whether it did."""
    if file.exists():
        return False
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    file.write_text(example.replace("SECRET_KEY=", f"SECRET_KEY={secrets.token_urlsafe(50)}", 1), "utf-8")
    file.chmod(0o600)
    return True


def main() -> int:
    """Start everything and watch it until Ctrl-C."""
    if ENV_FILE and write_first_env(Path(ENV_FILE)):
        name = Path(ENV_FILE).name
        say(f"Wrote {name} with a new SECRET_KEY and the most common settings; docs/settings.md lists all.")
    from django.conf import settings

    port = certain_port(settings.PORT or PORT)
    if settings.EMAIL_IS_CAUGHT and free_port(settings.EMAIL_PORT) != settings.EMAIL_PORT:
        raise ServiceError(
            f"The mail catcher cannot listen at {settings.EMAIL_PORT}: something else does, such as a demo "
            "or Mailpit. End that, or set EMAIL_URL."
        )
    with ExitStack() as stack:
        environment = {"GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}"}
        if not settings.REDIS_IS_GIVEN:
            environment["REDIS_URL"] = stack.enter_context(EmbeddedBroker(settings.VAR_DIR)).url
        supervisor = stack.enter_context(
            Supervisor(logs=settings.VAR_DIR / "logs", environment=environment, patience=SENDING_SECONDS)
        )
        if settings.EMAIL_IS_CAUGHT:
            supervisor.start("catcher", catcher_command(settings.EMAIL_PORT, settings.OUTBOX_DIR))
            supervisor.await_port(settings.EMAIL_PORT, what="the mail catcher listens")
        progress = Progress(say)
        with progress.step("Bringing the database up to date"):
            supervisor.manage("migrate", "--no-input")
        with progress.step("Collecting the files of the pages"):
            supervisor.manage("collectstatic", "--no-input")
        with progress.step("Starting web, worker, beat and watch"):
            for name, command in procfile_commands().items():
                supervisor.start(name, command)
            supervisor.await_port(port, what="the site answers")
        say(f"Paperpost is up: http://127.0.0.1:{port}/ (as {settings.SITE_URL}). Ctrl-C stops it.")
        if settings.EMAIL_IS_CAUGHT:
            say(f"EMAIL_URL is not set: mail is caught in {settings.OUTBOX_DIR}, not sent.")
        supervisor.watch(report=say)
        say("Stopping; whoever is sending has a minute to finish. Ctrl-C again ends it at once.")
    return 0


if __name__ == "__main__":
    run_program(main)
