"""What digests say of corrections, as their mails show it."""

from collections.abc import Sequence

from django.conf import settings

from newsletter.rendering.corrections import (
    CorrectionLine,
    ToldCorrection,
    correction_line,
    corrections_part,
)
from newsletter.rendering.layout import MailPart


def line_of(told: ToldCorrection) -> CorrectionLine:
    """One correction as it is shown."""
    return correction_line(told, site_url=settings.SITE_URL)


def part_of(told: Sequence[ToldCorrection], *, language: str) -> MailPart:
    """What a digest says of all it tells; empty for none."""
    return corrections_part(tuple(map(line_of, told)), language=language)
