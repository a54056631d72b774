"""A day of the archive as plain records, for copies of it as files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.archive.days import DaySection, day_sections
from newsletter.feeds.entries import MOST_AUTHORS, plain
from newsletter.models import Paper
from newsletter.rendering.paper_rows import PaperRows
from newsletter.rendering.papers import PaperView
from newsletter.rendering.texts import web_url

MOST_OF_A_TOPIC = 10_000  # more than a day has


@dataclass(frozen=True, slots=True)
class CopiedPaper:
    """A paper: its view in the language of the copy, and facts that no view has, clean."""

    view: PaperView
    authors: tuple[str, ...]
    abstract: str
    comment: str
    version: int
    votes: int
    video_url: str


@dataclass(frozen=True, slots=True)
class CopiedTopic:
    """What the day lists of a topic and of no topic before it; ``more`` of its papers are left out."""

    id: int
    slug: str
    name: str
    papers: tuple[CopiedPaper, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class CopiedDay:
    """A day in a language."""

    day: date
    language: str
    topics: tuple[CopiedTopic, ...]

    def alone(self, topic: CopiedTopic) -> "CopiedDay":
        """The day as if ``topic`` were all of it."""
        return CopiedDay(self.day, self.language, (topic,))

    @property
    def papers(self) -> Iterator[CopiedPaper]:
        """The papers of all topics, each once."""
        return (paper for topic in self.topics for paper in topic.papers)


def read_day(day: date, language: str, *, most: int | None = None) -> CopiedDay | None:
    """What ``day`` lists in ``language``; None if it lists nothing.

    Of at most ``most`` papers, if given, these are the first of each topic, then the second, and so on. Seven
    queries for each thousand papers.
    """
    sections = day_sections(day, each=most or MOST_OF_A_TOPIC)
    fresh = _each_once(sections)
    chosen = _first_of_each(fresh, most) if most else fresh
    papers = _read_papers({paper for ids in chosen for paper in ids}, language)
    topics = []
    for section, own, ids in zip(sections, fresh, chosen, strict=True):
        copied = tuple([papers[paper] for paper in ids if paper in papers])
        more = len(own) - len(ids) + section.count - len(section.papers)
        if copied or more:
            topic = section.topic
            topics.append(CopiedTopic(topic.pk, topic.slug, plain(topic.name_in(language)), copied, more))
    return CopiedDay(day, language, tuple(topics)) if topics else None


def _each_once(sections: Sequence[DaySection]) -> list[Sequence[int]]:
    """The papers of each section that no section before it has."""
    seen: set[int] = set()
    fresh: list[Sequence[int]] = []
    for section in sections:
        fresh.append([paper for paper in section.papers if paper not in seen])
        seen.update(section.papers)
    return fresh


def _first_of_each(lists: Sequence[Sequence[int]], most: int) -> list[Sequence[int]]:
    """The beginnings of ``lists``, ``most`` items in all: the first of each, then the second, and so on."""
    places = sorted((place, at) for at, own in enumerate(lists) for place in range(len(own)))
    shares = Counter(at for _, at in places[:most])
    return [own[: shares[at]] for at, own in enumerate(lists)]


def _read_papers(papers: set[int], language: str) -> dict[int, CopiedPaper]:
    rows = PaperRows()
    rows.read_papers(papers, {language})
    copied = {}
    for ids in chunked(sorted(papers), IDS_A_QUERY):
        facts = Paper.objects.filter(pk__in=ids)
        for paper, abstract, comment, version, votes, video_url in facts.values_list(
            "pk", "abstract", "comment", "version", "votes", "video_url"
        ):
            view = rows.view(paper, language, site_url=settings.SITE_URL)
            if view is not None:
                authors = [plain(str(name)) for name in rows.authors(paper)[:MOST_AUTHORS]]
                copied[paper] = CopiedPaper(
                    view=view,
                    authors=tuple(filter(None, authors)),
                    abstract=plain(abstract),
                    comment=plain(comment),
                    version=version,
                    votes=votes,
                    video_url=web_url(video_url),
                )
    return copied
