"""Stand-ins for the services: each takes what the real one takes, and refuses what that refuses.

    with StandIn("slack") as slack:
        make_channel(slack)
        ...
        slack.accepted  # the bodies that it took

What a service checks is checked here anew, by its own documents: fields, limits, signatures.
``slack.next_answers`` are answers that it gives instead, each once: (status, headers, body), or ``HANG_UP``.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from newsletter.models import Channel

HANG_UP = "hang up"
TOKEN = "123456789:AAF-standin_token_of_a_bot_0123456"
ACCESS_TOKEN = "syt_standin_access_token_0123"
SIGNING = "whsec_" + base64.b64encode(b"k" * 32).decode()
FEISHU_SECRET = "feishu-secret-of-the-stand-in"
HOOK = "hook-of-the-stand-in-0123456789"
Answer = tuple[int, dict[str, str], bytes]
Faulty = list[str]


def answer(status: int, said: Any = None, **headers: str) -> Answer:
    body = said.encode() if isinstance(said, str) else json.dumps(said).encode() if said is not None else b""
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body


class StandIn:
    """One service on this machine."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.accepted: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.faults: list[str] = []
        self.next_answers: deque[Answer | str] = deque()
        self.before_answer: Callable[[], object] = lambda: None
        self.is_gone = False
        self.transactions: dict[str, str] = {}
        self._numbers = count(1)
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                given = standin.take(self.command, self.path, headers, body)
                standin.before_answer()
                if isinstance(given, str):
                    self.close_connection = True
                    return
                status, names, said = given
                self.send_response(status)
                for name, value in names.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_POST = do_PUT = do_GET = handle_any  # noqa: N815 - as http.server names them

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> "StandIn":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def place(self) -> dict[str, str]:
        """The fields of a channel that posts here."""
        paths = {
            "slack": f"/services/T000/B000/{HOOK}",
            "discord": f"/api/webhooks/1234/{HOOK}?thread_id=77",
            "teams": f"/workflows/1/triggers/manual/paths/invoke?api-version=1&sig={HOOK}",
            "mattermost": f"/hooks/{HOOK}",
            "feishu": f"/open-apis/bot/v2/hook/{HOOK}",
            "webhook": "/my/hook",
            "matrix": "",
            "telegram": "",
        }
        secrets = {
            "telegram": TOKEN,
            "matrix": ACCESS_TOKEN,
            "feishu": FEISHU_SECRET,
            "webhook": SIGNING,
        }
        targets = {"telegram": "@papers", "matrix": "!room:example.org"}
        address = "" if self.service == "telegram" else self.base + paths[self.service]
        return {
            "service": self.service,
            "address": address,
            "secret": secrets.get(self.service, ""),
            "target": targets.get(self.service, ""),
        }

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | str:
        """What the service does with a request."""
        self.requests.append((method, path, headers, body))
        if self.next_answers:
            return self.next_answers.popleft()
        checks = _CHECKS[self.service]
        if self.is_gone:
            return checks.gone
        faults, said = checks.check(self, method, path, headers, body)
        self.faults += faults
        if faults:
            return checks.refusal(faults)
        self.accepted.append(json.loads(body))
        return said

    def number(self) -> int:
        return next(self._numbers)


class _Checks:
    """What one service checks, what it says when it takes a message, and how it refuses one."""

    def __init__(self, check: Any, gone: Answer, refusal: Callable[[Faulty], Answer]) -> None:
        self.check, self.gone, self.refusal = check, gone, refusal


def _json(headers: dict[str, str], body: bytes) -> tuple[dict[str, Any], Faulty]:
    if not headers.get("content-type", "").startswith("application/json"):
        return {}, ["not JSON"]
    return json.loads(body), []


# -- Slack --------------------------------------------------------------------------------------------------


def _slack(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    if (method, path) != ("POST", f"/services/T000/B000/{HOOK}"):
        faults.append("no_service")
    blocks = said.get("blocks", [])
    if not blocks or len(blocks) > 50:
        faults.append("invalid_blocks")
    for block in blocks:
        if block["type"] != "rich_text" or not block["elements"]:
            faults.append("invalid_blocks")
        for part in block["elements"]:
            _slack_part(part, faults)
    if len(body) > 13_000:
        faults.append("msg_blocks_too_long")
    if not said.get("text"):
        faults.append("no_text")
    if any(sign in said["text"].replace("&lt;", "").replace("&gt;", "") for sign in "<>"):
        faults.append("not escaped")
    return faults, answer(200, "ok")


def _slack_part(part: dict[str, Any], faults: Faulty) -> None:
    if part["type"] == "rich_text_list":
        for each in part["elements"]:
            _slack_part(each, faults)
        return
    for element in part["elements"]:
        if element["type"] not in ("text", "link") or not element["text"]:
            faults.append("invalid_blocks")


# -- Discord ------------------------------------------------------------------------------------------------


def _discord(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    parts = urlsplit(path)
    query = parse_qs(parts.query)
    if (method, parts.path) != ("POST", f"/api/webhooks/1234/{HOOK}") or query.get("thread_id") != ["77"]:
        faults.append("unknown webhook")
    embeds = said.get("embeds", [])
    texts = [(each.get("title", ""), each.get("description", "")) for each in embeds]
    if len(said.get("content", "")) > 2000 or len(embeds) > 10 or not (said.get("content") or embeds):
        faults.append("BASE_TYPE_MAX_LENGTH")
    if any(len(title) > 256 or len(text) > 4096 for title, text in texts):
        faults.append("BASE_TYPE_MAX_LENGTH")
    if sum(len(title) + len(text) for title, text in texts) > 6000:
        faults.append("MAX_EMBED_SIZE_EXCEEDED")
    if said.get("allowed_mentions") != {"parse": []}:
        faults.append("mentions allowed")
    if query.get("wait") != ["true"]:
        return faults, answer(204)
    return faults, answer(200, {"id": str(1000 + self.number()), "type": 0})


# -- Teams --------------------------------------------------------------------------------------------------


def _teams(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    if method != "POST" or parse_qs(urlsplit(path).query).get("sig") != [HOOK]:
        faults.append("DirectApiAuthorizationRequired")
    if len(body) > 28 * 1024:
        faults.append("RequestEntityTooLarge")
    (attachment,) = said["attachments"]
    card = attachment["content"]
    if (
        said["type"] != "message"
        or attachment["contentType"] != "application/vnd.microsoft.card.adaptive"
        or card["type"] != "AdaptiveCard"
        or card["version"] not in ("1.2", "1.3", "1.4", "1.5")
        or not card["body"]
    ):
        faults.append("TriggerInputSchemaMismatch")
    if any(block["type"] != "RichTextBlock" or not block["inlines"] for block in card["body"]):
        faults.append("an element with Markdown")
    return faults, answer(202)


# -- Telegram -----------------------------------------------------------------------------------------------


def _telegram(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    if path != f"/bot{TOKEN}/sendMessage":
        faults.append("Not Found")
    if said.get("chat_id") != "@papers":
        faults.append("Bad Request: chat not found")
    if not 1 <= len(said["text"].encode("utf-16-le")) // 2 <= 4096:
        faults.append("Bad Request: message is too long")
    if said["parse_mode"] != "HTML" or said["link_preview_options"] != {"is_disabled": True}:
        faults.append("previews")
    faults += _telegram_tags(said["text"])
    return faults, answer(200, {"ok": True, "result": {"message_id": self.number()}})


def _telegram_tags(text: str) -> Faulty:
    """Telegram refuses what is no tag of its own, or is not closed."""
    from html.parser import HTMLParser

    faults: Faulty = []
    stack: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag not in ("a", "b", "i"):
                faults.append(f"Bad Request: can't parse entities: unsupported start tag {tag}")
            stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if not stack or stack.pop() != tag:
                faults.append("Bad Request: can't parse entities: unmatched end tag")

    Reader().feed(text)
    return faults + (["Bad Request: can't parse entities"] if stack else [])


# -- Matrix -------------------------------------------------------------------------------------------------


def _matrix(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    before, _, transaction = path.rpartition("/")
    if method != "PUT" or unquote(before) != (
        "/_matrix/client/v3/rooms/!room:example.org/send/m.room.message"
    ):
        faults.append("M_UNRECOGNIZED")
    if headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
        faults.append("M_UNKNOWN_TOKEN")
    if len(body) > 65_000:
        faults.append("M_TOO_LARGE")
    if said.get("m.mentions") != {} or said.get("format") != "org.matrix.custom.html":
        faults.append("M_BAD_JSON")
    if not said.get("body") or not said.get("formatted_body"):
        faults.append("M_BAD_JSON")
    event = self.transactions.setdefault(transaction, f"$event{self.number()}")
    return faults, answer(200, {"event_id": event})


# -- Mattermost ---------------------------------------------------------------------------------------------


def _mattermost(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    if (method, path) != ("POST", f"/hooks/{HOOK}"):
        faults.append("Invalid webhook")
    if not 1 <= len(said.get("text", "")) <= 16_383:
        faults.append("too long")
    return faults, answer(200, "ok")


# -- Feishu -------------------------------------------------------------------------------------------------


def _feishu(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    if (method, path) != ("POST", f"/open-apis/bot/v2/hook/{HOOK}"):
        faults.append("19001")
    seconds = said.get("timestamp", "0")
    key = f"{seconds}\n{FEISHU_SECRET}".encode()
    sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    if said.get("sign") != sign or abs(int(seconds) - datetime.now(UTC).timestamp()) > 3600:
        faults.append("19021")
    if len(body) > 20_000:
        faults.append("9499")
    (content,) = said["content"]["post"].values()
    tags = {part["tag"] for line in content["content"] for part in line}
    if said["msg_type"] != "post" or not tags <= {"text", "a"}:
        faults.append("9499")
    return faults, answer(200, {"code": 0, "msg": "success", "data": {}})


# -- a plain webhook ----------------------------------------------------------------------------------------


def _webhook(self: StandIn, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    said, faults = _json(headers, body)
    if (method, path) != ("POST", "/my/hook"):
        faults.append("another path")
    seconds = headers.get("webhook-timestamp", "0")
    if abs(int(seconds) - datetime.now(UTC).timestamp()) > 300:
        faults.append("an old timestamp")
    key = base64.b64decode(SIGNING.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id')}.{seconds}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if expected not in headers.get("webhook-signature", "").split(" "):
        faults.append("a wrong signature")
    if len(body) > 20_000 or said["type"] != "papers.day":
        faults.append("not as agreed")
    return faults, answer(204)


_CHECKS = {
    "slack": _Checks(_slack, answer(404, "no_service"), lambda faults: answer(400, faults[0])),
    "discord": _Checks(
        _discord,
        answer(404, {"message": "Unknown Webhook", "code": 10015}),
        lambda faults: answer(400, {"code": 50035, "message": f"Invalid Form Body {faults}"}),
    ),
    "teams": _Checks(
        _teams,
        answer(404, {"error": {"code": "WorkflowNotFound", "message": "The workflow could not be found."}}),
        lambda faults: answer(400, {"error": {"code": faults[0], "message": "Refused."}}),
    ),
    "telegram": _Checks(
        _telegram,
        answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
        lambda faults: answer(400, {"ok": False, "error_code": 400, "description": faults[0]}),
    ),
    "matrix": _Checks(
        _matrix,
        answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed."}),
        lambda faults: answer(400, {"errcode": faults[0], "error": "Refused."}),
    ),
    "mattermost": _Checks(
        _mattermost,
        answer(
            400,
            {
                "id": "web.incoming_webhook.invalid.app_error",
                "message": "Invalid webhook.",
                "status_code": 400,
            },
        ),
        lambda faults: answer(400, {"id": "x", "message": faults[0], "status_code": 400}),
    ),
    "feishu": _Checks(
        _feishu,
        answer(400, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}),
        lambda faults: answer(200, {"code": int(faults[0]), "msg": "refused"}),
    ),
    "webhook": _Checks(_webhook, answer(410), lambda faults: answer(400, str(faults))),
}
SERVICES = tuple(_CHECKS)
TOO_MANY = {
    "slack": answer(429, "rate_limited", Retry_After="30"),
    "discord": answer(429, {"message": "You are being rate limited.", "retry_after": 30.0, "global": False}),
    "teams": answer(429, {"error": {"code": "429", "message": "Rate limit is exceeded."}}, Retry_After="30"),
    "telegram": answer(
        429,
        {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 30",
            "parameters": {"retry_after": 30},
        },
    ),
    "matrix": answer(
        429, {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 30_000}
    ),
    "mattermost": answer(429, "limit exceeded", X_RateLimit_Limit="10", X_RateLimit_Reset="30"),
    "feishu": answer(200, {"code": 11232, "msg": "frequency limited psm"}),
    "webhook": answer(429, None, Retry_After="30"),
}
"""What each says to too many requests: half a minute, but for Feishu, which says no time."""


def make_channel(standin: StandIn, **fields: Any) -> Channel:
    """A channel that posts to ``standin`` at nine."""
    values = {
        "name": f"{standin.service} {standin.port}",
        **standin.place,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Channel.objects.create(**{**values, **fields})
