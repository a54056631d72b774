"""How settings are read: from the environment or from ``.env``, each checked as it is read.

Nothing outside :mod:`config.settings` reads the environment.
"""

import re
import ssl
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import environ
from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override

OF_SEVERAL_LINES = ("ANYMAIL", "SECRET_KEY_FALLBACKS")  # JSON; a list
BASE_DIR = Path(__file__).resolve().parent.parent.parent


class NotingEnv(environ.Env):  # type: ignore[misc] # the library is untyped
    """Remembers which names are asked for: those of our settings, among all that an environment has.

    ``secrets`` are those that :func:`secret` asks for.
    """

    asked: ClassVar[set[str]] = set()
    secrets: ClassVar[set[str]] = set()

    @override
    def get_value(self, var: str, *arguments: Any, **options: Any) -> Any:
        self.asked.add(var)
        return super().get_value(var, *arguments, **options)

    def plain(self, name: str) -> str:
        """The setting ``name`` as it was written: a value that begins with "$" names no other setting."""
        self.asked.add(name)
        return str(self.ENVIRON.get(name, ""))

    def given(self) -> dict[str, str]:
        """The settings that were given, as they were written."""
        return {name: str(self.ENVIRON[name]) for name in sorted(self.asked) if self.ENVIRON.get(name)}


env = NotingEnv()
# Tests and the demo name no file: nothing of the caller's settings reaches them.
ENV_FILE = str(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
if ENV_FILE:
    env.read_env(ENV_FILE)


def secret(name: str, default: str = "") -> str:
    """The setting ``name``, or what the file that ``NAME_FILE`` names holds, without white space around it.

    So a secret need not stand in the environment, which other programs may read: Docker, systemd and
    Kubernetes give it as a file. Raises ImproperlyConfigured for a file that cannot be read or holds a
    control character within, such as a line break, and if both are set.
    """
    env.secrets.add(name)
    value = env.plain(name)
    path = env.plain(f"{name}_FILE").strip()
    if not path:
        return value or default
    if value.strip():
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        text = Path(path).read_text(encoding="utf-8-sig").strip()  # some editors write a mark before it
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text in UTF-8"
        raise ImproperlyConfigured(f"{name}_FILE={path}: the file cannot be read ({reason}).") from None
    if name not in OF_SEVERAL_LINES and re.search(r"[\x00-\x1f\x7f]", text):
        raise ImproperlyConfigured(
            f"{name}_FILE={path}: the file holds a control character, such as a line break or a tab "
            "within; keep the secret alone."
        )
    return text or default


def one_of(name: str, *choices: str) -> str:
    """The setting ``name``, which must be one of ``choices``; the first is the default."""
    value = str(env.str(name, default=choices[0])).strip().lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: use one of {', '.join(choices)}.")
    return value


def whole_number(name: str, default: int, *, low: int, high: int) -> int:
    """The setting ``name`` as an integer between ``low`` and ``high``."""
    text = str(env.str(name, default="")).strip() or str(default)
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise ImproperlyConfigured(f"{name}={text!r}: use a whole number from {low} to {high}.")
    return int(text)


def number(name: str, default: float, *, low: float = 0.0) -> float:
    """The setting ``name`` as a number not below ``low``."""
    text = str(env.str(name, default="")).strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value >= low:
        raise ImproperlyConfigured(f"{name}={text!r}: use a number not below {low:g}.")
    return value


def share(name: str, default: float) -> float:
    """The setting ``name`` as a share of a whole, from 0 to 1."""
    text = str(env.str(name, default="")).strip() or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1:
        raise ImproperlyConfigured(f"{name}={text!r}: use a number from 0 (nobody) to 1 (everybody).")
    return value


def day(name: str) -> date | None:
    """The setting ``name`` as a day, None if it is empty."""
    text = str(env.str(name, default="")).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: write a day as 2026-03-18.") from None


def certificates(name: str, path: str) -> str:
    """The setting ``name`` as the path of a PEM file with certificates; empty stays empty."""
    if path:
        try:
            ssl.create_default_context().load_verify_locations(path)
        except OSError as error:
            text = f"{name}={path}: no certificates can be read from it ({error})."
            raise ImproperlyConfigured(text) from None
    return path
