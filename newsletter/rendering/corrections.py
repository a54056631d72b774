"""What a mail says of corrections, and the mail that says one alone."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from newsletter.records import LONGEST_STATEMENT, RenderedEmail
from newsletter.rendering import base_context, render_email, render_part, tidy_html, tidy_text
from newsletter.rendering.fragments import Fragment
from newsletter.rendering.layout import MailPart
from newsletter.rendering.shortening import shorten
from newsletter.rendering.texts import clean

LONGEST_TITLE = 160  # characters


@dataclass(frozen=True, slots=True)
class ToldCorrection:
    """What is told of one correction, as the rows have it. ``language`` is that of ``old`` and ``right``.

    A recall has no ``old``.
    """

    arxiv_id: str
    title: str
    title_language: str
    language: str
    is_recall: bool
    old: str
    right: str


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One correction as it is shown, clean. ``language`` is that of ``old`` and ``right``.

    A recall has no ``old``, and where ``right`` is empty the mail's own sentence.
    """

    url: str
    title: str
    title_language: str
    language: str
    is_recall: bool
    old: str
    right: str


def correction_line(told: ToldCorrection, *, site_url: str) -> CorrectionLine:
    """The line of one correction. Its paper's page is in the correction's language.

    A paper that is recalled has no page here any more: its line leads to the abstract on arXiv.
    """
    here = f"{site_url}/papers/{told.arxiv_id}/{told.language}/"
    return CorrectionLine(
        url=f"https://arxiv.org/abs/{quote(told.arxiv_id)}" if told.is_recall else here,
        title=shorten(clean(told.title), LONGEST_TITLE),
        title_language=told.title_language,
        language=told.language,
        is_recall=told.is_recall,
        old=shorten(clean(told.old), LONGEST_STATEMENT),
        right=shorten(clean(told.right), LONGEST_STATEMENT),
    )


@lru_cache(maxsize=4096)
def corrections_part(lines: tuple[CorrectionLine, ...], *, language: str) -> MailPart:
    """What a digest says of corrections; empty for none."""
    values = base_context(language) | {"corrections": lines}
    html = tidy_html(render_part("html", "emails/digest/_corrections.html", values))
    text = tidy_text(render_part("text", "emails/digest/_corrections.txt", values))
    return MailPart(html=Fragment(html), text=Fragment(text.lstrip("\n")))


def correction_mail(line: CorrectionLine, *, language: str, links: object) -> RenderedEmail:
    """The mail that tells one correction. ``links`` are the reader's."""
    return render_email(
        "correction", {"corrections": (line,), "told": line, "links": links}, language=language
    )
