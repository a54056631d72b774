"""Texts that may hold the address of a service, without the password in it."""

import re

MASK = "********"
# All before the last "@" of a word: a password may be written with any sign in it.
_CREDENTIALS = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{0,40}://)[^\s'\"<>]{0,1000}@")


def without_passwords(text: str) -> str:
    """``text`` with ``scheme://user:password@host`` as ``scheme://********@host``."""
    return _CREDENTIALS.sub(rf"\1{MASK}@", text) if "://" in text and "@" in text else text
