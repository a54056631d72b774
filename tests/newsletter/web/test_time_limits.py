"""A public page whose statement takes too long is given up, and nothing else is."""

import time

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from newsletter.web.caching import RETRY_AFTER, public_page
from newsletter.web.time_limits import PageOverdue, page_time_limit
from tests.factories import make_paper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def count_slowly(seconds_or_rows):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sleep(%s)", [seconds_or_rows])
        else:
            rows = int(seconds_or_rows * 3_000_000)
            cursor.execute(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %s)"
                " SELECT count(*) FROM c",
                [rows],
            )
        cursor.fetchall()


def test_a_page_over_the_limit_is_a_kind_503_with_its_address_in_the_log(settings, caplog):
    settings.PAGE_TIME_LIMIT = 0.2

    @public_page("q")
    def slow(request):
        count_slowly(30)
        return HttpResponse("never")

    with translation.override("en"):  # no middleware chooses the language here
        answer = slow(RequestFactory().get("/search/?q=a%0Aforged"))
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))
    assert "no-store" in answer["Cache-Control"]
    assert "ETag" not in answer
    assert "Please try again in a minute" in answer.content.decode()
    assert "'/search/?q=a%0Aforged' took longer than PAGE_TIME_LIMIT" in caplog.text
    assert make_paper().pk, "the connection works on"


def test_statements_outside_public_pages_are_not_limited(settings):
    settings.PAGE_TIME_LIMIT = 0.1
    with page_time_limit(settings.PAGE_TIME_LIMIT):
        make_paper()
    count_slowly(0.3)
    with page_time_limit(0):
        count_slowly(0.1)


def test_many_short_statements_are_limited_together():
    def count_often():
        with page_time_limit(0.2):
            for _ in range(100):
                count_slowly(0.05)

    with pytest.raises(PageOverdue):
        count_often()


def test_the_last_statement_has_what_the_others_left():
    def count_twice():
        with page_time_limit(1):
            count_slowly(0.6)
            count_slowly(30)

    began = time.monotonic()
    with pytest.raises(PageOverdue):
        count_twice()
    assert time.monotonic() - began < 1.5


def test_other_errors_of_the_database_stay_what_they_are():
    with pytest.raises(OperationalError, match="ours"), page_time_limit(5):
        raise OperationalError("ours")
