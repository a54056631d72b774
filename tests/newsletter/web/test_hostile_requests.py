"""Requests that nobody sends in good faith, to every public address: refused or answered, never a failure.

The addresses come from the table of URLs: a page that comes later is asked as well, and needs a value in
``ARGUMENTS`` if its address has an argument that no other has.
"""

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.factories import DAY, make_edition, make_paper, make_summary, make_topic

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.any_database,
    pytest.mark.slow,
    pytest.mark.usefixtures("kept_pages"),
]
PAPER, TOPIC = "2603.99001", "walking"
ARGUMENTS = {
    "arxiv_id": PAPER,
    "day": str(DAY),
    "ending": "bib",
    "form": "atom",
    "identifier": f"arxiv:{PAPER}",
    "language": "en",
    "month": f"{DAY:%Y-%m}",
    "name": "Ada Lovelace",
    "part": "0",
    "rest": "nothing",
    "size": "192",
    "slug": TOPIC,
    "year": str(DAY.year),
}
OTHER_HOST = "127.0.0.1:4321"  # is allowed, and no link may lead there
OF_READERS = {"token", "kind"}
OPERATORS = {"admin", "anymail", "health", "mail"}

PARAMETERS = (
    *("q", "p", "page", "limit", "cursor", "before", "day", "month", "from", "to", "topic", "language"),
    *("category", "author", "like", "has", "form", "paper", "size", "v", "unknown"),
)
VALUES = (
    "-1",
    "1" + "0" * 30,
    "٣",
    "%00",
    "%ff%fe%ed%a0%80",
    "../../etc/passwd",
    "a" * 3000,
    "%22%27);--%20OR%20NEAR(*)%20:%20%5E%20-%20%22",
    "한 ( [ { \\ % _",
)
HEADERS = {
    "Accept-Encoding": "gzip;q=abc, *;q=0, \x7f",
    "Accept-Language": ",".join(["zz-ZZ;q=0.1", "*;q=7", "ko;;;", "../en"] * 300),
    "Forwarded": "host=evil.example;proto=javascript",
    "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT",
    "If-None-Match": 'W/"a, "b" ,,, W/W/"c',
    "Range": "bytes=-1-,9-1",
    "Referer": "https://evil.example/",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Proto": "javascript",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
}


def public_addresses():
    table = get_resolver().reverse_dict
    addresses = {}
    for name in filter(lambda each: isinstance(each, str), table.keys()):
        for possibilities, _pattern, _defaults, _converters in table.getlist(name):
            for template, arguments in possibilities:
                if not OF_READERS & set(arguments) and template.partition("/")[0] not in OPERATORS:
                    missing = set(arguments) - set(ARGUMENTS)
                    assert not missing, f"give ARGUMENTS a value for {missing} of {template}"
                    values = {each: ARGUMENTS[each] for each in arguments}
                    addresses[f"/{template}" % values] = (name, values)
    return sorted(addresses)


@pytest.fixture
def archive():
    paper = make_paper(arxiv_id=PAPER)
    make_summary(paper, "en")
    make_edition(make_topic(TOPIC), [paper])


def no_failure(answer, asked):
    assert answer.status_code < 500, asked
    if not answer.streaming:
        assert b"evil.example" not in answer.content, asked
        assert b"root:x:" not in answer.content, asked
        assert OTHER_HOST.encode() not in answer.content, asked
    for header in ("Location", "Link", "Content-Location"):
        assert "evil.example" not in answer.get(header, ""), asked


@pytest.fixture
def quiet(caplog):
    """Nothing on the way may be told as an error."""
    yield
    assert not [record.getMessage() for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("address", public_addresses())
def test_no_request_breaks_a_page_or_what_the_next_visitor_gets(address, archive, quiet, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.API_REQUESTS_PER_NETWORK = 10**9
    hostile, visitor = Client(), Client()
    no_failure(hostile.get(address, headers=HEADERS), "the headers, first of all")
    clean = visitor.get(address)
    for value in VALUES:
        query = "&".join(f"{name}={value}" for name in PARAMETERS)
        no_failure(hostile.get(f"{address}?{query}", headers=HEADERS), value)
    one = f"{address}?q=a&q=b&p=1&p=2&language=ko&language=%00&%ff=%ff&=&&"
    no_failure(hostile.get(one), one)
    for host in ("evil.example", "localhost:99999", OTHER_HOST):
        no_failure(hostile.get(address, HTTP_HOST=host), host)
    for method in ("post", "put", "delete", "patch", "options", "head", "trace"):
        no_failure(getattr(hostile, method)(address), method)
    again = Client().get(address)
    assert (again.status_code, again.headers.get("ETag")) == (clean.status_code, clean.headers.get("ETag"))


@pytest.mark.parametrize(
    "made",
    [
        "{0}..%2f..%2f..%2fetc/passwd",
        "/%2e%2e{0}",
        "/{0}",
        "{0}/",
        "{0}%00",
        "{0}%0d%0aSet-Cookie:%20a=b",
        "{0}%ff%fe",
        "{0}%ed%a0%80",
        "{0}" + "a" * 5000,
        "{0};a=%u0041",
        "{0}?%",
    ],
)
def test_no_path_leads_elsewhere_or_fails(made, archive, quiet):
    client = Client()
    for address in public_addresses():
        path = made.format(address)
        answer = client.get(path, headers={"X-Forwarded-Host": "evil.example"})
        no_failure(answer, path)
        assert "Set-Cookie" not in answer.headers
        assert not answer.get("Location", "/").startswith(("//", "http", "\\")), path
