"""The DNS records of the sending domain, to copy."""

import json
from collections import Counter
from typing import Any

import idna
from django.core.management.base import CommandParser
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.doctor.resolver import DnsError, Resolver
from operations.doctor.wanted_records import Domains, Standing, WantedRecord, wanted_records


class Command(StageCommand):
    """``dns_records``: what to publish, and what the DNS says now."""

    help = (
        "Print the DNS records that the domain of FROM_EMAIL needs (MX, SPF, DKIM, DMARC, PTR, BIMI), as a "
        "zone file has them, each with what the DNS says now."
    )
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--domain", default="", help="this one, not that of FROM_EMAIL")
        parser.add_argument("--nameserver", metavar="ADDRESS", default="", help="the DNS server to ask")

    @override
    def run(self, *, domain: str, nameserver: str, **_: Any) -> StageReport:
        domains = Domains.of(_plain(domain))
        if "." not in domains.sender:
            raise InvalidInput(f"FROM_EMAIL is at {domains.sender}: set it, or name a domain with --domain.")
        try:
            resolver = Resolver(nameserver)
        except DnsError as error:
            raise InvalidInput(str(error)) from error
        self.records = wanted_records(domains, resolver)
        counts = Counter(record.standing for record in self.records)
        return StageReport({str(standing): counts[standing] for standing in Standing})

    @override
    def report(self, report: StageReport) -> None:
        if self.as_json:
            rows = [record.as_json() for record in self.records]
            self.stdout.write(json.dumps({**report.counts, "records": rows}, ensure_ascii=False))
            return
        for record in self.records:
            self.stdout.write(self._written(record))
        super().report(report)

    def _written(self, record: WantedRecord) -> str:
        """The record as a zone file has it; what is said about it are that file's comments."""
        lines = [f"; {record.purpose}", record.line if record.value else f"; {record.name}"]
        if record.standing is Standing.THERE:
            lines.append(self.style.SUCCESS("; ✓ it is there"))
        else:
            now = " and ".join(record.now) or "nothing"
            lines.append(self.style.ERROR(f"; ✗ the DNS says now: {now}"))
        return "\n".join([*lines, *([f"; → {record.note}"] if record.note else []), ""])


def _plain(domain: str) -> str:
    """``domain`` as it stands in the DNS. Raises InvalidInput."""
    try:
        return idna.encode(domain.strip().rstrip("."), uts46=True).decode("ascii").lower() if domain else ""
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidInput(f"--domain {domain} is no name of a domain: {error}.") from error
