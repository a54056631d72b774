"""The web server: gunicorn's processes, and in each of them waitress.

gunicorn starts, watches and replaces the processes. Waitress reads requests and writes responses in one event
loop, and a thread works only on a request that is complete: a client that sends slowly, or nothing at all,
occupies a socket and no thread. This module adds the limits of :mod:`config.request_limits`, a deadline for
each request, the closing of idle connections when all are in use, and responses that arrive although the
client is still sending a body that was refused.
"""

import os
import resource
import socket
import time
from collections.abc import Callable
from typing import Any

from gunicorn.workers.base import Worker
from typing_extensions import override
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from config.request_limits import (
    LARGEST_FORM,
    LARGEST_LIST,
    has_session,
    is_one_click,
    largest_body,
)

LARGEST_HEAD = 32 * 1024  # bytes; cookies and a long query fit
IDLE_SECONDS = 20  # for which a connection may be idle
HEAD_SECONDS = 20  # for a request's head to arrive
SLOWEST = 4096  # bytes a second, at which a body may arrive
CLEANUP_SECONDS = 2  # between two checks for connections to close
LINGER_SECONDS = 10  # in which the rest of a refused body is read and discarded
LINGER_BYTES = 64 * 1024 * 1024
SPARE_FILES = 128  # file descriptors of a process that are not for connections


class Request(HTTPRequestParser):
    """One request while it is received. It is done when it is complete, refused, or decided by its head."""

    error: Any

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.began_at = time.monotonic()
        self.largest = LARGEST_LIST

    @property
    def is_decided_by_its_head(self) -> bool:
        """Whether the body will not be read, so that the request is complete without it."""
        return is_one_click(getattr(self, "command", ""), getattr(self, "path", ""))

    @property
    def leaves_a_body(self) -> bool:
        """Whether the client may still be sending a body when the response goes out."""
        return bool(self.error) or self.is_decided_by_its_head

    @property
    def deadline(self) -> float:
        """When a request that is not complete by then has taken too long, by the monotonic clock."""
        body = self.content_length or self.largest if self.headers_finished else 0
        return self.began_at + HEAD_SECONDS + min(body, self.largest) / SLOWEST

    @override
    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except (ParsingError, TransferEncodingNotImplemented):
            if not self.is_decided_by_its_head:
                raise
        if self.is_decided_by_its_head:
            self._drop_body()
        self.largest = largest_body(self.path, is_staff=self._has_session)

    def _has_session(self) -> bool:
        """One query, in the event loop that all connections share: so only for a large body."""
        is_large = self.chunked or self.content_length > LARGEST_FORM
        return is_large and has_session(self.headers.get("COOKIE", ""))

    def _drop_body(self) -> None:
        self.body_rcv, self.content_length = None, 0
        self.chunked = self.expect_continue = False
        for header in ("CONTENT_TYPE", "CONTENT_LENGTH", "TRANSFER_ENCODING", "EXPECT"):
            self.headers.pop(header, None)
        self.headers["CONNECTION"] = "close"

    @override
    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if max(self.content_length, self.body_bytes_received) > self.largest and not self.error:
            self.error = RequestEntityTooLarge("The request is larger than this address takes.")
        if self.error:
            self.completed, self.expect_continue = True, False
        return len(data) if self.completed and self.leaves_a_body else consumed


class Connection(HTTPChannel):
    """The connection of one client.

    After a response to a request whose body was not read, the rest of the body is read and discarded for a
    while: closing at once would reset the connection, and the client might never see the response (RFC 9112,
    section 9.6).
    """

    parser_class = Request
    close_when_flushed: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaves_a_body = False
        self.linger_deadline = 0.0
        self.discarded_bytes = 0

    @property
    def is_overdue(self) -> bool:
        """Whether a request, or the rest of a refused body, has been arriving for too long."""
        now = time.monotonic()
        if self.linger_deadline:
            return now > self.linger_deadline
        return self.request is not None and now > self.request.deadline

    @override
    def received(self, data: bytes) -> bool:
        if self.linger_deadline:
            self.discarded_bytes += len(data)
            self.will_close = self.discarded_bytes > LINGER_BYTES
            return True
        accepted: bool = super().received(data)
        if self.requests and self.requests[-1].leaves_a_body:
            self.leaves_a_body = True
        return accepted

    @override
    def handle_write(self) -> None:
        if not (self.close_when_flushed and self.leaves_a_body) or self.linger_deadline:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len:
            self.close_when_flushed = False
            self._linger()

    def _linger(self) -> None:
        self.linger_deadline = time.monotonic() + LINGER_SECONDS
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.will_close = True  # the client has disconnected


class Server(TcpWSGIServer):
    """One listening socket of a process. ``room``: connections; ``on_request`` is called for each request."""

    channel_class = Connection

    def __init__(self, *args: Any, room: int, on_request: Callable[[], None], **kwargs: Any) -> None:
        self.room, self.on_request = room, on_request
        super().__init__(*args, **kwargs)

    @override
    def handle_accept(self) -> None:
        if len(self._map) >= self.room:
            self._make_room()
        super().handle_accept()

    def _make_room(self) -> None:
        """Close the connection that has been idle for longest, of those without a request at work."""
        channels = self.active_channels.values()
        idle = [channel for channel in channels if not (channel.requests or channel.will_close)]
        if idle:
            min(idle, key=lambda channel: channel.last_activity).will_close = True

    @override
    def add_task(self, task: Connection) -> None:
        self.on_request()
        super().add_task(task)

    @override
    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if not channel.requests and channel.is_overdue:
                channel.will_close = True


class WaitressWorker(Worker):
    """A gunicorn worker that serves through waitress.

    It uses gunicorn's settings ``threads``, ``worker_connections``, ``max_requests``, ``backlog``,
    ``graceful_timeout`` and those of its processes.
    """

    @override
    def run(self) -> None:
        self.channels: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        room = self._room()
        adjustments = Adjustments(
            backlog=self.cfg.backlog,
            connection_limit=room + SPARE_FILES,  # never reached: from `room` on an idle connection is closed
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=CLEANUP_SECONDS,
            max_request_header_size=LARGEST_HEAD,
            max_request_body_size=LARGEST_LIST + 1,  # Request has a lower limit of its own
            clear_untrusted_proxy_headers=False,  # PROXY_HOPS says which are trusted
            log_socket_errors=False,
            ident=None,
        )
        self.servers = [
            Server(
                self.wsgi,
                self.channels,
                _sock=listener.sock,
                dispatcher=dispatcher,
                adj=adjustments,
                bind_socket=False,
                sockinfo=(listener.sock.family, listener.sock.type, 0, listener.sock.getsockname()),
                room=room,
                on_request=self._count_request,
            )
            for listener in self.sockets
        ]
        while self.alive and self.ppid == os.getppid():
            self._poll(1.0)
        self._finish(dispatcher)

    def _poll(self, seconds: float) -> None:
        self.notify()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.channels, count=1)

    def _count_request(self) -> None:
        self.nr += 1
        if self.nr == self.max_requests:
            self.log.info("Worker %s has answered %s requests and is replaced.", self.pid, self.nr)
            self.alive = False

    def _finish(self, dispatcher: ThreadedTaskDispatcher) -> None:
        """Accept no more connections, and answer the requests that have arrived."""
        for server in self.servers:
            server.accepting = False
            server.del_channel()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < deadline and any(map(_is_busy, self.channels.values())):
            self._poll(0.1)
        dispatcher.shutdown(timeout=1)

    @override
    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        for server in getattr(self, "servers", ()):
            server.pull_trigger()

    def _room(self) -> int:
        """How many connections this process can have: each needs a file descriptor."""
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = self.cfg.worker_connections + 2 * SPARE_FILES
        files = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        return max(files - 2 * SPARE_FILES, SPARE_FILES)


def _is_busy(channel: Any) -> bool:
    return isinstance(channel, Connection) and bool(channel.requests or channel.total_outbufs_len)
