"""The languages that summaries and mails are written in: a TOML file each."""

from newsletter.languages.registry import (
    DEFAULT_LANGUAGE,
    LANGUAGE_CHOICES,
    LANGUAGES,
    Language,
    language,
    negotiate,
)

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "LANGUAGE_CHOICES", "Language", "language", "negotiate"]
