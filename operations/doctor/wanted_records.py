"""The DNS records that a sending domain needs, and what the DNS says now."""

import re
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from django.conf import settings

from operations.doctor import deliverability, spf
from operations.doctor.deliverability import SendingHost, dmarc_policies, envelope_domain, sending_host
from operations.doctor.records import is_below, public_key, tags, zone_text
from operations.doctor.resolver import Lookup, reverse_name
from operations.findings import State
from subscriptions.messages.headers import sender_domain

_END = re.compile(r"[+?~-]?all|redirect=\S+", re.IGNORECASE)
_REDIRECT = re.compile(r"\sredirect=(\S+)", re.IGNORECASE)


class Standing(StrEnum):
    """How what is wanted and what is there go together."""

    THERE = "there"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class WantedRecord:
    """One record. ``now`` is what the DNS says; ``value`` is empty where a person knows it (``note``)."""

    purpose: str
    name: str
    kind: str
    value: str
    now: tuple[str, ...] = ()
    is_fine: bool = False
    note: str = ""

    @property
    def standing(self) -> Standing:
        """Whether anything is to be done."""
        if self.is_fine:
            return Standing.THERE
        return Standing.DIFFERENT if self.now else Standing.MISSING

    @property
    def line(self) -> str:
        """As a zone file has it."""
        value = zone_text(self.value) if self.kind == "TXT" else self.value
        return f"{self.name}. IN {self.kind} {value}"

    def as_json(self) -> dict[str, Any]:
        """The record for ``--json``."""
        return {**asdict(self), "now": list(self.now), "standing": str(self.standing)}


@dataclass(frozen=True, slots=True)
class Domains:
    """``sender`` is what readers see, ``envelope`` where bounces go."""

    sender: str
    envelope: str

    @classmethod
    def of(cls, domain: str) -> "Domains":
        """Both are ``domain``; without one they are those of the settings."""
        return cls(domain, domain) if domain else cls(sender_domain(), envelope_domain())


def wanted_records(domains: Domains, lookup: Lookup) -> list[WantedRecord]:
    """All records, in the order in which they are best made. Raises DnsError."""
    host = sending_host(lookup, domain=domains.sender)
    records = [_mx(domains, host, lookup), _spf(domains, host, lookup)]
    records += [_dkim(domains, lookup), _dmarc(domains, lookup)]
    records += [_ptr(address, host, lookup) for address in (host.addresses if host else ())]
    return [*records, _bimi(domains, lookup)] if settings.SENDER_PICTURE else records


def _mx(domains: Domains, host: SendingHost | None, lookup: Lookup) -> WantedRecord:
    exchanges = lookup.exchanges(domains.envelope)
    is_fine = any(name and lookup.addresses(name) for _, name in exchanges)
    name = host.name if host and host.is_ours and host.name else f"mail.{domains.envelope}"
    return WantedRecord(
        f"MX: where bounces and answers for {domains.envelope} arrive",
        domains.envelope,
        "MX",
        f"10 {name}.",
        tuple(f"{preference} {exchange}." for preference, exchange in exchanges),
        is_fine,
        "" if is_fine else "Name the host that takes your mail, if it is another one.",
    )


def _spf(domains: Domains, host: SendingHost | None, lookup: Lookup) -> WantedRecord:
    domain = domains.envelope
    found = spf.records(domain, lookup)
    wanted = WantedRecord(f"SPF: who may send for {domain}", domain, "TXT", "", tuple(found))
    verdict = spf.check_host("", domain, sender="", lookup=lookup)
    is_sound = verdict.result in (spf.Result.FAIL, spf.Result.SOFTFAIL)
    addresses = host.addresses if host else ()
    # Under a record that lets everybody send, or that counts for nothing, no address is named for certain.
    refused = [each for each in addresses if not is_sound or not _may_send(each, domains, lookup)]
    if is_sound and not refused:
        return replace(wanted, value=found[0], is_fine=True)
    is_broken = verdict.result is spf.Result.PERMERROR
    problem = f"The one that is there counts for nothing: {verdict.reason}. " if is_broken else ""
    if host is not None and host.is_ours and addresses:
        kept = found if not is_broken or len(found) > 1 else []
        return replace(wanted, value=_with_terms(kept, refused), note=problem.strip())
    value = found[0] if is_sound else "v=spf1 include:spf.provider.example ~all"
    note = (
        f"{problem}Take the term from your mail provider's page (include:…) and put it before the last one."
    )
    return replace(wanted, value=value, note=note)


def _may_send(address: str, domains: Domains, lookup: Lookup) -> bool:
    sender = f"postmaster@{domains.envelope}"
    return spf.check_host(address, domains.envelope, sender=sender, lookup=lookup).result is spf.Result.PASS


def _with_terms(found: list[str], addresses: list[str]) -> str:
    """One record of the terms of those that are there, and ``addresses``."""
    terms = [term for text in found for term in text.split()[1:] if not _END.fullmatch(term)]
    # A record ends with what it says of others, so where it went on it includes.
    terms += [f"include:{goal[1]}" for text in found if (goal := _REDIRECT.search(text))]
    terms += [f"ip{'6' if ':' in address else '4'}:{address}" for address in addresses]
    end = "~all" if any(text.lower().endswith("~all") for text in found) else "-all"
    return " ".join(["v=spf1", *dict.fromkeys(terms), end])


def _dkim(domains: Domains, lookup: Lookup) -> WantedRecord:
    name = f"{settings.DKIM_SELECTOR}._domainkey.{domains.sender}"
    found = tuple(text for text in lookup.texts(name) if "p" in tags(text))
    wanted = WantedRecord("DKIM: the key that our signature is checked with", name, "TXT", "", found)
    if settings.DKIM_KEY_FILE:
        key = public_key(settings.DKIM_KEY_FILE)
        is_ours = len(found) == 1 and "".join(tags(found[0]).get("p", "").split()) == key.data
        return replace(wanted, value=key.record, is_fine=is_ours)
    note = (
        "Your mail server or service names this one. To sign here: openssl genrsa -out dkim.pem 2048, "
        "set DKIM_KEY_FILE to that file, and run this command again."
    )
    if len(found) == 1:
        return replace(wanted, value=found[0], is_fine=True)
    return replace(wanted, note=note)


def _dmarc(domains: Domains, lookup: Lookup) -> WantedRecord:
    name = f"_dmarc.{domains.sender}"
    policies = dmarc_policies(domains.sender, lookup)
    found = tuple(lookup.texts(name))
    wanted = WantedRecord(
        f"DMARC: what becomes of mail that is not from {domains.sender}", name, "TXT", "", found
    )
    if policies and policies[0].values.get("p") in ("none", "quarantine", "reject"):
        text = "; ".join(f"{key}={value}" for key, value in policies[0].values.items())
        shown = found or (f"of {policies[0].domain}: {text}",)
        return replace(wanted, value=text, now=shown, is_fine=True)
    contact = settings.CONTACT_EMAIL
    reports = (
        contact if is_below(contact.rpartition("@")[2], domains.sender) else f"postmaster@{domains.sender}"
    )
    note = "Read the reports for some weeks; once all of yours passes, go on to p=quarantine."
    return replace(wanted, value=f"v=DMARC1; p=none; rua=mailto:{reports}", note=note)


def _ptr(address: str, host: SendingHost | None, lookup: Lookup) -> WantedRecord:
    names = lookup.names_of(address)
    leads_back = any(address in lookup.addresses(name) for name in names)
    return WantedRecord(
        f"PTR: the name of {address}, set by who rents it out",
        reverse_name(address),
        "PTR",
        f"{host.name if host else ''}.",
        tuple(f"{name}." for name in names),
        leads_back,
    )


def _bimi(domains: Domains, lookup: Lookup) -> WantedRecord:
    name = f"default._bimi.{domains.sender}"
    found = tuple(lookup.texts(name))
    value = f"v=BIMI1; l={settings.SITE_URL}/brand/sender.svg; a="
    is_fine = len(found) == 1 and tags(found[0]).get("l") == f"{settings.SITE_URL}/brand/sender.svg"
    policy = deliverability.dmarc(lookup)
    note = (
        "" if policy.state is State.OK else "It is shown under p=quarantine or p=reject (docs/branding.md)."
    )
    return WantedRecord("BIMI: the picture beside the sender", name, "TXT", value, found, is_fine, note)
