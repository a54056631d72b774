"""How mail leaves and comes back, and what is in it."""

import json
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config import addresses, webhooks
from config.settings.brand import SITE_NAME
from config.settings.core import DEBUG, VAR_DIR
from config.settings.environment import certificates, day, env, number, one_of, secret
from lib.masking import mask_passwords

EMAIL_URL = secret("EMAIL_URL")
EMAIL_IS_CAUGHT = not EMAIL_URL
EMAIL_URL = EMAIL_URL or "smtp://127.0.0.1:8025"


def mail(url: str) -> dict[str, Any]:
    """Django's mail settings for ``url``: SMTP, or one of Anymail's services as ``anymail+NAME://``."""
    scheme = url.partition("://")[0]
    if scheme.startswith("anymail+"):
        service = scheme.removeprefix("anymail+")
        names = {"ses": "amazon_ses"}
        return {"EMAIL_BACKEND": f"anymail.backends.{names.get(service, service)}.EmailBackend"}
    schemes = {"smtp": "smtp", "smtps": "smtp+ssl", "smtp+tls": "smtp+tls", "smtp+ssl": "smtp+ssl"}
    if scheme not in schemes:
        raise ImproperlyConfigured(
            f"EMAIL_URL={mask_passwords(url)!r}: use smtp://user:password@host:587, smtps://… or anymail+ses://."
        )
    return dict(environ.Env.email_url_config(url.replace(scheme, schemes[scheme], 1)))


def esp_keys(text: str) -> dict[str, Any]:
    """``ANYMAIL``: a JSON object with the keys of the mail service."""
    try:
        keys = json.loads(text or "{}")
    except ValueError as error:
        raise ImproperlyConfigured(f"ANYMAIL is no JSON object ({error}).") from None
    if not isinstance(keys, dict):
        raise ImproperlyConfigured('ANYMAIL is no JSON object: write {"NAME": "value"}.')
    return keys


_mail = mail(EMAIL_URL)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = addresses.host("EMAIL_URL", _mail.get("EMAIL_HOST") or "127.0.0.1")
# Whether what this site sends is caught on this machine, as in the demo; DEBUG is for trying things out.
MAIL_STAYS_HERE = DEBUG and EMAIL_HOST in ("127.0.0.1", "::1", "localhost")
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_SSL"))
# The ports of RFC 8314 (TLS at once, submission) and of RFC 5321.
EMAIL_PORT = int(_mail.get("EMAIL_PORT") or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25))
EMAIL_TIMEOUT = 60  # seconds
# An authority of one's own for the mail server's certificate, beside those of the system.
SMTP_CA_FILE = certificates("SMTP_CA_FILE", str(env.str("SMTP_CA_FILE", default="")))
ANYMAIL = esp_keys(secret("ANYMAIL"))
webhooks.must_be_authenticated(webhooks.service_of(EMAIL_BACKEND), ANYMAIL)
WEBHOOK_KEYS = webhooks.secret_names(webhooks.service_of(EMAIL_BACKEND))  # names in ANYMAIL; one is enough

FROM_EMAIL = addresses.named_mailbox(
    "FROM_EMAIL", str(env.str("FROM_EMAIL", default="")) or "paperpost@localhost", name=SITE_NAME
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = FROM_EMAIL
OUTBOX_DIR = Path(env.str("OUTBOX_DIR", default=str(VAR_DIR / "outbox")))  # of the local mail catcher
REPLY_TO_EMAIL = addresses.mailbox("REPLY_TO_EMAIL", str(env.str("REPLY_TO_EMAIL", default="")))
# Who is told what is wrong; empty: whoever may steer deliveries at the desk.
OPERATOR_EMAIL = addresses.bare_mailboxes("OPERATOR_EMAIL", str(env.str("OPERATOR_EMAIL", default="")))
BOUNCE_EMAIL = addresses.bounce_mailbox("BOUNCE_EMAIL", str(env.str("BOUNCE_EMAIL", default="")))
BOUNCE_IMAP_URL = secret("BOUNCE_IMAP_URL")  # imaps://user:password@host/INBOX
BOUNCE_MAILDIR = str(env.str("BOUNCE_MAILDIR", default=""))  # a local mailbox instead
# Signing in this process; usually the mail server signs.
DKIM_KEY_FILE = str(env.str("DKIM_KEY_FILE", default=""))
DKIM_SELECTOR = str(env.str("DKIM_SELECTOR", default="paperpost"))
POSTAL_ADDRESS = str(env.str("POSTAL_ADDRESS", default=""))
REMOTE_PICTURES = env.bool("REMOTE_PICTURES", default=False)
LATE_SUMMARIES = one_of("LATE_SUMMARIES", "extract", "next-day")
DIGEST_LAYOUT = one_of("DIGEST_LAYOUT", "standard", "brief", "full")  # of readers who did not choose
THREAD_DIGESTS = env.bool("THREAD_DIGESTS", default=False)
SEND_RATE = number("SEND_RATE", 0)  # messages a second, 0 for no limit
SEND_RATE_PER_DOMAIN = number("SEND_RATE_PER_DOMAIN", 0)
WARM_UP_FROM = day("WARM_UP_FROM")  # the first day of a new sending address, which starts with few messages
# How long a sender may be silent before its batch is taken from it. Too short costs work, never a copy.
DELIVERY_LEASE_SECONDS = number("DELIVERY_LEASE_SECONDS", 300, low=1)
DELIVERY_PROMISE = one_of("DELIVERY_PROMISE", "at-most-once", "at-least-once")
# Told each minute that all is well, and by /fail what is not: a service that says when it hears nothing.
PING_URL = addresses.ping_url("PING_URL", secret("PING_URL"))
DIGESTS_LATE_HOURS = number("DIGESTS_LATE_HOURS", 2, low=0.5)  # after readers' hours: then it is an alarm
