"""The words around a reading in every language that readings are written in: one TOML file per language."""

import tomllib
from functools import lru_cache
from pathlib import Path

from newsletter.languages import language

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=64)
def words(code: str) -> dict[str, str]:
    """The words by name. Raises :class:`~newsletter.errors.InvalidInput` for an unknown language."""
    file = _FOLDER / f"{language(code).code}.toml"
    return {name: str(text) for name, text in tomllib.loads(file.read_text(encoding="utf-8")).items()}
