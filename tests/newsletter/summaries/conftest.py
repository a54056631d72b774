"""A model and its server, for the tests that have summaries written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.model_server import ModelServer, question_of
from tests.truthful_writer import write_truth


@pytest.fixture
def model_settings(settings: Any, tmp_path: Any) -> None:
    """A model of its own name, a budget that is not reached, and no second look."""
    settings.VAR_DIR = tmp_path
    settings.DAILY_TOKEN_BUDGET = 10_000_000
    settings.MODEL_CONCURRENCY = 8
    settings.MODEL_TIMEOUT = 10
    settings.SUMMARY_MODE = "shared"
    settings.SUMMARY_MODEL, settings.JUDGE_MODEL = "test-model", "none"


@pytest.fixture
def serve(settings: Any, model_settings: None) -> Iterator[Callable[..., ModelServer]]:
    """Start a model server for this test and point the settings at it."""
    servers = []

    def start(answer: Callable[..., Any] = write_truth, **options: Any) -> ModelServer:
        server = ModelServer(answer, key=question_of, **options)
        servers.append(server)
        server.__enter__()
        settings.OPENAI_BASE_URL = server.url
        return server

    yield start
    for server in servers:
        server.__exit__()
