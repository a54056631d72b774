"""No log holds a key: what is said while links are asked for in all wrong ways."""

import logging
import uuid
from itertools import cycle
from urllib.parse import quote

import pytest

from config.logs import mask_tokens
from subscriptions.readers.links import LASTING, _lasting_tokens

PAGES = ("confirm", "unsubscribe", "undo", "vote", "preferences", "my-data", "arrive", "digests")


def wrong_ways(page: str, token: str) -> list[bytes]:
    """Requests for the page of a token that end in 400, 404, 405, 410, 413, 422 or 431, or nearly do."""
    host = "Host: 127.0.0.1\r\nConnection: close\r\n"
    path = f"/{page}/{token}"
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n"
    lines = [
        f"GET {path}/ HTTP/1.1\r\n{host}\r\n",
        f"GET {path} HTTP/1.1\r\n{host}\r\n",
        f"POST {path} HTTP/1.1\r\n{host}{form}\r\nlanguage=xx",
        f"POST {path}/ HTTP/1.1\r\n{host}{form}\r\nlanguage=xx",
        f"PUT {path}/ HTTP/1.1\r\n{host}\r\n",
        f"BREW {path}/ HTTP/1.1\r\n{host}\r\n",
        f"GET {path}/nowhere/ HTTP/1.1\r\n{host}\r\n",
        f"GET {path}/erase/ HTTP/1.1\r\n{host}\r\n",
        f"GET /{token} HTTP/1.1\r\n{host}\r\n",
        f"GET /{page}//{token}/ HTTP/1.1\r\n{host}\r\n",
        f"GET /{page.upper()}/{token}/ HTTP/1.1\r\n{host}\r\n",
        f"GET /{page}%2F{token} HTTP/1.1\r\n{host}\r\n",
        f"GET /{page}/{''.join(f'%{ord(letter):02x}' for letter in token)}/x HTTP/1.1\r\n{host}\r\n",
        f"GET {path}&gt;/ HTTP/1.1\r\n{host}\r\n",
        f"GET {path}= HTTP/1.1\r\n{host}\r\n",
        f"GET {path}/?{quote(token)}=%ff HTTP/1.1\r\n{host}\r\n",
        f"GET {path}/ HTTP/1.1\r\nHost: {token}\r\nConnection: close\r\n\r\n",
        f"GET {path}/ HTTP/1.1\r\nHost: nobody\r\nReferer: http://x{path}/\r\nConnection: close\r\n\r\n",
        f"GET {path}/ HTTP/1.1\r\n{host}Bad Header {token}\r\n\r\n",
        f"GET {path}/ HTTP/1.1 {token}\r\n{host}\r\n",
        f"POST {path}/ HTTP/1.1\r\n{host}Content-Length: 9999999\r\n\r\n",
        f"POST {path}/ HTTP/1.1\r\n{host}Content-Type: multipart/form-data\r\nContent-Length: 1\r\n\r\nx",
        f"POST {path}/ HTTP/1.1\r\n{host}{form.replace('encoded', 'encoded; charset=zlib')}\r\nlanguage=xx",
        f"POST /?{path}/ HTTP/1.1\r\n{host}{form}Cookie: csrftoken={token}\r\n\r\nlanguage=xx",
    ]
    return [line.encode() for line in lines]


def test_no_token_is_in_any_line_that_the_server_writes(site):
    tokens = _lasting_tokens(next(site.readers), 0)
    before = len(site.log.read_bytes())
    for page, purpose in zip(PAGES, cycle(LASTING), strict=False):
        for request in wrong_ways(page, tokens[purpose]):
            site.answer_to(request)
    said = site.log.read_text(encoding="utf-8", errors="replace")[before:]
    assert said.count("Not Found") > 50, "the log is empty: this looks at nothing"
    assert "[token]" in said
    for token in tokens.values():
        assert token not in said
        assert token[:40] not in said
        assert token[-40:] not in said
        assert "".join(f"%{ord(letter):02x}" for letter in token) not in said


TOKEN = _lasting_tokens(uuid.uuid4(), 0)["preferences"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Not Found: /unsubscribe/{}/", "Not Found: /unsubscribe/[token]/"),
        ("Not Found: /preferences/half-a-to", "Not Found: /preferences/[token]"),
        ("{}", "[token]"),
        ("a link ({}) of 100%", "a link ([token]) of 100%"),
        ("Task subscriptions.tasks.send_notice[0b5a7e0c-3f0e-4ac9-9d6c-b0d8d1f2b1a4] received", None),
        ("fetched https://arxiv.org/abs/2403.12345 in 0.3 s", None),
    ],
)
def test_what_is_masked_and_what_stays(text, masked):
    said = text.format(TOKEN)
    assert mask_tokens(said) == (said if masked is None else masked)


def test_arguments_and_tracebacks_are_masked_for_every_handler(caplog):
    log = logging.getLogger("anybody")
    try:
        raise KeyError(f"/vote/{TOKEN}/")
    except LookupError:
        log.exception("It failed at %s, %d%% done", f"/vote/{TOKEN}/", 7)
    assert "It failed at /vote/[token]/, 7% done" in caplog.text
    assert "KeyError: '/vote/[token]/'" in caplog.text
    assert TOKEN not in caplog.text
