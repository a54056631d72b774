"""What refusals teach, in the words of many servers."""

import json

import pytest

from newsletter.llm.capabilities import Capabilities
from newsletter.llm.failures import ModelFailure, failure
from newsletter.llm.fallbacks import LONG_ANSWER, fallback_after
from newsletter.llm.questions import ChatMessage, ModelRequest
from newsletter.llm.requests import answer_limit, request_body
from newsletter.summaries.prompts import ANSWER_SCHEMA

ASK = ModelRequest(
    (ChatMessage("system", "Be brief."), ChatMessage("user", "word " * 600)),
    schema={"type": "object", "properties": {}, "required": []},
)
BAD, BROKEN, LONG = ModelFailure.BAD_REQUEST, ModelFailure.SERVER, ModelFailure.CONTEXT_OVERFLOW


def fallback(kind, words, capabilities=Capabilities(proven=True)):  # noqa: B008 - frozen
    return fallback_after(failure(kind, words), capabilities, ASK)


@pytest.mark.parametrize(
    ("kind", "words", "limit"),
    [
        (LONG, ("This model's maximum context length is 4096 tokens. However, you requested 5100 tokens (1004"
         " in the messages, 4096 in the completion)."), 4096),
        (LONG, ("'max_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your"
         " request has 1100 input tokens"), 4096),
        (LONG, "litellm.ContextWindowExceededError: maximum context length is 4096 tokens", 4096),
        (BAD, ("max_tokens is too large: 4096. This model supports at most 2048 completion tokens, whereas"
         " you provided 4096."), 2048),
        (BAD, "Range of max_tokens is [1, 2048]", 2048),
        (BAD, "Invalid max_tokens value, the valid range of max_tokens is [1, 2048]", 2048),
        (BAD, "`max_tokens` must be less than or equal to `2048`, the maximum value for `max_tokens`", 2048),
    ],
)  # fmt: skip
def test_the_limit_of_the_answer_gives_way_before_the_question_does(kind, words, limit):
    lesson = fallback(kind, words)
    assert lesson is not None
    assert limit in (lesson.context, lesson.most_answer_tokens)
    assert answer_limit(ASK, lesson) < min(limit, ASK.max_tokens) + 1


def test_a_question_that_does_not_fit_is_no_matter_of_limits():
    assert fallback(LONG, "maximum context length is 900 tokens, your request has 1100 input tokens") is None


@pytest.mark.parametrize("kind", [BAD, BROKEN])
@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("System role not supported", "system"),
        ("Conversation roles must alternate user/assistant/user/assistant/...", "system"),
        ("Only user and assistant roles are supported! (system role given)", "system"),
        ("temperature is not supported with this model", "temperature"),
        ("reasoning_effort is not a known argument", "effort"),
    ],
)
def test_a_lack_is_the_same_lack_with_400_and_with_500(kind, words, gone):
    assert getattr(fallback(kind, words), gone) is False


@pytest.mark.parametrize(
    "words",
    [
        "The model produced output that does not match the expected peg-native format",
        "failed to parse grammar",
        "Invalid schema for guided decoding: xgrammar",
    ],
)
def test_a_form_that_a_server_fails_at_is_given_up(words):
    assert fallback(BROKEN, words).form == "tool"


@pytest.mark.parametrize(
    "words",
    [
        "Invalid schema: In context=('properties', 'takeaways'), 'minItems' is not permitted.",
        "schema contains the unsupported keyword maxItems",
        "Unsupported keyword in response_format.json_schema.schema",
    ],
)
@pytest.mark.parametrize("kind", [BAD, BROKEN])
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_where_a_schema_may_not_count_items_it_stays_a_schema(kind, words, api):
    question = ModelRequest(ASK.messages, schema=ANSWER_SCHEMA)
    before = Capabilities(api=api)
    assert "minItems" in json.dumps(request_body(question, before, "m"), default=dict)
    lesson = fallback(kind, words, before)
    assert (lesson.form, lesson.counts) == ("schema", False)
    body = json.dumps(request_body(question, lesson, "m"), default=dict)
    assert "Items" not in body
    assert '"required": ["title", "sentence", "takeaways", "keywords"]' in body


@pytest.mark.parametrize("words", ["internal error", "upstream timed out", "CUDA out of memory"])
def test_a_fault_of_the_moment_teaches_nothing(words):
    assert fallback(BROKEN, words) is None


@pytest.mark.parametrize(
    "words",
    [
        "parameter.enable_thinking must be set to false for non-streaming calls",
        "This model only supports stream mode, please enable the stream parameter",
        "Stream must be set to true",
    ],
)
def test_a_model_that_only_streams_is_asked_for_a_stream_that_says_what_it_cost(words):
    lesson = fallback(BAD, words)
    assert request_body(ASK, lesson, "m")["stream_options"] == {"include_usage": True}
    without = fallback(BAD, "stream_options is not supported", lesson)
    assert "stream_options" not in request_body(ASK, without, "m")


def test_thoughts_that_used_up_the_limit_get_a_larger_one_once():
    lesson = fallback(ModelFailure.LIMIT_TOO_SMALL, "Nothing was said.")
    assert lesson.answer_tokens == LONG_ANSWER == answer_limit(ASK, lesson)
    assert fallback(ModelFailure.LIMIT_TOO_SMALL, "Nothing was said.", lesson) is None
    given = fallback_after(
        failure(ModelFailure.LIMIT_TOO_SMALL, ""), Capabilities(), ASK, is_limit_given=True
    )
    assert given is None, "the operator's limit is the operator's"


def test_without_a_system_message_roles_take_turns():
    repair = ModelRequest((*ASK.messages, ChatMessage("assistant", "{"), ChatMessage("user", "Again.")))
    body = request_body(repair, Capabilities(system=False), "m")
    assert [each["role"] for each in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][0]["content"].startswith("Be brief.\n\nword")
