"""What the front page shows of the papers: the latest headlines, and the first of them as a mail has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from newsletter.models import Edition, Entry, Summary
from newsletter.records import Takeaway
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.papers import PaperView
from newsletter.rendering.reasons import ShownReason
from newsletter.web.caching import KEPT_HERE
from newsletter.web.pages import page_language

HEADLINES = 3
_DAYS = 3  # the latest with an edition that is ready; one of them may have a single paper
_LOOKED_AT = 60  # entries: some papers stand in several editions


@dataclass(frozen=True, slots=True)
class FrontPage:
    """``papers`` are at most :data:`HEADLINES`; ``day`` is that of their editions, None where they differ.

    ``sample`` is shown whole, under ``topic``: the first of the papers, or an example while there is none.
    """

    day: date | None
    papers: tuple[PaperView, ...]
    sample: PaperView
    topic: str

    @property
    def is_example(self) -> bool:
        """Whether there is nothing real to show yet."""
        return not self.papers


def front_page(language: str) -> FrontPage:
    """The most voted papers of the latest ready day, those with a summary in ``language`` first.

    Kept no longer than other public pages: what an editor hides goes within a minute.
    """
    key = f"front-page-{language}"
    page: FrontPage | None = cache.get(key)
    if page is None:
        page = _from_editions(language) or _example()
        cache.set(key, page, KEPT_HERE)
    return page


def _from_editions(language: str) -> FrontPage | None:
    days = list(Edition.objects.ready().order_by("-day").values_list("day", flat=True).distinct()[:_DAYS])
    summaries = Summary.objects.shown().filter(language=language, paper=OuterRef("paper"))
    entries = _entries(days).filter(Exists(summaries.exclude(author=Summary.Author.EXTRACT)))
    chosen = _first_of_each_paper(entries[:_LOOKED_AT])
    if len(chosen) < HEADLINES:
        chosen = _first_of_each_paper([*chosen.values(), *_entries(days)[:_LOOKED_AT]])
    topics = {paper: entry.edition.topic.name_in(language) for paper, entry in chosen.items()}
    reasons = {paper: (ShownReason(text=name),) for paper, name in topics.items()}
    views = load_views(chosen, language, reasons=reasons)
    shown = [paper for paper in chosen if paper in views]
    if not shown:
        return None
    their_days = {chosen[paper].edition.day for paper in shown}
    return FrontPage(
        day=their_days.pop() if len(their_days) == 1 else None,
        papers=tuple([views[paper] for paper in shown]),
        sample=views[shown[0]],
        topic=topics[shown[0]],
    )


def _entries(days: list[date]) -> QuerySet[Entry]:
    """What these days' ready editions show, the latest day first and its most voted before the others."""
    editions = Edition.objects.ready().filter(day__in=days).values_list("pk", flat=True)
    # Their keys, not a subquery: else SQLite starts with all papers and looks up the entries of each.
    entries = Entry.objects.filter(edition__in=list(editions), is_hidden=False, paper__is_withdrawn=False)
    ordered = entries.order_by("-edition__day", "-is_pinned", "-paper__votes", "position", "pk")
    return ordered.select_related("edition__topic")


def _first_of_each_paper(entries: Iterable[Entry]) -> dict[int, Entry]:
    """Paper id → its first entry, for the first :data:`HEADLINES` papers."""
    first: dict[int, Entry] = {}
    for entry in entries:
        if len(first) < HEADLINES:
            first.setdefault(entry.paper_id, entry)
    return first


def _example() -> FrontPage:
    """A well-known paper, retold by an editor, in the language of the page."""
    topic = _("Large language models")
    sentence = _(
        "A translation model built on attention alone beats recurrent ones "
        "and trains in a fraction of the time."
    )
    takeaways = (
        _(
            "The Transformer reads a whole sentence at once: every word looks at every other, "
            "without recurrence or convolution."
        ),
        _(
            "It reaches 28.4 BLEU from English to German, more than 2 BLEU above the best "
            "earlier systems, ensembles included."
        ),
        _("From English to French, 3.5 days on eight GPUs gave the best single model of its time."),
    )
    paper = PaperView(
        language=page_language(),
        arxiv_id="1706.03762",
        abstract_url="https://arxiv.org/abs/1706.03762",
        title="Attention Is All You Need",
        author_line="Ashish Vaswani, Noam Shazeer, Niki Parmar … Illia Polosukhin",
        more_authors=4,
        sentence=sentence,
        points=tuple([Takeaway(text, "") for text in takeaways]),
        reasons=(ShownReason(text=topic),),
    )
    return FrontPage(None, (), paper, topic)
