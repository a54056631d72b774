"""Addresses of services in texts, without the passwords in them.

Pure.
"""

import re

MASK = "********"
# Up to the last "@" of a word: a password may contain any sign.
_CREDENTIALS = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{0,40}://)[^\s'\"<>]{0,1000}@")


def mask_passwords(text: str) -> str:
    """``text`` with each ``scheme://user:password@host`` as ``scheme://********@host``."""
    return _CREDENTIALS.sub(rf"\1{MASK}@", text) if "://" in text and "@" in text else text
