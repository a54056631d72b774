"""The head of a message: header fields that nothing from outside can break out of. Pure but for settings.

RFC 5322 (message format), 2047 (words that are not ASCII), 2369 and 8058 (List-Unsubscribe), 2919 (List-Id),
3834 (Auto-Submitted).
"""

import hashlib
import re
import textwrap
import uuid
from binascii import b2a_base64
from collections.abc import Iterator
from datetime import date, datetime
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings

from subscriptions.addresses import ascii_domain
from subscriptions.readers.links import ReaderLinks

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LONGEST_SUBJECT = 200  # characters; mail programs show 40 to 90
_LINE = 76  # characters


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters: what stands in a header stays in it."""
    return " ".join(_CONTROL.sub(" ", text).split())


@lru_cache(maxsize=4096)
def subject_field(subject: str) -> str:
    """The Subject field, encoded and folded."""
    value = one_line(subject)
    if len(value) > _LONGEST_SUBJECT:
        value = value[: _LONGEST_SUBJECT - 1].rstrip() + "…"
    if value.isascii() and "=?" not in value:
        lines = textwrap.wrap(value, _LINE - len("Subject: "), break_long_words=False, break_on_hyphens=False)
    else:
        lines = list(_encoded_words(value))
    return f"Subject: {CRLF_SPACE.join(lines)}\r\n"


def _encoded_words(text: str) -> Iterator[str]:
    """``text`` as base64 words of at most 76 characters a line (RFC 2047, section 2), no character divided.

    The first stands beside the field's name. The standard library tries every length of every word: 5 ms
    for a title in Korean, this 0.01 ms.
    """
    room, waiting = 39, b""  # bytes: 52 characters of base64, and 12 around them
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(waiting) + len(encoded) > room:
            yield _encoded_word(waiting)
            room, waiting = 45, b""
        waiting += encoded
    yield _encoded_word(waiting)


def _encoded_word(raw: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(raw, newline=False).decode('ascii')}?="


CRLF_SPACE = "\r\n "


@lru_cache(maxsize=64)
def mailbox(address: str) -> str:
    """``Name <local@domain>`` with the name encoded and the domain in ASCII."""
    name, bare = parseaddr(one_line(address))
    return formataddr((name, ascii_address(bare)), charset="utf-8")


def ascii_address(address: str) -> str:
    """The address with an internationalised domain in its ASCII form (RFC 5891).

    Raises ValueError if there can be no such domain.
    """
    return ascii_domain(one_line(address).replace(" ", ""))


@lru_cache(maxsize=64)
def bare(address: str) -> str:
    """``local@domain`` of ``Name <local@domain>``, the domain in ASCII."""
    return ascii_address(parseaddr(one_line(address))[1])


def sender_domain() -> str:
    """The domain that mails come from."""
    return _domain_of(settings.FROM_EMAIL)


@lru_cache(maxsize=8)
def _domain_of(address: str) -> str:
    return bare(address).rpartition("@")[2] or "localhost"


def message_id(public_id: uuid.UUID, day: date) -> str:
    """The Message-ID of a reader's digest of a day: always the same, silent about who the reader is."""
    written = day.isoformat()
    named = hashlib.blake2b(
        public_id.bytes + written.encode(), key=_identity_key(settings.SECRET_KEY), digest_size=12
    )
    return f"<{written.replace('-', '')}.{named.hexdigest()}@{sender_domain()}>"


@lru_cache(maxsize=8)
def _identity_key(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), person=b"message-id").digest()


def thread_id(public_id: uuid.UUID) -> str:
    """The Message-ID of a message that was never sent: what all digests of a reader refer to."""
    return message_id(public_id, date.min).replace("<00010101.", "<thread.")


class DigestHead(NamedTuple):
    """What the header of a digest says of its own.

    ``recipient`` is as :func:`ascii_address` gives it, ``references`` the Message-ID that it answers, if any.
    """

    recipient: str
    subject: str
    identity: str
    links: ReaderLinks
    language: str
    boundary: str
    references: str = ""


def digest_head(head: DigestHead, *, now: datetime) -> bytes:
    """The header of a digest and the empty line after it, with CRLF line ends (RFC 5322, section 2.2)."""
    fields = [
        _same_for_all(settings.FROM_EMAIL, settings.REPLY_TO_EMAIL, settings.SITE_URL, settings.SITE_NAME),
        f"To: {head.recipient}\r\n",
        subject_field(head.subject),
        f"Date: {_date(now)}\r\n",
        f"Message-ID: {head.identity}\r\n",
        f"References: {head.references}\r\n" if head.references else "",
        _list_unsubscribe(head.links),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        f"List-Help: <{head.links.preferences}>\r\n",
        f"Content-Language: {head.language}\r\n",
        "MIME-Version: 1.0\r\n",
        f'Content-Type: multipart/alternative; boundary="{head.boundary}"\r\n\r\n',
    ]
    return "".join(fields).encode()


@lru_cache(maxsize=8)
def _same_for_all(from_email: str, reply_to: str, site_url: str, site_name: str) -> str:
    domain = sender_domain()
    return "".join(
        (
            f"From: {mailbox(from_email)}\r\n",
            f"Reply-To: {mailbox(reply_to)}\r\n" if reply_to else "",
            f"List-Id: {formataddr((site_name, f'digest.{domain}'), charset='utf-8')}\r\n",
            f"List-Archive: <{site_url}/archive/>\r\n",
            f"Feedback-ID: digest:daily:paperpost:{domain[:40]}\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Precedence: bulk\r\n",
        )
    )


def plain_head(identity: str, *, now: datetime) -> str:
    """What a mail that is no digest says of itself."""
    return f"Date: {_date(now)}\r\nMessage-ID: {identity}\r\n"


@lru_cache(maxsize=64)
def _date(now: datetime) -> str:
    return format_datetime(now)


def list_head(links: ReaderLinks) -> str:
    """What a mail to many that is no digest says of how to unsubscribe."""
    return (
        f"{_list_unsubscribe(links)}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nPrecedence: bulk\r\n"
    )


def _list_unsubscribe(links: ReaderLinks) -> str:
    """The field (RFC 2369, RFC 8058). A mailbox that nobody reads is not offered."""
    if not (settings.BOUNCE_IMAP_URL or settings.BOUNCE_MAILDIR):
        return f"List-Unsubscribe: <{links.one_click}>\r\n"
    return f"List-Unsubscribe: <{links.one_click}>,\r\n <{unsubscribe_mailto(links)}>\r\n"


def unsubscribe_mailto(links: ReaderLinks) -> str:
    """Where a mail program writes to that cannot post: the token is the subject."""
    token = links.unsubscribe.rstrip("/").rpartition("/")[2]
    return f"mailto:{_mailbox_for_robots(settings.BOUNCE_EMAIL or settings.FROM_EMAIL)}{token}"


@lru_cache(maxsize=8)
def _mailbox_for_robots(address: str) -> str:
    return f"{quote(ascii_address(bare(address)), safe='@+')}?subject=unsubscribe%20"


def boundary(identity: str) -> str:
    """A boundary for the message of a Message-ID; base64 and quoted-printable cannot contain it ("=_", RFC
    2045, section 6.7).
    """
    return f"=_{hashlib.blake2b(identity.encode(), digest_size=12).hexdigest()}"
