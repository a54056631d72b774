"""A day of the archive as plain records, for copies of it as files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.archive.days import day_sections
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
    """What the day lists of a topic and of no topic before it."""

    id: int
    slug: str
    name: str
    papers: tuple[CopiedPaper, ...]


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
    """What ``day`` lists in ``language``, at most ``most`` papers of each topic; None if it lists nothing.

    Eight queries for each thousand papers.
    """
    sections = day_sections(day, each=most or MOST_OF_A_TOPIC)
    papers = _read_papers({paper for section in sections for paper in section.papers}, language)
    topics = []
    for section in sections:
        fresh = [papers.pop(paper) for paper in section.papers if paper in papers]
        if fresh:
            topic = section.topic
            topics.append(CopiedTopic(topic.pk, topic.slug, plain(topic.name_in(language)), tuple(fresh)))
    return CopiedDay(day, language, tuple(topics)) if topics else None


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
