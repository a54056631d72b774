"""The envelope sender that names its mail, signed: a bounce comes back to it, whatever else it says.

``bounces@example.org`` becomes ``bounces+<tag>@example.org``. The tag is base 32 in lower case, because some
servers fold the case of a local part; its signature keeps strangers from bouncing other people's mail. A
digest's tag names its delivery; a notice has no row, so its tag names the reader, the day and the address.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from django.conf import settings

from subscriptions.addresses import address_hashes
from subscriptions.feedback.records import TAG_FIELD

_SIGNATURE_BYTES = 7
_TAG = re.compile(r"[a-z2-7]{8,40}")
_NOTICE = "0"  # no digit of base 32: what begins with it is no digest's tag
_FIRST_DAY = date(2024, 1, 1)
_DAY_BYTES = 2  # until the year 2203
_MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class DigestTag:
    """The mail was the digest of this delivery."""

    delivery_id: int


@dataclass(frozen=True, slots=True)
class NoticeTag:
    """The mail was a notice to this reader, sent on ``day`` (UTC) to the address that ``mark`` stands for."""

    subscriber_id: int
    day: date
    mark: bytes

    def went_to(self, address: str) -> bool:
        """Whether the notice was sent to ``address``."""
        return any(self.is_of(known) for known in address_hashes(address))

    def is_of(self, address_hash: str) -> bool:
        """Whether the notice was sent to the address with this keyed hash."""
        return bytes.fromhex(address_hash[: 2 * _MARK_BYTES]) == self.mark


def tag(delivery_id: int) -> str:
    """Letters and digits that name a delivery and that nobody else can make up."""
    return _signed(_number(delivery_id), purpose="envelope")


def notice_tag(subscriber_id: int, *, to: str, at: datetime) -> str:
    """The tag of a notice to a reader, mailed to the address ``to`` at ``at``; at most 35 characters."""
    day = (at.astimezone(UTC).date() - _FIRST_DAY).days.to_bytes(_DAY_BYTES, "big")
    mark = bytes.fromhex(address_hashes(to)[0][: 2 * _MARK_BYTES])
    return _NOTICE + _signed(day + mark + _number(subscriber_id), purpose="notice envelope")


def named_by_tag(text: str) -> DigestTag | NoticeTag | None:
    """The mail that ``text`` names; None if it was made neither by :func:`tag` nor by :func:`notice_tag`."""
    text = text.strip().lower()
    if not text.startswith(_NOTICE):
        number = _verified(text, purpose="envelope")
        return DigestTag(int.from_bytes(number, "big")) if number and len(number) <= 8 else None
    raw = _verified(text.removeprefix(_NOTICE), purpose="notice envelope")
    if raw is None or len(raw) <= _DAY_BYTES + _MARK_BYTES:
        return None
    day, mark = raw[:_DAY_BYTES], raw[_DAY_BYTES : _DAY_BYTES + _MARK_BYTES]
    return NoticeTag(
        subscriber_id=int.from_bytes(raw[_DAY_BYTES + _MARK_BYTES :], "big"),
        day=_FIRST_DAY + timedelta(days=int.from_bytes(day, "big")),
        mark=mark,
    )


def named_by(address: str) -> DigestTag | NoticeTag | None:
    """The mail named by an envelope sender made by :func:`envelope_sender`."""
    local = address.strip("<> ").rpartition("@")[0]
    plain, plus, text = local.rpartition("+")
    return named_by_tag(text) if plus and plain else None


def envelope_sender(tag: str, *, default: str) -> str:
    """Where bounces of the mail with this tag go: tagged ``BOUNCE_EMAIL``, or ``default`` without one."""
    local, at, domain = settings.BOUNCE_EMAIL.rpartition("@")
    return f"{local}+{tag}@{domain}" if at else default


def tag_field(tag: str) -> bytes:
    """The header field that bears ``tag``, with its line end."""
    return f"{TAG_FIELD}: {tag}\r\n".encode("ascii")


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big").lstrip(b"\0")


@lru_cache(maxsize=8)
def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"paperpost {purpose}".encode(), hashlib.sha256)


def _signature(secret: str, raw: bytes, purpose: str) -> bytes:
    return hmac.digest(_key(secret, purpose), raw, hashlib.sha256)[:_SIGNATURE_BYTES]


def _signed(raw: bytes, *, purpose: str) -> str:
    return _base32(raw + _signature(settings.SECRET_KEY, raw, purpose))


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _verified(text: str, *, purpose: str) -> bytes | None:
    """The bytes that :func:`_signed` made ``text`` of, under the present secret or an earlier one."""
    if not _TAG.fullmatch(text):
        return None
    try:
        whole = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    if _base32(whole) != text:
        return None  # bits that no right tag has
    raw, signature = whole[:-_SIGNATURE_BYTES], whole[-_SIGNATURE_BYTES:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(signature, _signature(secret, raw, purpose)):
            return raw
    return None
