"""Only the mail service in use may tell us what became of our mail, and not without a secret."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import Resolver404, resolve

from config.webhooks import addresses, must_be_authenticated, service_of


@pytest.mark.parametrize(
    ("backend", "service"),
    [
        ("anymail.backends.amazon_ses.EmailBackend", "amazon_ses"),
        ("anymail.backends.postmark.EmailBackend", "postmark"),
        ("django.core.mail.backends.smtp.EmailBackend", ""),
    ],
)
def test_the_service_of_a_backend(backend: str, service: str):
    assert service_of(backend) == service


@pytest.mark.parametrize(
    ("service", "keys"),
    [
        ("postmark", {"WEBHOOK_SECRET": "a:b"}),
        ("sendgrid", {"SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": "k"}),
        ("mailgun", {"MAILGUN_API_KEY": "k"}),
        ("", {}),
        ("test", {}),
    ],
)
def test_a_secret_lets_the_site_start(service: str, keys: dict[str, str]):
    must_be_authenticated(service, keys)


@pytest.mark.parametrize(
    ("service", "keys", "named"),
    [
        ("postmark", {"POSTMARK_SERVER_TOKEN": "t"}, "WEBHOOK_SECRET"),
        ("brevo", {"WEBHOOK_SECRET": ""}, "WEBHOOK_SECRET"),
        (
            "sendgrid",
            {"SENDGRID_API_KEY": "k"},
            "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY and no",
        ),
    ],
)
def test_without_a_secret_the_start_is_refused(service: str, keys: dict[str, str], named: str):
    with pytest.raises(ImproperlyConfigured, match=f"ANYMAIL has no {named}") as caught:
        must_be_authenticated(service, keys)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("service", ["amazon_ses", "brevo", "mailgun", "mandrill", "postmark", "sendgrid"])
def test_a_service_has_its_own_address_and_no_other(service: str):
    assert {str(found.pattern).split("/")[0] for found in addresses(service)} == {service}
    assert not any("inbound" in str(found.pattern) for found in addresses(service))


def test_a_site_that_sends_by_smtp_takes_no_webhooks():
    assert addresses("") == []
    for path in ("/anymail/postmark/tracking/", "/anymail/brevo/tracking/"):
        with pytest.raises(Resolver404):
            resolve(path)
