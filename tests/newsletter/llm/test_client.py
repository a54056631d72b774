"""The adapter against recorded exchanges of many providers, and against what none of them recorded."""

import base64
import gzip
import json
import threading
import tracemalloc
import zlib
from collections import Counter
from pathlib import Path

import httpx2
import pytest
import yaml

from newsletter.errors import ModelError
from newsletter.llm.capabilities import Capabilities, Memory
from newsletter.llm.client import MAX_ERROR, MOST_FALLBACKS, LanguageModel, ModelEndpoint
from newsletter.llm.failures import ModelFailure
from newsletter.llm.questions import ChatMessage, ModelRequest

CASSETTES = Path("openai") / "cassettes"
ASK = ModelRequest(messages=(ChatMessage("system", "Be brief."), ChatMessage("user", "Hello")))
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}

# What each recorded exchange ends in: an answer, a cut-off answer, or the class of failure. One entry for
# each exchange of the file, in order; files that are not named here hold answers only.
ENDS = {
    "v1__azure_chat_completion_streamed": ["answer"],
    "v1__azure_chat_completion": ["cut off"],
    "v1__chat_completion_error": ["authentication"],
    "v1__response_create_error": ["not found"],
    "v1__response_error": ["authentication"],
    "v1__response_stream_incomplete": ["cut off"],
    "cassettes__test_openai_client_error": ["not found"],
    "raises_appropriate_auth_error": ["authentication"],
    "azure_grok-4-1-fast-non-reasoning_handles_context_length_exceeded_errors": ["rate limited"],
    "handles_context_length_exceeded_errors": ["context overflow"],
    "cassettes__test_chat_completion_404": ["not found"],
    "cassettes__test_responses_create_api_error": ["not found"],
    "test_groq__test_tool_use_failed_error": ["malformed answer", "answer", "answer"],
    "test_model_name_suggestion": ["not found"],
    "test_openai__test_invalid_response": ["no answer of the API"],
    "test_openai_o1_mini_system_role": ["bad request"],
    "test_openai_responses_model_http_error": ["bad request"],
    "test_openrouter_errors_raised": ["rate limited"] * 3,
    "test_parsed_refused_completion": ["refusal"] * 3,
    "test_azure__test_chat_content_filtering": ["content filter"] + ["answer"] * 3,
    "test_vision__test_vision": ["cut off", "cut off", "bad request"],
}


class _Loader(yaml.SafeLoader):
    """YAML as Ruby writes it, too."""


def _binary(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bytes:
    return base64.b64decode(str(loader.construct_scalar(node)))


_Loader.add_constructor("!binary", _binary)


def exchanges(path):
    """The chat and responses exchanges of a file: (is responses API, is streamed, status, headers, body)."""
    recorded = yaml.load(path.read_bytes(), _Loader)
    for one in recorded.get("interactions") or recorded["http_interactions"]:
        request, response = one["request"], one["response"]
        address = request["uri"].partition("?")[0]
        if request["method"].upper() != "POST" or not address.endswith(("/chat/completions", "/responses")):
            continue
        sent = request.get("parsed_body") or request.get("body")
        sent = sent.get("string", "") if isinstance(sent, dict) and "string" in sent else sent
        sent = sent if isinstance(sent, dict) else json.loads(sent or "{}")
        status = response.get("status") or response["status_code"]
        headers = {
            name.lower(): values[0] if isinstance(values, list) else values
            for name, values in response["headers"].items()
            if name.lower() not in {"content-encoding", "content-length", "transfer-encoding"}
        }
        yield (
            address.endswith("/responses"),
            bool(sent.get("stream")),
            status["code"] if isinstance(status, dict) else status,
            headers,
            body_of(response),
        )


def body_of(response):
    if "parsed_body" in response:
        return json.dumps(response["parsed_body"]).encode()
    body = response.get("body")
    body = body.get("string") if isinstance(body, dict) else body
    body = response.get("content") if body is None else body
    body = body.encode() if isinstance(body, str) else body or b""
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return gzip.decompress(body)
    except EOFError:  # recorded without the stream's end
        return zlib.decompressobj(31).decompress(body)


def model_over(handler, *, capabilities=None, memory=None, **options):
    memory = memory or Memory()
    if capabilities is not None:
        memory.known.setdefault(("http://model.test/v1/", "small"), capabilities)
    endpoint = ModelEndpoint("http://model.test/v1", "key", "small", **options)
    return LanguageModel(endpoint, memory=memory, transport=httpx2.MockTransport(handler))


def outcome(*, responses, stream, status, headers, body):
    proven = Capabilities(api="responses" if responses else "chat", proven=True)
    model = model_over(
        lambda request: httpx2.Response(status, headers=headers, content=body), capabilities=proven
    )
    try:
        answer = model.complete(ModelRequest(messages=ASK.messages, stream=stream))
    except ModelError as error:
        return str(error.kind), error
    assert answer.text.strip()
    return ("cut off" if answer.is_cut_off else "answer"), answer


def expected_of(name, count):
    for part, ends in ENDS.items():
        if part in name:
            return ends
    return ["answer"] * count


@pytest.mark.slow
def test_every_recorded_exchange_ends_as_documented(recorded):
    wrong = []
    seen: Counter[str] = Counter()
    for path in sorted((recorded / CASSETTES).rglob("*.y*ml")):
        found = [
            outcome(responses=responses, stream=stream, status=status, headers=headers, body=body)
            for responses, stream, status, headers, body in exchanges(path)
        ]
        ends = [kind for kind, _ in found]
        seen.update(ends)
        if ends != expected_of(path.stem, len(ends))[: len(ends)] or (
            path.stem in ENDS and len(ends) != len(ENDS[path.stem])
        ):
            wrong.append((path.name, ends, [str(one)[:150] for _, one in found]))
    assert wrong == []
    assert sum(seen.values()) > 100
    assert {"answer", "cut off", "refusal", "content filter", "context overflow", "rate limited"} <= set(seen)


@pytest.mark.slow
def test_recorded_answers_say_what_they_cost(recorded):
    costs = []
    for path in sorted((recorded / CASSETTES).rglob("*.y*ml")):
        for responses, stream, status, headers, body in exchanges(path):
            if status == 200 and not stream:
                kind, answer = outcome(
                    responses=responses, stream=stream, status=status, headers=headers, body=body
                )
                if kind == "answer":
                    costs.append(
                        answer.prompt_tokens > 0 and answer.completion_tokens > 0 and answer.model != ""
                    )
    assert len(costs) > 50
    assert all(costs)


def test_the_recorded_disagreement_on_waiting_is_settled_for_the_longer(recorded):
    (path,) = (recorded / CASSETTES).rglob("*azure_grok*context_length*")
    (one,) = exchanges(path)
    kind, error = outcome(responses=one[0], stream=one[1], status=one[2], headers=one[3], body=one[4])
    assert (kind, error.retry_after) == ("rate limited", 1.0)


def chat_body(text, **more):
    return {
        "model": "small-1",
        "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        **more,
    }


class Endpoint:
    """An endpoint that refuses what it does not know, in its own words."""

    def __init__(self, *, forms=("json_schema", "tools", "json_object"), refuses=(), delay=None):
        self.forms, self.refuses, self.delay, self.requests = forms, refuses, delay, []

    def __call__(self, request):
        sent = json.loads(request.content)
        self.requests.append(sent)
        for name, words in self.refuses:
            if name in sent or any(message["role"] == name for message in sent.get("messages", ())):
                return httpx2.Response(400, json={"error": {"message": words}})
        form = "tools" if "tools" in sent else sent.get("response_format", {}).get("type")
        if form and form not in self.forms:
            return httpx2.Response(400, json={"error": {"message": f"{form} is unavailable now"}})
        if form == "tools":
            call = {"function": {"name": "give_answer", "arguments": '{"x": "via tool"}'}}
            message = {"content": None, "tool_calls": [call]}
            return httpx2.Response(
                200, json={"choices": [{"message": message, "finish_reason": "tool_calls"}]}
            )
        return httpx2.Response(200, json=chat_body('{"x": "y"}'))


@pytest.mark.parametrize(
    ("forms", "ends_with", "tries"),
    [
        (("json_schema",), "schema", 1),
        (("tools",), "tool", 2),
        (("json_object",), "json", 3),
        ((), "plain", 4),
    ],
)
def test_what_an_endpoint_lacks_is_found_out_once_and_remembered(forms, ends_with, tries):
    endpoint = Endpoint(forms=forms)
    model = model_over(endpoint)
    request = ModelRequest(messages=ASK.messages, schema=SCHEMA)
    answer = model.complete(request)
    assert len(endpoint.requests) == tries
    assert json.loads(answer.text)["x"]
    assert model.capabilities.form == ends_with
    model.complete(request)
    assert len(endpoint.requests) == tries + 1


def test_sixteen_at_once_find_it_out_once():
    endpoint = Endpoint(forms=("json_object",))
    model = model_over(endpoint)
    threads = [
        threading.Thread(target=model.complete, args=(ModelRequest(messages=ASK.messages, schema=SCHEMA),))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(endpoint.requests) == 16 + 2


@pytest.mark.parametrize(
    ("name", "words", "gone"),
    [
        (
            "max_tokens",
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "max_tokens",
        ),
        ("temperature", "Unsupported value: 'temperature' does not support 0.2.", "temperature"),
        ("system", "Unsupported value: 'messages[0].role' does not support 'system' with this model.", None),
    ],
)
def test_a_parameter_that_a_model_refuses_is_left_out_from_then_on(name, words, gone):
    endpoint = Endpoint(refuses=[(name, words)])
    model = model_over(endpoint)
    assert model.complete(ASK).text
    model.complete(ASK)
    assert len(endpoint.requests) == 3
    assert gone is None or gone not in endpoint.requests[-1]
    if gone is None:
        assert {message["role"] for message in endpoint.requests[-1]["messages"]} == {"user"}


def test_a_model_of_the_responses_api_is_asked_there():
    def endpoint(request):
        if request.url.path.endswith("/chat/completions"):
            words = "This model is only supported in v1/responses and not in v1/chat/completions."
            return httpx2.Response(404, json={"error": {"message": words}})
        sent = json.loads(request.content)
        assert sent["text"]["format"]["type"] == "json_schema"
        part = {"type": "output_text", "text": '{"x": 1}'}
        output = [{"type": "reasoning"}, {"type": "message", "content": [part]}]
        usage = {"input_tokens": 3, "output_tokens": 4}
        return httpx2.Response(200, json={"object": "response", "output": output, "usage": usage})

    answer = model_over(endpoint).complete(ModelRequest(messages=ASK.messages, schema=SCHEMA))
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ('{"x": 1}', 3, 4)


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (200, {}, b"<html><title>Sign in</title>", "no answer of the API"),
        (200, {}, b"", "no answer of the API"),
        (200, {}, b"[]", "no answer of the API"),
        (200, {}, b'{"choices": null}', "no answer of the API"),
        (200, {}, b'{"choices": []}', "no answer of the API"),
        (200, {}, b'{"error": "Unexpected endpoint or method. (POST /chat/completions)"}', "not found"),
        (200, {}, b'{"choices": [{"finish_reason": "error", "error": {"code": 502}, "message": {}}]}',
         "server error"),
        (200, {}, b'{"choices": [{"finish_reason": "error", "message": {"content": ""}}]}', "server error"),
        (200, {}, b'{"choices": [{"finish_reason": "length", "message": {"content": ""}}]}',
         "limit too small"),
        (400, {}, b'{"error": {"code": "Arrearage", "message": "Access denied"}}', "quota"),
        (403, {}, b'{"error": {"message": "Sorry, your account balance is insufficient"}}', "quota"),
        (429, {}, '{"error": {"code": "1113", "message": "您的账户已欠费,请充值后重试"}}'.encode(), "quota"),
        (400, {}, b'{"error": {"message": "Your credit balance is too low to access the API."}}', "quota"),
        (200, {}, b'{"choices": [{"message": null}]}', "malformed answer"),
        (200, {}, b'{"choices": [{"message": {"content": "  "}}]}', "malformed answer"),
        (200, {}, b'{"choices": [{"message": {"content": "", "refusal": "no"}}]}', "refusal"),
        (200, {}, b'{"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]}',
         "content filter"),
        (200, {}, b'{"error": {"code": 429, "message": "slow down"}}', "rate limited"),
        (200, {}, b'{"error": "the upstream broke"}', "server error"),
        (200, {"content-type": "text/event-stream"}, b'data: {"error": {"code": 502}}\n\n',
         "server error"),
        (400, {}, b'{"error": {"message": "This model\'s maximum context length is 4096 tokens"}}',
         "context overflow"),
        (413, {}, b"Request Entity Too Large", "context overflow"),
        (500, {}, b'{"error": "the request exceeds the available context size"}', "context overflow"),
        (400, {}, b'{"error": {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}',
         "content filter"),
        (403, {}, b'{"error": {"message": "Your input was flagged", "code": 403}}', "content filter"),
        (403, {}, b"forbidden", "authentication"),
        (402, {}, b'{"error": {"message": "Insufficient credits"}}', "quota"),
        (429, {}, b'{"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}',
         "quota"),
        (429, {}, b'{"error": {"message": "You exceeded your current quota, please retry in 7s."}}',
         "rate limited"),
        (404, {}, b"404 page not found", "not found"),
        (422, {}, b'{"detail": [{"msg": "field required"}]}', "bad request"),
        (503, {}, b"<html>overloaded</html>", "server error"),
        (529, {}, b'{"error": {"type": "overloaded_error"}}', "server error"),
        (504, {}, b"", "timeout"),
        (418, {}, b"\xff\xfe teapot", "bad request"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_becomes_one_class_of_failure(status, headers, body, kind):
    model = model_over(lambda request: httpx2.Response(status, headers=headers, content=body))
    with pytest.raises(ModelError) as caught:
        model.complete(ASK)
    assert caught.value.kind == kind
    assert "\n" not in str(caught.value)
    assert ModelFailure(caught.value.kind)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx2.ReadTimeout("slow"), "timeout"),
        (httpx2.ConnectError("refused"), "connection"),
        (httpx2.RemoteProtocolError("gone"), "connection"),
    ],
)
def test_a_broken_line_is_transient(fault, kind):
    def broken(request):
        raise fault

    with pytest.raises(ModelError) as caught:
        model_over(broken).complete(ASK)
    assert (caught.value.kind, caught.value.transient) == (kind, True)


def test_an_endless_answer_is_ended():
    def endless():
        while True:
            yield b'{"a": "' + b"x" * 100_000

    model = model_over(lambda request: httpx2.Response(200, content=endless()))
    with pytest.raises(ModelError, match="longer than"):
        model.complete(ASK)


@pytest.mark.parametrize("status", [400, 429, 503])
def test_of_an_endless_error_the_beginning_is_read(status: int):
    given = []

    class Endless(httpx2.SyncByteStream):
        def __iter__(self):
            while True:
                given.append(1)
                yield b"overloaded " * 1000

    answer = httpx2.Response(status, stream=Endless())
    with model_over(lambda _: answer) as model, pytest.raises(ModelError):
        model.complete(ASK)
    assert sum(given) * 11_000 < 2 * MAX_ERROR * MOST_FALLBACKS


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd"])
def test_an_encoding_within_another_is_refused_before_it_is_unpacked(status: int, encoding: str):
    body = gzip.compress(gzip.compress(bytes(100 * 2**20)))
    headers = {"Content-Encoding": encoding}
    tracemalloc.start()
    with (
        model_over(
            lambda _: httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body))
        ) as model,
        pytest.raises(ModelError),
    ):
        model.complete(ASK)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_a_trickle_is_ended_in_time():
    def trickle():
        event = threading.Event()
        while True:
            event.wait(0.02)
            yield b" "

    model = model_over(lambda request: httpx2.Response(200, content=trickle()), timeout=0.2)
    with pytest.raises(ModelError) as caught:
        model.complete(ASK)
    assert caught.value.kind == "timeout"


def test_an_error_survives_a_celery_worker():
    import pickle

    model = model_over(lambda request: httpx2.Response(429, headers={"retry-after": "3"}))
    with pytest.raises(ModelError) as caught:
        model.complete(ASK)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.kind, again.retry_after, again.transient) == ("rate limited", 3.0, True)
