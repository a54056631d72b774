"""A local endpoint with a Batch API: files, batches and chat, on the wire as recorded from the real one.

    with BatchServer(answer) as server:
        ...  # OPENAI_BASE_URL=server.url
        server.finish()

``answer`` gets the body of one question and returns its text or, as a number, the HTTP status that it failed
with. Batches stay "in_progress" until :meth:`BatchServer.finish`.
"""

import json
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.model_server import Said, completion

Answer = Callable[[dict[str, Any]], str | int]


class BatchServer:
    """Counts: ``asked`` questions directly, ``lines`` in files, ``begun`` batches."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.requests: list[dict[str, Any]] = []
        self.fails: set[str] = set()  # "METHOD /path" whose answer never arrives, although it was worked on
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._reply(self, "GET", b"")

            def do_POST(self) -> None:
                server._reply(self, "POST", self.rfile.read(int(self.headers["content-length"] or 0)))

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every question of every batch that was begun."""
        files = (self.files[each["input_file_id"]] for each in self.batches.values())
        return [json.loads(line) for content in files for line in content.splitlines()]

    def finish(self, *, status: str = "completed", answered: int | None = None) -> None:
        """End every batch; only the first ``answered`` questions of each get an answer."""
        for batch in self.batches.values():
            if batch["status"] != "in_progress":
                continue
            good, bad = [], []
            questions = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
            for at, question in enumerate(questions):
                if answered is not None and at >= answered:
                    late = {"code": "batch_expired", "message": "This request could not be executed in time."}
                    bad.append(_line(question, None, late))
                    continue
                said = self.answer(question["body"])
                if isinstance(said, int):
                    bad.append(_line(question, {"status_code": said, "body": {"error": {"message": "no"}}}))
                else:
                    good.append(_line(question, {"status_code": 200, "body": completion(Said(said))}))
            batch["status"] = status
            for name, lines in (("output_file_id", good), ("error_file_id", bad)):
                if lines:
                    batch[name] = self._keep("".join(lines[::-1]).encode())  # in any order, says the manual

    def _keep(self, content: bytes) -> str:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return name

    def _reply(self, handler: BaseHTTPRequestHandler, method: str, body: bytes) -> None:
        path = handler.path.removeprefix("/v1").partition("?")[0]
        status, said = self._answer(method, path, handler, body)
        if f"{method} {path}" in self.fails:
            handler.close_connection = True
            handler.connection.close()
            return
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _answer(
        self, method: str, path: str, handler: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, Any]:
        if (method, path) == ("POST", "/files"):
            fields = _form(handler.headers["content-type"], body)
            assert fields["purpose"] == b"batch"
            return 200, {
                "object": "file", "id": self._keep(fields["file"]), "purpose": "batch",
                "filename": "summaries.jsonl", "bytes": len(fields["file"]), "created_at": 1,
                "status": "processed",
            }  # fmt: skip
        if (method, path) == ("POST", "/batches"):
            return 200, self._begin(json.loads(body))
        if (method, path) == ("GET", "/batches"):
            newest_first = list(self.batches.values())[::-1]
            return 200, {"object": "list", "data": newest_first, "has_more": False}
        if path.startswith("/batches/") and (batch := self.batches.get(path.removeprefix("/batches/"))):
            return 200, batch
        if path.startswith("/files/") and path.endswith("/content"):
            return 200, self.files[path.split("/")[2]]
        if (method, path) == ("POST", "/chat/completions"):
            self.asked += 1
            self.requests.append(json.loads(body))
            return 200, completion(Said(str(self.answer(json.loads(body)))))
        return 404, {"error": {"message": f"no {path} here", "type": "invalid_request_error", "code": None}}

    def _begin(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["completion_window"] == "24h"
        batch = {
            "id": f"batch_{len(self.batches) + 1}", "object": "batch", "endpoint": asked["endpoint"],
            "errors": None, "input_file_id": asked["input_file_id"], "completion_window": "24h",
            "status": "in_progress", "output_file_id": None, "error_file_id": None, "created_at": 1,
            "request_counts": {"total": 0, "completed": 0, "failed": 0}, "metadata": None,
        }  # fmt: skip
        self.batches[str(batch["id"])] = batch
        return batch


def _line(question: dict[str, Any], response: dict[str, Any] | None, error: Any = None) -> str:
    row = {"id": "batch_req_1", "custom_id": question["custom_id"], "response": response, "error": error}
    return json.dumps(row) + "\n"


def _form(kind: str, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart form."""
    message = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True))
        for part in message.iter_parts()
    }
