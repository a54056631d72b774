"""What can go wrong with a backup, each with one sentence on what to do."""

from newsletter.errors import PaperpostError


class BackupError(PaperpostError):
    """A backup cannot be taken, read or restored."""


class DamagedError(BackupError):
    """The file is no backup, or not all of it is as it was written."""


class RefusedError(BackupError):
    """What was asked for would lose something, or cannot work: another secret, a database with rows."""
