"""The records of a sending domain as values, read and written. Pure but for the key file.

RFC 6376 and 8463 (DKIM), 7489 (DMARC).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from subscriptions.delivery.dkim import load_signer

SHORTEST_KEY, GOOD_KEY = 1024, 2048  # bits of RSA (RFC 8301, section 3.2)
_STRING = 255  # bytes of one string of a TXT record
_PREFIX_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")  # the rest of its SubjectPublicKeyInfo


def tags(record: str) -> dict[str, str]:
    """The tags of a record such as ``v=DKIM1; k=rsa; p=…``, names in lower case."""
    parts = (part.partition("=") for part in record.split(";") if part.strip())
    return {name.strip().lower(): value.strip() for name, _, value in parts}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A DKIM key: ``kind`` is "rsa" or "ed25519", ``data`` what stands after ``p=``, ``bits`` its length."""

    kind: str
    data: str
    bits: int

    @property
    def record(self) -> str:
        """The TXT record that publishes it."""
        return f"v=DKIM1; k={self.kind}; p={self.data}"


def public_key(key_file: str) -> PublicKey:
    """The public half of the private key in a PEM file. Raises ImproperlyConfigured."""
    key = load_signer(Path(key_file), domain="", selector="").key.public_key()
    if isinstance(key, RSAPublicKey):
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey("rsa", base64.b64encode(der).decode(), key.key_size)
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PublicKey("ed25519", base64.b64encode(raw).decode(), 256)


def published_key(values: Mapping[str, str]) -> PublicKey:
    """The key of a record's tags. Raises ValueError with what is wrong with it."""
    kind, data = values.get("k", "rsa").lower(), "".join(values.get("p", "").split())
    if not data:
        raise ValueError("it is revoked (p= is empty)")
    try:
        raw = base64.b64decode(data, validate=True)
        key = load_der_public_key(_PREFIX_OF_ED25519 + raw if kind == "ed25519" else raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError("its key cannot be read; was it cut when it was pasted?") from None
    if isinstance(key, RSAPublicKey) and kind == "rsa":
        return PublicKey(kind, data, key.key_size)
    if isinstance(key, Ed25519PublicKey) and kind == "ed25519":
        return PublicKey(kind, data, 256)
    raise ValueError(f"its key is not of the kind that it names (k={kind})")


def is_below(name: str, domain: str) -> bool:
    """Whether ``name`` is ``domain`` or a part of it."""
    return name == domain or name.endswith(f".{domain}")


def zone_text(text: str) -> str:
    """A TXT record's value as zone files have it: strings of at most 255 bytes."""
    return " ".join(f'"{text[at : at + _STRING]}"' for at in range(0, len(text), _STRING))
