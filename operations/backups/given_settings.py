"""The settings that were given, as text for an ``.env`` file: those that are secret apart from the others."""

import base64
import re
from pathlib import Path
from typing import Any

from django.conf import settings

from lib.masking import mask_passwords
from lib.private_files import write_private
from operations.backups.errors import BackupError

# Addresses that are secret only if they have a password.
_ADDRESSES = frozenset(("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "BOUNCE_IMAP_URL"))
LARGEST_FILE = 65_536  # bytes of a key file


def open_settings() -> dict[str, str]:
    """The given settings that are no secret."""
    return {name: value for name, value in settings.GIVEN_SETTINGS.items() if not _is_secret(name, value)}


def secrets() -> dict[str, Any]:
    """The others, the site's own secrets however they were given, and the files that settings name."""
    own = {
        "SECRET_KEY": settings.SECRET_KEY,
        "SECRET_KEY_FALLBACKS": ",".join(settings.SECRET_KEY_FALLBACKS),
    }
    # What came from a file goes back into a file: given both ways, a setting is refused.
    own = {name: value for name, value in own.items() if f"{name}_FILE" not in settings.GIVEN_SETTINGS}
    given = {name: value for name, value in settings.GIVEN_SETTINGS.items() if _is_secret(name, value)}
    files = {}
    for name, value in settings.GIVEN_SETTINGS.items():
        path = Path(value)
        if name.endswith("_FILE") and value and path.is_file() and path.stat().st_size <= LARGEST_FILE:
            files[name] = base64.b64encode(path.read_bytes()).decode("ascii")
    return {"settings": {name: text for name, text in {**given, **own}.items() if text}, "files": files}


def _is_secret(name: str, value: str) -> bool:
    is_secret = name in settings.SECRET_SETTINGS and name not in _ADDRESSES
    return is_secret or mask_passwords(value) != value


def as_env(values: dict[str, str]) -> str:
    """``values`` as lines of an ``.env`` file."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(values.items()))


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w.:/@%+,~-]*", value):
        return value
    if "'" not in value and "\n" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def as_files(text: bytes, secret: dict[str, Any]) -> dict[str, bytes]:
    """What a backup has of settings (``text``) and of secrets, as files by name.

    Raises ValueError for what :func:`open_settings` and :func:`secrets` did not give.
    """
    try:
        own, files = secret.get("settings", {}), secret.get("files", {})
        if not all(re.fullmatch("[A-Z0-9_]{1,64}", name) for name in (*own, *files)):
            raise ValueError("a name that is none of a setting")
        whole = text.decode() + as_env(own)
        return {"restored-settings.env": whole.encode()} | {
            f"restored-{name.lower()}": base64.b64decode(data, validate=True) for name, data in files.items()
        }
    except (AttributeError, TypeError) as error:
        raise ValueError("a value of another kind") from error


def write_out(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    """Write what :func:`as_files` gave into ``folder``; returns the files."""
    written = []
    for name, content in contents.items():
        path = folder / name
        try:
            write_private(path, content)
        except OSError as error:
            raise BackupError(f"{path}: {error.strerror or error}.") from error
        written.append(path)
    return written
