"""What crosses a stage's border: frozen values, no behaviour, no database.

All times are aware and in UTC. All texts are as the source gave them, with white space normalised.
"""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """One version of one paper, as arXiv's query API describes it.

    ``arxiv_id`` is versionless ("2403.03206", "astro-ph/0601001"); ``authors`` keep the paper's order;
    the first of ``categories`` is the primary one. ``published_at`` is the time of version 1,
    ``updated_at`` that of this version. Texts are empty, never None, where arXiv gives none.
    """

    arxiv_id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    comment: str = ""
    doi: str = ""
    journal_ref: str = ""

    @property
    def primary_category(self) -> str:
        """The first category, "" if there is none."""
        return self.categories[0] if self.categories else ""


@dataclass(frozen=True, slots=True)
class DailyPaperRecord:
    """One row of Hugging Face's daily papers. Everything but the id and the day may be missing there.

    ``day`` is the day the paper was put on the daily list (``submittedOnDailyAt``, else the listing's date).
    ``image_url`` is a still (PNG, JPEG, WebP, GIF); ``video_url`` a film (MP4, WebM, MOV).
    """

    arxiv_id: str
    day: date
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    votes: int = 0
    comments: int = 0
    image_url: str = ""
    video_url: str = ""
    code_url: str = ""
    code_stars: int | None = None
    project_url: str = ""
    organisation: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Takeaway:
    """One idea in the reader's language, and ``evidence``: the exact words of the source it rests on."""

    text: str
    evidence: str


FEWEST_TAKEAWAYS, MOST_TAKEAWAYS = 3, 7  # of a whole summary; with fewer it is shown in part
LONGEST_STATEMENT = 300  # characters: of a correction, which is one line of a mail


@dataclass(frozen=True, slots=True)
class SummaryDraft:
    """What a summary says, whoever wrote it. ``title`` is the translated title, empty if not needed.

    ``sentence_evidence`` is the passage of the source that the sentence rests on; empty: the whole source.
    """

    sentence: str
    takeaways: tuple[Takeaway, ...]
    title: str = ""
    keywords: tuple[str, ...] = ()
    sentence_evidence: str = ""


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """One mail before it is addressed: subject on one line, the text part and the HTML part."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did, for people and for ``--json``: counts by name, a line for each problem, and notes for
    people on what was done and why.
    """

    counts: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnouncementRecord:
    """One line of what arXiv announced under listing day ``day``.

    ``kind`` is "new", "cross", "replace" or "replace-cross"; ``version`` is 0 where the source does not say.
    The rest is what the source happens to know: enough to show the paper until the query API answers.
    """

    arxiv_id: str
    version: int
    kind: str
    day: date
    licence: str = ""
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    doi: str = ""
    journal_ref: str = ""
