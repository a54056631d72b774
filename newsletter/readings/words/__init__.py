"""The words around a reading in depth, a TOML file for each language."""

from newsletter.readings.words.catalogue import words

__all__ = ["words"]
