"""Which summaries readers in use need: paper × language, the best candidates first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.languages import LANGUAGES
from newsletter.models import Announcement, Demand, Entry, Paper, Summary

CHUNK = 500


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One summary that somebody will read; smaller ``rank`` is more urgent (pinned papers have rank 0)."""

    rank: int
    paper_id: int
    language: str


def needed(day: date, languages: Sequence[str] | None = None) -> list[Need]:
    """What the digests of ``day`` can hold, for languages with at least one active reader of the topic.

    A topic's entries are needed in the languages of its readers; readers who follow only their own queries
    need the candidates of all topics. Before the day's editions are composed, all news of the day counts, by
    votes. ``languages`` asks for these instead of what readers use.
    """
    by_topic, anywhere = _wishes(languages)
    if not by_topic and not anywhere:
        return []
    entries = list(
        Entry.objects.filter(edition__day=day, is_hidden=False, paper__is_withdrawn=False).values_list(
            "edition__topic_id", "paper_id", "position", "is_pinned"
        )
    )
    best: dict[tuple[int, str], int] = {}
    if entries:
        for topic, paper, position, pinned in entries:
            rank = 0 if pinned else position
            for code in by_topic.get(topic, set()) | anywhere:
                best[paper, code] = min(rank, best.get((paper, code), rank))
    else:
        spoken = anywhere.union(*by_topic.values())
        papers = Paper.objects.announced_on(day).filter(is_withdrawn=False)
        ranked = papers.order_by("-votes", "pk").values_list("pk", flat=True)
        best = {(paper, code): rank for rank, paper in enumerate(ranked, 1) for code in spoken}
    return sorted(Need(rank, paper, code) for (paper, code), rank in best.items())


def _wishes(languages: Sequence[str] | None) -> tuple[dict[int, set[str]], set[str]]:
    """The languages wanted by topic, and those wanted whatever the topic."""
    if languages is not None:
        return {}, set(languages)
    by_topic: dict[int, set[str]] = {}
    anywhere: set[str] = set()
    for topic, code in Demand.objects.filter(readers__gt=0).values_list("topic_id", "language"):
        if code not in LANGUAGES:
            continue
        wishes = anywhere if topic is None else by_topic.setdefault(topic, set())
        wishes.add(code)
    return by_topic, anywhere


def want(pairs: Iterable[tuple[int, str]]) -> int:
    """Make sure that there is a row for each (paper id, language); returns how many are new.

    Rows that are there stay as they are, whoever wrote them.
    """
    by_paper: dict[int, set[str]] = {}
    for paper, code in pairs:
        if code in LANGUAGES:
            by_paper.setdefault(paper, set()).add(code)
    new = 0
    for chunk in _chunks(sorted(by_paper)):
        there = set(Summary.objects.filter(paper__in=chunk).values_list("paper_id", "language"))
        missing = [
            Summary(paper_id=paper, language=code, paper_version=version)
            for paper, version in Paper.objects.filter(pk__in=chunk).values_list("pk", "version")
            for code in sorted(by_paper[paper])
            if (paper, code) not in there
        ]
        # Another process may have made some of them since.
        Summary.objects.bulk_create(missing, ignore_conflicts=True)
        new += len(missing)
    return new


def papers_of_the_day(paper_ids: Iterable[int]) -> dict[int, set[int]]:
    """For each of these papers those of the others that were announced on one of its days."""
    days: dict[date, set[int]] = {}
    mine: dict[int, set[date]] = {}
    for chunk in _chunks(sorted(set(paper_ids))):
        for paper, day in Announcement.objects.filter(paper__in=chunk).values_list("paper_id", "day"):
            mine.setdefault(paper, set()).add(day)
            days.setdefault(day, set()).add(paper)
    return {paper: set().union(*(days[day] for day in on)) - {paper} for paper, on in mine.items()}


def _chunks(items: Sequence[int]) -> Iterable[Sequence[int]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
