"""What comes from outside: the site as the world reaches it, its certificate, webhooks, what bounces."""

import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils import timezone

from lib.masking import mask_passwords
from newsletter.errors import DeliveryError, InvalidInput
from newsletter.sources.http import trust, user_agent
from operations import proxies
from operations.findings import Finding, failed, ok, warning
from subscriptions.mailbox.imap import imap_folder

SECONDS = 5.0
RENEWED = 14  # days before its end; what renews certificates does so 30 days before
LAST = 3  # days
SHORTEST_SECRET = 20  # characters
_HERE = ("localhost", "127.0.0.1", "::1")
_DAY = 86_400
PROXY_SEEN = timedelta(hours=3)  # each web process notes it once an hour


def certificate(context: ssl.SSLContext | None = None) -> Finding:
    """Whether the certificate of SITE_URL is valid, and for how long."""
    parts = urlsplit(settings.SITE_URL)
    host = parts.hostname or ""
    if parts.scheme != "https":
        sentence = (
            f"SITE_URL={settings.SITE_URL} has no TLS: links and log-ins cross the network in clear text."
        )
        remedy = (
            "Put a proxy with a certificate in front (deploy/), and set SITE_URL to its https:// address."
        )
        return (warning if host in _HERE else failed)("site certificate", sentence, remedy)
    try:
        with (
            socket.create_connection((host, parts.port or 443), timeout=SECONDS) as line,
            (context or trust()).wrap_socket(line, server_hostname=host) as encrypted,
        ):
            facts = encrypted.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        sentence = f"The certificate of {host} is not valid: {error.verify_message}."
        return failed("site certificate", sentence, "Renew it, for this name, and serve the whole chain.")
    except OSError as error:
        sentence = f"{host} does not speak TLS at SITE_URL: {error.strerror or error}."
        return failed("site certificate", sentence, "Start the proxy, and see that SITE_URL names it.")
    return judge_certificate(host, str(facts["notAfter"]), now=datetime.now(UTC))


def judge_certificate(host: str, until: str, *, now: datetime) -> Finding:
    """A valid certificate that ends at ``until``, as the standard library writes it."""
    days = (ssl.cert_time_to_seconds(until) - now.timestamp()) / _DAY
    sentence = f"The certificate of {host} is valid for {days:.0f} more days."
    remedy = "See why what renews it has not (the proxy's log; certbot renew --dry-run)."
    if days < LAST:
        return failed("site certificate", sentence, remedy)
    return (
        warning("site certificate", sentence, remedy) if days < RENEWED else ok("site certificate", sentence)
    )


def site(context: ssl.SSLContext | None = None) -> Finding:
    """Whether this site, and no other, answers at SITE_URL."""
    url = f"{settings.SITE_URL}/health/live"
    try:
        answer = httpx.get(
            url, timeout=SECONDS, verify=context or trust(), headers={"User-Agent": user_agent()}
        )
        status = answer.json().get("status") if answer.status_code == 200 else ""
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        sentence = f"Nothing answers at SITE_URL={settings.SITE_URL}: {error}."
        remedy = (
            "Start web and proxy. If it opens elsewhere, this machine alone cannot reach its public address."
        )
        return failed("site", sentence, remedy)
    except (ValueError, AttributeError):
        status = ""
    if status != "ok":
        sentence = f"{url} answered {answer.status_code}, and not as Paperpost does."
        remedy = "See that SITE_URL names this site, ALLOWED_HOSTS its host, and where the proxy leads."
        return failed("site", sentence, remedy)
    return ok("site", f"Paperpost answers at {settings.SITE_URL}.")


def proxy() -> Finding:
    """Whether the proxy that stands in front is believed: else all readers seem to come from its address."""
    is_https = urlsplit(settings.SITE_URL).scheme == "https"
    if settings.PROXY_HOPS:
        if is_https:
            return ok(
                "proxy hops", f"PROXY_HOPS={settings.PROXY_HOPS}: so many proxies in front are believed."
            )
        sentence = (
            f"PROXY_HOPS={settings.PROXY_HOPS}, and SITE_URL is not https: is there a proxy? Without one "
        )
        sentence += "anybody can claim any address."
        return warning("proxy hops", sentence, "Set PROXY_HOPS=0 if readers reach this server directly.")
    seen_at = proxies.last_seen()
    is_recent = seen_at is not None and timezone.now() - seen_at < PROXY_SEEN
    if not is_recent and not is_https:
        return ok("proxy hops", "No proxy is believed, and none was seen.")
    # This server speaks no TLS itself: where SITE_URL is https, somebody in front of it does.
    why = "one on a near address passes requests on" if is_recent else "SITE_URL is https"
    sentence = (
        f"A proxy stands in front ({why}) and PROXY_HOPS=0: all readers share the limits of one address."
    )
    return failed(
        "proxy hops", sentence, "Set PROXY_HOPS to the number of proxies, mostly 1, and restart web."
    )


def webhooks() -> Finding:
    """Whether calls in the mail service's name can be told from a stranger's."""
    names: tuple[str, ...] = settings.WEBHOOK_KEYS
    if not names:
        return ok("webhooks", "No mail service calls here: what bounces is read from a mailbox.")
    keys: dict[str, Any] = settings.ANYMAIL
    present = [name for name in names if keys.get(name)]
    if not present:
        sentence = (
            "Anybody could report bounces in the mail service's name: ANYMAIL has no secret of its webhook."
        )
        return failed(
            "webhooks", sentence, f"Add {' or '.join(names)} to ANYMAIL, and give it to the service."
        )
    weak = [name for name in present if len(str(keys[name])) < SHORTEST_SECRET]
    if weak:
        sentence = f"The webhook's secret {weak[0]} is short: it can be guessed."
        return warning("webhooks", sentence, "Use a long random text, at the service too.")
    return ok("webhooks", f"The mail service's calls are told from others by {' and '.join(present)}.")


def bounces() -> Finding:
    """Whether what comes back can be read: the mailbox is opened, and nothing in it is changed."""
    if settings.BOUNCE_IMAP_URL:
        return _imap()
    if settings.BOUNCE_MAILDIR:
        return _maildir(Path(settings.BOUNCE_MAILDIR))
    if settings.WEBHOOK_KEYS:
        return ok("bounces", "The mail service reports what comes back, by its webhook.")
    sentence = "Nobody reads what comes back: dead addresses are written to for ever, and providers mind."
    return warning("bounces", sentence, "Set BOUNCE_EMAIL, and BOUNCE_IMAP_URL or BOUNCE_MAILDIR.")


def _imap() -> Finding:
    try:
        with imap_folder(settings.BOUNCE_IMAP_URL, timeout=SECONDS) as box:
            return ok(
                "bounces", f"The mailbox of BOUNCE_IMAP_URL lets us in, and its folder {box.folder} opens."
            )
    except (DeliveryError, InvalidInput) as error:
        sentence = f"What comes back is not read. {mask_passwords(str(error))}"
        return failed("bounces", sentence, "Correct BOUNCE_IMAP_URL, or start the server that it names.")


def _maildir(path: Path) -> Finding:
    new, cur = path / "new", path / "cur"
    for folder in (
        new,
        cur if cur.exists() else path,
    ):  # what was read moves to cur, which is made if need be
        try:
            os.scandir(folder).close()
        except OSError as error:
            reason = error.strerror or str(error)
        else:
            reason = "" if os.access(folder, os.W_OK | os.X_OK) else "Nothing may be written there"
        if reason:
            sentence = f"What comes back is not read from {folder}: {reason}."
            remedy = "Set BOUNCE_MAILDIR to a maildir in which the user that runs Paperpost reads and writes."
            return failed("bounces", sentence, remedy)
    return ok("bounces", f"The maildir {path} can be read.")
