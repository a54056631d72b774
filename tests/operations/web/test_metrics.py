"""Who may read the metrics, and how."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.web import metrics_token

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TOKEN = "a-token-of-thirty-letters-0123"
PUBLIC = "203.0.113.9"


@pytest.fixture(autouse=True)
def rules(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.ALLOWED_HOSTS = ["papers.example.org", "web", "testserver"]
    settings.METRICS_TOKEN = TOKEN


def status(client, *, peer="127.0.0.1", host="web", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/metrics", headers={"host": host, **named}, REMOTE_ADDR=peer).status_code


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "::1", "10.2.3.4", "172.18.0.5", "192.168.1.9", "::ffff:10.0.0.1", "fd00::5"]
)
def test_a_private_network_may_read_them(client, peer):
    assert status(client, peer=peer) == 200


@pytest.mark.parametrize(
    "peer", [PUBLIC, "8.8.8.8", "2001:db8::1", "::ffff:8.8.8.8", "100.64.0.1", "", "unix:"]
)
def test_nobody_else_may_without_the_token(client, peer):
    assert status(client, peer=peer) == 404
    assert status(client, peer=peer, authorization=f"Bearer {TOKEN}") == 200
    assert status(client, peer=peer, authorization=f"bearer  {TOKEN}") == 200
    for wrong in (TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer \xe9"):
        assert status(client, peer=peer, authorization=wrong) == 404


def test_no_token_is_no_empty_token(client, settings):
    settings.METRICS_TOKEN = ""
    assert status(client, peer=PUBLIC, authorization="Bearer ") == 404
    assert status(client, peer=PUBLIC, authorization="Bearer") == 404


@pytest.mark.parametrize(
    "header",
    [
        {"x_forwarded_for": PUBLIC},
        {"x_forwarded_for": "127.0.0.1"},
        {"x_forwarded_for": "172.18.0.1"},
        {"forwarded": f"for={PUBLIC}"},
        {"x_real_ip": PUBLIC},
        {"x_forwarded_proto": "https"},
        {"via": "1.1 proxy"},
    ],
)
@pytest.mark.parametrize("hops", [0, 1])
def test_who_comes_through_a_proxy_needs_the_token_whatever_the_proxy_says(client, settings, header, hops):
    """Docker shows the proxy its own bridge, 172.18.0.1, in the place of visitors by IPv6."""
    settings.PROXY_HOPS = hops
    assert status(client, peer="172.18.0.5", **header) == 404
    assert status(client, peer="172.18.0.5", authorization=f"Bearer {TOKEN}", **header) == 200


def test_the_public_name_of_a_site_with_tls_is_asked_for_through_a_proxy(client, settings):
    settings.SITE_URL = "https://papers.example.org"
    assert status(client, host="papers.example.org") == 404
    assert status(client, host="PAPERS.example.org:443") == 404
    assert status(client, host="web") == 200


def test_a_stranger_cannot_claim_an_address(client, settings):
    settings.PROXY_HOPS = 1
    assert status(client, peer=PUBLIC, x_forwarded_for="127.0.0.1") == 404


def test_metrics_are_looked_at_and_never_kept(client):
    answer = client.get("/metrics", headers={"host": "web"})
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer
    head = client.head("/metrics", headers={"host": "web"})
    assert (head.status_code, head.content) == (200, b"")
    for method in (client.post, client.put, client.delete):
        assert method("/metrics", headers={"host": "web"}).status_code == 405


@pytest.mark.parametrize("weak", ["short", "of many words with blanks", "ключ-из-тридцати-букв-подряд"])
def test_a_weak_token_stops_the_start_without_being_shown(monkeypatch, weak):
    monkeypatch.setenv("METRICS_TOKEN", weak)
    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN is weak") as caught:
        metrics_token()
    assert weak not in str(caught.value)
    monkeypatch.setenv("METRICS_TOKEN", TOKEN)
    assert metrics_token() == TOKEN
