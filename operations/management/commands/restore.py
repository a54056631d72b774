"""A backup put back, on this machine or another."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.backups.passphrases import read_passphrase
from operations.backups.restoring import restore, write_settings
from operations.management.doubts import as_json
from subscriptions.delivery import doubts


class Command(StageCommand):
    """``restore``: what :mod:`operations.management.commands.backup` wrote."""

    help = (
        "Put a backup into the database of DATABASE_URL. Stop Paperpost first. Sending stays held until you "
        "release it: missed_digests lists who may have missed a digest."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument("--replace", action="store_true", help="delete what the database has now")
        parser.add_argument(
            "--with-secrets", action="store_true", help="also write its secrets into restored-settings.env"
        )
        parser.add_argument("--passphrase-file", type=Path, help="its first line opens the secrets")
        parser.add_argument(
            "--settings-only", action="store_true", help="write restored-settings.env and change nothing else"
        )

    @override
    def run(self, **options: Any) -> StageReport:
        self._warnings: list[str] = []
        passphrase = read_passphrase(options["passphrase_file"]) if options["with_secrets"] else ""
        if options["settings_only"]:
            files = write_settings(options["file"], passphrase=passphrase)
            return StageReport({"files": len(files)}, notes=tuple(map(str, files)))
        with tqdm(unit=" rows", disable=self.as_json or not sys.stderr.isatty(), leave=False) as bar:
            restored = restore(
                options["file"], replace=options["replace"], passphrase=passphrase, progress=bar.update
            )
        self._warnings = restored.warnings
        notes = (
            *restored.notes,
            "Sending is held. List who may have missed a digest: python manage.py missed_digests",
            "Channels are off until an editor switches them on.",
        )
        return StageReport(dict(restored.counts), tuple(restored.problems), notes)

    @override
    def report(self, report: StageReport) -> None:
        for warning in self._warnings:
            self.stderr.write(warning)
        if not self.as_json or "rows" not in report.counts:
            super().report(report)
            return
        missed = [as_json(doubt) for doubt in doubts.doubts()]
        whole = {**report.counts, "problems": list(report.problems), "warnings": self._warnings}
        self.stdout.write(json.dumps({**whole, "missed": missed}))
        if report.problems:
            self.stderr.write("\n".join(report.problems))
            sys.exit(1)
