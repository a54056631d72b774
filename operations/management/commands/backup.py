"""A backup of everything, in one file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm
from typing_extensions import override

from newsletter.management.base import StageCommand
from newsletter.records import StageReport
from operations.backups.passphrases import read_passphrase
from operations.backups.taking import take


class Command(StageCommand):
    """``backup``: database, pictures and settings."""

    help = (
        "Write database, pictures and settings into one file, and read it again. Paperpost may run "
        "meanwhile. Secrets are left out unless asked for, and then are encrypted."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "file", type=Path, help="where the backup goes; replaced once the new one is whole"
        )
        parser.add_argument(
            "--with-secrets", action="store_true", help="also SECRET_KEY, passwords, key files"
        )
        parser.add_argument("--passphrase-file", type=Path, help="its first line encrypts the secrets")

    @override
    def run(self, **options: Any) -> StageReport:
        passphrase = (
            read_passphrase(options["passphrase_file"], twice=True) if options["with_secrets"] else ""
        )
        with tqdm(unit=" rows", disable=self.as_json or not sys.stderr.isatty(), leave=False) as bar:

            def show(rows: int, total: int) -> None:
                bar.total = total
                bar.update(rows)

            taken = take(options["file"], passphrase=passphrase, progress=show)
        return StageReport(
            {"tables": taken.tables, "rows": taken.rows, "pictures": taken.pictures, "bytes": taken.size},
            tuple(taken.problems),
            (f"{taken.path} was written, read again and is whole.",),
        )
