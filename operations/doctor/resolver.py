"""What the DNS says, through dnspython, whose only importer this is."""

from typing import Any, Protocol

import dns.exception
import dns.inet
import dns.name
import dns.resolver
import dns.reversename
from typing_extensions import override

from newsletter.errors import PaperpostError

SECONDS = 3.0  # for one question, with its repetitions


class DnsError(PaperpostError):
    """The DNS server does not answer: nothing is known, neither that a record is there nor that it is not."""

    transient = True


class Lookup(Protocol):
    """What the checks ask. A name without records gives none; a server that is silent raises DnsError."""

    def texts(self, name: str) -> list[str]:
        """The TXT records, each with its strings joined (RFC 7208, section 3.3)."""

    def addresses(self, name: str) -> list[str]:
        """The A and the AAAA records."""

    def exchanges(self, name: str) -> list[tuple[int, str]]:
        """The MX records as (preference, host), the most preferred first. The host "" is the null MX."""

    def names_of(self, address: str) -> list[str]:
        """The names that the PTR records give an IP address."""


class Resolver(Lookup):
    """Asks the system's resolver, or ``nameserver`` ("192.0.2.53", "192.0.2.53:5353", "[2001:db8::1]:53")."""

    def __init__(self, nameserver: str = "") -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameserver)
        except dns.resolver.NoResolverConfiguration as error:
            raise DnsError("This machine has no DNS server: /etc/resolv.conf names none.") from error
        if nameserver:
            address, port = _split(nameserver)
            self._resolver.nameservers, self._resolver.port = [address], port
        self._resolver.lifetime = SECONDS
        self._resolver.cache = dns.resolver.Cache()

    @override
    def texts(self, name: str) -> list[str]:
        rows = self._ask(name, "TXT")
        return sorted(b"".join(row.strings).decode("utf-8", "replace") for row in rows)

    @override
    def addresses(self, name: str) -> list[str]:
        return [str(row.address) for kind in ("A", "AAAA") for row in self._ask(name, kind)]

    @override
    def exchanges(self, name: str) -> list[tuple[int, str]]:
        return sorted((row.preference, _plain(row.exchange)) for row in self._ask(name, "MX"))

    @override
    def names_of(self, address: str) -> list[str]:
        return [_plain(row.target) for row in self._ask(str(dns.reversename.from_address(address)), "PTR")]

    def _ask(self, name: str, kind: str) -> Any:
        try:
            return self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
        except (
            dns.resolver.NXDOMAIN,
            dns.exception.SyntaxError,
            dns.name.BadLabelType,
            dns.name.LabelTooLong,
        ):
            return ()
        except (dns.name.EmptyLabel, dns.name.NameTooLong):
            return ()
        except dns.exception.DNSException as error:
            servers = ", ".join(map(str, self._resolver.nameservers)) or "none"
            raise DnsError(
                f"The DNS server ({servers}) does not tell the {kind} of {name}: {type(error).__name__}."
            ) from error


def _plain(name: Any) -> str:
    return str(name).rstrip(".").lower()


def _split(nameserver: str) -> tuple[str, int]:
    """Raises DnsError for what is no address."""
    address, _, port = nameserver.rpartition(":")
    if not address or (":" in address and not address.endswith("]")):
        address, port = nameserver, "53"
    address = address.strip("[]")
    if not dns.inet.is_address(address) or not port.isdigit():
        raise DnsError(
            f"{nameserver} is no address of a DNS server: write it as 192.0.2.53 or 192.0.2.53:5353."
        )
    return address, int(port)


def reverse_name(address: str) -> str:
    """Where the PTR records of an IP address stand: "25.2.0.192.in-addr.arpa"."""
    return _plain(dns.reversename.from_address(address))
