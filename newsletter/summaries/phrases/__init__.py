"""Phrases that prompts and checks of renderings need, a TOML file for each language."""

from newsletter.summaries.phrases.lists import generic_acronyms, phrases, small_numbers, words_too

__all__ = ["generic_acronyms", "phrases", "small_numbers", "words_too"]
