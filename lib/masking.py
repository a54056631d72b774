"""Texts without what nobody else may read: passwords in addresses of services, and addresses of people.

Pure.
"""

import re

MASK = "********"
ADDRESS = "<address>"
# Up to the last "@" of a word: a password may contain any sign.
_CREDENTIALS = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{0,40}://)[^\s'\"<>]{0,1000}@")
# An "@" as it stands in texts, in URLs, in HTML, in quoted-printable, and from a Chinese keyboard.
_AT = re.compile(r"@|%(?:25){0,3}40|&\#64;|=40|＠", re.IGNORECASE)
# What follows it: a domain with a dot, or an address literal (RFC 5321, section 4.1.3).
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.[^\W\d_][\w-]{0,62}|\[[^\]\s]{1,60}\]")
# What stands before it, read backwards: a local part, or one in quotes (section 4.1.2).
_LOCAL_PART = re.compile(r"""[^\s<>"(),:;@\[\]\\/?&|]+|"[^"\n]*\"""")
_LONGEST_LOCAL_PART = 320  # characters; RFC 5321 allows 64, and a tag of ours or of others makes it no longer
_BEFORE_IT = "'`={*"  # quotes and signs that are not its own; a password that is masked already


def mask_passwords(text: str) -> str:
    """``text`` with each ``scheme://user:password@host`` as ``scheme://********@host``."""
    return _CREDENTIALS.sub(rf"\1{MASK}@", text) if "://" in text and "@" in text else text


def mask_addresses(text: str) -> str:
    """``text`` with each email address, however its "@" is written, as ``<address>``.

    Rather too much than too little: ids of messages, and words that touch an address, are masked with it.
    """
    pieces, done = [], 0
    for sign in _AT.finditer(text):
        domain = _DOMAIN.match(text, sign.end())
        before = text[max(done, sign.start() - _LONGEST_LOCAL_PART) : max(done, sign.start())]
        local_part = _LOCAL_PART.match(before[::-1])
        if domain is None or local_part is None:
            continue
        length = len(local_part[0][::-1].lstrip(_BEFORE_IT))
        if length:
            pieces += [text[done : sign.start() - length], ADDRESS]
            done = domain.end()
    return "".join((*pieces, text[done:])) if pieces else text
