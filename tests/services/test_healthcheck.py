"""What Docker asks its containers: an exit status, and one line that says why."""

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from operations import beat, queues
from services import healthcheck


@pytest.fixture
def site(monkeypatch) -> Iterator[list[int]]:
    """A web server whose answers have the status in this list."""
    status = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            assert self.path == "/health/ready"
            self.send_response(status[0])
            self.end_headers()
            self.wfile.write(b'{"static": "failed"}')

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setattr(healthcheck, "PORT", server.server_port)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield status
        server.shutdown()


def test_a_web_server_is_well_if_it_says_so(site, capsys):
    assert healthcheck.main(["web"]) == 0
    site[0] = 503
    assert healthcheck.main(["web"]) == 1
    assert capsys.readouterr().err == '/health/ready answers 503: {"static": "failed"}\n'


def test_a_web_server_that_does_not_answer_is_not_well(monkeypatch, capsys):
    monkeypatch.setattr(healthcheck, "PORT", 9)
    assert healthcheck.main(["web"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_beat_is_well_while_it_ticks(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("TICK_SECONDS", "10")
    assert healthcheck.main(["beat"]) == 1
    assert "no sign of life" in capsys.readouterr().err
    (tmp_path / beat.TICK_FILE).touch()
    assert healthcheck.main(["beat"]) == 0
    old = time.time() - 51
    os.utime(tmp_path / beat.TICK_FILE, (old, old))
    assert healthcheck.main(["beat"]) == 1
    assert "beat is silent: its last sign of life is 51 seconds old." in capsys.readouterr().err
    assert queues.SILENT_AFTER_TICKS == healthcheck.SILENT_AFTER_TICKS


@pytest.mark.parametrize("arguments", [[], ["nobody"], ["web", "beat"]])
def test_a_service_that_there_is_not_is_a_bad_argument(arguments, capsys):
    assert healthcheck.main(arguments) == 2
    assert "web, beat" in capsys.readouterr().err
