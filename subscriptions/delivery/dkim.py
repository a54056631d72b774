"""Signing messages in this process (RFC 6376, Ed25519 by RFC 8463), for who has no mail server that signs.

Usually the mail server or the service signs, and ``DKIM_KEY_FILE`` is empty. The signature covers the whole
body and all fields that matter to a receiver, among them both of List-Unsubscribe, as RFC 8058 (section 4)
demands, and it covers that there is not one more of them. OpenSSL does the arithmetic.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from subscriptions.addresses import ascii_domain

# Each is listed once more than it occurs, also where it does not occur at all: whatever is added breaks the
# signature (RFC 6376, section 8.15). A mail program shows the first of a name, a verifier takes the last.
SIGNED = (
    "from",
    "sender",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-help",
    "list-archive",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "auto-submitted",
)
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n", re.MULTILINE)
_FOLDED = re.compile(rb"\r\n(?=[ \t])")
_SPACE = re.compile(rb"[ \t]+")


@dataclass(frozen=True)
class Signer:
    """Signs for ``selector._domainkey.domain`` with relaxed header and body canonicalisation."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """``message`` (CRLF lines) with a DKIM-Signature field before it."""
        head, _, body = message.partition(b"\r\n\r\n")
        fields = _fields(head + b"\r\n")
        algorithm = "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"
        digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode("ascii")
        names = _fold(tuple([name for name in SIGNED for _ in range(1 + len(fields.get(name.encode(), ())))]))
        unsigned = (
            f"v=1; a={algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};\r\n"
            f" h={names};\r\n bh={digest};\r\n b="
        ).encode("ascii")
        signed = b"".join(
            [
                _relaxed(name.encode(), value) + b"\r\n"
                for name in SIGNED
                for value in reversed(fields.get(name.encode(), ()))
            ]
        )
        signed += _relaxed(b"dkim-signature", unsigned)
        signature = base64.b64encode(self._signature(signed)).decode("ascii")
        parts = "\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
        return b"DKIM-Signature: " + unsigned + parts.encode("ascii") + b"\r\n" + message

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(hashlib.sha256(data).digest())


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    """The head's fields by lower-case name, in their order: a verifier takes them from the last."""
    fields: dict[bytes, list[bytes]] = {}
    for field in _FIELD.finditer(head):
        fields.setdefault(field[1].lower(), []).append(field[2])
    return fields


def _relaxed(name: bytes, value: bytes) -> bytes:
    """A field in relaxed form (RFC 6376, section 3.4.2), without its line end."""
    return name.lower() + b":" + _SPACE.sub(b" ", _FOLDED.sub(b"", value)).strip(b" ")


def relaxed_body(body: bytes) -> bytes:
    """A body in relaxed form (RFC 6376, section 3.4.4): no spaces at line ends, one between words."""
    # Ten times as fast as an expression that looks at every space.
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n")
    body = body.rstrip(b"\r\n")
    return body.rstrip(b" ") + b"\r\n" if body else b""


@lru_cache(maxsize=64)
def _fold(names: tuple[str, ...]) -> str:
    """The list of names in lines of a sensible length; spaces around the colons are allowed there."""
    lines: list[str] = [""]
    for name in names:
        if len(lines[-1]) + len(name) > 68:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n ".join(lines).rstrip(":")


def load_signer(path: Path, *, domain: str, selector: str) -> Signer:
    """A signer with the PEM key at ``path``; raises ImproperlyConfigured with what is wrong."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(
            f"DKIM_KEY_FILE={path}: not a readable PEM private key ({error})."
        ) from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ImproperlyConfigured(f"DKIM_KEY_FILE={path}: use an RSA or an Ed25519 key.")
    return Signer(domain, selector, key)


@lru_cache(maxsize=4)
def _signer(path: str, domain: str, selector: str) -> Signer:
    return load_signer(Path(path), domain=domain, selector=selector)


def default_signer() -> Callable[[bytes], bytes]:
    """What the settings ask for; without ``DKIM_KEY_FILE`` a message stays as it is."""
    if not settings.DKIM_KEY_FILE:
        return _unsigned
    domain = ascii_domain(settings.FROM_EMAIL.rstrip("> ")).rpartition("@")[2]
    return _signer(settings.DKIM_KEY_FILE, domain, settings.DKIM_SELECTOR).sign


def _unsigned(message: bytes) -> bytes:
    return message
