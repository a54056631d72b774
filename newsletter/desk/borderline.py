"""The papers of a day just above and just below a topic's threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from newsletter.models import Announcement, Entry, Paper, Topic
from newsletter.topics.assignment import TopicMatch, weigh_topics

SHOWN = 10  # on each side of the threshold
READ = 1200  # papers of the day, the newest: the page should answer at once


@dataclass(frozen=True, slots=True)
class BorderlinePaper:
    """A paper that matches the topic's query. ``is_listed``: the day's edition has it."""

    paper: Paper
    match: TopicMatch
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Borderline:
    """The weakest papers that belong, and the strongest that do not; both sides strongest first.

    ``belonging`` and ``left_out`` count all of them. ``problem`` is why the query could not be read.
    """

    day: date
    papers_count: int
    inside: Sequence[BorderlinePaper]
    outside: Sequence[BorderlinePaper]
    belonging: int
    left_out: int
    problem: str = ""


def borderline_of(topic: Topic, day: date | None = None) -> Borderline | None:
    """The borderline papers of ``day``, else of the newest announced day; None where there is none.

    Three queries, however many papers there are. The rarity of words is that of this one day.
    """
    day = day or Announcement.objects.aggregate(newest=Max("day"))["newest"]
    if day is None:
        return None
    papers = {
        paper.pk: paper
        for paper in Paper.objects.announced_on(day).filter(is_withdrawn=False).order_by("-pk")[:READ]
    }
    listed = set(
        Entry.objects.filter(edition__topic=topic, edition__day=day).values_list("paper_id", flat=True)
    )
    weighed, problems = weigh_topics([topic], list(papers.values()))
    candidates = [BorderlinePaper(papers[pk], match, pk in listed) for pk, match in weighed[topic.pk].items()]
    candidates.sort(key=lambda candidate: (-candidate.match.strength, candidate.paper.arxiv_id))
    inside = [candidate for candidate in candidates if candidate.match.strength >= topic.threshold]
    outside = candidates[len(inside) :]
    return Borderline(
        day=day,
        papers_count=len(papers),
        inside=inside[-SHOWN:],
        outside=outside[:SHOWN],
        belonging=len(inside),
        left_out=len(outside),
        problem="; ".join(problems),
    )
