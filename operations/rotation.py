"""A new ``SECRET_KEY`` in place of the present one, which goes on to be believed.

Links in mails that were sent, tags in what comes back and the hashes of suppressed addresses are made with
the key that counted then: an earlier one stays in ``SECRET_KEY_FALLBACKS`` while they are to be known.
"""

import os
import re
import secrets
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ

from newsletter.errors import InvalidInput, StateError

LENGTH = 50  # bytes of chance; 67 characters
_KEY = re.compile(r"^(?:export\s+)?SECRET_KEY\s*=.*$\n?", re.MULTILINE)
_FALLBACKS = re.compile(r"^(?:export\s+)?SECRET_KEY_FALLBACKS\s*=.*$\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Keys:
    """``secret`` signs; ``fallbacks`` are believed, the newest first."""

    secret: str
    fallbacks: tuple[str, ...]

    def rotated(self) -> "Keys":
        """The same with a new secret. Raises InvalidInput for a present one that no list can hold."""
        if "," in self.secret or "\n" in self.secret or self.secret != self.secret.strip():
            raise InvalidInput(
                "The present SECRET_KEY has a comma or white space in it, so no list can hold it. "
                "Nothing was changed: without it links in sent mails and suppressed addresses would be lost."
            )
        return Keys(secrets.token_urlsafe(LENGTH), (self.secret, *self.fallbacks))

    def lines(self) -> tuple[str, str]:
        """How they are written into a file of settings."""
        return f"SECRET_KEY={self.secret}", f"SECRET_KEY_FALLBACKS={','.join(self.fallbacks)}"


def holds(file: Path, keys: Keys) -> bool:
    """Whether ``file`` is where the present keys are set: read as the settings read it."""
    return file.is_file() and read(file) == keys


def read(file: Path) -> Keys:
    """The keys in a file of settings; empty where it has none."""

    class Environment(environ.Env):  # type: ignore[misc]
        ENVIRON: dict[str, Any] = {}

    Environment.read_env(str(file))
    environment = Environment()
    fallbacks: Sequence[str] = environment.list("SECRET_KEY_FALLBACKS", default=[])
    return Keys(
        str(environment.str("SECRET_KEY", default="")), tuple(key.strip() for key in fallbacks if key.strip())
    )


def write(file: Path, keys: Keys) -> None:
    """Put ``keys`` into ``file``, in one step; all else in it stays, its owner, group and mode too.

    The services may read it as somebody else. Raises StateError, and changes nothing, if the keys would not
    be read back as they are, or if only root can keep whose file it is.
    """
    file = file.resolve()  # a link stays a link
    present = file.stat()
    lines = iter(["".join(f"{line}\n" for line in keys.lines())])
    text = _FALLBACKS.sub("", file.read_text(encoding="utf-8"))
    text = _KEY.sub(lambda _: next(lines, ""), text)  # who appended to the example has a second line
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            _hand_over(handle, present, file)
            os.fsync(handle)
        if read(new) != keys:
            raise StateError(f"{file} is written in a way that cannot be changed; nothing was changed.")
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _hand_over(handle: int, present: os.stat_result, file: Path) -> None:
    """Give the open file the owner, group and mode of the ``present`` one."""
    try:
        os.fchown(handle, present.st_uid, present.st_gid)
    except PermissionError as error:
        raise StateError(
            f"{file} belongs to another user or group, so that root alone can change it and keep that; "
            "nothing was changed. Run it as root, or with --print."
        ) from error
    os.fchmod(handle, stat.S_IMODE(present.st_mode))  # after the owner, whose change may take bits away
