"""The figures of a paper as rows and files: chosen, fetched, scaled, or linked where that is not allowed."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from newsletter.arxiv.places import place
from newsletter.errors import Unreadable
from newsletter.images import figures
from newsletter.models import Figure, Paper
from newsletter.sources.fulltext import document as documents
from newsletter.sources.fulltext.fetch import FullTexts

logger = logging.getLogger(__name__)

NOT_ALLOWED = "The licence of this version does not allow showing it again."
NO_PICTURE = "The source has no picture of it."
BY_EDITOR = "An editor wants it linked only."


def store_figures(paper: Paper, document: documents.Document, *, source: FullTexts) -> int:
    """Make the rows of the figures that matter, and the files of those that may be shown; returns how many.

    A figure that cannot be shown for a reason of its own is linked. Raises ``SourceError``, transient, where
    arXiv cannot be asked now; then nothing is changed.
    """
    appendices = frozenset(each.anchor for each in document.sections if each.kind != "main")
    chosen = figures.choose_figures(document.figures, appendices=appendices)
    licence = figures.licence_of(_licence(paper, source)) if chosen else None
    linked_only = set(paper.figures.filter(reason=BY_EDITOR).values_list("label", flat=True))
    labels = list(dict.fromkeys(each.anchor for each in chosen))
    make = _RowMaker(paper, document, source=source, licence=licence)
    rows = [
        make.row(
            each,
            position=labels.index(each.anchor) + 1,
            refused=BY_EDITOR if each.label in linked_only else "",
        )
        for each in chosen
    ]
    with transaction.atomic():
        old = {name for row in paper.figures.all() for name in row.files.values()}
        paper.figures.all().delete()
        Figure.objects.bulk_create(rows)
    for name in old - {name for row in rows for name in row.files.values()}:
        default_storage.delete(name)
    return len(rows)


def _licence(paper: Paper, source: FullTexts) -> str:
    """The licence of this version, from the announcement or from the abstract page; kept."""
    if not paper.licence:
        try:
            paper.licence = source.licence(paper.arxiv_id, paper.version)[:300]
        except Unreadable:
            return ""
        if paper.licence:
            Paper.objects.filter(pk=paper.pk).update(licence=paper.licence)
    return paper.licence


@dataclass(frozen=True, slots=True)
class _RowMaker:
    """Makes the rows of one paper's figures, and the files of those that may be shown under ``licence``."""

    paper: Paper
    document: documents.Document
    source: FullTexts
    licence: figures.Licence | None

    def row(self, figure: documents.DocumentFigure, *, position: int, refused: str) -> Figure:
        """The unsaved row of ``figure``; ``refused`` is why it must not be shown, "" if it may be."""
        paper = self.paper
        place_url = place(paper.arxiv_id, paper.version, origin=self.document.origin, anchor=figure.anchor)
        row = Figure(
            paper=paper,
            paper_version=paper.version,
            position=position,
            panel=figure.panel,
            label=figure.label[:80],
            caption=figure.caption,
            place_url=place_url[:400],
            state=Figure.State.LINKED,
        )
        if self.licence is None:
            row.reason = NOT_ALLOWED
            return row
        row.licence_name, row.licence_url = self.licence.name, self.licence.url
        row.may_change = self.licence.may_change
        if refused or not figure.image:
            row.reason = refused or NO_PICTURE
            return row
        try:
            picture = figures.prepare(self.source.picture(self.document, figure.image))
        except Unreadable as error:
            row.reason = error.message
            logger.info("%s of %s: %s", figure.label, paper.arxiv_id, error.message)
            return row
        row.state = Figure.State.SHOWN
        row.width, row.height = picture.width, picture.height
        row.files = {name: self._store(row, name, body) for name, body in picture.files.items()}
        return row

    def _store(self, row: Figure, name: str, body: bytes) -> str:
        """The file's name in the store; it changes with its contents, so that it may be cached for ever."""
        digest = hashlib.sha256(body).hexdigest()[:12]
        folder = self.paper.arxiv_id.replace("/", "-")
        path = f"figures/{folder}/{row.position}-{row.panel}-{digest}-{name}"
        return path if default_storage.exists(path) else default_storage.save(path, ContentFile(body))


def captions(rows: Sequence[Figure]) -> dict[str, str]:
    """What may be translated: captions by label, of figures that are shown under a licence that allows it."""
    return {row.label: row.caption for row in rows if row.panel == 1 and row.may_change and row.label}
