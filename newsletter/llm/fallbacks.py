"""What a model is asked instead after it refused: something left out, added or shortened. Pure.

Servers report the same missing feature with status 400, 404, 422 or 500, each in its own words.
"""

import re
from dataclasses import replace

from newsletter.errors import ModelError
from newsletter.llm.capabilities import ANSWER_FORMATS, Capabilities
from newsletter.llm.failures import ModelFailure
from newsletter.llm.questions import ModelRequest, estimated_tokens
from newsletter.llm.requests import LEAST_ANSWER, MARGIN, answer_limit, asks_logprobs

LONG_ANSWER = 16_384  # tokens, for models whose thoughts used up what was asked for

_FORM_WORDS = (
    "response_format",
    "response format",
    "json_schema",
    "json_object",
    "tool",
    "function",
    "structured",
    "schema",
    "text.format",
    "grammar",
    "native format",
    "guided",
    "xgrammar",
    "outlines",
)
_STREAM_ONLY = re.compile(
    r"non-?stream(?:ing|ed)?\b|only supports? (?:the )?stream|requires? stream|must (?:be|use|set) stream"
    r"|stream(?:ing)? (?:mode )?(?:is )?(?:required|only)|set stream ?(?:=|to) ?true"
    r"|stream must be (?:true|set)"
)
_ITEM_COUNTS = re.compile(r"m(?:in|ax)_?items|(?:schema|unsupported|unknown) keyword\b")
_ROLES = re.compile(
    r"(?:system|developer)[ _]?(?:role|message|prompt)|role.{0,40}(?:system|developer)|roles must alternate"
    r"|alternate user/assistant"
)
_CONTEXT = (
    re.compile(r"maximum context (?:length|size|window)(?: is| of|:)? *(\d+)"),
    re.compile(r"context (?:length|size|window)(?: is| of|:|=)? *\(?(\d+)"),
    re.compile(r"n_ctx\D{0,4}(\d+)"),
    re.compile(r"max_model_len\D{0,4}(\d+)"),
)
_ASKED = (
    re.compile(r"(?<!\d)(\d{1,12}) (?:input|prompt) tokens"),
    re.compile(r"\((\d+) (?:in|of) (?:the |your )?(?:messages|prompt|input)"),
    re.compile(r"(?:prompt|input|messages)(?: contains?| has| of|:)? (?:at least )?(\d+) tokens"),
)
_MOST_ANSWER = (
    re.compile(r"supports? at most (\d+) (?:completion|output) tokens"),
    re.compile(r"range of max_(?:completion_)?tokens is \[\d+, *(\d+)\]"),
    re.compile(
        r"max_(?:completion_|output_)?tokens\W{1,4}(?:must|should|is|can)[a-z ]{0,20}"
        r"(?:less|lower|greater|more|larger) than(?: or equal to)? [`'\"]?(\d+)"
    ),
    re.compile(r"max_(?:completion_|output_)?tokens\D{0,40} \[\d+, *(\d+)\]"),
    re.compile(r"max(?:imum)? (?:output|completion|new) tokens\D{0,20} (\d+)"),
)
_LACKS = frozenset({ModelFailure.BAD_REQUEST, ModelFailure.NOT_FOUND})


def fallback_after(
    error: ModelError, capabilities: Capabilities, request: ModelRequest, *, is_limit_given: bool = False
) -> Capabilities | None:
    """What to try instead after ``error``; None if nothing else would help.

    ``is_limit_given``: the operator says how long answers may be; then no other length is tried.
    """
    message = error.message.lower()
    if error.kind == ModelFailure.LIMIT_TOO_SMALL:
        return None if is_limit_given else _longer(capabilities, request)
    if error.kind in {ModelFailure.BAD_REQUEST, ModelFailure.CONTEXT_OVERFLOW}:
        fitting = _fitting(capabilities, request, message)
        if fitting is not None:
            return fitting
    if error.kind in _LACKS | {ModelFailure.SERVER} and _is_about_logprobs(
        error, capabilities, request, message
    ):
        return replace(capabilities, logprobs=False)
    if error.kind in _LACKS:
        return _without_what_is_named(capabilities, message) or _weaker_form(
            capabilities, error, request, message
        )
    if error.kind == ModelFailure.SERVER:
        # Only what the server names: other faults of a server say nothing of what it understands.
        return _without_what_is_named(capabilities, message) or _weaker_form(
            capabilities, error, request, message
        )
    return None


def _longer(capabilities: Capabilities, request: ModelRequest) -> Capabilities | None:
    """Once a much larger limit for the answer, as far as the model is known to take it."""
    if capabilities.answer_tokens >= LONG_ANSWER:
        return None
    longer = replace(capabilities, answer_tokens=LONG_ANSWER)
    return longer if answer_limit(request, longer) > answer_limit(request, capabilities) else None


def _fitting(capabilities: Capabilities, request: ModelRequest, message: str) -> Capabilities | None:
    """A shorter limit where the refusal says what would fit; the question itself stays whole."""
    limit = answer_limit(request, capabilities)
    most = _number_in(_MOST_ANSWER, message)
    if most and most < limit:
        return replace(capabilities, most_answer_tokens=most)
    context = _number_in(_CONTEXT, message)
    if not context:
        return None
    question_tokens = _number_in(_ASKED, message) or estimated_tokens(request.messages)
    if context - question_tokens < LEAST_ANSWER:
        return None  # the question itself is too long
    known = replace(capabilities, context=context)
    if answer_limit(request, known) < limit:
        return known
    # Our own count of the question is too small: the answer takes what the server says is left.
    left = context - question_tokens - MARGIN
    return replace(known, most_answer_tokens=left) if LEAST_ANSWER <= left < limit else None


def _number_in(patterns: tuple[re.Pattern[str], ...], message: str) -> int:
    for pattern in patterns:
        match = pattern.search(message)
        if match and len(match[1]) < 9:
            return int(match[1])
    return 0


def _is_about_logprobs(
    error: ModelError, capabilities: Capabilities, request: ModelRequest, message: str
) -> bool:
    """Named, or the only thing about this question that the model has not been asked before."""
    if not asks_logprobs(request, capabilities):
        return False
    is_new = error.kind == ModelFailure.BAD_REQUEST and capabilities.proven and capabilities.logprobs is None
    return "logprob" in message or (is_new and _without_what_is_named(capabilities, message) is None)


def _without_what_is_named(capabilities: Capabilities, message: str) -> Capabilities | None:
    if "v1/responses" in message and capabilities.api == "chat":
        return replace(capabilities, api="responses")
    if capabilities.counts and _ITEM_COUNTS.search(message):
        return replace(capabilities, counts=False)
    if capabilities.limit_name == "max_tokens" and "max_completion_tokens" in message:
        return replace(capabilities, limit_name="max_completion_tokens")
    if capabilities.limit_name == "max_completion_tokens" and "max_completion_tokens" in message:
        return replace(capabilities, limit_name="")
    if not capabilities.stream and _STREAM_ONLY.search(message):
        return replace(capabilities, stream=True)
    if capabilities.temperature and "temperature" in message:
        return replace(capabilities, temperature=False)
    if capabilities.stream and capabilities.usage and "stream_options" in message:
        return replace(capabilities, usage=False)
    if capabilities.effort and ("reasoning_effort" in message or "reasoning.effort" in message):
        return replace(capabilities, effort=False)
    if capabilities.system and _ROLES.search(message):
        return replace(capabilities, system=False)
    return None


def _weaker_form(
    capabilities: Capabilities, error: ModelError, request: ModelRequest, message: str
) -> Capabilities | None:
    if request.schema is None or capabilities.form == ANSWER_FORMATS[-1]:
        return None
    is_named = any(word in message for word in _FORM_WORDS)
    if is_named or (error.kind == ModelFailure.BAD_REQUEST and not capabilities.proven):
        return replace(capabilities, form=ANSWER_FORMATS[ANSWER_FORMATS.index(capabilities.form) + 1])
    return None
