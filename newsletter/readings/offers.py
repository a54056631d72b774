"""What a mail or another page may say of readings: where there is one, and which picture may go with it.

Two questions for any number of papers, one query each.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from newsletter.models import Figure, Reading, ReadingText
from newsletter.readable import readable

CREDITED = 3  # authors that are named under a picture


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure that may be shown again.

    ``png`` and ``webp`` are paths below the site's address; ``width`` and ``height`` are the pixels at which
    the picture is to stand in a mail.
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


def pages(paper_ids: Iterable[int], language: str) -> dict[int, str]:
    """The path of the page for each paper that can be read in depth in ``language``, by paper id."""
    ready = Reading.objects.filter(paper__in=set(paper_ids), state=Reading.State.READY)
    if language != "en":
        ready = ready.filter(
            Q(texts__language=language, texts__state=ReadingText.State.READY),
        )
    found = ready.values_list("paper_id", "paper__arxiv_id")
    return {paper: f"/papers/{arxiv_id}/{language}/in-depth/" for paper, arxiv_id in found}


def pictures(paper_ids: Iterable[int]) -> dict[int, Picture]:
    """The first figure of each paper that is shown and has one panel, by paper id."""
    rows = (
        Figure.objects.shown()
        .filter(paper__in=set(paper_ids), panel=1)
        .select_related("paper")
        .order_by("paper_id", "position")
    )
    several = set(
        Figure.objects.filter(paper__in=set(paper_ids), panel__gt=1).values_list("paper_id", "position")
    )
    found: dict[int, Picture] = {}
    for row in rows:
        if row.paper_id in found or (row.paper_id, row.position) in several or "600.png" not in row.files:
            continue
        if row.paper_version == row.paper.version:
            found[row.paper_id] = _picture(row)
    return found


def _picture(row: Figure) -> Picture:
    folder = f"/papers/{row.paper.arxiv_id}/figures/"
    width = min(600, row.width)
    names = [readable(name) for name in row.paper.authors]
    credit = ", ".join(names[:CREDITED]) + (" et al." if len(names) > CREDITED else "")
    return Picture(
        png=folder + row.files["600.png"].rsplit("/", 1)[-1],
        webp=folder + row.files["600.webp"].rsplit("/", 1)[-1],
        width=width,
        height=round(row.height * width / row.width),
        alt=row.alt,
        label=row.label,
        caption=readable(row.caption),
        credit=credit,
        licence_name=row.licence_name,
        licence_url=row.licence_url,
    )
