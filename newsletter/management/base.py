"""What all commands share: how they report, how they fail, and how they read days and moments."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any, NoReturn, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.utils import DatabaseError
from django.utils import timezone
from tqdm import tqdm
from typing_extensions import override

from newsletter.errors import InvalidInput, PaperpostError
from newsletter.records import StageReport

T = TypeVar("T")


def day_argument(text: str) -> date:
    """``YYYY-MM-DD`` as a date, for ``add_argument(type=…)``."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2026-03-18") from None


def moment_argument(text: str) -> datetime:
    """An ISO 8601 moment; UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a moment; write it as 2026-03-18T07:00+01:00"
        ) from None
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _fail_in_one_line(parser: CommandParser, message: str) -> NoReturn:
    if parser.called_from_command_line:
        parser.exit(2, f"{parser.prog.split()[-1]}: {message} (see --help)\n")
    raise CommandError(message, returncode=2)


class StageCommand(BaseCommand):
    """A command that runs one stage by hand and prints what it did.

    Subclasses implement :meth:`run`. Exit status: 0 done, 1 something failed (one line each on stderr),
    2 bad arguments.
    """

    requires_migrations_checks = False
    no_summary = "nothing to do"

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object with the counts")

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # Without the usage, which would push the one line that matters off the screen.
        parser.error = partial(_fail_in_one_line, parser)  # type: ignore[method-assign] # it is ours alone
        return parser

    def run(self, *arguments: Any, **options: Any) -> StageReport:
        """Run the stage; ``options`` are the parsed arguments. Returns what it did, raises PaperpostError."""
        raise NotImplementedError

    @override
    def handle(self, *_: Any, **options: Any) -> None:
        self.as_json: bool = options.pop("json")
        try:
            report = self.run(**options)
        except InvalidInput as error:
            raise CommandError(str(error), returncode=2) from error
        except PaperpostError as error:
            raise CommandError(str(error), returncode=1) from error
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"The database at DATABASE_URL did not answer as it should: {reason}. "
                "If it is new, run: python manage.py migrate",
                returncode=1,
            ) from error
        self.report(report)

    def report(self, report: StageReport) -> None:
        """Print the notes, the counts, then the problems; leave with 1 if there were any."""
        if self.as_json:
            self.stdout.write(json.dumps({**report.counts, "problems": list(report.problems)}))
        else:
            for note in report.notes:
                self.stdout.write(note)
            counts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in report.counts.items())
            self.stdout.write(counts or self.no_summary)
        if report.problems:
            for problem in report.problems:
                self.stderr.write(problem)
            sys.exit(1)

    def progress(self, items: Iterable[T], *, total: int | None, label: str) -> Iterator[T]:
        """``items``, with a progress bar if a person is watching."""
        yield from tqdm(
            items, total=total, desc=label, disable=self.as_json or not sys.stderr.isatty(), leave=False
        )
