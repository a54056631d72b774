"""What a mail or another page may say of readings: where there is one, and which picture may go with it.

Two questions for any number of papers: one query for the pages in all languages, two for the pictures.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from newsletter.images.thumbnails import SHOWN_HEIGHT, SHOWN_WIDTH
from newsletter.models import Figure, Paper, Reading, ReadingText
from newsletter.text.readable import readable

CREDITED = 3  # authors that are named under a picture
ORIGINAL = "en"  # the language of the facts, which needs no text of its own


@dataclass(frozen=True, slots=True)
class ReusableFigure:
    """A figure that may be shown again.

    ``png`` and ``webp`` are paths below the site's address; ``width`` and ``height`` are the CSS pixels at
    which the picture is to stand in a mail.
    """

    png: str
    webp: str
    width: int
    height: int
    alt: str
    label: str
    caption: str
    credit: str
    licence_name: str
    licence_url: str


def pages_in(paper_ids: Iterable[int], languages: Collection[str]) -> dict[tuple[int, str], str]:
    """The paths of the pages by paper id and language: where the reading is ready in that language."""
    ready = ReadingText.State.READY
    rows = (
        Reading.objects.filter(paper__in=set(paper_ids), state=Reading.State.READY)
        .annotate(
            said=FilteredRelation(
                "texts", condition=Q(texts__state=ready, texts__language__in=sorted(languages))
            )
        )
        .values_list("paper_id", "paper__arxiv_id", "said__language")
    )
    paths = {}
    for paper, arxiv_id, text_language in rows:
        for language in {text_language, ORIGINAL} & set(languages):
            paths[paper, language] = f"/papers/{arxiv_id}/{language}/in-depth/"
    return paths


def figures_of(paper: Paper, *, most: int) -> list[ReusableFigure]:
    """The first ``most`` figures of ``paper`` that are shown and have one panel. One query."""
    rows = list(Figure.objects.shown().filter(paper=paper, paper_version=paper.version).order_by("position"))
    several = {row.position for row in rows if row.panel > 1}
    single = [row for row in rows if row.position not in several and "600.png" in row.files]
    for row in single:
        row.paper = paper  # no query for each
    return [_picture(row) for row in single[:most]]


def pictures(paper_ids: Iterable[int]) -> dict[int, ReusableFigure]:
    """The first figure of each paper that is shown and has one panel, by paper id. One query."""
    others = Figure.objects.filter(paper=OuterRef("paper"), position=OuterRef("position"), panel__gt=1)
    rows = (
        Figure.objects.shown()
        .filter(~Exists(others), paper__in=set(paper_ids), panel=1)
        .select_related("paper")
        .order_by("paper_id", "position")
    )
    figures: dict[int, ReusableFigure] = {}
    for row in rows:
        if row.paper_id in figures or "600.png" not in row.files:
            continue
        if row.paper_version == row.paper.version:
            figures[row.paper_id] = _picture(row)
    return figures


def _picture(row: Figure) -> ReusableFigure:
    folder = f"/papers/{row.paper.arxiv_id}/figures/"
    scale = min(1.0, SHOWN_WIDTH / row.width, SHOWN_HEIGHT / row.height)
    names = [readable(name) for name in row.paper.authors]
    credit = ", ".join(names[:CREDITED]) + (" et al." if len(names) > CREDITED else "")
    return ReusableFigure(
        png=folder + row.files["600.png"].rsplit("/", 1)[-1],
        webp=folder + row.files["600.webp"].rsplit("/", 1)[-1],
        width=max(round(row.width * scale), 1),
        height=max(round(row.height * scale), 1),
        alt=readable(row.alt),
        label=row.label,
        caption=readable(row.caption),
        credit=credit,
        licence_name=row.licence_name,
        licence_url=row.licence_url,
    )
