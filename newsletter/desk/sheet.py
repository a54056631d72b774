"""An edition as the editor sees it: every paper with what decides about it, read with few queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from newsletter.day_rules import current_rules
from newsletter.desk.curation import NOT_UNDONE
from newsletter.editions import composition
from newsletter.images.pictures import picture_of
from newsletter.languages import DEFAULT_LANGUAGE, LANGUAGES
from newsletter.models import Demand, Edition, Entry, Paper, Summary
from newsletter.models.desk import EditionChange
from newsletter.text.readable import readable

CHANGES_SHOWN = 15


@dataclass(frozen=True, slots=True)
class SummaryLink:
    """A paper's summary in one language: where it is edited and how it stands."""

    pk: int
    language: str
    state: str
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class EntryCard:
    """One paper in the edition. ``picture`` is a path on this site or empty."""

    entry: Entry
    title: str
    picture: str
    summaries: tuple[SummaryLink, ...]
    sentence: str
    spoken: str  # the sentence's language
    twin: int = 0  # the id of an earlier entry that seems to be the same work


@dataclass(frozen=True, slots=True)
class EditionSheet:
    """``cards`` are those of one ``page`` of ``pages``; ``papers_count`` all of the edition.

    ``readers`` is by language, the most first; ``approves_at`` only for a waiting draft.
    """

    edition: Edition
    cards: tuple[EntryCard, ...]
    readers: tuple[tuple[str, int], ...]
    changes: tuple[EditionChange, ...]
    undoable: EditionChange | None
    approves_at: datetime | None
    papers_count: int
    shown_count: int
    held_count: int
    page: int
    pages: int
    first: int
    siblings: tuple[Edition, ...] = field(default=())

    @property
    def readers_count(self) -> int:
        """Readers of the topic in all languages."""
        return sum(count for _, count in self.readers)

    @property
    def is_open(self) -> bool:
        """Whether the edition can be changed still."""
        return self.edition.state in composition.OPEN_STATES


def load_sheet(edition: Edition, *, page: int = 1) -> EditionSheet:
    """Everything that page ``page`` (from 1) of ``edition`` shows: ``EDITION_SIZE`` papers. Nine queries."""
    rules = current_rules()
    all_entries = Entry.objects.filter(edition=edition).order_by("-is_pinned", "position", "pk")
    titles = list(all_entries.values_list("pk", "is_hidden", "paper__title"))
    pages = max(-(-len(titles) // rules.edition_size), 1)
    page = min(max(page, 1), pages)
    start = (page - 1) * rules.edition_size
    entries = list(all_entries.select_related("paper")[start : start + rules.edition_size])
    readers = tuple(
        Demand.objects.filter(topic=edition.topic_id, readers__gt=0)
        .order_by("-readers", "language")
        .values_list("language", "readers")
    )
    codes = [code for code, _ in readers] or ["en"]
    summaries: dict[int, list[Summary]] = {}
    rows = Summary.objects.filter(paper__in=[entry.paper_id for entry in entries], language__in=codes)
    for row in rows.only("paper_id", "language", "state", "author", "reason", "sentence"):
        summaries.setdefault(row.paper_id, []).append(row)
    changes = tuple(edition.changes.select_related("by")[:CHANGES_SHOWN])
    undoable = next((each for each in changes if not each.is_undone and each.kind not in NOT_UNDONE), None)
    draft = edition.state == Edition.State.DRAFT
    return EditionSheet(
        edition=edition,
        cards=tuple(_cards(entries, summaries, codes, twins=_twins(titles))),
        readers=readers,
        changes=changes,
        undoable=undoable,
        approves_at=composition.approval_time(edition.day, hour=rules.approve_hour) if draft else None,
        papers_count=len(titles),
        shown_count=sum(not is_hidden for _, is_hidden, _ in titles),
        held_count=Summary.objects.filter(
            paper__entries__edition=edition, language__in=codes, state=Summary.State.HELD
        ).count(),
        page=page,
        pages=pages,
        first=start + 1,
        siblings=tuple(
            Edition.objects.filter(day=edition.day).select_related("topic").order_by("topic__position", "pk")
        ),
    )


def _twins(titles: Iterable[tuple[int, bool, str]]) -> dict[int, int]:
    """Entries whose title, letters and figures alone, an earlier one has: entry → that one."""
    first_by_title: dict[str, int] = {}
    twins = {}
    for entry, _, title in titles:
        key = "".join(sign for sign in readable(title).casefold() if sign.isalnum())
        first = first_by_title.setdefault(key, entry)
        if first != entry:
            twins[entry] = first
    return twins


def _cards(
    entries: list[Entry], summaries: dict[int, list[Summary]], codes: list[str], *, twins: Mapping[int, int]
) -> list[EntryCard]:
    cards = []
    for entry in entries:
        rows = sorted(summaries.get(entry.paper_id, ()), key=lambda row: codes.index(row.language))
        shown = summary_to_show(rows)
        cards.append(
            EntryCard(
                entry=entry,
                title=readable(entry.paper.title),
                picture=picture_path(entry.paper),
                summaries=tuple(
                    SummaryLink(row.pk, row.language, row.state, row.author, row.reason) for row in rows
                ),
                sentence=shown.sentence if shown else "",
                spoken=shown.language if shown else "",
                twin=twins.get(entry.pk, 0),
            )
        )
    return cards


def summary_to_show(rows: Sequence[Summary]) -> Summary | None:
    """The summary whose sentence tells an editor what a paper is about: the English one, else any."""
    written = [row for row in rows if row.sentence]
    return min(written, key=lambda row: row.language != DEFAULT_LANGUAGE, default=None)


def picture_path(paper: Paper) -> str:
    """The paper's picture on this site, or nothing: the desk loads nothing from elsewhere."""
    if settings.REMOTE_PICTURES:
        return ""
    picture = picture_of(paper.image_url, is_still=bool(paper.video_url))
    return urlsplit(picture.url).path if picture else ""


def note_fields(sheet: EditionSheet) -> list[tuple[str, str, str, str]]:
    """(code, own name, direction, text) of each language that readers use or that has a note."""
    codes = dict.fromkeys(["en", *(code for code, _ in sheet.readers), *sheet.edition.note])
    return [
        (code, LANGUAGES[code].own_name, LANGUAGES[code].direction, str(sheet.edition.note.get(code, "")))
        for code in codes
        if code in LANGUAGES
    ]
