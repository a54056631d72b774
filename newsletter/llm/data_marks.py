"""The marks between which a prompt shows a stranger's text, which is data and never an instruction. Pure."""

import hashlib


def unused_tag(text: str, *, prefix: str) -> str:
    """A tag's name, ``prefix`` and 12 hexadecimal digits, that does not occur in ``text``.

    The same text always gets the same tag, so that providers' caches and stored answers are found again.
    """
    salt = 0
    while (tag := f"{prefix}-{hashlib.sha256(f'{salt}:{text}'.encode()).hexdigest()[:12]}") in text:
        salt += 1
    return tag
