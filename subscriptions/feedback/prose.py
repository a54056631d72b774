"""Pure: reports in prose: what mail servers say in their own words, and what people's programs answer."""

import logging
import re
from collections.abc import Iterable
from email.message import Message

from flufl.bounce import all_failures

from subscriptions.feedback.records import Form, Report
from subscriptions.feedback.texts import (
    ADDRESS,
    LISTED,
    REPLY_CODE,
    address_in,
    failure_status,
    header,
    own_lines,
    part_about,
)

logger = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs each of its detectors

# -- RFC 3834 -------------------------------------------------------------------

_AUTO_SUBJECT = re.compile(
    r"^(?:re: ?)?(?:auto(?:matic|mated|matische)?[ -]?(?:reply|response|responder|antwort)|autoreply|"
    r"out of (?:the )?office|away from|i am away|on vacation|vacation|abwesen|abwesenheit|"
    r"réponse automatique|respuesta automática|risposta automatica|resposta automática|"
    r"automatisch antwoord|自動返信|自动回复|自動回覆|부재중|자동 ?회신|رد تلقائي)",
    re.IGNORECASE,
)
LATE_AUTO_REPLY = re.compile(
    r"\b(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office)\b", re.IGNORECASE
)
_FROM_DAEMON = re.compile(
    r"mailer-?daemon|post_?master|no-?reply@|mail delivery (?:sub)?system|mail administrator", re.IGNORECASE
)


def is_auto_reply(message: Message) -> bool:
    """Whether a person's program answered. Bounces in prose may say "auto-generated": that is not enough."""
    submitted = header(message, "Auto-Submitted").lower()
    if submitted.startswith(("auto-replied", "auto-notified")) and not is_from_daemon(message):
        return True
    if any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-From")):
        return True
    if header(message, "X-Auto-Response-Suppress") and _AUTO_SUBJECT.search(header(message, "Subject")):
        return True
    if header(message, "Precedence").lower() == "auto_reply":
        return True
    return bool(_AUTO_SUBJECT.search(header(message, "Subject"))) and not is_from_daemon(message)


def says_automatic(message: Message) -> bool:
    """Whether Auto-Submitted (RFC 3834, section 5) says that no person sent it."""
    return header(message, "Auto-Submitted").lower() not in ("", "no")


def is_from_daemon(message: Message) -> bool:
    """Whether From names a mail system and no person."""
    return bool(_FROM_DAEMON.search(header(message, "From")))


# -- mail servers ---------------------------------------------------------------

_SUBJECT = re.compile(
    r"undeliver|deliver|メールエラー|returned mail|return(?:ed)? to sender|"
    r"fail(?:ure|ed)|bounce|could not send|"
    r"non ?remis|"
    r"unzustell|nicht zugestellt|not sent|error|warning|delayed|rejected|blocked|problem|"
    r"non[- ]?livr|no entregad|エラー|配信|届|退信|投递|반송|전송 ?실패",
    re.IGNORECASE,
)


def failures_in_words(message: Message, words: str) -> list[Report]:
    """What a server said in its own way: for whom by ``flufl.bounce``, why by its words."""
    temporary: Iterable[bytes] = ()
    permanent: Iterable[bytes] = ()
    try:
        temporary, permanent = all_failures(message)
    except Exception as error:  # noqa: BLE001 - a damaged mail may be one that its detectors were not made for
        logger.info("A mail is read without flufl.bounce, which fails on it: %s", type(error).__name__)
    action_by_address = {**dict.fromkeys(permanent, "failed"), **dict.fromkeys(temporary, "delayed")}
    from_machine = is_from_daemon(message) or _has_null_sender(message)
    if not action_by_address and from_machine and _looks_like_bounce(message, words):
        concerned = ADDRESS.search(words)
        action_by_address = {concerned.group().encode() if concerned else b"": ""}
    if action_by_address:
        for listed in LISTED.finditer(words):
            action_by_address.setdefault(listed[1].lower().encode(), "failed")
    actions = {
        address_in(address.decode("utf-8", "replace")): action
        for address, action in action_by_address.items()
    }
    return [_report_in_words(recipient, action, words) for recipient, action in actions.items()]


def _report_in_words(recipient: str, action: str, words: str) -> Report:
    part = part_about(recipient, words)
    code = REPLY_CODE.search(part)
    return Report(
        Form.WORDS,
        recipient=recipient,
        action=action,
        status=failure_status(part),
        code=code[1] if code else "",
        own=own_lines(recipient, part),
        words=part,
        named=(recipient,) if recipient else (),
    )


def _has_null_sender(message: Message) -> bool:
    return header(message, "Return-Path").replace(" ", "") == "<>"


def _looks_like_bounce(message: Message, words: str) -> bool:
    return bool(
        _SUBJECT.search(header(message, "Subject"))
        or re.search(r"\b[45]\d\d[ -]|\b[45]\.\d\.\d|(?:not|unable to) (?:be )?deliver", words)
    )
