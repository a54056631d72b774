"""What every message must satisfy, whoever it is for: a list of faults, empty for a good one.

It knows nothing of how messages are made: it reads the bytes as a mail program does.
"""

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import urlsplit

LARGEST_HTML = 90_000  # bytes, encoded
LONGEST_LINE = 998  # octets without CRLF, RFC 5322, section 2.1.1
SINGLE = (
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
    "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "References",
)  # fmt: skip
NEEDED = (
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "List-Archive", "Feedback-ID", "Auto-Submitted", "Precedence",
)  # fmt: skip
RIGHT_TO_LEFT = ("ar", "he")
_MARKS = re.compile(r"\{%|%\}|\{\{|\}\}|<mj-|</mj-|[\ue000-\uf8ff]", re.IGNORECASE)
_WORDS_OF_CODE = re.compile(r"\bNone\b|\bundefined\b|\bNaN\b|\[object Object\]")
_SPACES = re.compile(r"\s+")
_ISOLATES = re.compile("[\u2066-\u2069]")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def faults_of(
    data: bytes, *, language: str = "", titles: tuple[str, ...] = (), sources: tuple[str, ...] = ()
) -> list[str]:
    """What is wrong with the message ``data``: one line a fault.

    ``language`` is the code it should be in; ``titles`` are titles that must stand in both parts. What
    they and other ``sources`` contain is allowed to be shown, such as the word "None".
    """
    faults = _faults_of_bytes(data)
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    faults += _faults_of_head(message)
    parts = list(message.iter_parts())
    kinds = [part.get_content_type() for part in parts]
    if message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        return [*faults, f"structure: {message.get_content_type()} of {kinds}"]
    for part in [message, *parts]:
        faults += [f"defect in {part.get_content_type()}: {defect!r}" for defect in part.defects]
    text, html = (str(part.get_content()) for part in parts)
    encoded = len(str(parts[1].get_payload()).encode())
    if encoded > LARGEST_HTML:
        faults.append(f"the encoded HTML has {encoded} bytes")
    page = Page(html)
    faults += page.faults
    faults += _faults_of_texts(text, page, titles, sources)
    if language:
        faults += page.faults_of_language(language)
        if message["Content-Language"] not in (None, language):
            faults.append(f"Content-Language is {message['Content-Language']}")
    return faults


def _faults_of_bytes(data: bytes) -> list[str]:
    faults = []
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        faults.append("a line does not end in CRLF")
    longest = max(map(len, data.split(b"\r\n")))
    if longest > LONGEST_LINE:
        faults.append(f"a line has {longest} octets")
    if b"\x00" in data:
        faults.append("a NUL")
    if any(byte > 127 for byte in data.partition(b"\r\n\r\n")[2]):
        faults.append("the body is not 7-bit")
    return faults


def content_of(message: EmailMessage, kind: str) -> str:
    """The decoded part of a message that is ``kind``: "plain" or "html"."""
    part = message.get_body((kind,))
    assert part is not None, f"the message has no {kind} part"
    return str(part.get_content())


def _faults_of_head(message: EmailMessage) -> list[str]:
    faults = [
        f"{name} stands {len(message.get_all(name, []))} times"
        for name in SINGLE
        if len(message.get_all(name, [])) > 1
    ]
    faults += [f"{name} is missing" for name in NEEDED if not message.get(name)]
    for name, value in message.items():
        faults += [f"{name}: {defect!r}" for defect in getattr(value, "defects", ())]
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", str(message.get("Message-ID", ""))):
        faults.append(f"Message-ID {message.get('Message-ID')!r}")
    unsubscribe = str(message.get("List-Unsubscribe", ""))
    if not re.search(r"<https?://[^>]+>", unsubscribe):
        faults.append(f"List-Unsubscribe {unsubscribe!r}")
    if message.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        faults.append("List-Unsubscribe-Post")
    if not str(message.get("Subject", "")).strip():
        faults.append("the subject is empty")
    return faults


def _faults_of_texts(text: str, page: "Page", titles: tuple[str, ...], sources: tuple[str, ...]) -> list[str]:
    faults = []
    seen = {"text": _plain(text), "HTML": _plain(page.text)}
    allowed = " ".join(map(_plain, (*titles, *sources)))
    for name, shown in seen.items():
        if not shown:
            faults.append(f"the {name} part is empty")
        if (mark := _MARKS.search(shown)) and mark.group() not in allowed:
            faults.append(
                f"the {name} part has a mark of a template: {shown[mark.start() : mark.start() + 40]!r}"
            )
        if (word := _WORDS_OF_CODE.search(shown)) and word.group() not in allowed:
            faults.append(f"the {name} part says {shown[max(word.start() - 20, 0) : word.end() + 20]!r}")
        faults += [f"{title!r} is not in the {name} part" for title in titles if _plain(title) not in shown]
    if "&lt;" in text or "&amp;" in text or "&#x27;" in text or "&quot;" in text:
        faults.append("the text part is escaped for HTML")
    for target in page.targets - set(re.findall(r"https?://\S+", text)):
        is_needed = any(part in target for part in ("/abs/", "/preferences/", "/unsubscribe/"))
        if is_needed and target.partition("#")[0] not in text:
            faults.append(f"{target} is only in the HTML part")
    return faults


def _plain(text: str) -> str:
    return _SPACES.sub(" ", _ISOLATES.sub("", text)).strip()


class Page(HTMLParser):
    """The HTML as a mail program sees it: texts, links, pictures, languages, and what is wrong with them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.targets: set[str] = set()
        self.wrapper: dict[str, str] = {}
        self.jumps: list[str] = []
        self._names: list[str] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self._hidden = 0
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        self.faults += [f"#{name} leads nowhere" for name in self.jumps if self._names.count(name) != 1]
        if "<script" in html.lower():
            self.faults.append("a script")

    @property
    def text(self) -> str:
        return " ".join(self._texts)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag not in _VOID:
            self._open.append(tag)
        if tag in ("style", "title", "head"):
            self._hidden += tag != "head"
        if tag == "html":
            self.wrapper = values
        if "id" in values:
            self._names.append(values["id"])
        if tag == "a":
            self._check_link("href", values.get("href", ""))
        if tag == "img":
            self._check_picture(values)
        if any(name.startswith("on") for name in values):
            self.faults.append(f"an event handler on <{tag}>")
        if tag == "table" and values.get("role") != "presentation":
            self.faults.append("a table that is not marked as layout")
        if tag in ("form", "input", "iframe", "object", "embed", "link", "video", "audio", "svg"):
            self.faults.append(f"<{tag}>")

    def _check_picture(self, values: dict[str, str]) -> None:
        self._check_link("src", values.get("src", ""))
        if "alt" not in values or ("a" in self._open and not values["alt"].strip()):
            self.faults.append(f"no alt: {values.get('src')}")
        if not values.get("width", "").isdigit():
            self.faults.append(f"no width: {values.get('src')}")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")
            return
        self._open.pop()
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self._texts.append(data)

    def _check_link(self, name: str, target: str) -> None:
        if name == "href" and target.startswith("#"):
            self.jumps.append(target[1:])
            return
        parts = urlsplit(target)
        self.targets.add(target)
        if parts.scheme not in ("http", "https") or not parts.netloc or _SPACES.search(target):
            self.faults.append(f"{name}={target!r} is no absolute address")

    def faults_of_language(self, language: str) -> list[str]:
        """Whether the wrapper says the right language and direction."""
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        said = (self.wrapper.get("lang"), self.wrapper.get("dir"))
        return [] if said == (language, direction) else [f"<html> says {said}"]
