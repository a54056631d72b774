"""Makes the entries of feeds from the one view of papers, with a constant number of queries."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from django.conf import settings
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast

from newsletter.archive.identifiers import identifier
from newsletter.archive.public import listed_entries
from newsletter.feeds.entry_html import CorrectionLine, write_entry
from newsletter.feeds.records import Attachment, FeedEntry
from newsletter.images.pictures import content_type, folder
from newsletter.models import Correction, Paper, Publication, Summary, SummaryRevision, Topic
from newsletter.rendering.paper_rows import PaperRows
from newsletter.rendering.papers import PaperView
from newsletter.rendering.phrases import phrases
from newsletter.rendering.texts import clean

MOST_AUTHORS = 100  # of a particle physics paper's thousands

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class _Facts:
    """What an entry says of a paper besides its view."""

    day: date | None = None
    changed_at: datetime | None = None
    topics: dict[str, str] = field(default_factory=dict)  # names by slug
    corrections: list[CorrectionLine] = field(default_factory=list)


def entries_of(
    papers: Sequence[int],
    language: str,
    *,
    publication: Publication,
    days: Mapping[int, date] = MappingProxyType({}),
) -> list[FeedEntry]:
    """The entries of ``papers`` (ids) in ``language`` and in this order, without what is gone or withdrawn.

    ``days`` are those of papers that no edition lists. Seven queries, however many papers.
    """
    rows = PaperRows()
    rows.read_papers(papers, {language})
    facts = _read_facts(papers, language)
    for paper in papers:
        facts[paper].day = facts[paper].day or days.get(paper)
    entries = []
    for paper in papers:
        view = rows.view(paper, language, site_url=settings.SITE_URL)
        if view is not None:
            entries.append(_entry(view, rows.authors(paper), facts[paper], publication))
    return entries


def plain(text: str) -> str:
    """``text`` on one line, clean, of characters that XML 1.0 (2.2) allows."""
    return _NOT_XML.sub("", clean(text))


def _entry(view: PaperView, authors: Sequence[str], facts: _Facts, publication: Publication) -> FeedEntry:
    name = identifier(view)
    published = datetime.combine(facts.day or publication.since.date(), time.min, UTC)
    changed = facts.changed_at or published
    names = [named for author in authors[:MOST_AUTHORS] if (named := plain(str(author)))]
    return FeedEntry(
        id=publication.urn(f"{name} {view.language}"),
        identifier=name,
        url=f"{settings.SITE_URL}/papers/{view.arxiv_id}/{view.language}/",
        source_url=view.abstract_url,
        language=view.language,
        title=plain(view.headline),
        original_title=plain(view.title),
        authors=tuple(names),
        sentence=plain(view.sentence),
        html=_html(view, ", ".join(names), tuple(facts.corrections)),
        categories=tuple([plain(topic) for topic in facts.topics.values()]),
        published=published,
        updated=max(published, changed).replace(microsecond=0),
        attachment=_attachment(view),
    )


@lru_cache(maxsize=2048)
def _html(view: PaperView, authors: str, corrections: tuple[CorrectionLine, ...]) -> str:
    """All that the mail says of the paper, as HTML that needs no style sheet.

    Remembered by what it says: a paper stands in the feeds of its topics, of all topics and of its day, each
    in three formats.
    """
    return _NOT_XML.sub("", write_entry(view, authors, corrections))


def _attachment(view: PaperView) -> Attachment | None:
    """The picture, if it is a file of ours: readers of feeds load it from here."""
    if view.picture is not None:
        name = view.picture.url.rpartition("/")[2]
        media_type = content_type(name)
        if media_type is None or not view.picture.url.startswith(f"{settings.SITE_URL}/"):
            return None
        return Attachment(view.picture.url, media_type, _size(folder() / name))
    if view.figure is not None:
        place = Path(settings.MEDIA_ROOT) / "figures" / view.arxiv_id.replace("/", "-")
        return Attachment(view.figure.png, "image/png", _size(place / view.figure.png.rpartition("/")[2]))
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read_facts(papers: Collection[int], language: str) -> Mapping[int, _Facts]:
    """When papers were listed and changed, their topics and corrections. Three queries."""
    facts = {paper: _Facts() for paper in papers}
    _read_places(facts, language)
    _read_changes(facts, language)
    _read_corrections(facts, language)
    return facts


def _read_places(facts: Mapping[int, _Facts], language: str) -> None:
    rows = listed_entries().filter(paper__in=facts).order_by("edition__topic__position", "pk")
    # As text: papers share topics, and the names of each are read once.
    names_as_text = Cast("edition__topic__names", TextField())
    columns = ("paper_id", "edition__day", "edition__topic__slug", names_as_text)
    for paper, day, slug, names in rows.values_list(*columns):
        own = facts[paper]
        own.day = min(own.day or day, day)
        own.topics[slug] = _topic_name(slug, names, language)


@lru_cache(maxsize=1024)
def _topic_name(slug: str, names: str, language: str) -> str:
    return Topic(slug=slug, names=json.loads(names)).name_in(language)


def _read_changes(facts: Mapping[int, _Facts], language: str) -> None:
    """When the summary was written or revised, or a new version of the paper came."""
    summaries = Summary.objects.filter(paper=OuterRef("pk"), language=language)
    revisions = SummaryRevision.objects.filter(paper=OuterRef("pk"), language=language).order_by("-number")
    rows = Paper.objects.filter(pk__in=facts).annotate(
        written_at=Subquery(summaries.values("written_at")[:1]),
        revised_at=Subquery(revisions.values("at")[:1]),
    )
    for paper, *moments in rows.values_list("pk", "updated_at", "written_at", "revised_at"):
        facts[paper].changed_at = max(filter(None, moments), default=None)


def _read_corrections(facts: Mapping[int, _Facts], language: str) -> None:
    words = phrases(language)
    rows = Correction.objects.public().filter(paper__in=facts, language=language, confirmed_at__isnull=False)
    for row in rows.order_by("-confirmed_at", "-pk"):
        at = cast(datetime, row.confirmed_at)
        own = facts[row.paper_id]
        own.changed_at = max(own.changed_at or at, at)
        own.corrections.append(
            CorrectionLine(
                day=words.day(at.date()),
                old=clean(row.old),
                right=clean(row.right) or words.say("correction.recalled"),
            )
        )
