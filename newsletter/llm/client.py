"""The adapter to a language model: the only importer of ``openai``.

Any OpenAI-compatible endpoint will do. What an endpoint's model supports is found out once, by its refusals,
and remembered (:mod:`newsletter.llm.fallbacks`): answers by JSON schema, else through a tool, else in
JSON mode, else plainly asked for; ``max_tokens`` or ``max_completion_tokens``; a temperature; a system
message; the chat or the responses API; log probabilities; whole answers or streams; how long an answer may
be. Retrying is the caller's business: the SDK's own retries are off.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai

from newsletter.errors import ModelError
from newsletter.llm.answers import Answer, events, join_events, read_answer
from newsletter.llm.capabilities import Capabilities, Memory
from newsletter.llm.failures import ModelFailure, classify, error_inside, failure
from newsletter.llm.fallbacks import fallback_after
from newsletter.llm.objects import after_thoughts
from newsletter.llm.questions import ModelBatch, ModelRequest, estimated_tokens, text_tokens
from newsletter.llm.rate_limits import read_rate_limits
from newsletter.llm.requests import asks_logprobs, request_body
from newsletter.text.border import load_json

MAX_BODY = 4_000_000  # bytes; an answer of some pages is a few thousand
MAX_ERROR = 64_000  # bytes, as they come over the network, of an answer that says what is wrong
MOST_FALLBACKS = 12  # forms that one question is tried in

_SHARED = Memory()


@dataclass(frozen=True, slots=True)
class ModelEndpoint:
    """A model at an OpenAI-compatible endpoint, and how it is asked.

    ``base_url`` is the API's address ("https://api.openai.com/v1"; "" is OpenAI's own). ``timeout`` is in
    seconds for a whole answer, ``connections`` how many are open at most. ``answer_tokens`` is what each
    answer may take, thoughts included, instead of what a question asks for (0); ``effort`` the reasoning
    effort to ask for ("low", or "" for none).
    """

    base_url: str
    api_key: str
    model: str
    timeout: float = 120.0
    connections: int = 64
    answer_tokens: int = 0
    effort: str = ""


class LanguageModel:
    """The client of a model. Thread-safe; close it, or use it as a context manager.

    ``memory`` is where it is remembered what the model understands, by default the process. ``on_close`` is
    called when it is closed; ``transport`` stands in for the network in tests.
    """

    def __init__(
        self,
        endpoint: ModelEndpoint,
        *,
        memory: Memory | None = None,
        on_close: Callable[[], object] = lambda: None,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.model = endpoint.model
        self.timeout = timeout = endpoint.timeout
        self._answer_tokens = endpoint.answer_tokens
        self._effort = endpoint.effort
        self._on_close = on_close
        self._clock = clock
        self._memory = memory or _SHARED
        self._http = httpx2.Client(
            transport=transport,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, 10.0)),
            limits=httpx2.Limits(
                max_connections=endpoint.connections, max_keepalive_connections=endpoint.connections
            ),
            follow_redirects=True,
            headers={"Accept-Encoding": "gzip"},
            event_hooks={"response": [_refuse_odd_encodings, self._bound_error]},
        )
        self._client = openai.OpenAI(
            # A local server needs no key, but the SDK insists on one.
            api_key=endpoint.api_key or "none",
            base_url=endpoint.base_url or None,
            max_retries=0,
            http_client=self._http,
        )
        self._key = (str(self._client.base_url), endpoint.model)

    def __enter__(self) -> "LanguageModel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; what ``on_close`` does follows."""
        self._client.close()
        self._on_close()

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the model so far."""
        return self._memory.known.get(self._key, Capabilities())

    @property
    def is_known(self) -> bool:
        """Whether it has answered before."""
        return self.capabilities.proven

    def complete(self, request: ModelRequest) -> Answer:
        """Ask once. Raises :class:`~newsletter.errors.ModelError` with ``kind`` and ``transient``.

        While nothing is proven, requests go one at a time, so that one of them is refused and not all.
        """
        if self._is_new(request):
            with self._memory.lock(self._key):
                if self._is_new(request):
                    return self._ask(request)
        return self._ask(request)

    def _is_new(self, request: ModelRequest) -> bool:
        """Whether it is not known yet how the model takes such a question."""
        capabilities = self.capabilities
        return not capabilities.proven or (
            capabilities.logprobs is None and asks_logprobs(request, capabilities)
        )

    def _ask(self, request: ModelRequest) -> Answer:
        request = self._as_configured(request)
        capabilities = self.capabilities
        for _ in range(MOST_FALLBACKS):
            try:
                answer = self._send(request, capabilities)
            except ModelError as error:
                better = fallback_after(
                    error, capabilities, request, is_limit_given=bool(self._answer_tokens)
                )
                if better is None:
                    raise
                capabilities = better
            else:
                if asks_logprobs(request, capabilities):
                    # Many servers accept the argument and give none: the next question leaves it out.
                    capabilities = replace(capabilities, logprobs=bool(answer.tokens))
                self._memory.learn(self._key, capabilities)
                return answer
        raise failure(ModelFailure.BAD_REQUEST, f"{self.model}: refused in {MOST_FALLBACKS} forms.")

    def _as_configured(self, request: ModelRequest) -> ModelRequest:
        return replace(
            request,
            max_tokens=self._answer_tokens or request.max_tokens,
            effort=self._effort or request.effort,
        )

    def _send(self, request: ModelRequest, capabilities: Capabilities) -> Answer:
        arguments = request_body(request, capabilities, self.model)
        create = self._client.responses if capabilities.api == "responses" else self._client.chat.completions
        with self._translated(), create.with_streaming_response.create(**arguments) as response:
            body = self._read(response)
            headers = {name.lower(): value for name, value in response.headers.items()}
            kind = response.headers.get("content-type", "")
        parsed = _parsed(body, kind)
        inside = error_inside(parsed)
        if inside:
            raise classify(inside[0], inside[1], headers, now=self._clock(), about=self.model)
        answer = read_answer(parsed)
        if request.words and answer.is_cut_off and not _says_one_of(request.words, answer.text):
            raise failure(ModelFailure.LIMIT_TOO_SMALL, "Thoughts took the place of the answer.")
        if not answer.completion_tokens:
            answer = replace(
                answer,
                prompt_tokens=estimated_tokens(request.messages),
                completion_tokens=text_tokens(answer.text),
            )
        return replace(answer, limits=read_rate_limits(headers, now=self._clock()))

    # -- batches -------------------------------------------------------------------------------------------

    def upload(self, questions: Iterable[tuple[str, ModelRequest]]) -> str:
        """Hand in questions, each under a name of its own, for :meth:`begin`; returns the file's id.

        Shapes: https://platform.openai.com/docs/api-reference/batch
        """
        capabilities = self.capabilities
        where = "/v1/responses" if capabilities.api == "responses" else "/v1/chat/completions"
        lines = (
            {
                "custom_id": name,
                "method": "POST",
                "url": where,
                "body": request_body(self._as_configured(request), capabilities, self.model),
            }
            for name, request in questions
        )
        content = "".join(
            json.dumps(line, ensure_ascii=False, default=dict) + "\n" for line in lines
        ).encode()
        with self._translated():
            return self._client.files.create(
                file=("summaries.jsonl", content, "application/jsonl"), purpose="batch"
            ).id

    def begin(self, file_id: str) -> ModelBatch:
        """Have the questions of a file answered within a day."""
        api = self.capabilities.api
        with self._translated():
            return _batch(
                self._client.batches.create(
                    input_file_id=file_id,
                    endpoint="/v1/responses" if api == "responses" else "/v1/chat/completions",
                    completion_window="24h",
                )
            )

    def begun(self, file_id: str) -> ModelBatch | None:
        """The batch that was begun with a file, if it was."""
        with self._translated():
            for each in self._client.batches.list(limit=100):
                if each.input_file_id == file_id:
                    return _batch(each)
        return None

    def batch(self, batch_id: str) -> ModelBatch:
        """How far a batch is."""
        with self._translated():
            return _batch(self._client.batches.retrieve(batch_id))

    def answers(self, file_id: str) -> Iterator[tuple[str, Answer | ModelError]]:
        """What a file of a batch holds, by the questions' names. A broken line is skipped."""
        with self._translated():
            text = self._client.files.content(file_id).text
        for line in text.splitlines():
            try:
                row = load_json(line)
            except ValueError:
                continue
            if isinstance(row, Mapping) and isinstance(row.get("custom_id"), str):
                yield row["custom_id"], self._of_line(row)

    def _of_line(self, row: Mapping[str, Any]) -> Answer | ModelError:
        response = row.get("response") or {}
        body, status = response.get("body") or {}, response.get("status_code") or 500
        try:
            if status != 200 or not isinstance(body, Mapping):
                error_text = json.dumps(body or row.get("error") or {}, ensure_ascii=False)
                return classify(status, error_text, {}, now=self._clock(), about=self.model)
            inside = error_inside(body)
            if inside:
                return classify(inside[0], inside[1], {}, now=self._clock(), about=self.model)
            return read_answer(body)
        except ModelError as error:
            return error

    def _bound_error(self, response: httpx2.Response) -> None:
        """The SDK reads an error's body to its end: it ends early."""
        if not response.is_success and isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = _Beginning(response.stream, deadline=time.monotonic() + self.timeout)

    def _read(self, response: Any) -> str:
        """The body, within the time and the size that an answer may take."""
        deadline = time.monotonic() + self.timeout
        received = bytearray()
        for part in response.iter_bytes():
            received += part
            if time.monotonic() > deadline:
                raise failure(ModelFailure.TIMEOUT, f"The answer took longer than {self.timeout:g} s.")
            if len(received) > MAX_BODY:
                raise failure(ModelFailure.MALFORMED, f"The answer is longer than {MAX_BODY} bytes.")
        return received.decode("utf-8", errors="replace")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The SDK's and the transport's errors as ours."""
        try:
            yield
        except openai.APIStatusError as error:
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            body = error.response.text
            raise classify(error.status_code, body, headers, now=self._clock(), about=self.model) from error
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            raise failure(ModelFailure.TIMEOUT, f"No answer within {self.timeout:g} s.") from error
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            reason = str(error.__cause__ or error)[:200]
            if "certificate" in reason.lower():
                raise failure(ModelFailure.CERTIFICATE, f"{self._client.base_url}: {reason}.") from error
            raise failure(ModelFailure.CONNECTION, f"{self._client.base_url}: {reason}") from error
        except (httpx2.DecodingError, httpx2.TooManyRedirects, openai.OpenAIError) as error:
            raise failure(ModelFailure.MALFORMED, str(error)[:200]) from error


class _Beginning(httpx2.SyncByteStream):
    """The first :data:`MAX_ERROR` bytes of a stream, as far as they come before ``deadline``."""

    def __init__(self, stream: httpx2.SyncByteStream, *, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        left = MAX_ERROR
        for part in self._stream:
            yield part[:left]
            left -= len(part)
            if left <= 0 or time.monotonic() > self._deadline:
                break

    def close(self) -> None:
        self._stream.close()


def _refuse_odd_encodings(response: httpx2.Response) -> None:
    """One encoding within another makes gigabytes of some hundred bytes."""
    encoding = response.headers.get("content-encoding", "")
    if encoding.strip().lower() not in ("", "identity", "gzip"):
        raise httpx2.DecodingError(f"The encoding {encoding[:60]!r} was not asked for.")


def _says_one_of(words: frozenset[str], text: str) -> bool:
    return not words.isdisjoint(re.findall("[a-z]+", after_thoughts(text).casefold()))


_OVER = frozenset({"completed", "failed", "expired", "cancelled"})


def _batch(row: openai.types.Batch) -> ModelBatch:
    problems = [each.message or "" for each in (row.errors.data or [])] if row.errors else []
    if row.status in _OVER and row.status != "completed":
        problems.insert(0, row.status)
    files = (row.output_file_id, row.error_file_id)
    return ModelBatch(
        id=row.id,
        file_id=row.input_file_id,
        is_over=row.status in _OVER,
        answers=tuple(file for file in files if file),
        problem="; ".join(problem for problem in problems if problem)[:500],
    )


def _parsed(body: str, kind: str) -> Mapping[str, Any]:
    if "event-stream" in kind or body.lstrip().startswith(("data:", "event:", ":")):
        return join_events(events(body))
    try:
        parsed = load_json(body)
    except ValueError as error:
        raise failure(ModelFailure.NO_ANSWER, f"The body is no JSON: {body.strip()[:80]!r}.") from error
    if not isinstance(parsed, Mapping):
        raise failure(ModelFailure.NO_ANSWER, "The body is no JSON object.")
    return parsed
