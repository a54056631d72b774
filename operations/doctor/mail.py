"""Mail as it leaves: the server, and the message itself."""

import re
import smtplib
import ssl
import uuid
from contextlib import suppress
from datetime import datetime
from email import message_from_bytes, policy
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from newsletter.errors import DeliveryError, InvalidInput
from operations.doctor.stores import needs_database
from operations.findings import Finding, failed, ok, warning
from subscriptions.addresses import normalise
from subscriptions.delivery.connections import Server, connect
from subscriptions.delivery.dkim import default_signer
from subscriptions.delivery.envelopes import UnreachableError
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.delivery.trial import send_trial
from subscriptions.messages.headers import DigestHead, bare, boundary, digest_head, message_id
from subscriptions.messages.previews import preview
from subscriptions.models import Delivery
from subscriptions.picks import NOTHING
from subscriptions.readers.links import reader_links

SECONDS = 5.0  # for each answer of the mail server
ONE_CLICK = "List-Unsubscribe=One-Click"
_MUST_BE_SIGNED = ("list-unsubscribe", "list-unsubscribe-post")


def smtp() -> Finding:
    """Whether the mail server greets, encrypts and lets us in: EHLO, STARTTLS and AUTH, no mail."""
    if settings.EMAIL_BACKEND != SMTP_BACKEND:
        return _service()
    server = Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        starttls=settings.EMAIL_USE_TLS,
        tls=settings.EMAIL_USE_SSL,
        timeout=SECONDS,
        ca_file=settings.SMTP_CA_FILE,
    )
    try:
        connection = connect(server)
    except UnreachableError as error:
        return failed("smtp", str(error), "Mend EMAIL_URL, or the mail server that it names.")
    try:
        return _judge_connection(server, connection)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()


def _judge_connection(server: Server, connection: smtplib.SMTP) -> Finding:
    login = f", and takes the user {server.user}" if server.has_login else ""
    if settings.EMAIL_IS_CAUGHT and not settings.DEBUG:
        sentence = (
            f"Mail is caught on this machine ({server.where}): EMAIL_URL is not set, no reader gets any."
        )
        return warning("smtp", sentence, "Set EMAIL_URL to your mail server or service.")
    line = connection.sock
    if not isinstance(line, ssl.SSLSocket):
        if _is_here(line):
            return ok("smtp", f"{server.where} answers on this machine{login}.")
        sentence = (
            f"{server.where} answers{login}, and offers no STARTTLS: mails cross the network in clear text."
        )
        return warning(
            "smtp", sentence, "Use smtp+tls:// or smtps:// with the port that the provider names for it."
        )
    if line.context.verify_mode == ssl.CERT_NONE and not _is_here(line):
        sentence = (
            f"{server.where} answers{login}; mails are encrypted, and nobody vouches for its certificate."
        )
        return warning(
            "smtp", sentence, "Name the server as its certificate does, or its authority in SMTP_CA_FILE."
        )
    return ok("smtp", f"{server.where} answers with {line.version()}{login}.")


def _is_here(line: object) -> bool:
    peer = line.getpeername() if hasattr(line, "getpeername") else None
    return not isinstance(peer, tuple) or str(peer[0]).startswith(("127.", "::1", "::ffff:127."))


def _service() -> Finding:
    """A mail service: its backend refuses to open without its keys; whether they are right a mail shows."""
    backend = get_connection()
    backend.open()
    backend.close()
    name = getattr(backend, "esp_name", settings.EMAIL_BACKEND)
    return ok(
        "smtp", f"Mail goes by {name}, whose keys are set; a test mail shows whether they are right (--to)."
    )


def trial_mail(to: str) -> Finding:
    """Whether one mail leaves on the road that digests take."""
    try:
        send_trial(to, now=timezone.now())
    except DeliveryError as error:
        return failed(
            "test mail", str(error), "Do what the mail server says; manage.py doctor --only smtp tells more."
        )
    return ok(
        "test mail",
        f"The mail server took a mail for {normalise(to)}: look whether it arrives, and in which folder.",
    )


# -- the message ------------------------------------------------------------------------------------------


@needs_database("one-click")
def one_click() -> Finding:
    """Whether a digest as it leaves can be left with one click (RFC 8058), by a field that is signed."""
    return judge_one_click(default_signer()(_digest()), signs_here=bool(settings.DKIM_KEY_FILE))


def judge_one_click(data: bytes, *, signs_here: bool) -> Finding:
    """``data`` is a whole message as it goes to the mail server."""
    name = "one-click"
    message = message_from_bytes(data, policy=policy.default)
    address = _web_address(str(message["List-Unsubscribe"] or ""))
    if not address or str(message["List-Unsubscribe-Post"] or "").strip() != ONE_CLICK:
        sentence = "A digest lacks List-Unsubscribe or List-Unsubscribe-Post, which Gmail and Yahoo ask for."
        return failed(name, sentence, "Do not let a mail server or a milter remove them.")
    if urlsplit(address).scheme != "https":
        sentence = (
            f"One click would go to {_origin(address)}: mail programs send it by https alone (RFC 8058)."
        )
        is_here = urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")
        remedy = "Set SITE_URL to the https:// address of the site."
        return (warning if is_here else failed)(name, sentence, remedy)
    if not signs_here:
        return ok(
            name, "A digest has both fields; your mail server must sign them (h= of its DKIM-Signature)."
        )
    signature = message["DKIM-Signature"]
    covered = _tag(str(signature or ""), "h").lower().replace(" ", "").split(":")
    missing = [field for field in _MUST_BE_SIGNED if field not in covered]
    if missing:
        sentence = f"The DKIM signature does not cover {' and '.join(missing)}, as RFC 8058 demands."
        return failed(name, sentence, "Sign with DKIM_KEY_FILE, or have the mail server cover both fields.")
    return ok(name, "A digest has both fields, and our DKIM signature covers them.")


def _web_address(field: str) -> str:
    return next(
        (url for url in re.findall(r"<([^<>]*)>", field) if not url.lower().startswith("mailto:")), ""
    )


def _origin(url: str) -> str:
    """Without the path, which is a reader's link."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _tag(signature: str, name: str) -> str:
    tags = (part.partition("=") for part in re.sub(r"\s+", " ", signature).split(";"))
    return next((value.strip() for key, _, value in tags if key.strip() == name), "")


def _digest() -> bytes:
    """The newest digest as it would be composed now, for nobody; else the head that all digests have."""
    now = timezone.now()
    to = bare(settings.FROM_EMAIL)
    newest = Delivery.objects.exclude(picks=NOTHING).select_related("subscriber").order_by("-pk").first()
    if newest is not None:
        with suppress(InvalidInput):
            return preview(newest.subscriber, day=newest.day, now=now, to=to).message.data
    return _head_of_a_digest(to, now)


def _head_of_a_digest(to: str, now: datetime) -> bytes:
    nobody = uuid.uuid4()
    identity = message_id(nobody, now.date())
    line = boundary(identity)
    head = DigestHead(to, f"A look at {settings.SITE_NAME}", identity, reader_links(nobody, 0), "en", line)
    part = f"--{line}\r\nContent-Type: text/plain\r\n\r\nNothing new.\r\n--{line}--\r\n"
    return digest_head(head, now=now) + part.encode()
