"""A real HTTP server in the place of a ping service: keeps what it was told."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class PingServer:
    """``pings``: (method, path, body) of each request, in their order; all are answered by ``status``."""

    def __init__(self) -> None:
        self.pings: list[tuple[str, str, str]] = []
        self.arrived = threading.Condition()
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                with outer.arrived:
                    outer.pings.append((self.command, self.path, body))
                    outer.arrived.notify_all()
                self.send_response(outer.status)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - as the base class calls it

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/a-secret-name"

    def await_ping(self, method: str, *, holding: str = "", seconds: float = 30) -> str:
        """The body of the first ping by ``method`` that holds these words; fails if none comes."""

        def bodies() -> list[str]:
            return [body for by, _, body in self.pings if by == method and holding in body]

        with self.arrived:
            assert self.arrived.wait_for(bodies, timeout=seconds), self.pings
            return bodies()[0]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
