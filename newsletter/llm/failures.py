"""What went wrong at a model's endpoint, in one vocabulary for all providers. Pure.

Providers disagree on everything: codes are strings or integers or absent, an error may be a string, may sit
inside ``metadata.raw``, may come with status 200. The class decides what follows: wait, shorten, hold, stop.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsletter.errors import ModelError
from newsletter.llm.rate_limits import requested_wait
from newsletter.text.border import clean_text, load_json

MAX_SENTENCE = 2000  # characters of an error of ours
MAX_MESSAGE = 300  # characters of a provider's words that we keep


class ModelFailure(StrEnum):
    """The classes of failure; the first five may pass by themselves."""

    RATE_LIMITED = "rate limited"
    SERVER = "server error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    NO_ANSWER = "no answer of the API"
    CONTEXT_OVERFLOW = "context overflow"
    CONTENT_FILTER = "content filter"
    REFUSAL = "refusal"
    AUTHENTICATION = "authentication"
    QUOTA = "quota"
    NOT_FOUND = "not found"
    BAD_REQUEST = "bad request"
    LIMIT_TOO_SMALL = "limit too small"
    CERTIFICATE = "certificate"
    MALFORMED = "malformed answer"


TRANSIENT = frozenset(
    {
        ModelFailure.RATE_LIMITED,
        ModelFailure.SERVER,
        ModelFailure.TIMEOUT,
        ModelFailure.CONNECTION,
        ModelFailure.NO_ANSWER,
    }
)
# Nobody's next call will do better until an operator changes something.
OPERATORS_TURN = frozenset(
    {
        ModelFailure.AUTHENTICATION,
        ModelFailure.QUOTA,
        ModelFailure.NOT_FOUND,
        ModelFailure.LIMIT_TOO_SMALL,
        ModelFailure.CERTIFICATE,
    }
)

_ADVICE = {
    ModelFailure.AUTHENTICATION: " Check OPENAI_API_KEY and OPENAI_BASE_URL.",
    ModelFailure.QUOTA: " Top up the account or choose another endpoint in OPENAI_BASE_URL.",
    ModelFailure.NOT_FOUND: " Check SUMMARY_MODEL (JUDGE_MODEL, READING_MODEL) and OPENAI_BASE_URL.",
    ModelFailure.NO_ANSWER: " Check OPENAI_BASE_URL: most end in /v1.",
    ModelFailure.LIMIT_TOO_SMALL: " Raise the limit in MODEL_MAX_TOKENS, or lower MODEL_REASONING_EFFORT.",
    ModelFailure.CERTIFICATE: " If the authority is your own, name its file in SSL_CERT_FILE.",
}


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


_OVERFLOW = _any_of(
    r"context[ _-]?(?:length|window|size)|maximum context|exceeds? the (?:available )?context",
    r"max(?:imum)? (?:input|prompt|model)[ _-]?(?:tokens|length|len)|string_above_max_length",
    r"(?:prompt|input|request|message)s?(?: is| are)? too (?:long|large)|total length of all messages",
    r"too_many_prompt_tokens|too many tokens|reduce (?:the length|your (?:prompt|message|input))",
)
_FILTERED = _any_of(
    r"content[ _-]?filter|responsibleai|content[ _-](?:management[ _-])?policy|content_policy",
    r"flagged|moderation|safety (?:system|filter|settings)|prohibited_content|data_inspection_failed",
)
_KEY = _any_of(
    r"(?:incorrect|invalid|missing|wrong|no) (?:api[ _-]?key|authentication|credentials|x-api-key)",
    r"api[ _-]?key(?: is)? (?:not valid|invalid|missing|expired)|invalid_api_key",
    r"authentication[ _](?:fails|error)|unauthori[sz]ed",
)
# Words alone: some providers say "quota" when they mean the next minute.
_QUOTA = _any_of(
    r"insufficient[ _-]?(?:user[ _])?(?:quota|balance|credits?|funds)|payment[ _]required|billing_hard_limit",
    r"(?:balance|credits?|funds)(?: \w+){0,3} (?:insufficient|too low|exhausted|depleted|used up|ran out)",
    r"out of (?:credits?|funds)|not enough (?:balance|credits?|funds)|no (?:remaining )?credits?\b",
    r"arrearage|overdue[ _-]?(?:payment|balance|account)|account is in (?:good standing|arrears)",
    r"billing (?:is )?(?:not|disabled|inactive)",
    r"top[ -]?up|please recharge|余额不足|欠费|充值|资源包",
    r"额度(?:已)?(?:用完|不足|耗尽)|账户(?:已)?(?:停|冻结)",
)
_CODE_1113 = re.compile(r"\"code\"\s*:\s*\"?1113\b")  # Zhipu's code for an account that ran dry
_NO_MODEL = _any_of(
    r"model_not_found|model .{0,80}(?:does not exist|not found)",
    r"unexpected endpoint|unknown (?:endpoint|path|route|url)|no route matched|cannot post /",
    r"no such model|unknown model|deploymentnotfound",
)
_BAD_GENERATION = _any_of(
    r"tool_use_failed|json_validate_failed|failed_generation|failed to (?:parse|generate) json"
)
_SAYING = (
    "message", "msg", "detail", "error", "raw", "code", "type", "metadata", "innererror", "errors",
)  # fmt: skip
_RATE = re.compile(r"rate[ _-]?limit|too many requests|ratelimitreached|resource_exhausted|overloaded")


def failure(kind: ModelFailure, message: str, *, retry_after: float | None = None) -> ModelError:
    """The error to raise for ``kind``."""
    return ModelError(
        f"The model's endpoint: {kind}. {clean_text(message, longest=MAX_SENTENCE)}{_ADVICE.get(kind, '')}",
        kind=str(kind),
        transient=kind in TRANSIENT,
        retry_after=retry_after,
    )


def classify(
    status: int, body: str, headers: Mapping[str, str], *, now: datetime, about: str = ""
) -> ModelError:
    """The error for an answer with HTTP ``status`` (or an error object inside a 200) and ``body``.

    ``headers`` have lower-case names. ``about`` helps the operator, such as the model's name.
    """
    words = _words(body)
    message = " ".join(words)[:MAX_MESSAGE] or f"HTTP {status} without a message"
    kind = _kind(status, (body if len(body) < 20_000 else body[:20_000]).lower(), " ".join(words).lower())
    wait = requested_wait(headers, message=message, now=now) if kind in TRANSIENT else None
    prefix = f"{about}: " if about else ""
    return failure(kind, f"{prefix}HTTP {status}: {message}", retry_after=wait)


def _kind(status: int, body: str, words: str) -> ModelFailure:
    text = f"{words} {body}"
    if status in {408, 504, 524}:
        return ModelFailure.TIMEOUT
    if status == 402 or (status < 500 and (_QUOTA.search(text) or _CODE_1113.search(body))):
        return ModelFailure.QUOTA
    if status == 413 or (status in {400, 422, 500} and _OVERFLOW.search(text)):
        return ModelFailure.CONTEXT_OVERFLOW
    if status in {400, 403, 422, 451} and _FILTERED.search(text):
        return ModelFailure.CONTENT_FILTER
    if status == 429 or (status < 500 and _RATE.search(words)):
        return ModelFailure.RATE_LIMITED
    if status in {401, 403} or (status < 500 and _KEY.search(text)):
        return ModelFailure.AUTHENTICATION
    return _other_kind(status, text)


def _other_kind(status: int, text: str) -> ModelFailure:
    if status < 500 and _BAD_GENERATION.search(text):
        return ModelFailure.MALFORMED
    if status == 404 or _NO_MODEL.search(text):
        return ModelFailure.NOT_FOUND
    if status >= 500 or status in {409, 425}:
        return ModelFailure.SERVER
    return ModelFailure.BAD_REQUEST


def error_inside(body: Mapping[str, Any]) -> tuple[int, str] | None:
    """The status and text of an error that came with status 200, if ``body`` is one."""
    error = body.get("error") or _error_in_choice(body.get("choices"))
    if not error:
        return None
    code = error.get("code") if isinstance(error, Mapping) else body.get("code")
    text = str(code)
    status = int(text) if re.fullmatch(r"[45]\d\d", text) else 500
    return status, json.dumps({"error": error, "code": code}, ensure_ascii=False)


def _error_in_choice(choices: Any) -> Any:
    """What went wrong behind a router, which tells it inside the first choice."""
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        return None
    if choice.get("error"):
        return choice["error"]
    message = choice.get("message")
    is_empty = not (message.get("content") if isinstance(message, Mapping) else None)
    return "The upstream model failed." if choice.get("finish_reason") == "error" and is_empty else None


_MARKUP = re.compile(
    r"<(?:script|style)\b(?:[^<]|<(?!/?(?:script|style)))*+</(?:script|style)>|<[^<>]*>", re.IGNORECASE
)


def _words(body: str) -> list[str]:
    """What the error says to people, wherever the provider put it; white space normalised."""
    try:
        parsed = load_json(body)
    except ValueError:
        text = _MARKUP.sub(" ", body[:5000])
        return text.split()
    return " ".join(_strings(parsed, depth=0)).split()


def _strings(value: Any, *, depth: int) -> Iterator[str]:
    if depth > 6:
        return
    if isinstance(value, Mapping):
        for name in _SAYING:
            if name in value:
                yield from _strings(value[name], depth=depth + 1)
    elif isinstance(value, list):
        for item in value[:5]:
            yield from _strings(item, depth=depth + 1)
    elif isinstance(value, str):
        yield value
