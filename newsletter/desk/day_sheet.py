"""All papers of a day as the editor sees them, a page at a time, read with few queries."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from newsletter.day_rules import current_rules
from newsletter.desk.sheet import CHANGES_SHOWN, SummaryLink, picture_path, to_tell
from newsletter.desk.whole_day import last_act, papers_of, revision_of
from newsletter.editions import composition
from newsletter.languages import LANGUAGES
from newsletter.models import Demand, Edition, Entry, Paper, Summary
from newsletter.models.desk import EditionChange
from newsletter.text.readable import readable

PAGE = 40  # papers


@dataclass(frozen=True, slots=True)
class EntryPlace:
    """A paper's place in one edition."""

    edition: Edition
    entry: Entry


@dataclass(frozen=True, slots=True)
class DayCard:
    """One paper of the day. ``readers`` by language, at most: some follow two of its topics."""

    number: int
    paper: Paper
    title: str
    picture: str
    sentence: str
    spoken: str  # the sentence's language
    summaries: tuple[SummaryLink, ...]
    places: tuple[EntryPlace, ...]
    matched: tuple[str, ...]
    readers: tuple[tuple[str, int], ...]
    twin: int = 0  # the id of an earlier paper that seems to be the same work

    @property
    def readers_count(self) -> int:
        return sum(count for _, count in self.readers)

    @property
    def is_pinned(self) -> bool:
        return any(place.entry.is_pinned for place in self.places)

    @property
    def is_frozen(self) -> bool:
        """Somewhere: there, digests may have picked it already."""
        return any(place.edition.state == Edition.State.FROZEN for place in self.places)

    @property
    def is_hidden(self) -> bool:
        """From all readers."""
        return all(place.entry.is_hidden for place in self.places)


@dataclass(frozen=True, slots=True)
class DaySheet:
    """``approves_at`` only while there are drafts; ``undoable`` is empty or what undoing takes back."""

    day: date
    editions: tuple[Edition, ...]
    revision: int
    cards: tuple[DayCard, ...]
    papers_count: int
    page: int
    pages: int
    states: dict[str, int]
    changes: tuple[EditionChange, ...]
    undoable: tuple[EditionChange, ...]
    approves_at: datetime | None
    notes: tuple[tuple[str, str, str, str], ...]

    @property
    def is_open(self) -> bool:
        return any(edition.state in composition.OPEN_STATES for edition in self.editions)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1


def load_day(day: date, *, page: int) -> DaySheet:
    """Page ``page`` (from 1) of the papers of ``day``. Some ten queries, however many there are."""
    found = tuple(
        Edition.objects.filter(day=day).select_related("topic").order_by("topic__position", "topic_id")
    )
    order = papers_of(day)
    pages = max(-(-len(order) // PAGE), 1)
    page = min(max(page, 1), pages)
    states = dict(Counter(edition.state for edition in found))
    demand: dict[int | None, Counter[str]] = defaultdict(Counter)
    for topic, language, readers in Demand.objects.values_list("topic", "language", "readers"):
        demand[topic][language] += readers
    changes = EditionChange.objects.filter(edition__in=found).select_related("by", "edition__topic")
    drafts = states.get(Edition.State.DRAFT)
    return DaySheet(
        day=day,
        editions=found,
        revision=revision_of(found),
        cards=tuple(_cards(order, found, demand, page=page)),
        papers_count=len(order),
        page=page,
        pages=pages,
        states=states,
        changes=tuple(changes[:CHANGES_SHOWN]),
        undoable=tuple(last_act(day)),
        approves_at=composition.approval_time(day, hour=current_rules().approve_hour) if drafts else None,
        notes=tuple(_notes(found, demand)),
    )


def _cards(
    order: list[int], found: tuple[Edition, ...], demand: dict[int | None, Counter[str]], *, page: int
) -> list[DayCard]:
    shown = order[(page - 1) * PAGE : page * PAGE]
    by_id = {edition.pk: edition for edition in found}
    papers = Paper.objects.in_bulk(shown)
    places: dict[int, list[EntryPlace]] = defaultdict(list)
    for entry in Entry.objects.filter(edition__in=found, paper__in=shown):
        places[entry.paper_id].append(EntryPlace(by_id[entry.edition_id], entry))
    codes = _languages(demand) or ["en"]
    summaries: dict[int, list[Summary]] = defaultdict(list)
    rows = Summary.objects.filter(paper__in=shown, language__in=codes)
    for row in rows.only("paper_id", "language", "state", "author", "reason", "sentence"):
        summaries[row.paper_id].append(row)
    twins = _twins(order)
    return [
        _card(number, papers[pk], places[pk], summaries[pk], demand, codes, twin=twins.get(pk, 0))
        for number, pk in enumerate(shown, (page - 1) * PAGE + 1)
    ]


def _languages(demand: dict[int | None, Counter[str]]) -> list[str]:
    """Those that readers use, the most first."""
    readers: Counter[str] = Counter()
    for counts in demand.values():
        readers.update(counts)
    return [code for code, _ in readers.most_common()]


def _card(
    number: int,
    paper: Paper,
    places: list[EntryPlace],
    summaries: list[Summary],
    demand: dict[int | None, Counter[str]],
    codes: list[str],
    *,
    twin: int,
) -> DayCard:
    rows = sorted(summaries, key=lambda row: codes.index(row.language))
    told = to_tell(rows)
    readers: Counter[str] = Counter()
    for place in places:
        if not place.entry.is_hidden:
            readers += demand[place.edition.topic_id]
    return DayCard(
        number=number,
        paper=paper,
        title=readable(paper.title),
        picture=picture_path(paper),
        sentence=told.sentence if told else "",
        spoken=told.language if told else "",
        summaries=tuple(SummaryLink(row.pk, row.language, row.state, row.author, row.reason) for row in rows),
        places=tuple(sorted(places, key=lambda place: (place.edition.topic.position, place.entry.pk))),
        matched=tuple(dict.fromkeys(word for place in places for word in place.entry.matched)),
        readers=tuple(readers.most_common()),
        twin=twin,
    )


def _twins(order: list[int]) -> dict[int, int]:
    """Papers whose title, letters and figures alone, an earlier one has: paper → that one."""
    titles = dict(Paper.objects.filter(pk__in=order).values_list("pk", "title"))
    seen: dict[str, int] = {}
    twins = {}
    for paper in order:
        key = "".join(sign for sign in titles[paper].casefold() if sign.isalnum())
        first = seen.setdefault(key, paper)
        if first != paper:
            twins[paper] = first
    return twins


def _notes(
    found: tuple[Edition, ...], demand: dict[int | None, Counter[str]]
) -> list[tuple[str, str, str, str]]:
    """(code, own name, direction, text) of each language in use; the text that all open editions share."""
    shared = common_note(found)
    codes = dict.fromkeys(["en", *_languages(demand), *shared])
    return [
        (code, LANGUAGES[code].own_name, LANGUAGES[code].direction, shared.get(code, ""))
        for code in codes
        if code in LANGUAGES
    ]


def common_note(found: tuple[Edition, ...] | list[Edition]) -> dict[str, str]:
    """The notes that all open editions have word for word."""
    notes = [edition.note for edition in found if edition.state in composition.OPEN_STATES]
    return {
        code: text
        for code, text in (notes[0] if notes else {}).items()
        if all(note.get(code) == text for note in notes)
    }
