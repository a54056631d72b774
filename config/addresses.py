"""Mailboxes and hosts among the settings: checked at the start, in the ASCII form in which they travel.

Domains in other scripts become A-labels by IDNA 2008 (RFC 5891) with the mapping of UTS 46: what a header, a
Message-ID, an envelope and a DKIM signature carry is the same name.
"""

import re
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from django.core.exceptions import ImproperlyConfigured

LONGEST_BOUNCE_NAME = 28  # characters before the @ of BOUNCE_EMAIL: "+" and a tag must fit into 64 (RFC 5321)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_NEEDS_QUOTES = re.compile(r'[][()<>@,:;".\\]')  # RFC 5322, section 3.2.3


def mailbox(name: str, text: str) -> str:
    """The setting ``name`` as one mailbox, ``Name <local@domain>`` or ``local@domain``; empty stays empty.

    Raises ImproperlyConfigured with what is wrong.
    """
    text = text.strip()
    if not text:
        return ""
    if not text.isprintable():
        raise ImproperlyConfigured(f"{name} has a line break or a control character in it.")
    if not text.endswith(">"):
        return _address(name, text, text)
    display, bracket, address = text[:-1].rpartition("<")
    if not bracket:
        raise _refused(name, text, "it ends with > and has no <")
    shown = _display_name(name, text, display.strip())
    address = _address(name, text, address.strip())
    return f"{shown} <{address}>" if shown else address


def named_mailbox(setting: str, text: str, *, name: str) -> str:
    """The setting as one mailbox; an address alone gets ``name`` before it. Raises ImproperlyConfigured."""
    written = mailbox(setting, text)
    return f"{_quoted(name)} <{written}>" if written and not written.endswith(">") else written


def bare_mailbox(name: str, text: str) -> str:
    """The address alone of the setting ``name``, which must be one mailbox. Raises ImproperlyConfigured."""
    return mailbox(name, text).rpartition("<")[2].rstrip(">")


def bare_mailboxes(name: str, text: str) -> list[str]:
    """The addresses alone of the setting ``name``, with commas between. Raises ImproperlyConfigured."""
    return [bare_mailbox(name, part) for part in text.split(",") if part.strip()]


def bounce_mailbox(name: str, text: str) -> str:
    """The address alone, with a local part short enough for a tag behind it. Raises ImproperlyConfigured."""
    address = bare_mailbox(name, text)
    if len(address.partition("@")[0]) > LONGEST_BOUNCE_NAME:
        raise _refused(
            name,
            text,
            f"a tag follows the name, so it may have {LONGEST_BOUNCE_NAME} characters before the @",
        )
    return address


def host(name: str, text: str) -> str:
    """The setting ``name`` as a host in ASCII (A-labels). Raises ImproperlyConfigured."""
    if text.isascii():
        return text
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise ImproperlyConfigured(f"{name}: {text!r} is not a host name ({error}).") from error


def url(name: str, text: str) -> str:
    """The setting ``name`` as a URL whose host and path are ASCII. Raises ImproperlyConfigured."""
    if text.isascii():
        return text
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={text!r} is not a URL ({error}).") from error
    place = host(name, parts.hostname or "")
    return urlunsplit((parts.scheme, f"{place}{port}", quote(parts.path, safe="/%"), "", ""))


def web_address(name: str, text: str) -> str:
    """The setting ``name`` as an http or https URL without a log-in; empty and "none" stay as they are.

    Raises ImproperlyConfigured, which does not repeat it: a log-in may stand in it.
    """
    text = text.strip()
    if text.lower() in ("", "none"):
        return text.lower()
    text = url(name, text)
    try:
        parts = urlsplit(text)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or "@" in parts.netloc or parts.query or parts.fragment or not text.isprintable():
        raise ImproperlyConfigured(f"{name} is no address of a site: write it as http://127.0.0.1:8000.")
    return text.rstrip("/")


def ping_url(name: str, text: str) -> str:
    """The setting ``name`` as an http or https URL; empty stays empty. Raises ImproperlyConfigured.

    What it is stays out of the message: whoever knows such an address can send its pings.
    """
    text = url(name, text.strip())
    try:
        parts = urlsplit(text)
        is_right = not text or (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:
        is_right = False
    if not is_right:
        raise ImproperlyConfigured(
            f"{name} is no URL: write it as https://hc-ping.com/… or http://host/path."
        )
    return text


def _display_name(name: str, text: str, display: str) -> str:
    quoted = _QUOTED.fullmatch(display)
    if quoted:
        plain = _ESCAPED.sub(r"\1", quoted[1])
    elif re.search(r'[,;:<>@"\\]', display):
        raise _refused(name, text, "put the name into double quotes")
    else:
        plain = display
    return _quoted(plain)


def _quoted(plain: str) -> str:
    if _NEEDS_QUOTES.search(plain):
        return '"{}"'.format(plain.replace("\\", r"\\").replace('"', r"\""))
    return plain


def _address(name: str, text: str, address: str) -> str:
    local, at, domain = address.rpartition("@")
    if not at or re.search(r'[\s,;<>"]', address) or "@" in local:
        raise _refused(name, text, "it is not one address")
    if not local.isascii():
        raise _refused(name, text, "the part before the @ must be ASCII: not every mail server takes others")
    if not _LOCAL_PART.fullmatch(local) or len(local) > 64:
        raise _refused(name, text, "the part before the @ does not look right")
    try:
        plain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        plain = ""
    if not plain or not all(map(_LABEL.fullmatch, plain.split("."))):
        raise _refused(name, text, "the part after the @ is no name of a domain")
    return f"{local}@{plain}"


def _refused(name: str, text: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f'{name}={text!r} is not one mailbox: {why}. Write {name}="Acme, Inc." <news@example.org>, or the '
        "address alone."
    )
