"""Whether a host may send for a domain, by SPF (RFC 7208).

The whole of ``check_host`` but the local part of macros and explanations: what receivers would decide.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum

from operations.doctor.resolver import DnsError, Lookup

MOST_LOOKUPS = 10  # section 4.6.4
MOST_VOID = 2
_TERM = re.compile(
    r"(?P<qualifier>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^/\s]+|[0-9A-Fa-f:.]+))?(?P<lengths>(?:/\d{1,3})?(?://\d{1,3})?)",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][\w.-]*)=(?P<value>\S*)")
_MACRO = re.compile(r"%\{([slodiphcrtvSLODIPHCRTV])(\d*)(r?)([.\-+,/_=]*)\}|%([%_-])")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Result(StrEnum):
    """Section 2.6."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"


_QUALIFIERS = {"+": Result.PASS, "": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receiver would decide, why, and how many lookups that took."""

    result: Result
    reason: str = ""
    lookups: int = 0


class _SpfError(Exception):
    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(reason)
        self.result, self.reason = result, reason


def records(domain: str, lookup: Lookup) -> list[str]:
    """The SPF records of a domain; more than one is an error (section 4.5)."""
    return [text for text in lookup.texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


def check_host(address: str, domain: str, *, sender: str, lookup: Lookup) -> Verdict:
    """Whether ``address`` may send mail from ``sender``, by the record of ``domain``.

    Without an address: what is said of a host that nothing names, with all lookups that there are.
    """
    evaluation = _Evaluation(ipaddress.ip_address(address) if address else None, sender, lookup)
    try:
        result = evaluation.check(domain)
    except _SpfError as error:
        return Verdict(error.result, error.reason, evaluation.lookups)
    except DnsError as error:
        return Verdict(Result.TEMPERROR, str(error), evaluation.lookups)
    return Verdict(result, evaluation.reason, evaluation.lookups)


@dataclass
class _Evaluation:
    address: Address | None
    sender: str
    lookup: Lookup
    lookups: int = 0
    void: int = 0
    reason: str = ""
    _under_way: list[str] = field(default_factory=list)

    def check(self, domain: str) -> Result:
        if domain in self._under_way:
            raise _SpfError(Result.PERMERROR, f"{domain} includes itself")
        found = records(domain, self.lookup)
        if len(found) > 1:
            raise _SpfError(Result.PERMERROR, f"{domain} has {len(found)} SPF records, and may have one")
        if not found:
            return Result.NONE
        self._under_way.append(domain)
        try:
            return self._by_terms(found[0].split()[1:], domain)
        finally:
            self._under_way.pop()

    def _by_terms(self, terms: list[str], domain: str) -> Result:
        redirect = ""
        mechanisms = []
        for term in terms:
            if modifier := _MODIFIER.fullmatch(term):
                redirect = modifier["value"] if modifier["name"].lower() == "redirect" else redirect
            elif mechanism := _TERM.fullmatch(term):
                mechanisms.append(mechanism)
            else:
                raise _SpfError(Result.PERMERROR, f"{term!r} in the record of {domain} is no mechanism")
        for mechanism in mechanisms:
            if self._matches(mechanism, domain):
                self.reason = self.reason or f"{mechanism[0]} of {domain}"
                return _QUALIFIERS[mechanism["qualifier"]]
        if redirect:
            self._count()
            result = self.check(self._expand(redirect, domain))
            if result is Result.NONE:
                raise _SpfError(
                    Result.PERMERROR, f"{domain} redirects to {redirect}, which has no SPF record"
                )
            return result
        return Result.NEUTRAL

    def _matches(self, mechanism: re.Match[str], domain: str) -> bool:
        name, value = mechanism["name"].lower(), mechanism["value"] or ""
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return self._in_network(value + mechanism["lengths"], domain)
        self._count()
        target = self._expand(value, domain) if value else domain
        if name == "include":
            return self._included(target, domain)
        if name == "ptr":
            return self._has_name_in(target)
        hosts = self._hosts(name, target)
        if name == "exists":
            return bool(hosts)
        return any(self._is_near(host, mechanism["lengths"]) for host in hosts)

    def _included(self, target: str, domain: str) -> bool:
        reason = self.reason
        result = self.check(target)
        if result is Result.NONE:
            raise _SpfError(Result.PERMERROR, f"{domain} includes {target}, which has no SPF record")
        if result is not Result.PASS or self.address is None:
            self.reason = reason
        return result is Result.PASS

    def _hosts(self, name: str, target: str) -> list[str]:
        if name == "mx":
            exchanges = [host for _, host in self.lookup.exchanges(target) if host]
            if len(exchanges) > MOST_LOOKUPS:
                raise _SpfError(Result.PERMERROR, f"{target} has more than {MOST_LOOKUPS} MX records")
            if not exchanges:
                self._count_void(target)
            return [address for host in exchanges for address in self.lookup.addresses(host)]
        hosts = self.lookup.addresses(target) if self.address is not None or "%" not in target else []
        if not hosts and self.address is not None:
            self._count_void(target)
        return hosts

    def _has_name_in(self, target: str) -> bool:
        if self.address is None:
            return False
        names = self.lookup.names_of(str(self.address))[:MOST_LOOKUPS]
        return any(
            (name == target or name.endswith(f".{target}"))
            and str(self.address) in self.lookup.addresses(name)
            for name in names
        )

    def _in_network(self, text: str, domain: str) -> bool:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise _SpfError(Result.PERMERROR, f"{text!r} in the record of {domain} is no network") from None
        return (
            self.address is not None and self.address.version == network.version and self.address in network
        )

    def _is_near(self, host: str, lengths: str) -> bool:
        if self.address is None:
            return False
        other = ipaddress.ip_address(host)
        if other.version != self.address.version:
            return False
        four, _, six = lengths.partition("//")
        length = six if other.version == 6 else four.lstrip("/")
        return self.address in ipaddress.ip_network(f"{host}/{length or other.max_prefixlen}", strict=False)

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _SpfError(Result.PERMERROR, f"it takes more than {MOST_LOOKUPS} lookups")

    def _count_void(self, target: str) -> None:
        self.void += 1
        if self.void > MOST_VOID:
            raise _SpfError(
                Result.PERMERROR, f"more than {MOST_VOID} of its names do not exist, such as {target}"
            )

    def _expand(self, text: str, domain: str) -> str:
        """Macros (section 7)."""
        local, _, sender_domain = self.sender.rpartition("@")
        address = self.address
        values = {
            "s": self.sender, "l": local or "postmaster", "o": sender_domain, "d": domain, "h": sender_domain,
            "i": "" if address is None else _dotted(address), "p": "unknown",
            "v": "ip6" if address is not None and address.version == 6 else "in-addr",
        }  # fmt: skip

        def value(macro: re.Match[str]) -> str:
            if macro[5]:
                return {"%": "%", "_": " ", "-": "%20"}[macro[5]]
            parts = re.split(f"[{re.escape(macro[4] or '.')}]", values.get(macro[1].lower(), ""))
            parts = parts[::-1] if macro[3] else parts
            return ".".join(parts[-int(macro[2]) :] if macro[2] and int(macro[2]) else parts)

        return _MACRO.sub(value, text).rstrip(".").lower()


def _dotted(address: Address) -> str:
    return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))
