"""What stands on a paper's page of what was corrected in it."""

from dataclasses import dataclass

from newsletter.models import Correction
from newsletter.rendering.phrases import phrases
from newsletter.rendering.texts import clean

MOST = 20


@dataclass(frozen=True, slots=True)
class PublicCorrection:
    """One correction in the words of its language. A recall has no ``old``."""

    day: str
    old: str
    right: str


@dataclass(frozen=True, slots=True)
class PublicCorrections:
    """All of a paper in one language, the newest first, and the words around them."""

    heading: str
    was: str
    is_now: str
    each: tuple[PublicCorrection, ...]


def public_corrections(paper: int, language: str) -> PublicCorrections:
    """What editors told of ``paper`` (id) in ``language``. One query."""
    words = phrases(language)
    rows = Correction.objects.public().filter(paper=paper, language=language).order_by("-confirmed_at", "-pk")
    corrections = [
        PublicCorrection(
            day=words.day(row.confirmed_at.date()) if row.confirmed_at else "",
            old=clean(row.old),
            right=clean(row.right) or words.say("correction.recalled"),
        )
        for row in rows[:MOST]
    ]
    heading, was, is_now = [words.say(f"correction.{name}") for name in ("heading", "was", "right")]
    return PublicCorrections(heading, was, is_now, tuple(corrections))
