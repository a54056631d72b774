"""Asks all sources about one day and joins their answers; nothing is written here.

arXiv is asked in ways that check each other: the announcement feed says what was announced today, the query
API gives the full records of the day's submission window, a look-up by id adds what the window missed (papers
that moderation held back, replacements, Hugging Face's papers). A source that fails leaves the others their
work, and its name in the outcome.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from newsletter.arxiv import calendar
from newsletter.arxiv.taxonomy import CATEGORIES, archive_of, expand
from newsletter.errors import InvalidInput, SourceError
from newsletter.intake.papers import Collected, Listing, papers_by_id
from newsletter.models import Announcement, Paper, Topic
from newsletter.models.states import AnnouncementKind, IntakeState, Source
from newsletter.records import AnnouncementRecord, PaperRecord
from newsletter.sources.arxiv import Arxiv, day_query
from newsletter.sources.feed import AnnouncementFeed, Feed, is_stale
from newsletter.sources.gate import Gate
from newsletter.sources.huggingface import HuggingFace
from newsletter.sources.listing import ListingPage

logger = logging.getLogger(__name__)

NEWS = frozenset({"new", "cross"})
INCOMPLETE_DAYS = 7  # how long arXiv is asked for papers that only Hugging Face or the feed has
INDEX_LAG_DAYS = 3  # arXiv's index has lagged by hours to a day
MANY_CATEGORIES = 20  # so many together have never had a listing day without a paper
MOST_INCOMPLETE = 400
FEED_SHOWS = "feed shows"
STORED = "stored"
UNDIVIDED = ("astro-ph", "cond-mat", "q-bio")  # archives whose papers once had no category but the archive
DIVIDED_SINCE = date(2009, 2, 1)


@dataclass(slots=True)
class SourceOutcome:
    """How one source's day went. ``state`` None: it is too early to say anything.

    ``query`` is the one whose whole answer was read; ``repeated`` are the ids of its papers if they had been
    stored before, so that nothing was read.
    """

    source: str
    state: IntakeState | None = IntakeState.DONE
    reason: str = ""
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    query: str = ""
    repeated: frozenset[str] = frozenset()

    def fail(self, reason: str) -> None:
        """The source did not give the day, or not all of it."""
        self.state, self.reason = IntakeState.FAILED, reason
        self.problems.append(reason)


@dataclass(frozen=True, slots=True)
class _Window:
    """What is asked of arXiv for one listing day, at ``now``.

    ``wanted`` are the topics' categories; ``items`` what was announced of them, by id.
    """

    announcement: calendar.AnnouncementWindow
    wanted: set[str]
    items: dict[str, AnnouncementRecord]
    now: datetime

    @property
    def day(self) -> date:
        return self.announcement.day

    @property
    def expects_papers(self) -> bool:
        """Whether an answer without papers must be an error of arXiv's index."""
        is_recent = (self.now - self.announcement.announced_at) < timedelta(days=INDEX_LAG_DAYS)
        return bool(self.items) or is_recent or len(self.wanted) >= MANY_CATEGORIES


def collect_daily(collected: Collected, *, day: date, gate: Gate) -> SourceOutcome:
    """Hugging Face's list of ``day``."""
    outcome = SourceOutcome(source=Source.HUGGINGFACE.value)
    try:
        listed = HuggingFace(gate=gate).daily(day)
    except SourceError as error:
        outcome.fail(f"Hugging Face failed for {day}: {error.message}")
        return outcome
    outcome.problems += listed.problems
    outcome.counts["papers"] = len(listed.papers)
    if not listed.papers:
        outcome.state, outcome.reason = IntakeState.EMPTY, f"Hugging Face lists no papers on {day}."
    for paper in listed.papers:
        collected.daily[paper.arxiv_id] = paper
        collected.listings.add(Listing(paper.arxiv_id, Source.HUGGINGFACE, paper.day, AnnouncementKind.DAILY))
    return outcome


def collect_arxiv(
    collected: Collected, *, day: date, now: datetime, gate: Gate, tell: Callable[[str], None]
) -> tuple[SourceOutcome, str | None]:
    """What arXiv announced on ``day``, and arXiv's records of Hugging Face's papers.

    Also why the announcement feed was no use, which costs no paper: None if it was or was not needed.
    """
    outcome = SourceOutcome(source=Source.ARXIV.value)
    client = Arxiv(gate=gate)
    announcement = calendar.announcement_of(day)
    feed_error: str | None = None
    is_up = True
    if announcement is None or announcement.announced_at > now:
        empty = calendar.why_empty(day, now=now)
        outcome.state = IntakeState.EMPTY if announcement is None else None
        outcome.reason = empty.sentence if empty else ""
    elif wanted := wanted_categories():
        if day < DIVIDED_SINCE:
            wanted |= {archive for archive in UNDIVIDED if wanted.issuperset(expand(archive))}
        tell("announcements")
        items, feed_error = announced_today(day, now=now, wanted=wanted, gate=gate)
        tell("arXiv")
        window = _Window(announcement, wanted=wanted, items=items, now=now)
        is_up = _collect_window(collected, window, client=client, outcome=outcome)
    if is_up:
        tell("papers by id")
        _collect_by_id(collected, day=day, client=client, outcome=outcome)
    outcome.counts["papers"] = len(collected.papers.keys() | outcome.repeated)
    return outcome, feed_error


def wanted_categories() -> set[str]:
    """The categories of the topics in use; all of them where a topic names none, or there is no topic."""
    wanted: set[str] = set()
    for topic in Topic.objects.active().only("slug", "categories", "listing"):
        if not topic.categories and not topic.listing:
            return set(CATEGORIES)
        for pattern in topic.categories:
            try:
                wanted |= set(expand(str(pattern)))
            except InvalidInput as error:
                logger.warning("Topic %s: %s", topic.slug, error)
    return wanted if wanted or Topic.objects.active().exists() else set(CATEGORIES)


def announced_today(
    day: date, *, now: datetime, wanted: set[str], gate: Gate
) -> tuple[dict[str, AnnouncementRecord], str | None]:
    """What the feed says was announced under ``day``, else the listing page; and why the feed was no use.

    Both show one day, the present one, which begins at midnight in New York. Of another day there is nothing
    to expect; so the feed is asked once on a day which it shows, for a mirror or a recording may differ.
    """
    is_present = day == _shown_day(now)
    if not is_present and gate.recall(FEED_SHOWS) not in {None, day.isoformat()}:
        return {}, None
    error: str | None = None
    try:
        feed = AnnouncementFeed(gate=gate).announced(wanted, day=day, insist=is_present)
        gate.remember(FEED_SHOWS, str(feed.shows))
        if not is_present and not feed.items:
            return {}, None
        if not feed.items:
            error = f"The announcement feed shows nothing for {day}."
        elif is_stale(feed.items, announced_before=_announced_before(day, feed)):
            error = f"The announcement feed repeats an earlier day under the date of {day}."
        else:
            return {item.arxiv_id: item for item in feed.items}, None
    except SourceError as failure:
        error = failure.message
    if not is_present:
        gate.remember(FEED_SHOWS, error)
        return {}, error
    logger.warning("%s The listing page is asked instead.", error)
    try:
        archives = {archive for category in wanted if (archive := archive_of(category))}
        page = ListingPage(gate=gate).announced(archives, day=day)
    except SourceError as failure:
        logger.warning("The listing page is of no use either: %s", failure.message)
        return {}, error
    return {item.arxiv_id: item for item in page.items if wanted & set(item.categories)}, error


def _shown_day(now: datetime) -> date:
    """The listing day that feeds and listing pages show at ``now``."""
    local = now.astimezone(calendar.NEW_YORK)
    return local.date() if calendar.is_announcement_day(local.date()) else calendar.previous_day(local.date())


def _announced_before(day: date, feed: Feed) -> set[str]:
    """Those of the feed's papers that arXiv announced as new on an earlier day."""
    ids = [item.arxiv_id for item in feed.items if item.kind == "new"]
    return set(
        Announcement.objects.filter(
            source=Source.ARXIV, kind=AnnouncementKind.NEW, day__lt=day, paper__arxiv_id__in=ids
        ).values_list("paper__arxiv_id", flat=True)
    )


def _collect_window(collected: Collected, window: _Window, *, client: Arxiv, outcome: SourceOutcome) -> bool:
    """The day's submissions by query, joined with what was announced; False if the query API is down."""
    papers, is_up = _search_window(collected, window, client=client, outcome=outcome)
    items, wanted, day = window.items, window.wanted, window.day
    if not papers and not outcome.repeated and not items and outcome.state is IntakeState.DONE:
        outcome.state = IntakeState.EMPTY
        outcome.reason = f"arXiv has no papers of the topics' {len(wanted)} categories for {day}."
    for paper in papers:
        collected.papers[paper.arxiv_id] = paper
        kind = AnnouncementKind.NEW if paper.primary_category in wanted else AnnouncementKind.CROSS
        item = items.get(paper.arxiv_id)
        if item is None or item.kind not in NEWS:
            collected.listings.add(Listing(paper.arxiv_id, Source.ARXIV, day, kind))
    if items and papers:
        # The two ways check each other: what one alone has is looked up, or taken on its word, and counted.
        announced = {item.arxiv_id for item in items.values() if item.kind in NEWS}
        queried = {*collected.papers}
        outcome.counts.update(
            both=len(announced & queried),
            announced_only=len(announced - queried),
            query_only=len(queried - announced),
        )
    known = papers_by_id(items)
    for item in items.values():
        collected.announced[item.arxiv_id] = item
        if item.kind in NEWS or item.arxiv_id in known:
            collected.listings.add(Listing(item.arxiv_id, Source.ARXIV, day, item.kind))
    return is_up


def _search_window(
    collected: Collected, window: _Window, *, client: Arxiv, outcome: SourceOutcome
) -> tuple[list[PaperRecord], bool]:
    """The papers submitted in the window, none if they are stored already; and whether the API answers."""
    start, end = window.announcement.submitted_from, window.announcement.submitted_until
    query = day_query(window.wanted, start=start, end=end - timedelta(minutes=1))
    outcome.repeated = _stored_ids(query, collected=collected, day=window.day, gate=client.gate)
    if outcome.repeated:
        return [], True
    try:
        result = client.search(query, expect_papers=window.expects_papers)
    except SourceError as error:
        count = len(window.items)
        also = f" {count} papers are known from the announcements alone." if count else ""
        outcome.fail(f"arXiv failed for {window.day}: {error.message}{also}")
        return [], not error.transient
    papers = [
        paper
        for paper in result.papers
        if start <= paper.published_at < end and window.wanted & set(paper.categories)
    ]
    outcome.problems += result.problems
    outcome.query = query if papers else ""
    return papers, True


def note_stored(outcome: SourceOutcome, collected: Collected, *, day: date, gate: Gate) -> None:
    """Remember, once it is committed, that the answer to the day's query is in the rows, without a fault."""
    if outcome.query and outcome.state is IntakeState.DONE and not outcome.problems:
        memory = {"query": outcome.query, "ids": sorted(collected.papers), "rows": _announced_rows(day)}
        gate.remember(f"{STORED} {day}", memory)


def _stored_ids(query: str, *, collected: Collected, day: date, gate: Gate) -> frozenset[str]:
    """The papers of the answer to ``query`` that was stored today; none if it has to be read (again).

    The gate asks nothing twice on a day, so the answer would be the same, and so would the rows: unless some
    were deleted, which the number of the day's announcements shows. A row of Hugging Face's without a title
    needs the record of its paper.
    """
    if not gate.caches or not all(row.title for row in collected.daily.values()):
        return frozenset()
    memory = gate.recall(f"{STORED} {day}")
    if not isinstance(memory, dict) or (memory["query"], memory["rows"]) != (query, _announced_rows(day)):
        return frozenset()
    return frozenset(memory["ids"])


def _announced_rows(day: date) -> int:
    return Announcement.objects.filter(source=Source.ARXIV, day=day).count()


def _collect_by_id(collected: Collected, *, day: date, client: Arxiv, outcome: SourceOutcome) -> None:
    """arXiv's records of what is announced, listed by Hugging Face or incomplete, and not collected yet."""
    ids = collected.announced.keys() | collected.daily.keys() | _incomplete(day)
    known = papers_by_id(ids)
    open_ids = ids - collected.papers.keys() - outcome.repeated
    needed = [arxiv_id for arxiv_id in sorted(open_ids) if _is_needed(arxiv_id, collected, known)]
    if not needed:
        return
    try:
        lookup = client.lookup(needed)
    except SourceError as error:
        outcome.fail(f"arXiv failed for {day}, asked for {len(needed)} papers by id: {error.message}")
        return
    outcome.problems += lookup.problems
    outcome.counts["missing"] = len(lookup.missing)
    if lookup.missing:
        first_missing = ", ".join(lookup.missing[:10])
        outcome.reason = (
            f"arXiv does not have {len(lookup.missing)} of the papers yet, such as {first_missing}."
        )
    for paper in lookup.papers:
        collected.papers[paper.arxiv_id] = paper


def _is_needed(arxiv_id: str, collected: Collected, known: dict[str, Paper]) -> bool:
    """Whether arXiv must be asked: an unknown or incomplete paper, or one that got a new version."""
    paper = known.get(arxiv_id)
    item = collected.announced.get(arxiv_id)
    if paper is None:
        # A replacement of a paper that nobody here has read is no news.
        return item is None or item.kind in NEWS or arxiv_id in collected.daily
    if paper.provenance != Paper.Provenance.ARXIV or paper.published_at is None:
        return True
    return item is not None and item.kind not in NEWS and (item.version == 0 or item.version > paper.version)


def _incomplete(day: date) -> set[str]:
    """Papers of the last days that arXiv has not described yet."""
    rows = Paper.objects.filter(
        Q(published_at=None) | ~Q(provenance=Paper.Provenance.ARXIV),
        announcements__day__range=(day - timedelta(days=INCOMPLETE_DAYS), day),
    )
    return set(rows.values_list("arxiv_id", flat=True)[:MOST_INCOMPLETE])
