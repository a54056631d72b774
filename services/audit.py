"""What is installed, for whoever has to know: a bill of materials, and the known vulnerabilities of it.

``python -m services.audit bill`` writes :data:`BILL` (CycloneDX 1.6) from the pinned packages, without a
network. ``python -m services.audit advisories`` asks OSV (https://osv.dev) about each of them. Yesterday's
advisories would be no answer, so none are kept: where OSV cannot be reached nothing is known. That is said,
and fails nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.errors import PaperpostError
from services.supervisor import ROOT, in_this_python
from services.terminal import say

LOCK = ROOT / "requirements.lock"
BILL = ROOT / "var" / "sbom.cdx.json"
OSV_URL = "https://api.osv.dev/v1/query"
SECONDS = 600  # for all packages


class AuditError(PaperpostError):
    """The tool did not do its work."""


@dataclass(frozen=True, slots=True)
class Audit:
    """``vulnerable``: a line for each known vulnerability. ``asked``: of how many packages OSV told.

    ``problem``: why it did not tell of all.
    """

    asked: int
    packages: int
    vulnerable: tuple[str, ...]
    problem: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether OSV told of every package."""
        return self.asked == self.packages > 0


def write_bill(file: Path = BILL, *, lock: Path = LOCK) -> int:
    """Write the bill of ``lock`` to ``file``, by the schema; returns how many packages it lists."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pyproject = ("--pyproject", str(ROOT / "pyproject.toml"))
    done = _run("cyclonedx-py", "requirements", str(lock), *pyproject, "--validate", "-o", str(file))
    if done.returncode:
        raise AuditError(f"cyclonedx-py ended with status {done.returncode}: {_last_line(done)}")
    return len(json.loads(file.read_text(encoding="utf-8"))["components"])


def audit(lock: Path = LOCK, *, osv_url: str = OSV_URL) -> Audit:
    """What OSV says of the packages in ``lock``, which must have hashes; of none where it does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ("--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", str(report))
        done = _run("pip-audit", "-r", str(lock), "-s", "osv", "--osv-url", osv_url, *options)
        rows = json.loads(report.read_text(encoding="utf-8"))["dependencies"] if report.exists() else []
    packages = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    asked = [row for row in rows if "skip_reason" not in row]
    lines = [_vulnerability(row, each) for row in asked for each in row["vulns"]]
    # The same package stands twice where platforms differ, and once in the report where they do not apply.
    return Audit(len(asked), len(rows) or packages, tuple(lines), "" if rows else _last_line(done))


def _vulnerability(row: dict[str, Any], found: dict[str, Any]) -> str:
    fixed = ", ".join(found["fix_versions"]) or "no version yet"
    return f"{row['name']} {row['version']}: {found['id']}, mended in {fixed}"


def _run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        in_this_python([tool, *arguments]),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, 1 for a known vulnerability."""
    parser = argparse.ArgumentParser(prog="python -m services.audit", description=__doc__)
    parser.add_argument("what", choices=("bill", "advisories"))
    parser.add_argument("--lock", type=Path, default=LOCK)
    parser.add_argument("--output", type=Path, default=BILL)
    parser.add_argument("--osv-url", default=OSV_URL)
    options = parser.parse_args(arguments)
    try:
        if options.what == "bill":
            count = write_bill(options.output, lock=options.lock)
            say(f"{options.output} lists {count} packages (CycloneDX 1.6).")
            return 0
        result = audit(options.lock, osv_url=options.osv_url)
    except (PaperpostError, subprocess.TimeoutExpired, OSError) as error:
        say(str(error))
        return 1
    for line in result.vulnerable:
        say(line)
    if not result.is_complete:
        left = result.packages - result.asked
        say(f"NOT KNOWN: OSV did not tell of {left} of {result.packages} packages. That is no clean bill.")
        say(result.problem)
    elif not result.vulnerable:
        say(f"OSV knows no vulnerability of the {result.asked} packages.")
    return 1 if result.vulnerable else 0


if __name__ == "__main__":
    sys.exit(main())
