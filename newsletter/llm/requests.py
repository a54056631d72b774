"""A question as the body of a request, in the form that a model understands. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from newsletter.llm.capabilities import Capabilities
from newsletter.llm.questions import ChatMessage, ModelRequest, estimated_tokens

TOOL = "give_answer"
MOST_WITH_LOGPROBS = 4096  # tokens: the log probabilities of a longer answer would take megabytes
LEAST_RESPONSE = 16  # tokens, OpenAI's own least for the responses API
MARGIN = 64  # tokens of a context that the template takes
_COUNTS = ("minItems", "maxItems")  # JSON Schema 2020-12 validation, section 6.4
LEAST_ANSWER = 256  # below this no answer would be whole


def request_body(request: ModelRequest, capabilities: Capabilities, model: str) -> dict[str, Any]:
    """The arguments of the endpoint's API for one question, as much as the model understands."""
    body: dict[str, Any] = {"model": model}
    if request.temperature is not None and capabilities.temperature:
        body["temperature"] = request.temperature
    if request.stream or capabilities.stream:
        body["stream"] = True
    if capabilities.api == "responses":
        return body | _responses_arguments(request, capabilities)
    if capabilities.stream and capabilities.usage:
        body["stream_options"] = {"include_usage": True}
    if request.effort and capabilities.effort:
        body["reasoning_effort"] = request.effort
    if capabilities.limit_name:
        body[capabilities.limit_name] = answer_limit(request, capabilities)
    if asks_logprobs(request, capabilities):
        body |= {"logprobs": True, "top_logprobs": request.alternatives}
    return body | {"messages": _messages(request.messages, capabilities)} | _chat_form(request, capabilities)


def asks_logprobs(request: ModelRequest, capabilities: Capabilities) -> bool:
    """Whether log probabilities are wanted, not known to be refused, and few."""
    is_wanted = request.alternatives > 0 and capabilities.logprobs is not False
    return is_wanted and answer_limit(request, capabilities) <= MOST_WITH_LOGPROBS


def answer_limit(request: ModelRequest, capabilities: Capabilities) -> int:
    """How many tokens the answer may take: what is asked for or known to be needed, and what is left."""
    limit = max(request.max_tokens, capabilities.answer_tokens)
    if capabilities.most_answer_tokens:
        limit = min(limit, capabilities.most_answer_tokens)
    if capabilities.context:
        question_tokens = estimated_tokens(request.messages)
        limit = min(limit, max(capabilities.context - question_tokens - MARGIN, LEAST_ANSWER))
    return limit


def _messages(messages: Sequence[ChatMessage], capabilities: Capabilities) -> list[dict[str, str]]:
    if capabilities.system:
        return [{"role": message.role, "content": message.content} for message in messages]
    joined: list[dict[str, str]] = []
    for message in messages:
        role = "user" if message.role == "system" else message.role
        # Many templates without a system message also insist that roles take turns.
        if joined and joined[-1]["role"] == role:
            joined[-1]["content"] += f"\n\n{message.content}"
        else:
            joined.append({"role": role, "content": message.content})
    return joined


def _chat_form(request: ModelRequest, capabilities: Capabilities) -> dict[str, Any]:
    if request.schema is None or capabilities.form == "plain":
        return {}
    if capabilities.form == "json":
        return {"response_format": {"type": "json_object"}}
    schema = _understood(request.schema, capabilities)
    if capabilities.form == "tool":
        function = {"name": TOOL, "description": "Gives the answer.", "parameters": schema}
        choice = {"type": "function", "function": {"name": TOOL}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    wanted = {"name": TOOL, "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}


def _understood(schema: Mapping[str, Any], capabilities: Capabilities) -> Mapping[str, Any]:
    """The schema, without how many items its lists have where the model's server refuses that."""
    return schema if capabilities.counts else _without_counts(schema)


def _without_counts(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {name: _without_counts(value) for name, value in schema.items() if name not in _COUNTS}
    return schema


def _responses_arguments(request: ModelRequest, capabilities: Capabilities) -> dict[str, Any]:
    arguments: dict[str, Any] = {"input": _messages(request.messages, capabilities), "store": False}
    if request.effort and capabilities.effort:
        arguments["reasoning"] = {"effort": request.effort}
    if capabilities.limit_name:
        arguments["max_output_tokens"] = max(answer_limit(request, capabilities), LEAST_RESPONSE)
    if asks_logprobs(request, capabilities):
        arguments |= {"include": ["message.output_text.logprobs"], "top_logprobs": request.alternatives}
    if request.schema is not None and capabilities.form == "schema":
        schema = _understood(request.schema, capabilities)
        form = {"type": "json_schema", "name": TOOL, "schema": schema, "strict": True}
        arguments["text"] = {"format": form}
    elif request.schema is not None and capabilities.form != "plain":
        arguments["text"] = {"format": {"type": "json_object"}}
    return arguments
