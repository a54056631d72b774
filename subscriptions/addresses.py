"""Mail addresses and the keyed hashes that stand for them where they must not stand themselves.

Pure but for the secret that keys the hashes.
"""

import hashlib
import hmac
import re
from contextlib import suppress
from functools import lru_cache

import idna
from django.conf import settings
from django.utils.translation import gettext as _

from newsletter.errors import InvalidInput

# RFC 5321, section 4.5.3.1: octets.
LONGEST_LOCAL_PART = 64
LONGEST_ADDRESS = 254

# RFC 5322's dot-atom. Quoted local parts are legal and used by nobody but attackers; a local part outside
# ASCII needs SMTPUTF8 on every server between us and the reader.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

# RFC 2142 and custom: read by several people, none of whom may have asked for a newsletter.
ROLE_NAMES = frozenset(
    (
        *(
            "abuse",
            "admin",
            "administrator",
            "billing",
            "contact",
            "help",
            "hostmaster",
            "info",
            "mailer-daemon",
        ),
        *("marketing", "no-reply", "noc", "noreply", "office", "postmaster", "root", "sales", "security"),
        *("support", "webmaster"),
    )
)


def normalise(text: str) -> str:
    """``text`` as one address that can be written to: the domain in lower-case ASCII (IDNA 2008, UTS 46).

    The local part keeps its case. Raises :class:`~newsletter.errors.InvalidInput` with a sentence for the
    person who typed it.
    """
    address = text.strip()
    if not address:
        raise InvalidInput(_("Please enter your email address."))
    if any(character.isspace() or not character.isprintable() for character in address):
        raise InvalidInput(_("An email address cannot contain spaces or line breaks."))
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise InvalidInput(_("An email address looks like name@example.org; this one is incomplete."))
    if not local.isascii():
        raise InvalidInput(
            _("The part before the @ may contain only Latin letters, digits and signs such as . + - _")
        )
    if not _LOCAL_PART.fullmatch(local) or len(local) > LONGEST_LOCAL_PART:
        raise InvalidInput(_("The part before the @ does not look right; please check it."))
    whole = f"{local}@{_domain(domain)}"
    if len(whole) > LONGEST_ADDRESS:
        raise InvalidInput(_("This email address is too long."))
    return whole


@lru_cache(maxsize=4096)  # an import asks for the same few domains again and again
def _ascii(domain: str) -> str:
    return idna.encode(domain, uts46=True).decode("ascii").lower()


def ascii_domain(address: str) -> str:
    """``address`` with its domain in ASCII (IDNA 2008). Raises ValueError if there can be no such domain."""
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii():
        return address
    try:
        return f"{local}@{_ascii(domain)}"
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("the address has a domain that does not exist") from error


def _domain(text: str) -> str:
    if len(text) <= LONGEST_ADDRESS:
        with suppress(idna.IDNAError, UnicodeError):
            domain = _ascii(text)
            labels = domain.split(".")
            if len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit():
                return domain
    raise InvalidInput(_("The part after the @ does not look right; please check it."))


def is_role(address: str) -> bool:
    """Whether ``address`` belongs to an office rather than to a person."""
    return address.partition("@")[0].partition("+")[0].lower() in ROLE_NAMES


def readable_address(address: str) -> str:
    """``address`` with its domain in its own script, for showing to its owner."""
    local, _at, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address


# Whose mailboxes a refusal may name for us to write to; no reader's digest goes there unasked.
_AN_ADDRESS = re.compile(r"""[^\s<>()\[\]"',;:\\@]{1,100}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}""")


def without_addresses(text: str, *, reader: str = "") -> str:
    """``text`` of a mail server for an operator who may not see readers' addresses: servers echo them.

    The address of ``reader`` goes however it is written; of others those of an office stay, such as the
    postmaster's to whom one may turn.
    """
    if reader:
        text = re.sub(re.escape(reader), "<reader>", text, flags=re.IGNORECASE)
    if "@" not in text:
        return text
    return _AN_ADDRESS.sub(lambda match: match[0] if is_role(match[0]) else "<address>", text)


def hint(address: str) -> str:
    """``a…@e….org``: enough for its owner to recognise, too little for anybody else."""
    local, _, domain = address.rpartition("@")
    name, _, rest = domain.partition(".")
    return f"{local[:1]}…@{name[:1]}….{rest.rpartition('.')[2]}"


# Whose users own every way of putting dots into their address, and what else its domain is called.
_IGNORES_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def folded(address: str) -> str:
    """The mailbox that ``address`` reaches, for counting only: without case, plus-tag and ignored dots.

    Never an identity: where a provider knows no tags, two addresses are two people.
    """
    local, _at, domain = address.lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _IGNORES_DOTS:
        local, domain = local.replace(".", ""), _IGNORES_DOTS[domain]
    return f"{local}@{domain}"


@lru_cache(maxsize=16)
def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"paperpost {purpose}".encode(), hashlib.sha256)


def keyed_hash(text: str, *, purpose: str, secret: str = "") -> str:
    """64 hexadecimal digits that stand for ``text``; without the site's secret nobody can try texts out."""
    return hmac.digest(_key(secret or settings.SECRET_KEY, purpose), text.encode(), hashlib.sha256).hex()


def address_hash(address: str) -> str:
    """What a :class:`~subscriptions.models.Suppression` knows of an address; its case does not matter."""
    return keyed_hash(address.lower(), purpose="address")


def address_hashes(address: str) -> tuple[str, ...]:
    """By what an address may be known: its hash under the present secret, then under the earlier ones."""
    plain, secrets = address.lower(), (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(keyed_hash(plain, purpose="address", secret=secret) for secret in secrets)


def origin_hash(ip: str) -> str:
    """What a proof of consent knows of the network address a form came from."""
    return keyed_hash(ip, purpose="origin") if ip else ""
