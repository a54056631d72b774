"""A new SECRET_KEY; the present one moves to SECRET_KEY_FALLBACKS."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from newsletter.errors import PaperpostError
from operations import rotation
from operations.rotation import Keys

_NEXT = """\
Restart web, worker, beat and watch now: each reads its settings when it starts.
Links in sent mails, what comes back, suppressed addresses and log-ins go on working by the earlier key:
leave it in SECRET_KEY_FALLBACKS. Take a backup, which is restored under the key that it was taken with."""


class Command(BaseCommand):
    """``rotate_secret``: in the file of settings, or as lines to put where the secret is kept."""

    help = "Make a new SECRET_KEY; the present one moves to SECRET_KEY_FALLBACKS and goes on to be believed."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help="change no file, print what to set")

    @override
    def handle(self, *_: Any, **options: Any) -> None:
        present = Keys(str(settings.SECRET_KEY), tuple(map(str, settings.SECRET_KEY_FALLBACKS)))
        file = Path(settings.ENV_FILE) if settings.ENV_FILE else None
        try:
            new = present.rotated()
            if file is not None and not options["print"] and rotation.holds(file, present):
                rotation.write(file, new)
                self.stdout.write(f"{file} has a new SECRET_KEY.\n{_NEXT}")
                return
        except (PaperpostError, OSError) as error:
            raise CommandError(str(error)) from error
        if not options["print"]:
            self.stdout.write("The secret is not kept in a file of settings; set these where it is kept")
            self.stdout.write("(with SECRET_KEY_FILE and SECRET_KEY_FALLBACKS_FILE: the values alone):")
        self.stdout.write("\n".join(new.lines()))
        self.stdout.write(_NEXT)
