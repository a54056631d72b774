"""Where a command has the passphrase of a backup's secrets from: a file, or a person at the terminal."""

import sys
from getpass import getpass
from pathlib import Path

from operations.backups.errors import RefusedError


def read_passphrase(file: Path | None, *, twice: bool = False) -> str:
    """The first line of ``file``, or what a person types; ``twice`` to be sure. Raises RefusedError."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "") or "it is no text"
            raise RefusedError(f"--passphrase-file {file}: {reason}.") from error
    if not sys.stdin.isatty():
        raise RefusedError("Nobody can be asked for the passphrase: name a file, --passphrase-file FILE.")
    passphrase = getpass("Passphrase of the backup's secrets: ")
    if twice and getpass("The same again: ") != passphrase:
        raise RefusedError("The two passphrases are not the same.")
    return passphrase
