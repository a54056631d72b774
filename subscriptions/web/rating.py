"""Ten papers to say something of: after sign-up, and whenever a reader wants the digest to know more."""

from datetime import timedelta

from django.http import HttpResponse

from newsletter.models import Edition, Entry, Paper
from newsletter.references.titles import fold_title
from subscriptions.models import Subscriber
from subscriptions.readers import votes
from subscriptions.taste.spread import Candidate, spread_out
from subscriptions.web.pages import Visit, linked

ASKED = 10
RECENT = timedelta(days=10)
CANDIDATES = 400  # the most voted of those days
_VALUES = {"1": 1, "-1": -1}


def telling_papers(reader: Subscriber) -> list[Paper]:
    """Ten papers of the latest editions of the reader's topics (of all, without topics) that tell most.

    Those of the ten days before the newest edition count, whether or not the reader voted on them: a
    forwarded digest opens this page, and it must not tell.
    """
    editions = Edition.objects.ready()
    topics = list(reader.topics.values_list("pk", flat=True))
    if topics:
        editions = editions.filter(topic__in=topics)
    newest = editions.order_by("-day").values_list("day", flat=True).first()
    if newest is None:
        return []
    entries = Entry.objects.filter(
        edition__in=editions.filter(day__gt=newest - RECENT), is_hidden=False, paper__is_withdrawn=False
    )
    rows = entries.order_by("-paper__votes", "position", "pk").values_list(
        "paper", "paper__votes", "edition__topic", "paper__primary_category", "paper__title"
    )
    candidates: dict[int, Candidate] = {}
    for paper, count, topic, category, title in rows[:CANDIDATES]:
        words = frozenset(fold_title(title).split())
        candidates.setdefault(paper, Candidate(paper, count, topic, category, words))
    chosen = spread_out(list(candidates.values()), ASKED)
    papers = Paper.objects.only("arxiv_id", "title", "authors").in_bulk(chosen)
    return [papers[paper] for paper in chosen]


@linked("vote")
def rate(visit: Visit) -> HttpResponse:
    """The ten papers, and what was said of them: ``paper-ARXIV_ID`` is 1, -1, or else for neither."""
    if not visit.acts:
        return visit.page("rate", papers=telling_papers(visit.reader))
    values = {
        name.removeprefix("paper-"): _VALUES[value]
        for name, value in visit.request.POST.items()
        if name.startswith("paper-") and value in _VALUES
    }
    names = sorted(values)[:ASKED]
    papers = Paper.objects.filter(arxiv_id__in=[name for name in names if "\0" not in name])
    for paper in papers:
        votes.cast(visit.reader, paper, values[paper.arxiv_id], now=visit.now)
    return visit.page("rated", is_voted=bool(papers))
