"""One paper as a digest shows it, for the front page: from the latest edition, else an example of our own."""

from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from newsletter.models import Edition, Entry, Summary
from newsletter.records import Takeaway
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.papers import PaperView
from newsletter.rendering.reasons import ShownReason
from newsletter.web.pages import page_language

_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Sample:
    """The paper on the front page, and under which topic. ``is_example`` while no edition is ready."""

    topic: str
    paper: PaperView
    is_example: bool = False


def latest_sample(language: str) -> Sample:
    """The most voted summarised paper of the latest ready day in ``language``; kept for five minutes."""
    key = f"sample-{language}"
    sample: Sample | None = cache.get(key)
    if sample is None:
        sample = _from_editions(language) or example()
        cache.set(key, sample, _SECONDS)
    return sample


def _from_editions(language: str) -> Sample | None:
    latest = Edition.objects.ready().order_by("-day").values_list("day", flat=True).first()
    if latest is None:
        return None
    summaries = Summary.objects.shown().filter(language=language).exclude(author=Summary.Author.EXTRACT)
    entry = (
        Entry.objects.filter(
            edition__in=Edition.objects.ready().filter(day=latest),
            is_hidden=False,
            paper__is_withdrawn=False,
            paper__in=summaries.values("paper"),
        )
        .select_related("paper", "edition__topic")
        .order_by("-is_pinned", "-paper__votes", "position")
        .first()
    )
    if entry is None:
        return None
    topic = entry.edition.topic.name_in(language)
    why = {entry.paper_id: (ShownReason(text=topic),)}
    return Sample(topic, load_views({entry.paper_id}, language, reasons=why)[entry.paper_id])


def example() -> Sample:
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
    return Sample(topic, paper, is_example=True)
