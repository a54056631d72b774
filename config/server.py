"""The web server: gunicorn's processes, and in each of them waitress.

gunicorn starts, watches and renews the processes. Waitress reads requests and writes answers in one loop, and
a thread works only on a request that is complete: who sends slowly, or nothing at all, holds a socket and no
thread. On top of it stand here: the limits of :mod:`config.doors`, a time by which a request must be
complete, room for newcomers when all connections are taken, and answers that arrive although the client is
still sending a body that nobody wants.
"""

import os
import resource
import socket
import time
from collections.abc import Callable
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from config.doors import LARGEST_FILE, LARGEST_FORM, has_session, is_one_click, largest_body

LARGEST_HEAD = 32 * 1024  # bytes; cookies and a long query fit
IDLE_SECONDS = 20  # that a connection may be silent
HEAD_SECONDS = 20  # in which a request's head must have come
SLOWEST = 4096  # bytes a second, of a body
LOOK_SECONDS = 2  # between two looks for connections that are over
LINGER_SECONDS = 10  # in which a refused body may still come in, and is thrown away
LINGER_BYTES = 64 * 1024 * 1024
SPARE_FILES = 128  # of a process, for what are not connections


class Request(HTTPRequestParser):
    """One request, from its first byte; complete, refused, or decided by its head alone."""

    error: Any

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.since = time.monotonic()
        self.largest = LARGEST_FILE

    @property
    def is_decided_by_its_head(self) -> bool:
        """Whether nobody will read a body, so that none is waited for."""
        return is_one_click(getattr(self, "command", ""), getattr(self, "path", ""))

    @property
    def leaves_a_body(self) -> bool:
        """Whether the client may still be sending when the answer goes out."""
        return bool(self.error) or self.is_decided_by_its_head

    @property
    def must_end(self) -> float:
        """By the monotonic clock: when a request that is not complete has taken too long."""
        body = self.content_length or self.largest if self.headers_finished else 0
        return self.since + HEAD_SECONDS + min(body, self.largest) / SLOWEST

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except (ParsingError, TransferEncodingNotImplemented):
            if not self.is_decided_by_its_head:
                raise
        if self.is_decided_by_its_head:
            self._forget_the_body()
        self.largest = largest_body(self.path, is_staff=self._is_of_somebody_logged_in)

    def _is_of_somebody_logged_in(self) -> bool:
        """Asked in the loop that all connections share, so only where a larger body is on its way."""
        is_large = self.chunked or self.content_length > LARGEST_FORM
        return is_large and has_session(self.headers.get("COOKIE", ""))

    def _forget_the_body(self) -> None:
        self.body_rcv, self.content_length = None, 0
        self.chunked = self.expect_continue = False
        for header in ("CONTENT_TYPE", "CONTENT_LENGTH", "TRANSFER_ENCODING", "EXPECT"):
            self.headers.pop(header, None)
        self.headers["CONNECTION"] = "close"

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if max(self.content_length, self.body_bytes_received) > self.largest and not self.error:
            self.error = RequestEntityTooLarge("The request is larger than this address takes.")
        if self.error:
            self.completed, self.expect_continue = True, False
        return len(data) if self.completed and self.leaves_a_body else consumed


class Connection(HTTPChannel):
    """One client. After an answer to a body that was not read, what still comes is thrown away for a while:
    closing at once would reset the connection, and the answer might be lost with it (RFC 9112, 9.6).
    """

    parser_class = Request
    close_when_flushed: bool

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.leaves_a_body = False
        self.lingers_until = 0.0
        self.thrown_away = 0

    @property
    def has_taken_too_long(self) -> bool:
        """Whether a part of a request, or of a body that nobody reads, has been coming for too long."""
        now = time.monotonic()
        if self.lingers_until:
            return now > self.lingers_until
        return self.request is not None and now > self.request.must_end

    def received(self, data: bytes) -> bool:
        if self.lingers_until:
            self.thrown_away += len(data)
            self.will_close = self.thrown_away > LINGER_BYTES
            return True
        taken: bool = super().received(data)
        if self.requests and self.requests[-1].leaves_a_body:
            self.leaves_a_body = True
        return taken

    def handle_write(self) -> None:
        if not (self.close_when_flushed and self.leaves_a_body) or self.lingers_until:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len:
            self.close_when_flushed = False
            self._linger()

    def _linger(self) -> None:
        self.lingers_until = time.monotonic() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.will_close = True  # the client has gone


class Server(TcpWSGIServer):
    """One listening socket of a process."""

    channel_class = Connection

    def __init__(self, *arguments: Any, room: int, tell: Callable[[], None], **named: Any) -> None:
        self.room, self.tell = room, tell
        super().__init__(*arguments, **named)

    def handle_accept(self) -> None:
        if len(self._map) >= self.room:
            self._make_room()
        super().handle_accept()

    def _make_room(self) -> None:
        """Close the connection that has been silent for longest, of those that nobody works for."""
        waiting = [one for one in self.active_channels.values() if not (one.requests or one.will_close)]
        if waiting:
            min(waiting, key=lambda one: one.last_activity).will_close = True

    def add_task(self, task: Connection) -> None:
        self.tell()
        super().add_task(task)

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for one in self.active_channels.values():
            if not one.requests and one.has_taken_too_long:
                one.will_close = True


class WaitressWorker(Worker):
    """A process of gunicorn that answers through waitress.

    Of gunicorn's settings hold ``threads``, ``worker_connections``, ``max_requests``, ``backlog``, and those
    of its processes.
    """

    def run(self) -> None:
        self.watched: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        room = self._room()
        adjustments = Adjustments(
            backlog=self.cfg.backlog,
            connection_limit=room + SPARE_FILES,  # never reached: from `room` on others have to go
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=LOOK_SECONDS,
            max_request_header_size=LARGEST_HEAD,
            max_request_body_size=LARGEST_FILE + 1,  # each request has its own limit below it
            clear_untrusted_proxy_headers=False,  # PROXY_HOPS says what is believed
            log_socket_errors=False,
            ident=None,
        )
        self.servers = [
            Server(
                self.wsgi,
                self.watched,
                _sock=listener.sock,
                dispatcher=dispatcher,
                adj=adjustments,
                bind_socket=False,
                sockinfo=(listener.sock.family, listener.sock.type, 0, listener.sock.getsockname()),
                room=room,
                tell=self._count,
            )
            for listener in self.sockets
        ]
        while self.alive and self.ppid == os.getppid():
            self._turn(1.0)
        self._finish(dispatcher)

    def _turn(self, seconds: float) -> None:
        self.notify()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.watched, count=1)

    def _count(self) -> None:
        self.nr += 1
        if self.nr == self.max_requests:
            self.log.info("Worker %s has answered %s requests and is renewed.", self.pid, self.nr)
            self.alive = False

    def _finish(self, dispatcher: ThreadedTaskDispatcher) -> None:
        """Take nothing new, and answer what is there."""
        for server in self.servers:
            server.accepting = False
            server.del_channel()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < deadline and any(map(_is_busy, self.watched.values())):
            self._turn(0.1)
        dispatcher.shutdown(timeout=1)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        for server in getattr(self, "servers", ()):
            server.pull_trigger()

    def _room(self) -> int:
        """How many connections this process can hold: each is a file."""
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = self.cfg.worker_connections + 2 * SPARE_FILES
        files = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        return max(files - 2 * SPARE_FILES, SPARE_FILES)


def _is_busy(watched: Any) -> bool:
    return isinstance(watched, Connection) and bool(watched.requests or watched.total_outbufs_len)
