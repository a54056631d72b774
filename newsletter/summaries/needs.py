"""Which summaries readers need: paper × language, the best candidates first.

What the next digests show is known to ``subscriptions`` alone, which chooses them without sending and says
how many show which paper in which language (:class:`~newsletter.models.SummaryDemand`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from lib.chunks import chunked
from newsletter.day_rules import current_rules
from newsletter.languages import LANGUAGES
from newsletter.models import Announcement, Demand, Entry, Paper, Summary, SummaryDemand
from newsletter.summaries.channel_needs import channel_needs

CHUNK = 500

PaperLanguage = tuple[int, str]
"""A paper's id and a language."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The summaries to write for a day, the best first. ``is_request``: more than what digests are known to
    need; ``note`` says to an operator what was taken, and why that may be nothing.
    """

    pairs: tuple[PaperLanguage, ...]
    is_request: bool
    note: str


def needed(papers: Iterable[int] | None = None) -> list[PaperLanguage]:
    """What digests show that are to come or have just left: pinned papers, then what most readers get; after
    them what channels post.

    ``papers`` asks for some papers only.
    """
    rows = SummaryDemand.objects.filter(paper__is_withdrawn=False, language__in=list(LANGUAGES))
    columns = ("place", "readers", "paper_id", "language")
    if papers is None:
        demand = list(rows.values_list(*columns))
    else:
        demand = [
            row
            for chunk in chunked(sorted(set(papers)), CHUNK)
            for row in rows.filter(paper__in=chunk).values_list(*columns)
        ]
    demand.sort(key=lambda row: (row[0] > 0, -row[1], row[0], row[2], row[3]))
    wanted = None if papers is None else set(papers)
    pairs = [*((paper, code) for _, _, paper, code in demand), *channel_needs(wanted)]
    return list(dict.fromkeys(pairs))


def plan_of(day: date, languages: Sequence[str] | None = None) -> DayPlan:
    """The summaries of one day, for an operator who asks for it.

    In ``languages``: of the first papers of each of the day's editions, as many as pages show, and where
    none is composed yet of all its news.
    Without: what digests are known to need of the day; for a day that no digest is to come from, what its
    readers' digests have room for, by topic and language.
    """
    entries = _entries(day)
    if languages is not None:
        return _asked_for(day, entries, languages)
    if not entries:
        return DayPlan(
            (), False, f"{day} has no editions yet: what its readers need shows once it is composed."
        )
    pairs = needed({paper for _, papers in entries for paper in papers})
    if pairs:
        return DayPlan(tuple(pairs), False, f"{day}: the {len(pairs)} summaries that digests are to show.")
    pairs = _within_reach(entries)
    note = (
        f"{day}: no digest is to come from it; {len(pairs)} summaries, as many as its readers have room for."
    )
    return DayPlan(tuple(pairs), True, note)


def _entries(day: date) -> list[tuple[int, list[int]]]:
    """The papers of each of the day's editions that readers may see, with its topic, in their order."""
    rows = (
        Entry.objects.filter(edition__day=day, is_hidden=False, paper__is_withdrawn=False)
        .order_by("edition_id", "-is_pinned", "position", "paper_id")
        .values_list("edition__topic_id", "paper_id")
    )
    by_topic: dict[int, list[int]] = {}
    for topic, paper in rows:
        by_topic.setdefault(topic, []).append(paper)
    return list(by_topic.items())


def _asked_for(day: date, entries: Sequence[tuple[int, list[int]]], languages: Sequence[str]) -> DayPlan:
    if entries:
        size = current_rules().edition_size
        papers = _best_first(papers[:size] for _, papers in entries)
        note = f"{day}: {len(papers)} papers, the first {size} of each of its editions, as asked for."
    else:
        news = Paper.objects.announced_on(day).filter(is_withdrawn=False).order_by("-votes", "pk")
        papers = list(news.values_list("pk", flat=True))
        note = f"{day} has no editions yet: all {len(papers)} papers that it announced, as asked for."
    return DayPlan(tuple((paper, code) for paper in papers for code in languages), True, note)


def _within_reach(entries: Sequence[tuple[int, list[int]]]) -> list[PaperLanguage]:
    """Of each topic as many papers, in each language, as the largest digest of its readers has places."""
    by_topic = dict(entries)
    best: dict[PaperLanguage, int] = {}
    demand = Demand.objects.filter(readers__gt=0, topic__in=list(by_topic), language__in=list(LANGUAGES))
    for topic, code, size in demand.values_list("topic_id", "language", "size"):
        for place, paper in enumerate(by_topic[topic][:size]):
            best[paper, code] = min(place, best.get((paper, code), place))
    return sorted(best, key=lambda pair: (best[pair], *pair))


def _best_first(editions: Iterable[Sequence[int]]) -> list[int]:
    """The papers of all editions, each at the best place that it has in any."""
    best: dict[int, int] = {}
    for papers in editions:
        for place, paper in enumerate(papers):
            best[paper] = min(place, best.get(paper, place))
    return sorted(best, key=lambda paper: (best[paper], paper))


# -- the rows -----------------------------------------------------------------------------------------------


def want(pairs: Iterable[PaperLanguage], *, is_request: bool = False) -> int:
    """Make sure that there is a row for each (paper id, language); returns how many are new.

    Rows that are there stay as they are, whoever wrote them; only a model's words on an earlier version of
    the paper are wanted anew. With ``is_request`` they stay wanted though no digest needs them.
    """
    by_paper: dict[int, set[str]] = {}
    for paper, code in pairs:
        if code in LANGUAGES:
            by_paper.setdefault(paper, set()).add(code)
    new = 0
    for chunk in chunked(sorted(by_paper), CHUNK):
        existing: set[PaperLanguage] = set()
        again: list[int] = []
        rows = Summary.objects.filter(paper__in=chunk)
        columns = ("pk", "paper_id", "language", "state", "author", "is_outdated", "is_requested")
        for pk, paper, code, state, author, is_outdated, is_requested in rows.values_list(*columns):
            existing.add((paper, code))
            if code not in by_paper[paper] or author == Summary.Author.EDITOR:
                continue
            is_stale = is_outdated and (state, author) == (Summary.State.READY, Summary.Author.MODEL)
            if is_stale or (is_request and not is_requested and state == Summary.State.WANTED):
                again.append(pk)
        if again:
            still = Q(state=Summary.State.WANTED) | Q(state=Summary.State.READY, is_outdated=True)
            Summary.objects.filter(still, pk__in=again).update(
                state=Summary.State.WANTED, is_requested=is_request
            )
        missing = [
            Summary(paper_id=paper, language=code, paper_version=version, is_requested=is_request)
            for paper, version in Paper.objects.filter(pk__in=chunk).values_list("pk", "version")
            for code in sorted(by_paper[paper])
            if (paper, code) not in existing
        ]
        # Another process may have made some of them since.
        Summary.objects.bulk_create(missing, ignore_conflicts=True)
        new += len(missing)
    return new


def drop_unneeded(needs: Iterable[PaperLanguage]) -> int:
    """Want no more what is neither needed nor asked for; returns how many rows that were.

    A row that nobody has paid for goes. What was written of an earlier version is shown as that. The English
    row of a needed paper stays: other languages may be made from it. Only for the holder of the run's lock.
    """
    needed_pairs = set(needs)
    papers = {paper for paper, _ in needed_pairs}
    waiting = Summary.objects.filter(state=Summary.State.WANTED, is_requested=False)
    unneeded = [
        pk
        for pk, paper, code in waiting.values_list("pk", "paper_id", "language")
        if (paper, code) not in needed_pairs and not (code == "en" and paper in papers)
    ]
    count = 0
    for chunk in chunked(unneeded, CHUNK):
        rows = waiting.filter(pk__in=chunk)
        unpaid = rows.exclude(author=Summary.Author.MODEL).filter(
            attempts__isnull=True, kept_versions__isnull=True
        )
        count += unpaid.delete()[0]
        written = rows.filter(~Q(sentence=""), author=Summary.Author.MODEL, is_outdated=True)
        count += written.update(state=Summary.State.READY, retry_at=None)
    return count


def papers_of_the_day(paper_ids: Iterable[int]) -> dict[int, set[int]]:
    """For each of these papers those of the others that were announced on one of its days."""
    days: dict[date, set[int]] = {}
    days_of: dict[int, set[date]] = {}
    for chunk in chunked(sorted(set(paper_ids)), CHUNK):
        for paper, day in Announcement.objects.filter(paper__in=chunk).values_list("paper_id", "day"):
            days_of.setdefault(paper, set()).add(day)
            days.setdefault(day, set()).add(paper)
    return {paper: set().union(*(days[day] for day in on)) - {paper} for paper, on in days_of.items()}
