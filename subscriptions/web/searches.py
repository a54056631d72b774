"""Live feedback on a search: what it would have found in the last days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Max

from newsletter.models import Announcement, Paper
from newsletter.text.readable import readable
from newsletter.topics.matching import PaperText, matches, parse_query

DAYS = 5
MOST_PAPERS = 6000


@dataclass(frozen=True, slots=True)
class Finding:
    """``count`` papers of the last ``days`` days with announcements answer; ``titles`` are the newest."""

    count: int
    titles: tuple[str, ...]
    days: int


def try_query(query: str, *, shown: int = 3) -> Finding:
    """What ``query`` finds among the latest papers. Raises :class:`~newsletter.errors.QueryError`."""
    parsed = parse_query(query)
    papers = _latest_papers(*_fingerprint())
    titles = [text.title for text in papers if matches(parsed, text)]
    return Finding(len(titles), tuple(readable(title) for title in titles[:shown]), DAYS)


def count_phrases(phrases: Sequence[str]) -> tuple[dict[str, int], int]:
    """How many of the latest papers have each of ``phrases`` (words of Latin letters, side by side), and how
    many papers those are.

    Papers without the beginnings of a phrase's words are not taken apart, so that the first visitor after
    news does not wait for all of them.
    """
    wanted = [(phrase, parse_query(f'"{phrase}"'), list(_beginnings(phrase))) for phrase in phrases]
    counts = dict.fromkeys(phrases, 0)
    papers = _latest_papers(*_fingerprint())
    for text in papers if phrases else ():
        plain = f"{text.title} {text.abstract}".lower()
        for phrase, query, beginnings in wanted:
            if all(beginning in plain for beginning in beginnings) and matches(query, text):
                counts[phrase] += 1
    return counts, len(papers)


def _beginnings(phrase: str) -> Iterator[str]:
    """What a word shares with its plural and with the same word with a hyphen in it."""
    for word in phrase.lower().split():
        yield word.partition("-")[0][: max(3, min(6, len(word) - 2))]


def _fingerprint() -> tuple[int, int]:
    """Changes when papers were announced; two numbers that indexes answer."""
    latest = Announcement.objects.aggregate(last=Max("pk"), many=Count("pk"))
    return latest["last"] or 0, latest["many"]


@lru_cache(maxsize=1)
def _latest_papers(_last: int, _many: int) -> tuple[PaperText, ...]:
    """The papers of the last days, taken apart once for all that is asked until more are announced."""
    news = Announcement.objects.filter(kind__in=Announcement.Kind.news())
    days = list(news.order_by("-day").values_list("day", flat=True).distinct()[:DAYS])
    papers = Paper.objects.filter(
        pk__in=news.filter(day__in=days).values("paper"), is_withdrawn=False
    ).order_by("-published_at", "-pk")[:MOST_PAPERS]
    return tuple(PaperText.of(paper) for paper in papers.only("title", "abstract", "authors", "categories"))
