"""All papers of a day as the editor sees them, a page at a time, read with few queries."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from newsletter.day_rules import current_rules
from newsletter.desk.sheet import CHANGES_SHOWN, SummaryLink, picture_path, summary_to_show
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
        """Readers in all languages."""
        return sum(count for _, count in self.readers)

    @property
    def is_pinned(self) -> bool:
        """Whether any edition has it pinned."""
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
        """Whether any edition of the day can be changed still."""
        return any(edition.state in composition.OPEN_STATES for edition in self.editions)

    @property
    def first(self) -> int:
        """The number of the page's first paper, from 1."""
        return (self.page - 1) * PAGE + 1


def load_day(day: date, *, page: int) -> DaySheet:
    """Page ``page`` (from 1) of the papers of ``day``. Some ten queries, however many there are."""
    editions = tuple(
        Edition.objects.filter(day=day).select_related("topic").order_by("topic__position", "topic_id")
    )
    order = papers_of(day)
    pages = max(-(-len(order) // PAGE), 1)
    page = min(max(page, 1), pages)
    states = dict(Counter(edition.state for edition in editions))
    demand: dict[int | None, Counter[str]] = defaultdict(Counter)
    for topic, language, readers in Demand.objects.values_list("topic", "language", "readers"):
        demand[topic][language] += readers
    changes = EditionChange.objects.filter(edition__in=editions).select_related("by", "edition__topic")
    drafts = states.get(Edition.State.DRAFT)
    return DaySheet(
        day=day,
        editions=editions,
        revision=revision_of(editions),
        cards=tuple(_cards(order, editions, demand, page=page)),
        papers_count=len(order),
        page=page,
        pages=pages,
        states=states,
        changes=tuple(changes[:CHANGES_SHOWN]),
        undoable=tuple(last_act(day)),
        approves_at=composition.approval_time(day, hour=current_rules().approve_hour) if drafts else None,
        notes=tuple(_notes(editions, demand)),
    )


@dataclass(frozen=True, slots=True)
class _PageRows:
    """What the cards of one page are made of, by paper. ``demand`` is by topic; ``codes`` are languages."""

    places: dict[int, list[EntryPlace]]
    summaries: dict[int, list[Summary]]
    twins: dict[int, int]
    demand: dict[int | None, Counter[str]]
    codes: list[str]


def _cards(
    order: list[int], editions: tuple[Edition, ...], demand: dict[int | None, Counter[str]], *, page: int
) -> list[DayCard]:
    shown = order[(page - 1) * PAGE : page * PAGE]
    by_id = {edition.pk: edition for edition in editions}
    papers = Paper.objects.in_bulk(shown)
    places: dict[int, list[EntryPlace]] = defaultdict(list)
    for entry in Entry.objects.filter(edition__in=editions, paper__in=shown):
        places[entry.paper_id].append(EntryPlace(by_id[entry.edition_id], entry))
    codes = _languages(demand) or ["en"]
    summaries: dict[int, list[Summary]] = defaultdict(list)
    written = Summary.objects.filter(paper__in=shown, language__in=codes)
    for row in written.only("paper_id", "language", "state", "author", "reason", "sentence"):
        summaries[row.paper_id].append(row)
    rows = _PageRows(places, summaries, _twins(order), demand, codes)
    return [_card(number, papers[pk], rows) for number, pk in enumerate(shown, (page - 1) * PAGE + 1)]


def _languages(demand: dict[int | None, Counter[str]]) -> list[str]:
    """Those that readers use, the most first."""
    readers: Counter[str] = Counter()
    for counts in demand.values():
        readers.update(counts)
    return [code for code, _ in readers.most_common()]


def _card(number: int, paper: Paper, rows: _PageRows) -> DayCard:
    places = rows.places[paper.pk]
    summaries = sorted(rows.summaries[paper.pk], key=lambda row: rows.codes.index(row.language))
    shown = summary_to_show(summaries)
    readers: Counter[str] = Counter()
    for place in places:
        if not place.entry.is_hidden:
            readers += rows.demand[place.edition.topic_id]
    return DayCard(
        number=number,
        paper=paper,
        title=readable(paper.title),
        picture=picture_path(paper),
        sentence=shown.sentence if shown else "",
        spoken=shown.language if shown else "",
        summaries=tuple(
            SummaryLink(row.pk, row.language, row.state, row.author, row.reason) for row in summaries
        ),
        places=tuple(sorted(places, key=lambda place: (place.edition.topic.position, place.entry.pk))),
        matched=tuple(dict.fromkeys(word for place in places for word in place.entry.matched)),
        readers=tuple(readers.most_common()),
        twin=rows.twins.get(paper.pk, 0),
    )


def _twins(order: list[int]) -> dict[int, int]:
    """Papers whose title, letters and figures alone, an earlier one has: paper → that one."""
    titles = dict(Paper.objects.filter(pk__in=order).values_list("pk", "title"))
    first_by_title: dict[str, int] = {}
    twins = {}
    for paper in order:
        key = "".join(sign for sign in titles[paper].casefold() if sign.isalnum())
        first = first_by_title.setdefault(key, paper)
        if first != paper:
            twins[paper] = first
    return twins


def _notes(
    editions: tuple[Edition, ...], demand: dict[int | None, Counter[str]]
) -> list[tuple[str, str, str, str]]:
    """(code, own name, direction, text) of each language in use; the text that all open editions share."""
    shared = common_note(editions)
    codes = dict.fromkeys(["en", *_languages(demand), *shared])
    return [
        (code, LANGUAGES[code].own_name, LANGUAGES[code].direction, shared.get(code, ""))
        for code in codes
        if code in LANGUAGES
    ]


def common_note(editions: tuple[Edition, ...] | list[Edition]) -> dict[str, str]:
    """The notes that all open editions have word for word."""
    notes = [edition.note for edition in editions if edition.state in composition.OPEN_STATES]
    return {
        code: text
        for code, text in (notes[0] if notes else {}).items()
        if all(note.get(code) == text for note in notes)
    }
