"""The envelope sender that names its delivery, signed: a bounce comes back to it, whatever else it says.

``bounces@example.org`` becomes ``bounces+<tag>@example.org``. The tag is base 32 in lower case, because some
servers fold the case of a local part; its signature keeps strangers from bouncing other people's mail.
"""

import base64
import binascii
import hashlib
import hmac
import re
from functools import lru_cache

from django.conf import settings

_SIGNATURE_BYTES = 7
_TAG = re.compile(r"[a-z2-7]{8,40}")


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"paperpost envelope", hashlib.sha256)


def tag(delivery_id: int) -> str:
    """Letters and digits that name a delivery and that nobody else can make up."""
    number = delivery_id.to_bytes(8, "big").lstrip(b"\0")
    signature = hmac.digest(_key(settings.SECRET_KEY), number, hashlib.sha256)[:_SIGNATURE_BYTES]
    return base64.b32encode(number + signature).decode("ascii").rstrip("=").lower()


def delivery_of_tag(text: str) -> int | None:
    """The delivery that ``text`` names; None if it was not made by :func:`tag`."""
    text = text.strip().lower()
    if not _TAG.fullmatch(text):
        return None
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    if base64.b32encode(raw).decode("ascii").rstrip("=").lower() != text:
        return None  # bits that no right tag has
    number, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        right = hmac.digest(_key(secret), number, hashlib.sha256)[:_SIGNATURE_BYTES]
        if hmac.compare_digest(signature, right) and len(number) <= 8:
            return int.from_bytes(number, "big")
    return None


def envelope_sender(tag: str, *, default: str) -> str:
    """Where bounces of the delivery with this tag go: tagged ``BOUNCE_EMAIL``, or ``default`` without one."""
    local, at, domain = settings.BOUNCE_EMAIL.rpartition("@")
    return f"{local}+{tag}@{domain}" if at else default


def delivery_of(address: str) -> int | None:
    """The delivery named by an envelope sender made by :func:`envelope_sender`."""
    local = address.strip("<> ").rpartition("@")[0]
    plain, plus, text = local.rpartition("+")
    return delivery_of_tag(text) if plus and plain else None
