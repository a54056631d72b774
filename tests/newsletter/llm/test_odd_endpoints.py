"""Endpoints that answer truthfully in one odd way: twelve papers, the command, a server, a database."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.utils import timezone

from newsletter.models import Demand, Summary, SummaryAttempt
from tests.factories import DAY, make_edition, make_paper, make_topic
from tests.truthful_writer import invent

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.processes]

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "endpoint"
PAPERS = 12
# These answer in the direct form whatever is asked; test_shared.py has the like in the shared form.
DIRECT_ALONE = {"surrogate_text", "German"}
NEVER = {"ready": PAPERS + 1}
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _model_settings(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MODEL_TIMEOUT = 10
    settings.SUMMARY_MODEL = "odd"
    settings.JUDGE_MODEL = "none"


@contextlib.contextmanager
def stand_in(mode):
    """The address of the stand-in in ``mode``, as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(CASES / "odd_endpoint.py"), mode, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/_count")
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def summarise(language):
    """The command's exit status and all that it prints."""
    out, err = StringIO(), StringIO()
    status = 0
    try:
        call_command("summarise_papers", day=DAY, language=[language], stdout=out, stderr=err)
    except SystemExit as left:
        status = int(left.code or 0)
    return status, out.getvalue() + err.getvalue()


def twelve_papers():
    papers = [make_paper(title=invent(n).title, abstract=invent(n).abstract) for n in range(PAPERS)]
    make_edition(make_topic(), papers)
    Demand.objects.create(topic=None, language="en", readers=1)
    return papers


def calls_at(address):
    return httpx.get(f"{address}/_count").json()["calls"]


def _modes():
    right = CASES / "right.json"
    return json.loads(right.read_text(encoding="utf-8")) if right.is_file() else {"no cases": {}}


@pytest.mark.parametrize(
    ("summary_mode", "mode"),
    [
        *(("direct", mode) for mode in _modes()),
        *(("shared", mode) for mode in _modes() if mode not in DIRECT_ALONE),
    ],
)
def test_a_truthful_endpoint_that_is_odd_in_one_way_gets_every_paper_summarised(summary_mode, mode, settings):
    settings.SUMMARY_MODE = summary_mode
    if not CASES.is_dir():
        pytest.skip("the cases (../shared/cases) are not here")
    right = _modes()[mode]
    language = right.get("language", "en")
    twelve_papers()
    with stand_in(mode) as address:
        settings.OPENAI_BASE_URL = f"{address}/v1"
        status, printed = summarise(language)
        outcome = {
            "ready": Summary.objects.filter(state="ready", author="model", language=language).count(),
            "calls": calls_at(address),
            "exit": status,
            "repairs": SummaryAttempt.objects.filter(purpose="repair").count(),
            "kept": Summary.objects.filter(state__in=("wanted", "claimed"), language=language).count(),
        }
    assert _is_right(outcome, printed, right) or _is_right(outcome, printed, right.get("or", NEVER)), (
        outcome,
        printed,
        right,
    )
    if "then_ready" in right:
        Summary.objects.update(retry_at=timezone.now() - timedelta(minutes=1))
        with stand_in("good") as address:
            settings.OPENAI_BASE_URL = f"{address}/v1"
            summarise(language)
        assert Summary.objects.filter(state="ready", author="model").count() == right["then_ready"]


def _is_right(outcome, printed, right):
    return (
        outcome["ready"] >= right["ready"]
        and outcome["calls"] <= right.get("calls", 10**9)
        and outcome["exit"] == right.get("exit", 0)
        and outcome["repairs"] <= right.get("repairs", 10**9)
        and outcome["kept"] >= right.get("kept", 0)
        and re.search(right.get("says", ""), printed, re.IGNORECASE) is not None
        and ("dropped" not in right or f"takeaways dropped {right['dropped']}" in printed)
    )
