"""``LOG_FORMAT=json`` with web, worker and beat as they are started: each line they write is an object."""

import json
import re
import socket
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from services.broker import EmbeddedBroker
from services.demo import Place, demo_environment
from services.supervisor import Supervisor, free_port, procfile_commands
from tests.migrated import copy_migrated
from tests.smtp_sink import Act, SmtpSink
from tests.subscriptions.visitors import form

pytestmark = pytest.mark.processes
EMAIL = "ada.lovelace@example.org"


def refuse(stage: str, address: str) -> Act:
    """The mail server repeats whom it does not know."""
    return Act(reply=f"450 4.2.1 <{EMAIL}> is over its quota") if stage == "rcpt" else Act()


def test_every_line_of_every_service_is_an_object_without_an_address(tmp_path: Path):
    nobody, port = "http://127.0.0.1:9", free_port()
    with EmbeddedBroker(tmp_path) as broker, SmtpSink(play=refuse) as sink:
        place = Place(tmp_path, port, sink.port, sources=nobody, model=nobody, broker=broker.url)
        environment = demo_environment(place) | {"TICK_SECONDS": "1", "LOG_FORMAT": "json"}
        environment["SECRET_KEY"] = settings.SECRET_KEY  # which signs when a form was shown
        environment["GUNICORN_CMD_ARGS"] = f"--bind 127.0.0.1:{port} --workers 1"
        copy_migrated(tmp_path / "paperpost.sqlite3")
        with Supervisor(logs=tmp_path / "logs", environment=environment) as supervisor:
            for name, command in procfile_commands().items():
                supervisor.start(name, command)
            supervisor.await_port(port, what="the site listens")
            sign_up(f"http://127.0.0.1:{port}")
            ask_badly(port)
            worker = supervisor.services["worker"].log
            supervisor.await_that(
                lambda: "waits for another attempt" in worker.read_text(encoding="utf-8"),
                what="the confirmation is put off",
            )
    logs = {name: read(tmp_path / "logs" / f"{name}.log") for name in procfile_commands()}
    assert {"gunicorn.error", "django.request"} <= {line["logger"] for line in logs["web"]}
    assert {"celery.worker.strategy", "celery.app.trace"} <= {line["logger"] for line in logs["worker"]}
    assert "celery.beat" in {line["logger"] for line in logs["beat"]}
    (not_found,) = [line for line in logs["web"] if line["message"].startswith("Not Found")]
    assert not_found["request_id"] == "asked-badly-1"
    put_off = next(line for line in logs["worker"] if "waits for another attempt" in line["message"])
    assert put_off["task"] == "subscriptions.tasks.send_notice"
    assert any(line.get("task_id") == put_off["task_id"] for line in logs["worker"] if line is not put_off)


def sign_up(site: str) -> None:
    with httpx.Client(base_url=site, headers={"Origin": site}, timeout=60) as browser:
        page = browser.get("/?language=en").text
        (key,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
        answer = browser.post("/?language=en", data=form(email=EMAIL, csrfmiddlewaretoken=key))
        assert answer.status_code == 302


def ask_badly(port: int) -> None:
    """What Django, waitress and gunicorn have a word to say about."""
    end = "Connection: close\r\n\r\n"
    for request in (
        f"GET /{EMAIL}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: asked-badly-1\r\n{end}",
        f"GET / HTTP/1.1\r\nHost: {EMAIL}\r\n{end}",
        f"BREW {EMAIL} \r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(request.encode())
            while client.recv(65536):
                pass


def read(log: Path) -> list[dict[str, str]]:
    text = log.read_text(encoding="utf-8")
    assert "ada.lovelace" not in text
    return [json.loads(line) for line in text.splitlines()]
