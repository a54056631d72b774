"""Handing messages over to a mail server, through connections of our own."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.conf import settings
from django.core.mail import get_connection
from typing_extensions import override

from subscriptions.addresses import ascii_domain
from subscriptions.delivery.connections import Server, connect, one_line
from subscriptions.delivery.envelopes import Envelope, Transport, clean, no_next_envelope
from subscriptions.delivery.replies import Reply

__all__ = ["Server", "SmtpTransport", "default_transport"]

PER_CONNECTION = 500  # messages; servers and load balancers end long connections
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # this module sends in its place
RECONNECTS = 2  # for one message, before it is put off
_BARE = re.compile(rb"\r\n|\n|\r")
_LONGEST_LINE = 4096  # bytes of a reply; RFC 5321, section 4.5.3.1.5, asks for 512
_SENT_AHEAD = (b"MAIL", b"RCPT", b"DATA")  # whose answers are due where they went ahead
_COMMANDS = ("mail", "rcpt", "data")
_DATA = 2  # the turn of the last


class SmtpTransport(Transport):
    """One kept connection to one server, renewed after :data:`PER_CONNECTION` messages or when it drops.

    Where the server offers PIPELINING (RFC 2920) the envelope's three commands travel together, and those of
    the next message right behind this one's body: a message costs one round trip. 8BITMIME, SMTPUTF8 and SIZE
    are used where offered and needed.
    """

    def __init__(self, server: Server, *, per_connection: int = PER_CONNECTION) -> None:
        self.server = server
        self.per_connection = per_connection
        self.connection: smtplib.SMTP | None = None
        self.sent_here = 0
        self.ahead: Envelope | None = None  # sent ahead of its body; its answers are not yet read

    @override
    def send(
        self,
        envelope: Envelope,
        *,
        before_body: Callable[[], None],
        next_envelope: Callable[[], Envelope | None] = no_next_envelope,
    ) -> Reply:
        reply = Reply(0, "the connection ended before the message")
        called = False

        def once() -> None:
            nonlocal called
            if not called:
                before_body()
                called = True

        for _ in range(1 + RECONNECTS):
            try:
                reply = self._hand_over(self._connected(envelope), envelope, once, next_envelope)
            except (smtplib.SMTPException, OSError) as error:
                # Raised only before the final dot was on its way: to try again is safe.
                self._drop()
                reply = Reply(0, f"the connection ended before the message: {clean(str(error))}")
                continue
            except BaseException:
                # A lost lease, a time limit, a signal: it is raised again. In the middle of a dialogue
                # nothing can follow on this connection.
                self._drop()
                raise
            if reply.code == 421 or reply.in_doubt:
                self._drop()
            if reply.code != 421:
                break
        return reply

    @override
    def close(self) -> None:
        if self.connection is not None and self.ahead is None:
            with suppress(smtplib.SMTPException, OSError):
                self.connection.quit()
        self._drop()

    def _hand_over(
        self,
        connection: smtplib.SMTP,
        envelope: Envelope,
        before_body: Callable[[], None],
        next_envelope: Callable[[], Envelope | None],
    ) -> Reply:
        self.sent_here += 1
        try:
            refused = self._talk(connection, envelope)
        except ValueError as error:
            return Reply(553, str(error), is_own=True)
        if refused is not None:
            return refused
        before_body()
        _put(connection, _wire(envelope.data, is_canonical=envelope.is_canonical))
        # From here on the server may have the message, whatever we hear.
        self._look_ahead(connection, next_envelope)
        try:
            code, text = _reply(connection)
        except (smtplib.SMTPException, OSError) as error:
            return Reply(0, f"no reply after the message: {clean(str(error))}", in_doubt=True)
        if self.ahead is not None:
            _acknowledge(connection)
        if not 200 <= code < 600:
            return Reply(0, f"not a reply: {code} {one_line(text)}", in_doubt=True)
        return Reply(code, one_line(text), after_body=True)

    def _look_ahead(self, connection: smtplib.SMTP, next_envelope: Callable[[], Envelope | None]) -> None:
        """Send the next envelope while the server takes in the body (RFC 2920, section 3.1)."""
        envelope = next_envelope()
        if envelope is None or self.sent_here >= self.per_connection or not connection.has_extn("pipelining"):
            return
        try:
            commands = _envelope_commands(connection, envelope)
        except ValueError:
            return  # reported when its turn comes
        self.ahead = envelope
        try:
            _put(connection, commands)
        except OSError:
            # It may have answered to this one before it hung up; nothing more is said on this connection.
            self.sent_here = self.per_connection

    def _talk(self, connection: smtplib.SMTP, envelope: Envelope) -> Reply | None:
        """MAIL, RCPT and DATA; None if the server waits for the message, else its first refusal.

        Raises ValueError if this server cannot take this address or message.
        """
        commands = _envelope_commands(connection, envelope) if self.ahead is None else _SENT_AHEAD
        is_sent = self.ahead is not None
        self.ahead = None
        refused: Reply | None = None
        piped = connection.has_extn("pipelining")
        try:
            if piped and not is_sent:
                connection.send(b"".join(commands))
            code = 0
            for turn, command in enumerate(commands):
                if not piped:
                    connection.send(command)
                code, text = _reply(connection)
                good = code == 354 if turn == _DATA else code in (250, 251, 252)
                if not good and refused is None:
                    refused = Reply(
                        code if 400 <= code < 600 else 451, one_line(text), command=_COMMANDS[turn]
                    )
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

    def _connected(self, envelope: Envelope) -> smtplib.SMTP:
        if self.ahead is not None and self.ahead is not envelope:
            self._drop()  # the server waits for another message; to hang up before its first byte is clean
        if self.connection is not None and self.sent_here >= self.per_connection:
            self.close()
        if self.connection is None:
            self.connection = connect(self.server)
            self.sent_here = 0
        return self.connection

    def _drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = self.ahead = None


def _envelope_commands(connection: smtplib.SMTP, envelope: Envelope) -> list[bytes]:
    """The three commands; ValueError if this server cannot take this address or message."""
    sender, recipient = _address(envelope.sender), _address(envelope.recipient)
    options = b""
    if not (sender + recipient).isascii():
        if not connection.has_extn("smtputf8"):
            raise ValueError("the mail server does not take addresses outside ASCII (no SMTPUTF8)")
        options += b" SMTPUTF8"
    if not envelope.data.isascii():
        if not connection.has_extn("8bitmime"):
            raise ValueError("the mail server takes 7-bit messages only (no 8BITMIME)")
        options += b" BODY=8BITMIME"
    if connection.has_extn("size"):
        options += b" SIZE=%d" % len(envelope.data)
    return [
        b"MAIL FROM:<%s>%s\r\n" % (sender.encode(), options),
        b"RCPT TO:<%s>\r\n" % recipient.encode(),
        b"DATA\r\n",
    ]


def _address(text: str) -> str:
    """``text`` as it stands between the angle brackets: no control characters, the domain in ASCII."""
    if any(character in "<> \r\n\t\0" for character in text) or not text.isprintable():
        raise ValueError("the address holds characters that an envelope cannot carry")
    return ascii_domain(text)


def _wire(data: bytes, *, is_canonical: bool = False) -> tuple[bytes, bytes]:
    """``data`` as it travels: CRLF lines only, dots doubled (RFC 5321, section 4.5.2), and the final dot.

    A lone CR or LF would let a text end the message for one server and not for the next.
    """
    if not is_canonical:
        if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
            data = _BARE.sub(b"\r\n", data)
        data = data.replace(b"\r\n.", b"\r\n..")
        if data.startswith(b"."):
            data = b"." + data
    return data, b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"


def _put(connection: smtplib.SMTP, pieces: Sequence[bytes]) -> None:
    """All of ``pieces``, without a copy of them where the socket is a plain one."""
    line = connection.sock
    if line is None:
        raise smtplib.SMTPServerDisconnected("there is no connection")
    if isinstance(line, ssl.SSLSocket):
        line.sendall(b"".join(pieces))
        return
    gone = line.sendmsg(pieces)
    for piece in pieces:
        if gone < len(piece):
            line.sendall(memoryview(piece)[gone:])
        gone = max(gone - len(piece), 0)


def _acknowledge(connection: smtplib.SMTP) -> None:
    """Say at once that the reply is here: a server may hold back its next one until then (RFC 896).

    Otherwise the system delays the acknowledgement (RFC 1122, section 4.2.3.2) while we wait for the server:
    that was 5 of the 6 ms of a message.
    """
    line = connection.sock
    if line is not None and line.family != socket.AF_UNIX and hasattr(socket, "TCP_QUICKACK"):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _reply(connection: smtplib.SMTP) -> tuple[int, bytes]:
    """The next reply: of one line nearly always, which is read faster than by smtplib."""
    if connection.file is None:
        return connection.getreply()
    line = connection.file.readline(_LONGEST_LINE)
    if line[3:4] in (b" ", b"\r", b"\n") and line[:3].isdigit() and line.endswith(b"\n"):
        return int(line[:3]), line[4:].strip()
    if line[3:4] != b"-":
        connection.close()
        raise smtplib.SMTPServerDisconnected("the connection ended" if not line else f"not a reply: {line!r}")
    code, rest = connection.getreply()
    return code, line[4:].strip() + b"\n" + rest


def default_transport(*, timeout: float | None = None) -> Transport:
    """What ``EMAIL_URL`` names: for all mail, whatever it says.

    ``timeout``: seconds for each step of talking to a mail server, ``EMAIL_TIMEOUT`` if None.
    """
    if settings.EMAIL_BACKEND != SMTP_BACKEND:
        from subscriptions.delivery.services import AnymailTransport

        return AnymailTransport(get_connection())
    return SmtpTransport(
        Server(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            starttls=settings.EMAIL_USE_TLS,
            tls=settings.EMAIL_USE_SSL,
            timeout=settings.EMAIL_TIMEOUT if timeout is None else timeout,
            ca_file=settings.SMTP_CA_FILE,
        )
    )
