"""A local OpenAI-compatible server: it says what a test tells it to say, as late and as wrongly as asked.

    with ModelServer(answer=...) as server:
        ...  # OPENAI_BASE_URL=server.url

``answer`` is a function of the request (the parsed JSON) that returns a :class:`Said`, a text, or an HTTP
status. It runs in the server's own event loop and costs no thread, so that thousands can wait at once.
"""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from newsletter.languages import LANGUAGES
from newsletter.summaries.phrases import phrases


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: ``text`` as a chat completion, or ``body`` as it is; ``hang_up`` closes the line."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    finish_reason: str = "stop"
    refusal: str | None = None
    delay: float | None = None
    hang_up: bool = False
    logprobs: list[dict[str, Any]] | None = None
    prompt_tokens: int = 800
    completion_tokens: int = 300


Answer = Callable[[dict[str, Any]], "Said | str"]


class ModelServer:
    """``latency`` is in seconds. Counts ``started``, ``finished``, ``most_at_once`` and ``keys``."""

    def __init__(
        self, answer: Answer, *, latency: float = 0.0, key: Callable[[dict[str, Any]], str] | None = None
    ):
        self.answer, self.latency, self.key = answer, latency, key
        self.requests: list[dict[str, Any]] = []
        self.keys: Counter[str] = Counter()
        # Requests by number that are not known to be over, and when the answer was sent: who asks again on
        # the same connection has read the answer before.
        self.open: dict[int, float | None] = {}
        self.started = self.finished = self.at_once = self.most_at_once = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="model-server", daemon=True)
        self._ready = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "ModelServer":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            number = await self._exchange(reader, writer)
            while number:
                number = await self._exchange(reader, writer, after=number)
        writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, after: int = 0
    ) -> int:
        """One request and its answer; its number, or 0 if the line is closed."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        request = json.loads(await reader.readexactly(length) or b"{}")
        self.started += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.requests.append(request)
        number = self.started
        self.open.pop(after, None)
        self.open[number] = None
        try:
            going_on = await self._reply(request, writer)
            self.open[number] = time.monotonic()
            return number if going_on else 0
        finally:
            self.at_once -= 1

    async def _reply(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        said = self.answer(request)
        said = Said(said) if isinstance(said, str) else said
        await asyncio.sleep(self.latency if said.delay is None else said.delay)
        if said.hang_up:
            writer.transport.abort()
            return False
        body = said.body if said.body is not None else json.dumps(completion(said)).encode()
        kind = {"content-type": "application/json"} | said.headers
        lines = [f"HTTP/1.1 {said.status} X", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in kind.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        self.finished += 1
        if said.status == 200 and self.key is not None:
            self.keys[self.key(request)] += 1
        return True


def completion(said: Said) -> dict[str, Any]:
    """The body of a chat completion."""
    message = {"role": "assistant", "content": said.text, "refusal": said.refusal}
    choice = {"index": 0, "message": message, "finish_reason": said.finish_reason}
    if said.logprobs is not None:
        choice["logprobs"] = {"content": said.logprobs}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "test-model",
        "choices": [choice],
        "usage": {"prompt_tokens": said.prompt_tokens, "completion_tokens": said.completion_tokens},
    }


def paper_of(request: dict[str, Any]) -> tuple[str, str, str]:
    """The title, the abstract and the language's English name that a request is about.

    A request for facts shows the abstract as numbered sentences; one for a rendering shows statements
    instead, which come back as the JSON that they are.
    """
    question = question_text(request)
    if "\n\nAbstract: sentence by sentence\n" in question:
        title = question.partition("Title: ")[2].partition("\n")[0]
        listed = question.partition("\n\nAbstract: sentence by sentence\n")[2].partition("\n</paper-")[0]
        return title, " ".join(re.sub(r"(?m)^\[\d+\] ", "", listed).split("\n")), "English"
    if statements := statements_of(request):
        task = question.rpartition("\n\n")[2]
        return statements["title"], json.dumps(statements, ensure_ascii=False), TASKS[task]
    title = question.partition("Title: ")[2].partition("\n")[0]
    abstract = question.partition("Abstract: ")[2].partition("\n</paper-")[0]
    language = question.partition("Summarise this paper in ")[2].partition(" (")[0]
    return title, abstract, language


def question_text(request: dict[str, Any]) -> str:
    """The first thing that a user says in a request."""
    return str(next(each["content"] for each in request["messages"] if each["role"] == "user"))


def statements_of(request: dict[str, Any]) -> dict[str, str]:
    """The statements that a request wants rendered, by key; {} where it wants something else."""
    found = re.search(r"^<(paper-\w+)>\n(\{.*\})\n</\1>\n\n", question_text(request), re.DOTALL)
    return dict(json.loads(found.group(2))) if found else {}


TASKS = {phrases(code)["task"]: one.english_name for code, one in LANGUAGES.items() if code != "en"}


def question_of(request: dict[str, Any]) -> str:
    """What makes two calls the same call: paper, language, and which turn of the conversation it is."""
    title, _, language = paper_of(request)
    return f"{title} | {language} | {len(request['messages'])}"
