"""Pure: a server's words without the names in them. ``spam@example.org`` is a reader, and no accusation.

What a name is made of must not decide a verdict: the address that was written to, every other address, the
recipient's domain, and the names of the hosts that talk.
"""

import re
from functools import lru_cache

ADDRESS_SIGN, HOST_SIGN, LIST_SIGN = "<@>", "<~>", "<block-list>"
_ADDRESS = re.compile(
    r"""<?(?:"[^"\s]{1,64}"|[^\s<>()\[\]"',;:\\@|]{1,100})@(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}|\[[\w.:]{2,60}\])>?"""
)
_LABELS = r"(?<![\w@./-])[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){%s}\.[A-Za-z]{2,24}(?![\w@-])"
# A host with its address after it, one that is said to be one, or a name of three parts or more.
_HOST = re.compile(
    rf"{_LABELS % '0,8'}(?=[ (]{{0,2}}[\[(][\da-fA-F.:]{{3,45}}[\])])|"
    rf"(?<=\bhost ){_LABELS % '0,8'}|{_LABELS % '1,8'}"
)
# The operators of block lists, and how zones of such lists are called: to stand on one is our fault.
_BLOCK_LIST = re.compile(
    r"spamhaus|spamcop|sorbs|barracudacentral|spamrats|uceprotect|spfbl|senderscore|mailspike|"
    r"(?:^|[.-])(?:[a-z]{0,4}bl\d?|dnsbl|zen)\.",
    re.IGNORECASE,
)
# A local part that is one of the words in which servers say that it is unknown may stand: without it
# "no such user" would say nothing, with it nothing else is said.
_PLAIN_WORDS = frozenset(
    (
        *("user", "users", "name", "account", "address", "mailbox", "recipient", "unknown", "invalid"),
        *("nobody", "person", "mail", "email", "host", "such", "here", "with", "that", "this", "the", "not"),
        *("and", "for", "was", "has", "been", "said", "from", "message", "sorry", "local", "list", "error"),
    )
)
_SHORTEST_NAME = 3


def without_names(text: str, *, recipient: str = "") -> str:
    """``text`` with a sign for each address, host, and name of ``recipient``."""
    text = _ADDRESS.sub(ADDRESS_SIGN, text)
    local, _, domain = recipient.lower().rpartition("@")
    if domain and domain in text.lower():
        text = _domain(domain).sub(HOST_SIGN, text)
    text = _HOST.sub(_host_sign, text)
    for name in _names_of(local):
        if name in text.lower():
            text = _word(name).sub(ADDRESS_SIGN, text)
    return text


def _host_sign(host: re.Match[str]) -> str:
    return LIST_SIGN if _BLOCK_LIST.search(host.group()) else HOST_SIGN


def _names_of(local: str) -> list[str]:
    names = dict.fromkeys((local, local.partition("+")[0]))
    return [
        name
        for name in names
        if len(name) >= _SHORTEST_NAME
        and name not in _PLAIN_WORDS
        and not (name.isdigit() and len(name) == _SHORTEST_NAME)  # it may be a reply code
    ]


@lru_cache(maxsize=256)
def _domain(domain: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:[\w-]{{1,63}}\.){{0,8}}{re.escape(domain)}(?![\w-])", re.IGNORECASE)


@lru_cache(maxsize=256)
def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-])", re.IGNORECASE)
