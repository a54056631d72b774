"""The OpenAPI document is valid, and what it says is what is answered, whatever is asked: no failure."""

import os
from contextlib import suppress

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from newsletter.features.corpus import ensure_features
from tests.factories import NOW, make_edition, make_paper, make_summary, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow]
CASES = int(os.environ.get("API_CASES", "8"))  # of each operation and mode; more by hand
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
PAPER = "2603.99001"


@pytest.fixture
def document(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.API_REQUESTS_PER_NETWORK = 10**9
    papers = [make_paper(arxiv_id=PAPER), *[make_paper() for _ in range(4)]]
    make_summary(papers[0], "ko")
    make_edition(make_topic("walking"), papers)
    ensure_features([paper.pk for paper in papers], now=NOW)
    return schemathesis.openapi.from_wsgi("/api/openapi.json", application)


def test_the_document_is_valid_openapi(document, client):
    document.validate()
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    ids = [operation["operationId"] for path in told["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)) >= 2


@pytest.mark.parametrize(
    "known", [{}, {"identifier": f"arxiv:{PAPER}", "day": "2026-03-18", "slug": "walking"}]
)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_is_asked_is_answered_as_the_document_says(document, mode, known):
    for each in document.get_all_operations():
        operation = each.ok()
        path = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
        if known and not path:
            continue

        @hypothesis.seed(3)
        @hypothesis.settings(
            max_examples=CASES, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @hypothesis.given(case=operation.as_strategy(mode, path_parameters=path or None))
        def ask(case):
            case.call_and_validate(headers={"Accept-Encoding": "identity"}, checks=CHECKS)

        with suppress(Unsatisfiable):  # nothing is wrong for an operation that takes no parameter
            ask()


def test_the_page_for_people_names_every_operation(client, document):
    page = client.get("/api/?language=ko").content.decode()
    for path in document.raw_schema["paths"]:
        assert f"GET {path}" in page
    assert "OpenAPI 3.1" in page
