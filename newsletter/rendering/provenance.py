"""What was checked of a summary before readers get it, in their language."""

from dataclasses import dataclass
from functools import lru_cache

from newsletter.rendering.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Checked:
    """How many statements were held against the abstract, and how many numbers in them were compared."""

    statements: int
    numbers: int

    def line(self, words: Phrases) -> str:
        """The counts in a sentence; without numbers nothing is said of them."""
        counts = [words.count("digest.checked_statements", self.statements)]
        if self.numbers:
            counts.append(words.count("digest.checked_numbers", self.numbers))
        return words.say("digest.checked", counts=words.listing(counts))


@lru_cache(maxsize=2048)
def count_numbers(statements: tuple[str, ...], language: str) -> int:
    """How many numbers the checks compared, of a summary that was stored before they were counted."""
    from newsletter.grounding import count_compared  # takes half a second to load, and few summaries need it

    return count_compared(statements, language=language)
