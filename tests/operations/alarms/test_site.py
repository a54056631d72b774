"""The site is asked from outside: what answers wrongly, slowly, elsewhere or not at all is an alarm."""

import json
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.addresses import web_address
from operations import heartbeats
from operations.alarms import site
from operations.alarms.conditions import CannotTellError
from operations.alarms.engine import WATCH_SILENT_AFTER
from operations.alarms.kinds import KINDS
from operations.alarms.looking import CONDITIONS, CONDITIONS_OF_WORKERS, look
from operations.alarms.telling import evaluate
from subscriptions.delivery.transport import SMTP_BACKEND
from tests.authority import make_authority
from tests.factories import NOW
from tests.operations.alarms.ping_server import PingServer
from tests.smtp_sink import SmtpSink

WELL = json.dumps({"status": "ok", "database": "ok", "static": "ok", "migrations": "ok"}).encode()
HOST = "papers.example"


def http(status, body=b"", *fields):
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *fields, "", ""]
    return "\r\n".join(head).encode() + body


@contextmanager
def answering(*pieces, context=None, pause=0.0):
    """A server that writes ``pieces`` to each connection; yields its address and the requests it had."""
    requests: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            try:
                if context is not None:
                    line = context.wrap_socket(line, server_side=True)
                with line:
                    requests.append(line.recv(65536))
                    for piece in pieces:
                        line.sendall(piece)
                        time.sleep(pause)
            except OSError:
                continue  # whoever asked has hung up

    threading.Thread(target=serve, daemon=True).start()
    with closing(listening):
        scheme = "http" if context is None else "https"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", requests
        listening.shutdown(socket.SHUT_RDWR)


def fault(*pieces, **how):
    with answering(*pieces, **how) as (address, _):
        return site.judge(site.ask(address, host=HOST))


def test_a_site_that_is_well_is_asked_as_a_reader_would():
    with answering(http(200, WELL)) as (address, requests):
        assert site.judge(site.ask(address, host=HOST)) == ""
    assert requests[0].startswith(b"GET /health/ready HTTP/1.1\r\n")
    assert b"\r\nHost: papers.example\r\n" in requests[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http(503, b'{"status": "failed", "database": "failed", "static": "ok"}'), "its pages (database): "),
        (
            http(503, b'{"database": "<script>", "evil@example.org": "failed"}'),
            "answers 503, as a proxy does",
        ),
        (http(502, b"Bad Gateway"), "answers 502, as a proxy does behind which web is dead: restart web."),
        (http(400, b"Bad Request"), "answers 400: ALLOWED_HOSTS has to name the host of SITE_URL."),
        (http(301, b"", "Location: http://evil.example/?a@b.example"), "redirects (301): name the address"),
        (http(302, b"", "Location: file:///etc/passwd"), "redirects (302): "),
        (http(200, b"<h1>It works!</h1>"), "answers 200, and not as Paperpost does"),
        (http(200, b'["ok"]'), "answers 200, and not as Paperpost does"),
        (http(200, b"[" * 4000), "answers 200, and not as Paperpost does"),
        (http(200, b"\xff\xfe" + WELL), "answers 200, and not as Paperpost does"),
        (http(200, b"1" * 4000), "answers 200, and not as Paperpost does"),
        (http(200, WELL[:-5] + b" " * 9_000_000 + WELL[-5:]), "answers 200, and not as Paperpost does"),
        (http(200, WELL, "Content-Encoding: gzip", "Set-Cookie: a=b"), ""),
        (http(404, WELL), "answers 404, and not as Paperpost does"),
        (b"HTTP/1.1 200 X\r\n" + b"X-Long: 1\r\n" * 200_000, "breaks its answer off"),
        (b"SSH-2.0-OpenSSH\r\n", "breaks its answer off"),
        (b"", "breaks its answer off"),
    ],
)
def test_whatever_comes_is_one_sentence_of_ours(answer: bytes, words: str):
    said = fault(answer)
    assert words in said
    assert bool(said) is bool(words)
    assert not any(word in said for word in ("evil", "script", "@", "passwd"))


def test_who_drips_or_says_nothing_is_left_in_time(monkeypatch):
    monkeypatch.setattr(site, "SECONDS", 0.4)
    began = time.monotonic()
    slow = "does not answer within 5 seconds: restart web and the proxy."
    assert fault(*[b"H"] * 40, pause=0.1) == slow
    assert fault(http(200, WELL)[:-9], *[b" "] * 40, pause=0.1) == slow
    assert fault(b"", pause=3) == slow
    assert time.monotonic() - began < 3


def test_a_dns_that_knows_nothing_or_hangs(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    released = threading.Event()

    def hangs(*_args, **_options):
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    said = site.judge(site.ask("https://papers.example", host=HOST))
    assert said == "has a host that the DNS does not know: see its records, and this machine's DNS."
    monkeypatch.setattr(site, "SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    assert "does not answer within" in site.judge(site.ask("https://papers.example", host=HOST))
    released.set()


def test_certificates_that_are_nobodys_anothers_or_over(tmp_path):
    for name, which, days, words in (
        ("own", "trusted", 1.0, "unable to get local issuer certificate"),
        ("other", "elsewhere", 1.0, "IP address mismatch"),
        ("over", "trusted", -0.5, "certificate has expired"),
    ):
        (tmp_path / name).mkdir()
        authority = make_authority(tmp_path / name, days=days)
        trusting = ssl.create_default_context(cafile=str(authority.file)) if name != "own" else None
        with answering(http(200, WELL), context=getattr(authority, which)) as (address, _):
            said = site.judge(site.ask(address, host=HOST, context=trusting))
        assert said.startswith("has a certificate that is not valid (")
        assert words in said
        assert said.endswith("renew it, for this name, from an authority that browsers know.")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:9", "cannot be reached: start web and the proxy."),
        ("digest.example.org", "is no address that can be asked"),
        ("https://[::1", "is no address that can be asked"),
        ("ftp://digest.example.org", "is no address that can be asked"),
        ("https://" + "a" * 70 + ".example", "is no address that can be asked"),
    ],
)
def test_addresses_at_which_nobody_can_answer(address: str, words: str):
    assert words in site.judge(site.ask(address, host=HOST))


def test_where_it_is_asked(settings):
    with answering(http(200, WELL)) as (address, requests):
        settings.SITE_URL, settings.SITE_CHECK_URL = f"https://{HOST}", address
        assert site.site_down(NOW) == []
        assert f"Host: {HOST}".encode() in requests[0]
        settings.SITE_CHECK_URL = "none"
        assert site.site_down(NOW) == []
        settings.SITE_URL, settings.SITE_CHECK_URL = address, ""
        assert site.site_down(NOW) == []
        assert len(requests) == 2
    (problem,) = site.site_down(NOW)
    assert problem.sentence == "The site at SITE_URL cannot be reached: start web and the proxy."
    settings.SITE_CHECK_URL = address
    assert "The site at SITE_CHECK_URL" in site.site_down(NOW)[0].sentence
    settings.DEBUG = True
    assert site.site_down(NOW) == []


@pytest.mark.parametrize("near", ["SITE_URL", "SITE_CHECK_URL"])
def test_no_proxy_of_the_environment_is_asked_for_what_is_near(settings, monkeypatch, near: str):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with answering(http(200, WELL)) as (address, requests):
        settings.SITE_URL = address if near == "SITE_URL" else "http://papers.example"
        settings.SITE_CHECK_URL = address if near == "SITE_CHECK_URL" else ""
        assert site.site_down(NOW) == []
        assert len(requests) == 1


def test_a_site_elsewhere_is_asked_through_the_proxy_of_the_environment(settings, monkeypatch):
    with answering(http(200, WELL)) as (proxy, requests):
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        settings.SITE_URL, settings.SITE_CHECK_URL = "http://papers.example", ""
        assert site.site_down(NOW) == []
        assert requests[0].startswith(b"GET http://papers.example/health/ready ")


@pytest.mark.parametrize(
    ("address", "is_near"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.3", True),
        ("http://[::1]:8000", True),
        ("http://web:8000", True),
        ("http://10.0.0.1", False),
        ("https://papers.example", False),
        ("https://[::1", False),
    ],
)
def test_what_is_near(address: str, *, is_near: bool):
    assert site._is_near(address) is is_near


def test_whatever_fails_on_this_side_is_no_fault_of_the_site(settings, monkeypatch, caplog):
    def fails(**_options):
        raise ImportError("a proxy speaks what is not installed")

    settings.SITE_URL = f"https://{HOST}"
    monkeypatch.setattr("httpx.Client", fails)
    settings.SITE_CHECK_URL = ""
    with pytest.raises(CannotTellError):
        site.site_down(NOW)
    assert "The site cannot be asked whether it is well." in caplog.text


@pytest.mark.django_db
def test_workers_ask_only_where_no_watch_does(settings):
    settings.SITE_CHECK_URL = "http://127.0.0.1:9"
    conditions = {"site_down": CONDITIONS_OF_WORKERS["site_down"]}
    assert [problem.kind for problem in look(NOW, conditions=conditions).problems] == ["site_down"]
    heartbeats.record_watch(at=NOW)
    seen = look(NOW + WATCH_SILENT_AFTER, conditions=conditions)
    assert (seen.problems, seen.unknown) == ([], {"site_down"})
    assert look(NOW, conditions={"site_down": CONDITIONS["site_down"]}).problems, "the watch asks"
    for silent in (NOW + 2 * WATCH_SILENT_AFTER, NOW - 2 * WATCH_SILENT_AFTER):
        assert look(silent, conditions=conditions).problems


@pytest.mark.parametrize(
    "text",
    [
        "web:8000",
        "ftp://web",
        "http://user:secret@web",
        "http://",
        "http://web/?a=b",
        "http://[",
        "http://w:0",
    ],
)
def test_what_is_no_address_of_a_site_stops_the_start(text: str):
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_CHECK_URL is no address of a site: ") as caught:
        web_address("SITE_CHECK_URL", text)
    assert "secret" not in str(caught.value)


@pytest.mark.django_db
def test_it_is_told_once_after_some_minutes_and_once_when_it_is_over(settings):
    kind = KINDS["site_down"]
    with SmtpSink() as sink, PingServer() as pings:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.host, sink.port
        settings.OPERATOR_EMAIL, settings.PING_URL = ["ops@example.org"], pings.url
        settings.SITE_CHECK_URL = "http://127.0.0.1:9"
        conditions = {"site_down": site.site_down}
        evaluate(NOW, conditions=conditions)
        assert (len(sink.bodies), pings.pings[-1][0]) == (0, "GET"), "web may just be restarted"
        for _ in range(2):
            told = evaluate(NOW + kind.patience, conditions=conditions)
            assert len(told.open) == len(sink.bodies) == 1
            assert pings.pings[-1][0] == "POST"
        assert b"The site at SITE_CHECK_URL cannot be reached" in sink.bodies[0].replace(b"\r\n ", b" ")
        with answering(http(200, WELL)) as (address, _):
            settings.SITE_CHECK_URL = address
            assert evaluate(NOW + kind.patience + kind.calm, conditions=conditions).open == ()
        assert len(sink.bodies) == 2
        assert pings.pings[-1][0] == "GET"
