"""RFC 8058 through the real server: an address and POST unsubscribe, whatever else is sent."""

import json
import uuid
from itertools import count
from pathlib import Path

import pytest

from tests.server.conftest import Site, read_all, status

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "posts.json"
FORM = "application/x-www-form-urlencoded"
BODY = b"List-Unsubscribe=One-Click"
_names = count()


def post(token: str, *headers: str) -> bytes:
    lines = [f"POST /unsubscribe/{token}/ HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def with_body(token: str, body: bytes, content_type: str | None = FORM) -> bytes:
    kind = [f"Content-Type: {content_type}"] if content_type is not None else []
    return post(token, *kind, f"Content-Length: {len(body)}") + body


def assert_leaves(site: Site, *parts: bytes, reader: uuid.UUID) -> bytes:
    answer = site.answer_to(*parts)
    head, _, page = answer.partition(b"\r\n\r\n")
    assert status(answer) == 200
    assert f"content-length: {len(page)}".encode() in head.lower()
    assert b"</html>" in page
    assert site.state(reader) == "unsubscribed"
    return answer


FIELD = b'--edge\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n'
MULTIPART = FIELD + b"\r\nOne-Click\r\n--edge--\r\n"
BODIES: dict[str, tuple[str | None, bytes]] = {
    "as RFC 8058 has it": (FORM, BODY),
    "no type": (None, BODY),
    "empty": (FORM, b""),
    "text": ("text/plain", BODY),
    "JSON": ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
    "latin-1": (f"{FORM}; charset=ISO-8859-1", BODY),
    "charset zlib": (f"{FORM}; charset=zlib", BODY),
    "charset undefined": (f"{FORM}; charset=undefined", BODY),
    "charset idna": (f"{FORM}; charset=idna", BODY),
    "charset of nobody": (f"{FORM}; charset=x-unknown", BODY),
    "multipart": ("multipart/form-data; boundary=edge", MULTIPART),
    "multipart without a boundary": ("multipart/form-data", MULTIPART),
    "multipart with a bad boundary": ("multipart/form-data; boundary=\xff", MULTIPART),
    "multipart cut off": ("multipart/form-data; boundary=edge", MULTIPART[:30]),
    "multipart in base64": (
        "multipart/form-data; boundary=edge",
        FIELD + b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--edge--",
    ),
    "a thousand fields": (FORM, BODY + b"&f=1" * 1500),
    "a file": (
        "multipart/form-data; boundary=edge",
        b'--edge\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + b"x" * 400_000,
    ),
    "3 MB": (FORM, BODY + b"&" + b"x" * 3_000_000),
    "percent signs": (FORM, b"%ff%fe=%zz"),
    "what asks for less": (FORM, b"cadence=weekly&topic=robotics"),
    "bytes": ("application/octet-stream", bytes(range(256))),
}


@pytest.mark.parametrize("name", BODIES)
def test_any_body_unsubscribes(site, name):
    reader, token = site.new_reader()
    content_type, body = BODIES[name]
    assert_leaves(site, with_body(token, body, content_type), reader=reader)


@pytest.mark.skipif(not CASES.exists(), reason="the cases (../shared/cases) are not here")
def test_the_bodies_that_were_seen_unsubscribe(site):
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        body = ((case["body"] or "") + case.get("then", "") * case.get("times", 0)).encode()
        reader, token = site.new_reader()
        assert_leaves(site, with_body(token, body, case["content_type"]), reader=reader)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Content-Length: 100000"], b"List"),
        (["Content-Length: 300000000"], b""),
        (["Content-Length: 3"], BODY),
        (["Content-Length: none"], BODY),
        (["Content-Length: -1"], BODY),
        (["Content-Length: 5", "Content-Length: 7"], BODY),
        (["Transfer-Encoding: chunked"], b"1a\r\nList-Unsubscribe=One-Click\r\n0\r\n\r\n"),
        (["Transfer-Encoding: chunked"], b"1a\r\nList"),
        (["Transfer-Encoding: chunked"], b"no number\r\n"),
        (["Transfer-Encoding: gzip"], BODY),
        (["Expect: 100-continue", "Content-Length: 26"], b""),
        (["Connection: keep-alive", "Content-Length: 26"], BODY),
    ],
)
def test_what_is_said_of_the_body_does_not_matter_and_none_is_waited_for(site, headers, body):
    reader, token = site.new_reader()
    assert_leaves(site, post(token, *headers) + body, reader=reader)


def test_a_client_that_sends_on_while_it_is_answered_gets_the_whole_answer(site):
    reader, token = site.new_reader()
    with site.connect() as client:
        client.sendall(post(token, f"Content-Length: {20_000_000}"))
        for _ in range(100):
            client.sendall(b"x" * 100_000)
        assert b"</html>" in read_all(client)
    assert site.state(reader) == "unsubscribed"


def test_http_1_0_and_a_second_time_will_do(site):
    reader, token = site.new_reader()
    request = f"POST /unsubscribe/{token}/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode()
    for _ in range(2):
        assert_leaves(site, request, reader=reader)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE", "QUERY"])
def test_no_other_method_changes_anything(site, method):
    reader, token = site.new_reader()
    request = f"{method} /unsubscribe/{token}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    answer = site.answer_to(f"{request}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY)
    assert status(answer) in (200, 405)
    assert site.state(reader) == "active"


def test_a_token_that_is_none_unsubscribes_nobody(site):
    reader, token = site.new_reader()
    for text in (token[:-1], f"{token[:-1]}{'B' if token[-1] == 'A' else 'A'}", "x", token[::-1]):
        assert status(site.answer_to(with_body(text, BODY))) == 404
    assert site.state(reader) == "active"
