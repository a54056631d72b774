"""Handing a message over: to a mail server through connections of our own, or to a service through Anymail.

A transport is asked for one message at a time and tells the sender the moment before it can no longer take
the message back (``before_body``). It answers with a :class:`~subscriptions.delivery.replies.Reply` or raises
:class:`UnreachableError`, which means that nothing at all was handed over.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.utils import parseaddr
from typing import Protocol

import idna
from anymail.exceptions import AnymailAPIError, AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from newsletter.errors import DeliveryError
from subscriptions.delivery.replies import Reply

PER_CONNECTION = 500  # messages; servers and balancers tire of long ones
RECONNECTS = 2  # for one message, before it is put off
_BARE = re.compile(rb"\r\n|\n|\r")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class UnreachableError(DeliveryError):
    """The mail server cannot be talked to, or lets us not in. No message was touched."""

    def __init__(self, message: str, *, transient: bool = True, code: int = 0) -> None:
        super().__init__(message, transient=transient, code=code)


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope (RFC 5321 addresses; an empty sender is ``<>``) and the message's bytes with CRLF lines."""

    sender: str
    recipient: str
    data: bytes
    tag: str = ""  # returned by a service's webhooks
    is_canonical: bool = False  # its maker vouches for the line ends: a tenth of the sending is to look again


class Transport(Protocol):
    def send(self, letter: Letter, *, before_body: Callable[[], None]) -> Reply:
        """Hand ``letter`` over. ``before_body`` is called once, before it can be accepted; what it raises
        is passed on, and then the letter was not accepted."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Server:
    """Where to hand mail over, and how."""

    host: str
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    timeout: float = 60.0  # seconds


class SmtpTransport:
    """One kept connection to one server, renewed after :data:`PER_CONNECTION` messages or when it drops.

    The envelope's three commands travel together where the server offers PIPELINING (RFC 2920); 8BITMIME,
    SMTPUTF8 and SIZE are used where offered and needed. STARTTLS is used where offered; where the operator
    asked for TLS (``smtp+tls://``) it is required and the server's name is checked.
    """

    def __init__(self, server: Server, *, per_connection: int = PER_CONNECTION) -> None:
        self.server = server
        self.per_connection = per_connection
        self.connection: smtplib.SMTP | None = None
        self.sent_here = 0

    def send(self, letter: Letter, *, before_body: Callable[[], None]) -> Reply:
        reply = Reply(0, "the connection ended before the message")
        called = False

        def once() -> None:
            nonlocal called
            if not called:
                before_body()
                called = True

        for _ in range(1 + RECONNECTS):
            connection = self._connected()
            try:
                reply = self._hand_over(connection, letter, once)
            except (smtplib.SMTPException, OSError) as error:
                # Raised only before the final dot was on its way: to try again is safe.
                self._drop()
                reply = Reply(0, f"the connection ended before the message: {_clean(str(error))}")
                continue
            except BaseException:
                self._drop()  # in the middle of a dialogue: nothing can follow on this connection
                raise
            if reply.code == 421 or reply.in_doubt:
                self._drop()
            if reply.code != 421:
                break
        return reply

    def close(self) -> None:
        if self.connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
        self._drop()

    def _hand_over(self, connection: smtplib.SMTP, letter: Letter, before_body: Callable[[], None]) -> Reply:
        self.sent_here += 1
        try:
            envelope = _envelope(connection, letter)
        except ValueError as error:
            return Reply(553, str(error))
        refused = self._talk(connection, envelope)
        if refused is not None:
            return refused
        before_body()
        connection.send(b"".join(_wire(letter.data, is_canonical=letter.is_canonical)))
        # From here on the server may have the message, whatever we hear.
        try:
            code, text = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return Reply(0, f"no reply after the message: {_clean(str(error))}", in_doubt=True)
        if not 200 <= code < 600:
            return Reply(0, f"not a reply: {code} {_said(text)}", in_doubt=True)
        return Reply(code, _said(text), after_body=True)

    def _talk(self, connection: smtplib.SMTP, envelope: list[bytes]) -> Reply | None:
        """MAIL, RCPT and DATA; None if the server waits for the message, else its first refusal."""
        refused: Reply | None = None
        piped = connection.has_extn("pipelining")
        try:
            if piped:
                connection.send(b"".join(envelope))
            code = 0
            for command in envelope:
                if not piped:
                    connection.send(command)
                code, text = connection.getreply()
                good = code == 354 if command is envelope[-1] else code in (250, 251, 252)
                if not good and refused is None:
                    refused = Reply(code if 400 <= code < 600 else 451, _said(text))
                    if code == 421 or not piped:
                        break
            if refused is not None and refused.code != 421:
                if piped and code == 354:
                    # RFC 2920, section 3.1: a server may wait for data although it has no recipient.
                    connection.send(b".\r\n")
                    connection.getreply()
                connection.rset()
        except (smtplib.SMTPException, OSError):
            if refused is None:
                raise
            self._drop()  # it said no and hung up
        return refused

    def _connected(self) -> smtplib.SMTP:
        if self.connection is not None and self.sent_here >= self.per_connection:
            self.close()
        if self.connection is None:
            self.connection = _connect(self.server)
            self.sent_here = 0
        return self.connection

    def _drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def _connect(server: Server) -> smtplib.SMTP:
    """A greeted, encrypted where possible, and authenticated connection; raises :class:`UnreachableError`."""
    where = f"{server.host}:{server.port}"
    connection: smtplib.SMTP | None = None
    try:
        if server.tls:
            connection = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        connection.ehlo_or_helo_if_needed()
        if not server.tls and (server.starttls or connection.has_extn("starttls")):
            connection.starttls(context=_context(checked=server.starttls))
            connection.ehlo()
        if server.user:
            connection.login(server.user, server.password)
        if connection.sock is not None and connection.sock.family != socket.AF_UNIX:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except smtplib.SMTPAuthenticationError as error:
        _shut(connection)
        raise UnreachableError(
            f"{where} does not accept the user name and password of EMAIL_URL ({_said(error.smtp_error)}).",
            transient=False,
            code=error.smtp_code,
        ) from error
    except smtplib.SMTPResponseException as error:
        _shut(connection)
        raise UnreachableError(
            f"{where} answered {error.smtp_code} {_said(error.smtp_error)}.", code=error.smtp_code
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        _shut(connection)
        raise UnreachableError(f"The mail server {where} does not answer: {_clean(str(error))}.") from error
    return connection


def _shut(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        connection.close()


def _context(*, checked: bool) -> ssl.SSLContext:
    """Opportunistic TLS guards against listeners and cannot guard against impostors: RFC 7435."""
    context = ssl.create_default_context()
    if not checked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _envelope(connection: smtplib.SMTP, letter: Letter) -> list[bytes]:
    """The three commands; ValueError if this server cannot take this address or message."""
    sender, recipient = _address(letter.sender), _address(letter.recipient)
    options = b""
    if not (sender + recipient).isascii():
        if not connection.has_extn("smtputf8"):
            raise ValueError("the mail server does not take addresses outside ASCII (no SMTPUTF8)")
        options += b" SMTPUTF8"
    if not letter.data.isascii():
        if not connection.has_extn("8bitmime"):
            raise ValueError("the mail server takes 7-bit messages only (no 8BITMIME)")
        options += b" BODY=8BITMIME"
    if connection.has_extn("size"):
        options += b" SIZE=%d" % len(letter.data)
    return [
        b"MAIL FROM:<%s>%s\r\n" % (sender.encode(), options),
        b"RCPT TO:<%s>\r\n" % recipient.encode(),
        b"DATA\r\n",
    ]


def _address(text: str) -> str:
    """``text`` as it stands between the angle brackets: no control characters, the domain in ASCII."""
    if any(character in "<> \r\n\t\0" for character in text) or not text.isprintable():
        raise ValueError("the address holds characters that an envelope cannot carry")
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii():
        return text
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("the address has a domain that does not exist") from error


def _wire(data: bytes, *, is_canonical: bool = False) -> tuple[bytes, ...]:
    """``data`` as it travels: CRLF lines only, dots doubled (RFC 5321, section 4.5.2), and the final dot.

    A lone CR or LF would let a text end the message for one server and not for the next.
    """
    if not is_canonical and not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        data = _BARE.sub(b"\r\n", data)
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    head = b"." if data.startswith(b".") else b""
    return head, data, b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"


def _said(text: bytes | str) -> str:
    return _clean(text if isinstance(text, str) else text.decode("utf-8", "replace"))


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


class AnymailTransport:
    """A mail service behind Anymail, over one kept session of its HTTP client.

    Every digest has a body of its own, and the services' batch calls repeat one body for many readers, so a
    message is one call. The call's metadata carries ``tag``, which the service's webhooks give back.
    """

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.is_open = False

    def send(self, letter: Letter, *, before_body: Callable[[], None]) -> Reply:
        if not self.is_open:
            self.backend.open()
            self.is_open = True
        message = _as_django(letter)
        before_body()
        try:
            self.backend.send_messages([message])
        except AnymailAPIError as error:
            return _service_reply(error)
        except AnymailError as error:
            return Reply(554, _clean(str(error)))
        status = message.anymail_status  # type: ignore[attr-defined]
        if status.status and status.status <= {"invalid", "rejected", "failed"}:
            return Reply(550, f"the service says: {', '.join(sorted(status.status))}")
        return Reply(250, f"id {status.message_id}")

    def close(self) -> None:
        self.backend.close()
        self.is_open = False


def _service_reply(error: AnymailAPIError) -> Reply:
    """A service's refusal as an SMTP-like reply: 429 and 5xx are its trouble, 400 and 422 the message's.

    Raises :class:`UnreachableError` where no message at all can pass: no connection, a wrong key, an unknown
    address of the service. A request that broke off without an answer leaves its message in doubt.
    """
    status = _status(error)
    text = _clean(str(error).partition("\n")[0])
    if status is None:
        if _never_connected(error):
            raise UnreachableError(f"The mail service does not answer: {text}.") from error
        return Reply(0, text, in_doubt=True)
    if status in (401, 402, 403, 404, 405):
        raise UnreachableError(f"The mail service does not let us in: {text}.", transient=False, code=status)
    if status == 429 or status >= 500:
        return Reply(451, text)
    return Reply(554, text)


def _status(error: AnymailAPIError) -> int | None:
    """The HTTP status of the service's answer; Amazon's library keeps it in a place of its own."""
    if error.status_code is not None:
        return int(error.status_code)
    answer = getattr(error.__cause__, "response", None)
    if isinstance(answer, dict):
        found = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return int(found) if found else None
    return None


def _never_connected(error: BaseException) -> bool:
    """Whether the request failed before its first byte: found by the errors' own chain of causes."""
    found: BaseException | None = error
    for _ in range(10):
        if found is None:
            return False
        inner = getattr(found, "reason", None) or next(iter(found.args), None)
        while isinstance(inner, BaseException):
            if isinstance(inner, NewConnectionError | ConnectTimeoutError):
                return True
            inner = getattr(inner, "reason", None)
        found = found.__cause__ or found.__context__
    return False


def _as_django(letter: Letter) -> EmailMultiAlternatives:
    """The finished message taken apart again: services want its parts, not its bytes."""
    parsed = message_from_bytes(letter.data, policy=policy.default)
    text = parsed.get_body(("plain",))
    html = parsed.get_body(("html",))
    own = {"from", "to", "subject", "reply-to", "mime-version", "content-type", "content-transfer-encoding"}
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=text.get_content() if text else "",
        from_email=str(parsed["From"] or ""),
        to=[letter.recipient],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in own},
    )
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    if letter.tag:
        message.metadata = {"delivery": letter.tag}  # type: ignore[attr-defined]
    if parseaddr(letter.sender)[1]:
        message.envelope_sender = letter.sender  # type: ignore[attr-defined]
    return message


def default_transport() -> Transport:
    """What ``EMAIL_URL`` names."""
    if settings.EMAIL_BACKEND.startswith("anymail."):
        return AnymailTransport(get_connection())
    return SmtpTransport(
        Server(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            starttls=settings.EMAIL_USE_TLS,
            tls=settings.EMAIL_USE_SSL,
            timeout=settings.EMAIL_TIMEOUT,
        )
    )
