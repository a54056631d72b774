"""The phrases of mails, a TOML file for each language."""

from newsletter.rendering.phrases.catalogue import Phrases, phrases

__all__ = ["Phrases", "phrases"]
