"""Secrets under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) seals."""

import base64
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from operations.backups.errors import DamagedError, RefusedError

SHORTEST = 12  # characters of a passphrase
_COST, _BLOCK, _LANES = 2**17, 8, 1  # 128 MB and some tenths of a second for each try (OWASP)
_SALT, _NONCE = 16, 12  # bytes
_LABEL = b"paperpost backup secrets 1"


def seal(values: dict[str, Any], passphrase: str) -> bytes:
    """``values`` as JSON text that only ``passphrase`` opens. Raises RefusedError for one that is short."""
    if len(passphrase) < SHORTEST:
        raise RefusedError(f"The passphrase is too short: use at least {SHORTEST} characters.")
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(values).encode(), _LABEL)
    whole = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return json.dumps({name: base64.b64encode(each).decode() for name, each in whole.items()}).encode()


def unseal(sealed: bytes, passphrase: str) -> dict[str, Any]:
    """What :func:`seal` sealed. Raises RefusedError for a wrong passphrase."""
    try:
        whole = {name: base64.b64decode(text) for name, text in json.loads(sealed).items()}
        key = _key(passphrase, whole["salt"])
        values: dict[str, Any] = json.loads(AESGCM(key).decrypt(whole["nonce"], whole["sealed"], _LABEL))
    except InvalidTag as error:
        raise RefusedError("The passphrase does not open the secrets of this backup.") from error
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError("The secrets of this backup cannot be read.") from error
    return values


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_LANES).derive(passphrase.encode())
