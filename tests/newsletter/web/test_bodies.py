"""A form is in UTF-8. What else a request says of its charset is refused in one sentence, and never run."""

import logging

import pytest
from django.test import Client

from subscriptions.readers.links import token
from tests.factories import make_subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NO_CHARSETS = ["zlib", "undefined", "idna", "punycode", "base64_codec", "unicode_escape", "rot13"]
NO_FORMS = ["utf-7", "utf-16", "iso-8859-1"]
KINDS = [
    "application/x-www-form-urlencoded",
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
]
BODY = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na@example.org\r\n--x--\r\n'


@pytest.mark.parametrize("charset", [*NO_CHARSETS, "no-such", "ütf-8", "", '"; x'])
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_in_a_strange_charset_is_refused_without_a_traceback(charset, kind, caplog):
    answered = {
        path: Client(raise_request_exception=False).generic(
            "POST", f"{path}?language=ko", BODY, content_type=f"{kind}; charset={charset}"
        )
        for path in ("/", "/preview/", "/admin/login/", "/preferences/x/", "/archive/")
    }
    assert {path: answer.status_code for path, answer in answered.items()} == dict.fromkeys(answered, 400)
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


@pytest.mark.parametrize("charset", [*NO_CHARSETS, "no-such"])
def test_a_page_is_shown_whatever_its_request_calls_itself(charset):
    answer = Client().get("/?language=ko", CONTENT_TYPE=f"text/html; charset={charset}")
    assert answer.status_code == 200
    assert 'lang="ko"' in answer.content.decode()


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii"])
def test_a_form_in_the_charset_of_our_pages_is_read(charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert b"email" in Client().generic("POST", "/", b"email=x", content_type=kind).content


@pytest.mark.parametrize("charset", NO_CHARSETS)
def test_the_one_click_is_never_refused_for_its_charset(charset):
    path = f"/unsubscribe/{token(make_subscriber(), 'unsubscribe')}/"
    kind = f"text/plain; charset={charset}"
    assert Client().generic("POST", path, b"List-Unsubscribe=One-Click", content_type=kind).status_code < 500


@pytest.mark.parametrize("charset", NO_FORMS)
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[3]])
def test_a_form_in_a_charset_that_our_pages_are_not_in_is_refused(charset, kind, caplog):
    answer = Client().generic("POST", "/", BODY, content_type=f"{kind}; charset={charset}")
    assert answer.status_code == 400
    assert b"use UTF-8" in answer.content
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", BODY, 400),
        ("multipart/form-data; boundary=ü", BODY, 400),
        ("application/json; charset*=zlib''x", b"{}", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a=%d" % number for number in range(5000)), 400),
        ("application/x-www-form-urlencoded", b"a=" + b"b" * 10_000_000, 413),
    ],
)
@pytest.mark.parametrize("path", ["/", "/preview/", "/admin/login/"])
def test_a_form_that_cannot_be_read_is_refused_without_a_traceback(path, kind, body, status, caplog):
    answer = Client(raise_request_exception=False).generic("POST", path, body, content_type=kind)
    assert answer.status_code == status
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
