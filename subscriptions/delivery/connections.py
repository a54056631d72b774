"""A greeted, encrypted and authenticated connection to the mail server that ``EMAIL_URL`` names.

What is encrypted, and what of it is verified:

- ``smtp://``: STARTTLS where it is offered (RFC 3207). Without a password a certificate that nobody vouches
  for is taken, and logged: it guards against listeners, not against impostors (RFC 7435).
- ``smtp+tls://``: STARTTLS, or nothing is sent; the certificate and its name are verified.
- ``smtps://``: TLS from the first byte (RFC 8314); the certificate and its name are verified.

A password is sent behind a verified certificate only, whatever the scheme; on this machine (loopback) it may
go without. ``SMTP_CA_FILE`` names an authority of one's own, trusted beside those of the system.
"""

import ipaddress
import logging
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from subscriptions.delivery.envelopes import UnreachableError, clean

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """Where to hand mail over, and how. ``starttls``: TLS is required; ``tls``: it begins at once."""

    host: str
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    timeout: float = 60.0  # seconds
    ca_file: str = ""

    @property
    def where(self) -> str:
        """Host and port, for sentences."""
        return f"{self.host}:{self.port}"

    @property
    def has_login(self) -> bool:
        """Whether we log in there."""
        return bool(self.user or self.password)


class _Encryption(Enum):
    """How a connection is encrypted."""

    VERIFIED = auto()
    UNVERIFIED = auto()
    CLEAR = auto()


class _HandshakeError(Exception):
    """TLS was offered or asked for and did not come about."""


def connect(server: Server) -> smtplib.SMTP:
    """A connection that is ready for MAIL. Raises :class:`UnreachableError` with what is to be done."""
    may_go_unverified = not (server.tls or server.starttls or server.has_login)
    ways = (
        [_Encryption.VERIFIED, _Encryption.UNVERIFIED, _Encryption.CLEAR]
        if may_go_unverified
        else [_Encryption.VERIFIED]
    )
    for way in ways:
        try:
            return _connected(server, way)
        except _HandshakeError as error:
            why = clean(str(error))
            if way is ways[-1]:
                raise UnreachableError(
                    f"{server.where} has no TLS that can be trusted ({why}); nothing was sent. Name an "
                    "authority of your own in SMTP_CA_FILE, or the server by the name in its certificate "
                    "in EMAIL_URL.",
                    transient=False,
                ) from error
            _log_weakness(server.where, why, "unverified" if way is _Encryption.VERIFIED else "in the clear")
    raise AssertionError("the last way returns or raises")


@lru_cache(maxsize=64)  # once in each process
def _log_weakness(where: str, why: str, how: str) -> None:
    logger.warning("%s: mail goes %s, because TLS cannot be verified (%s).", where, how, why)


def _connected(server: Server, way: _Encryption) -> smtplib.SMTP:
    connection: smtplib.SMTP | None = None
    try:
        connection = _greeted(server)
        if not server.tls and way is not _Encryption.CLEAR:
            way = _encrypt(connection, server, way)
        if server.has_login:
            _log_in(connection, server, way)
        if connection.sock is not None and connection.sock.family != socket.AF_UNIX:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException as error:
        if connection is not None:
            connection.close()
        problem = _problem(server, error)
        if problem is None:
            raise
        raise problem from error
    return connection


def _log_in(connection: smtplib.SMTP, server: Server, way: _Encryption) -> None:
    if way is not _Encryption.VERIFIED and not _is_here(connection):
        raise UnreachableError(
            f"{server.where} offers no TLS, and the password of EMAIL_URL is not sent in the clear. Use "
            "smtp+tls:// or smtps:// with the port that the provider names for it.",
            transient=False,
        )
    connection.login(server.user, server.password)


def _problem(server: Server, error: BaseException) -> UnreachableError | None:
    """What ``error`` means to the operator; None for what is no answer of the server."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        text = f"does not accept the user name and password of EMAIL_URL ({one_line(error.smtp_error)})"
        is_transient = 400 <= error.smtp_code < 500  # RFC 4954, section 6: "temporary authentication failure"
        return UnreachableError(f"{server.where} {text}.", transient=is_transient, code=error.smtp_code)
    if isinstance(error, smtplib.SMTPResponseException):
        text = f"{server.where} answered {error.smtp_code} {one_line(error.smtp_error)}."
        return UnreachableError(text, code=error.smtp_code)
    # The library has no class of its own for "none of the ways that are offered".
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        text = f"{server.where} offers no way to log in that we know, and EMAIL_URL has a user name."
        return UnreachableError(text, transient=False)
    if isinstance(error, smtplib.SMTPException | OSError):
        return UnreachableError(f"The mail server {server.where} does not answer: {clean(str(error))}.")
    return None


def _greeted(server: Server) -> smtplib.SMTP:
    if server.tls:
        context = _context(server.ca_file, _Encryption.VERIFIED)
        try:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=context
            )
        except ssl.SSLError as error:
            raise _HandshakeError(str(error)) from error
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    connection.ehlo_or_helo_if_needed()
    return connection


def _encrypt(connection: smtplib.SMTP, server: Server, way: _Encryption) -> _Encryption:
    """STARTTLS, if it is offered or required; returns what came of it."""
    if not connection.has_extn("starttls"):
        if server.starttls:
            raise UnreachableError(
                f"{server.where} offers no STARTTLS, and EMAIL_URL (smtp+tls://) requires it; nothing was "
                "sent. Use smtps:// with port 465 if it speaks TLS from the first byte.",
                transient=False,
            )
        return _Encryption.CLEAR
    code, text = connection.docmd("STARTTLS")
    if code != 220:
        if server.starttls or server.has_login:
            raise UnreachableError(f"{server.where} answered {code} {one_line(text)} to STARTTLS.", code=code)
        return _Encryption.CLEAR
    if _has_more(connection):
        # Whatever came before the handshake came from anybody (CVE-2011-0411).
        raise UnreachableError(
            f"{server.where} says more than its reply to STARTTLS; somebody may be changing what it says.",
            transient=False,
        )
    context = _context(server.ca_file, way)
    if server.has_login and _is_here(connection) and not server.starttls:
        context = _context(server.ca_file, _Encryption.UNVERIFIED)
    try:
        assert connection.sock is not None  # noqa: S101 - it has just answered
        connection.sock = context.wrap_socket(connection.sock, server_hostname=server.host)
    except (ssl.SSLError, ssl.CertificateError, ConnectionError) as error:
        raise _HandshakeError(str(error)) from error
    # RFC 3207, section 4.2: all that was said before is forgotten.
    connection.file = None
    connection.helo_resp = connection.ehlo_resp = None
    connection.esmtp_features = {}
    connection.does_esmtp = False
    connection.ehlo_or_helo_if_needed()
    return way


def _has_more(connection: smtplib.SMTP) -> bool:
    """Whether bytes wait that were sent behind the last reply."""
    if connection.sock is None or connection.file is None:
        return False
    timeout = connection.sock.gettimeout()
    connection.sock.setblocking(False)
    try:
        with suppress(BlockingIOError):
            return bool(connection.file.peek(1))
        return False
    finally:
        connection.sock.settimeout(timeout)


def _is_here(connection: smtplib.SMTP) -> bool:
    """Whether the other end is on this machine."""
    if connection.sock is None:
        return False
    peer = connection.sock.getpeername()
    return not isinstance(peer, tuple) or ipaddress.ip_address(peer[0].partition("%")[0]).is_loopback


@lru_cache(maxsize=8)
def _context(ca_file: str, way: _Encryption) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if way is not _Encryption.VERIFIED:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise UnreachableError(
                f"SMTP_CA_FILE={ca_file}: no certificates can be read from it ({error}).", transient=False
            ) from error
    return context


def one_line(text: bytes | str) -> str:
    """A server's reply in one line."""
    return clean(text if isinstance(text, str) else text.decode("utf-8", "replace"))
