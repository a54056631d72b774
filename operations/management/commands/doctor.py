"""Whether all is well, one line for each thing, and what to do where it is not."""

import json
import shutil
import sys
import textwrap
from collections import Counter
from typing import Any

from django.core.management.base import CommandParser
from typing_extensions import override

from newsletter.errors import InvalidInput
from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.doctor.examination import examine
from operations.doctor.registry import all_checks
from operations.doctor.resolver import DnsError, Resolver
from operations.findings import Finding, State
from subscriptions.addresses import normalise

_MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗"}
_NARROWEST, _WIDEST = 60, 120  # columns of a terminal


class Command(StageCommand):
    """``doctor``: looks at everything that Paperpost needs."""

    help = (
        "Look at the database, the broker, workers, sources, the model, mail, its DNS records and the site: "
        "one line each, ok (✓), warning (!) or failed (✗), and what to do. 1 if one failed."
    )
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--only", metavar="NAME", action="append", default=[], help="this check; may be repeated"
        )
        parser.add_argument("--to", metavar="ADDRESS", default="", help="send a test mail there")
        parser.add_argument(
            "--nameserver", metavar="ADDRESS", default="", help="the DNS server to ask, such as 9.9.9.9"
        )

    @override
    def run(self, **options: Any) -> StageReport:
        checks = all_checks(nameserver=_nameserver(options["nameserver"]), to=_address(options["to"]))
        names = [check.name for check in checks]
        if unknown := [name for name in options["only"] if name not in names]:
            raise InvalidInput(f"There is no check {unknown[0]!r}; there are {', '.join(names)}.")
        wanted = [check for check in checks if check.name in options["only"] or not options["only"]]
        found = {
            check.name: findings
            for check, findings in self.progress(examine(wanted), total=len(wanted), label="Looking")
        }
        self.findings = [finding for check in wanted for finding in found[check.name]]
        counts = Counter(finding.state for finding in self.findings)
        return StageReport({str(state): counts[state] for state in State})

    @override
    def report(self, report: StageReport) -> None:
        if self.as_json:
            rows = [finding.as_json() for finding in self.findings]
            self.stdout.write(json.dumps({**report.counts, "findings": rows}, ensure_ascii=False))
        else:
            self._print_table()
            self.stdout.write(", ".join(f"{count} {state}" for state, count in report.counts.items()))
        if failures := [finding.name for finding in self.findings if finding.state is State.FAILED]:
            self.stderr.write(f"Failed: {', '.join(dict.fromkeys(failures))}.")
            sys.exit(1)

    def _print_table(self) -> None:
        columns = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
        width = max(len(finding.name) for finding in self.findings)
        for finding in self.findings:
            self.stdout.write(self._line(finding, width=width, columns=columns))
        self.stdout.write("")

    def _line(self, finding: Finding, *, width: int, columns: int) -> str:
        style = {
            State.OK: self.style.SUCCESS,
            State.WARNING: self.style.WARNING,
            State.FAILED: self.style.ERROR,
        }[finding.state]
        margin = " " * (width + 4)
        fold = textwrap.TextWrapper(
            columns - len(margin), break_long_words=False, break_on_hyphens=False
        ).wrap
        lines = fold(finding.sentence)
        if finding.remedy:
            first, *rest = fold(f"→ {finding.remedy}")
            lines += [first, *(f"  {line}" for line in rest)]
        head = f"{style(_MARKS[finding.state])} {finding.name:<{width}}  "
        return head + f"\n{margin}".join(lines)


def _address(text: str) -> str:
    return normalise(text) if text else ""


def _nameserver(text: str) -> str:
    try:
        return text if not text or Resolver(text) else ""
    except DnsError as error:
        raise InvalidInput(str(error)) from error
