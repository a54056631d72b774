"""An OpenAI-compatible endpoint that knows the sample by heart, so that the demo needs no key.

Its answers were prepared; what becomes of them is not: questions, checks, repairs and refusals are those of
any model. It knows nothing but the sample: of anything else it says nothing.
"""

import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from newsletter.languages import LANGUAGES
from newsletter.summaries.phrases import phrases
from newsletter.text.readable import readable
from services.sample.loading import Sample

NAME = "sample-answers"
CHARACTERS_PER_TOKEN = 4  # for the figures of the demo's desk alone
_TITLE = re.compile(r"^(?:<\S+>\n)?(?:Title|Paper): (.+)$", re.MULTILINE)


class SampleModel:
    """``with SampleModel(sample) as model:`` and ``OPENAI_BASE_URL=model.url``."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._ids = {readable(paper["title"]): paper["id"] for paper in sample.papers}
        self._tasks = {phrases(code)["task"]: code for code in LANGUAGES if code != "en"}
        self._said = _translations(sample)
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, name="sample-model", daemon=True)

    @property
    def url(self) -> str:
        """The base address, as the settings take it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, system: str, question: str) -> Mapping[str, Any]:
        """The JSON object for the first two messages of a request; {} for what it does not know."""
        body = question.partition(">\n")[2].rpartition("\n</")[0]  # between a mark and its end
        if system.startswith("You state what one research paper says"):
            return self._facts(question)
        if system.startswith("You read one piece"):
            return self._notes(question)
        if system.startswith("You put statements"):
            return self._texts(system, json.loads(body))
        code = self._tasks.get(question.rpartition("\n\n")[2])
        return self._rendering(code, json.loads(body)) if code else {}

    def _id(self, question: str) -> str:
        title = _TITLE.search(question)
        return self._ids.get(title[1], "") if title else ""

    def _facts(self, question: str) -> Mapping[str, Any]:
        draft = self._sample.summaries.get((self._id(question), "en"))
        if draft is None:
            return {}
        claims = {f"c{number}": point.text for number, point in enumerate(draft.takeaways, start=1)}
        return {**claims, "headline": draft.sentence, "keywords": list(draft.keywords)}

    def _rendering(self, code: str, statements: Mapping[str, str]) -> Mapping[str, Any]:
        arxiv_id = self._ids.get(statements["title"], "")
        said = self._sample.wrong.get((arxiv_id, code)) or self._said.get(code, {})
        return {key: said[text] for key, text in statements.items() if text in said}

    def _notes(self, question: str) -> Mapping[str, Any]:
        """The statements and results whose evidence stands in the piece that was shown."""
        reading = self._sample.readings.get(self._id(question))
        if reading is None:
            return {"statements": [], "results": []}
        statements = [
            {"passage": "", "field": each["field"], "evidence": each["evidence"], "text": each["text"]}
            for each in reading["statements"]
            if each["evidence"] in question
        ]
        results = [{"passage": "", "evidence": "", **each} for each in reading["results"]]
        return {"statements": statements, "results": results}

    def _texts(self, system: str, wanted: list[Mapping[str, str]]) -> Mapping[str, Any]:
        code = next(
            (each.code for each in LANGUAGES.values() if f"Write {each.english_name} (" in system), ""
        )
        said = self._said.get(code, {})
        return {
            "texts": [
                {"id": each["id"], "text": said[each["text"]]} for each in wanted if each["text"] in said
            ]
        }


def _translations(sample: Sample) -> dict[str, dict[str, str]]:
    """By language: what each English text of the sample is in it."""
    said: dict[str, dict[str, str]] = {}
    for paper in sample.papers:
        title, english = readable(paper["title"]), sample.summaries[paper["id"], "en"]
        for (arxiv_id, code), draft in sample.summaries.items():
            if arxiv_id != paper["id"] or code == "en":
                continue
            texts = said.setdefault(code, {})
            texts |= {title: draft.title, english.sentence: draft.sentence}
            points = zip(english.takeaways, draft.takeaways, strict=True)
            texts |= {point.text: other.text for point, other in points}
            texts |= dict(zip(english.keywords, draft.keywords, strict=True))
    for reading in sample.readings.values():
        for each in (*reading["statements"], *reading["figures"]):
            for code, text in each["translations"].items():
                said[code][each["text"] if "text" in each else each["caption"]] = text
    return said


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, model: SampleModel) -> None:
        self.model = model
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if not self.path.endswith("/chat/completions"):
            self._send(
                404, {"error": {"message": "Only chat completions are answered.", "code": "not_found"}}
            )
            return
        first = {each["role"]: each["content"] for each in reversed(request["messages"])}
        answer = self.server.model.answer(first.get("system", ""), first.get("user", ""))
        text = json.dumps(answer, ensure_ascii=False)
        asked = sum(len(each["content"]) for each in request["messages"])
        message = {"role": "assistant", "content": text, "refusal": None}
        tokens = {
            "prompt_tokens": asked // CHARACTERS_PER_TOKEN,
            "completion_tokens": len(text) // CHARACTERS_PER_TOKEN,
        }
        self._send(
            200,
            {
                "id": "sample",
                "object": "chat.completion",
                "model": NAME,
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {**tokens, "total_tokens": sum(tokens.values())},
            },
        )

    def _send(self, status: int, value: Mapping[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing goes to the terminal."""
