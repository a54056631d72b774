"""How often a network may ask, and how it is told; the limits hold without the broker too."""

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from lib import counting
from newsletter.api.answering import machine_page
from newsletter.web.time_limits import PageOverdue

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def no_broker(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.API_REQUESTS_PER_NETWORK = 3
    counting.own_counts.cache_clear()


@pytest.fixture
def clock():
    with time_machine.travel("2026-03-10T08:00:20Z", tick=False) as frozen:
        yield frozen


def test_a_network_that_asks_too_often_is_told_when_to_come_back(client, clock):
    answers = [client.get("/api/papers") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit"] for answer in answers] == [
        f'"network";r={left};t=40' for left in (2, 1, 0, 0)
    ]
    assert answers[0]["RateLimit-Policy"] == '"network";q=3;w=60'
    assert (answers[3]["Retry-After"], answers[3]["Content-Type"]) == ("40", "application/problem+json")
    assert answers[3]["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/papers", REMOTE_ADDR="198.51.100.9").status_code == 200
    clock.shift(41)
    assert client.get("/api/papers").status_code == 200


def test_what_has_not_changed_costs_nothing_and_a_star_does(client, clock):
    etag = client.get("/api/papers")["ETag"]
    for _ in range(5):
        assert client.get("/api/papers", headers={"if-none-match": etag}).status_code == 304
    answers = [client.get("/api/papers", headers={"if-none-match": "*"}).status_code for _ in range(3)]
    assert answers == [304, 304, 429]


def test_a_redis_counts_and_gives_back(client, clock, settings, valkey):
    settings.REDIS_URL = valkey
    etag = client.get("/api/papers")["ETag"]
    client.get("/api/papers", headers={"if-none-match": etag})
    answers = [client.get("/api/nothing").status_code for _ in range(3)]
    assert answers == [404, 404, 429]


def test_what_takes_too_long_is_a_problem_too():
    def view(request):
        raise PageOverdue("It took 5 seconds.")

    answer = machine_page(view, ())(RequestFactory().get("/api/x"))
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"]
    assert isinstance(answer, HttpResponse)
