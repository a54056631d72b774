"""What digests say of corrections, as their mails show it."""

from collections.abc import Sequence

from django.conf import settings

from newsletter.rendering.corrections import CorrectionLine, correction_line, corrections_part
from newsletter.rendering.layout import MailPart
from subscriptions.corrections.owing import ToldCorrection


def line_of(told: ToldCorrection) -> CorrectionLine:
    """One correction as it is shown."""
    return correction_line(
        arxiv_id=told.arxiv_id,
        title=told.title,
        language=told.language,
        is_recall=told.is_recall,
        old=told.old,
        right=told.right,
        site_url=settings.SITE_URL,
    )


def part_of(told: Sequence[ToldCorrection], *, language: str) -> MailPart:
    """What a digest says of all it tells; empty for none."""
    return corrections_part(tuple(map(line_of, told)), language=language)
