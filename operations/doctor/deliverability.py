"""What the DNS says of the domain that mail comes from: SPF, DKIM, DMARC, PTR, MX, and whether they agree.

Gmail and Yahoo have asked all of this of bulk senders since February 2024. Each check takes a ``lookup``.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings

from operations.doctor import spf as spf_rules
from operations.doctor.records import GOOD_KEY, SHORTEST_KEY, is_below, public_key, published_key, tags
from operations.doctor.resolver import DnsError, Lookup
from operations.findings import Finding, failed, ok, warning
from subscriptions.delivery.transport import SMTP_BACKEND
from subscriptions.messages.headers import bare, sender_domain

RECORDS = "manage.py dns_records prints the record to copy."
_ASK_AGAIN = "See that the DNS server in /etc/resolv.conf answers, or name one: --nameserver 9.9.9.9"
# Whose addresses only their own servers may send from; mail from elsewhere is taken for forged.
_MAILBOX_PROVIDERS = (
    "gmail.com", "googlemail.com", "yahoo.com", "aol.com", "outlook.com", "hotmail.com", "live.com",
    "icloud.com", "gmx.net", "gmx.de", "web.de", "proton.me", "mail.ru", "yandex.ru", "qq.com", "163.com",
    "126.com", "naver.com", "daum.net", "hanmail.net",
)  # fmt: skip
Look = Callable[[Lookup], Finding]


@dataclass(frozen=True, slots=True)
class SendingHost:
    """The server that hands our mail to the world. ``is_ours``: it serves this site, not many senders.

    Of a provider's servers only the one that takes our mail is known; those that send it on may be others.
    """

    name: str
    addresses: tuple[str, ...]
    is_ours: bool


def asks_dns(name: str) -> Callable[[Look], Look]:
    """A check that asks the DNS: where that does not answer, or there is no domain, its finding says so."""

    def decorate(look: Look) -> Look:
        @wraps(look)
        def answer(lookup: Lookup) -> Finding:
            if "." not in sender_domain():
                sentence = f"There is no domain to look up: FROM_EMAIL is at {sender_domain()}."
                return warning(name, sentence, "Set FROM_EMAIL to an address at a domain of your own.")
            try:
                return look(lookup)
            except DnsError as error:
                return failed(name, str(error), _ASK_AGAIN)

        return answer

    return decorate


def envelope_domain() -> str:
    """The domain of the envelope's sender, whose SPF record counts and where bounces go."""
    return (settings.BOUNCE_EMAIL or bare(settings.FROM_EMAIL)).rpartition("@")[2]


def sending_host(lookup: Lookup, *, domain: str = "") -> SendingHost | None:
    """Who sends our mail; None where a mail service does, whose hosts are not known.

    It is ours if it lies below ``domain``, by default that of FROM_EMAIL.
    """
    if settings.EMAIL_BACKEND != SMTP_BACKEND:
        return None
    name = settings.EMAIL_HOST
    addresses = _public(_addresses(name, lookup))
    if addresses:
        return SendingHost(
            name, addresses, is_ours=is_below(name, organisation(domain or sender_domain(), lookup))
        )
    # The mail server of this machine: it is known to the world by the address of the site, as far as we know.
    site = urlsplit(settings.SITE_URL).hostname or ""
    return SendingHost(site, _public(_addresses(site, lookup)), is_ours=True)


def _addresses(host: str, lookup: Lookup) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return lookup.addresses(host)


def _public(addresses: list[str]) -> tuple[str, ...]:
    def is_here(address: str) -> bool:
        ip = ipaddress.ip_address(address)
        return (
            ip.is_loopback
            or ip.is_link_local
            or ip.is_unspecified
            or any(ip in net for net in _HOME if ip.version == net.version)
        )

    return tuple(address for address in addresses if not is_here(address))


# RFC 1918 and RFC 4193. Not ``is_private``, which counts the networks of documentation too.
_HOME = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


# -- SPF --------------------------------------------------------------------------------------------------


@asks_dns("spf")
def spf(lookup: Lookup) -> Finding:
    """Whether the envelope's domain has an SPF record that lets our mail server send."""
    domain = envelope_domain()
    sender = settings.BOUNCE_EMAIL or bare(settings.FROM_EMAIL)
    if not spf_rules.records(domain, lookup):
        return failed(
            "spf", f"{domain} has no SPF record: anybody may send in its name, and we are nobody.", RECORDS
        )
    of_strangers = spf_rules.check_host("", domain, sender=sender, lookup=lookup)
    if of_strangers.result is spf_rules.Result.TEMPERROR:
        return failed("spf", of_strangers.reason, _ASK_AGAIN)
    if of_strangers.result is spf_rules.Result.PERMERROR:
        return failed(
            "spf", f"The SPF record of {domain} counts for nothing: {of_strangers.reason}.", RECORDS
        )
    if of_strangers.result is spf_rules.Result.PASS:
        return failed(
            "spf", f"The SPF record of {domain} lets everybody send (+all).", "End it with -all or ~all."
        )
    host = sending_host(lookup)
    if host is None or not host.addresses:
        whose = "the mail service's" if host is None else "this machine's"
        return ok(
            "spf", f"{domain} has an SPF record; whether it names {whose} addresses, a test mail shows."
        )
    return _judge_sender(domain, sender, host, of_strangers.result, lookup)


def _judge_sender(
    domain: str, sender: str, host: SendingHost, of_strangers: spf_rules.Result, lookup: Lookup
) -> Finding:
    refused = [
        (address, verdict)
        for address in host.addresses
        if (verdict := spf_rules.check_host(address, domain, sender=sender, lookup=lookup)).result
        is not spf_rules.Result.PASS
    ]
    if refused:
        address, verdict = refused[0]
        sentence = f"The SPF record of {domain} does not let {host.name} ({address}) send: {verdict.result}"
        sentence += f" by {verdict.reason}." if verdict.reason else "."
        if host.is_ours:
            return failed("spf", sentence, RECORDS)
        remedy = (
            "Add what your provider names (include:…). If its mail leaves by other hosts, a test mail shows."
        )
        return warning("spf", sentence, remedy)
    sentence = f"The SPF record of {domain} lets {host.name} ({', '.join(host.addresses)}) send"
    if of_strangers in (spf_rules.Result.NEUTRAL, spf_rules.Result.NONE):
        return warning("spf", f"{sentence}, and says nothing of others.", "End it with -all or ~all.")
    return ok("spf", f"{sentence}.")


# -- DKIM -------------------------------------------------------------------------------------------------


@asks_dns("dkim")
def dkim(lookup: Lookup) -> Finding:
    """Whether the key that we sign with is the one that the DNS shows."""
    domain, selector = sender_domain(), settings.DKIM_SELECTOR
    name = f"{selector}._domainkey.{domain}"
    found = [text for text in lookup.texts(name) if "p" in tags(text)]
    if not settings.DKIM_KEY_FILE and not found:
        sentence = f"Paperpost does not sign (DKIM_KEY_FILE is empty), and there is no key at {name}."
        remedy = "If your mail server or service signs, name its selector in DKIM_SELECTOR."
        return warning("dkim", sentence, remedy)
    if len(found) != 1:
        count = f"{len(found)} keys" if found else "no key"
        return failed("dkim", f"There is {count} at {name}: no receiver can check our signature.", RECORDS)
    values = tags(found[0])
    try:
        key = published_key(values)
    except ValueError as error:
        return failed("dkim", f"The key at {name} cannot be used: {error}.", RECORDS)
    if settings.DKIM_KEY_FILE and key.data != public_key(settings.DKIM_KEY_FILE).data:
        sentence = f"The key at {name} is not that of DKIM_KEY_FILE: every signature of ours is broken."
        return failed("dkim", sentence, RECORDS)
    return _judge_key(name, key.kind, key.bits, is_test="y" in values.get("t", "").split(":"))


def _judge_key(name: str, kind: str, bits: int, *, is_test: bool) -> Finding:
    sentence = f"The key at {name} has {bits} bits"
    longer = "Make one of 2048 bits: openssl genrsa -out dkim.pem 2048"
    if kind == "rsa" and bits < SHORTEST_KEY:
        return failed("dkim", f"{sentence}: receivers ignore it.", longer)
    if kind == "rsa" and bits < GOOD_KEY:
        return warning("dkim", f"{sentence}: receivers ask for more and more.", longer)
    if is_test:
        return warning(
            "dkim", f"The key at {name} says that it is a trial (t=y).", "Take t=y out of the record."
        )
    if kind == "ed25519":
        sentence = f"The key at {name} is Ed25519, which not all receivers know"
        return warning("dkim", f"{sentence}.", "Sign with an RSA key of 2048 bits: all know it.")
    return ok(
        "dkim",
        f"{sentence} and is ours." if settings.DKIM_KEY_FILE else f"{sentence}; the mail server signs.",
    )


# -- DMARC and alignment ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record: where it stands, and its tags."""

    domain: str
    values: dict[str, str]


def dmarc_policies(domain: str, lookup: Lookup) -> list[Policy]:
    """The DMARC records of a domain and of those above it, the nearest first. Two at one name are none."""
    labels = domain.split(".")
    policies = []
    for start in range(len(labels) - 1):
        above = ".".join(labels[start:])
        found = [
            text
            for text in lookup.texts(f"_dmarc.{above}")
            if text.lower().replace(" ", "").startswith("v=dmarc1")
        ]
        if len(found) == 1:
            policies.append(Policy(above, tags(found[0])))
    return policies


def organisation(domain: str, lookup: Lookup) -> str:
    """The domain of the whole organisation: the highest with a DMARC record, else ``domain`` itself."""
    policies = dmarc_policies(domain, lookup)
    return policies[-1].domain if policies else domain


@asks_dns("dmarc")
def dmarc(lookup: Lookup) -> Finding:
    """Whether the From domain says what becomes of mail that is not ours, and whom to tell."""
    domain = sender_domain()
    policies = dmarc_policies(domain, lookup)
    if not policies:
        count = len(
            [text for text in lookup.texts(f"_dmarc.{domain}") if text.lower().startswith("v=dmarc1")]
        )
        what = (
            f"{count} DMARC records, and may have one"
            if count > 1
            else "no DMARC record, which Gmail and Yahoo ask for"
        )
        return failed("dmarc", f"{domain} has {what}.", RECORDS)
    values, where = policies[0].values, policies[0].domain
    wish = (values.get("sp") if where != domain else None) or values.get("p", "")
    if wish not in ("none", "quarantine", "reject"):
        return failed(
            "dmarc",
            f"The DMARC record of {where} has no policy that is known (p={wish or 'nothing'}).",
            RECORDS,
        )
    sentence = f"The DMARC record of {where} says p={wish}"
    if wish == "none" and settings.SENDER_PICTURE:
        return warning(
            "dmarc", f"{sentence}: no picture is shown (BIMI).", "Go on to p=quarantine once all is well."
        )
    if "rua" not in values:
        remedy = (
            "Add rua=mailto:… at a mailbox that you read: receivers tell daily what passed and what did not."
        )
        return warning("dmarc", f"{sentence}, and nobody is told what is sent in its name.", remedy)
    return ok("dmarc", f"{sentence}, reports go to {values['rua']}.")


@asks_dns("alignment")
def alignment(lookup: Lookup) -> Finding:
    """Whether SPF or DKIM speaks for the domain that readers see (RFC 7489, section 3.1)."""
    domain, envelope = sender_domain(), envelope_domain()
    provider = next((each for each in _MAILBOX_PROVIDERS if domain == each), "")
    if provider and not is_below(settings.EMAIL_HOST, provider):
        sentence = (
            f"FROM_EMAIL is at {provider}, and mail does not leave by its servers: it is taken for forged."
        )
        return failed("alignment", sentence, "Set FROM_EMAIL to an address at a domain of your own.")
    policies = dmarc_policies(domain, lookup)
    is_strict = bool(policies) and policies[0].values.get("aspf", "r") == "s"
    same = (
        envelope == domain
        or (not is_strict and organisation(envelope, lookup) == organisation(domain, lookup))
        or (not is_strict and (is_below(envelope, domain) or is_below(domain, envelope)))
    )
    if same:
        return ok(
            "alignment",
            f"Readers see {domain}, the envelope says {envelope}: SPF speaks for the one that is seen.",
        )
    sentence = (
        f"Readers see {domain}, the envelope says {envelope}: SPF does not speak for the one that is seen"
    )
    if settings.DKIM_KEY_FILE:
        return ok("alignment", f"{sentence}, our DKIM signature does.")
    remedy = f"Set BOUNCE_EMAIL to an address at {domain}, or sign with DKIM_KEY_FILE."
    if settings.EMAIL_BACKEND != SMTP_BACKEND:
        return warning(
            "alignment",
            f"{sentence}; the service's signature has to.",
            f"Have the service sign for {domain}.",
        )
    return failed("alignment", f"{sentence}, and Paperpost does not sign.", remedy)


# -- PTR and MX -------------------------------------------------------------------------------------------


@asks_dns("ptr")
def ptr(lookup: Lookup) -> Finding:
    """Whether the sending addresses have a name that leads back to them (RFC 1912, section 2.1)."""
    host = sending_host(lookup)
    if host is None:
        return ok("ptr", "The mail service's hosts send; their names are its business.")
    if not host.addresses:
        sentence = f"By which address mail leaves is not known: {host.name or 'SITE_URL'} has none."
        return warning(
            "ptr", sentence, "Look at a test mail's Received fields, and ask the host for a PTR record."
        )
    for address in host.addresses:
        names = lookup.names_of(address)
        remedy = f"Ask who rents you {address} to set its PTR record to {host.name}."
        if not names:
            return (failed if host.is_ours else warning)(
                "ptr", f"{address} ({host.name}) has no name: Gmail refuses mail from such hosts.", remedy
            )
        if not any(address in lookup.addresses(name) for name in names):
            return (failed if host.is_ours else warning)(
                "ptr", f"{address} is called {names[0]}, and that name does not lead back to it.", remedy
            )
    return ok("ptr", f"{', '.join(host.addresses)} and {host.name} lead to each other by name.")


def mx(lookup: Lookup) -> list[Finding]:
    """Whether mail arrives at the domains that bounces and answers are sent to."""
    addresses = filter(None, map(bare, (settings.FROM_EMAIL, settings.BOUNCE_EMAIL, settings.REPLY_TO_EMAIL)))
    domains = dict.fromkeys(address.rpartition("@")[2] for address in addresses)
    return [_exchanges_of(domain)(lookup) for domain in domains]


def _exchanges_of(domain: str) -> Look:
    return asks_dns("mx")(lambda lookup: _judge_exchanges(domain, lookup))


def _judge_exchanges(domain: str, lookup: Lookup) -> Finding:
    exchanges = lookup.exchanges(domain)
    if not exchanges:
        if lookup.addresses(domain):
            sentence = f"{domain} has no MX record: mail for it goes to the host of that name."
            return warning("mx", sentence, RECORDS)
        return failed("mx", f"Nobody takes mail for {domain}: bounces and answers are lost.", RECORDS)
    if any(not host for _, host in exchanges):
        sentence = f"{domain} says that it takes no mail (a null MX, RFC 7505): mail from it is refused."
        return failed("mx", sentence, RECORDS)
    dead = [host for _, host in exchanges if not lookup.addresses(host)]
    if len(dead) == len(exchanges):
        return failed("mx", f"{dead[0]}, which takes mail for {domain}, has no address.", RECORDS)
    if dead:
        return warning(
            "mx", f"{dead[0]}, one of the hosts for {domain}, has no address.", "Take its MX record out."
        )
    return ok("mx", f"{exchanges[0][1]} takes mail for {domain}.")
