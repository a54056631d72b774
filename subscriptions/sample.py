"""One paper as a digest shows it, for the front page: from the latest edition, else an example of our own."""

from dataclasses import dataclass
from typing import ClassVar

from django.core.cache import cache
from django.utils.translation import gettext as _

from newsletter.models import Edition, Entry, Summary


@dataclass(frozen=True, slots=True)
class Sample:
    """What the front page's letter says. ``is_example`` when no edition is ready yet."""

    topic: str
    title: str
    url: str
    authors: str
    sentence: str
    takeaways: tuple[str, ...]
    why: str
    translated_title: str = ""
    is_example: bool = False
    authors_shown: ClassVar[int] = 4


def latest_sample(language: str) -> Sample:
    """The first summarised paper of the latest ready edition in ``language``; remembered for five minutes."""
    key = f"sample-{language}"
    found = cache.get(key)
    if found is None:
        found = _from_editions(language) or example()
        cache.set(key, found, 300)
    return found  # type: ignore[no-any-return]


def _from_editions(language: str) -> Sample | None:
    latest = Edition.objects.ready().order_by("-day").values_list("day", flat=True).first()
    if latest is None:
        return None
    entry = (
        Entry.objects.filter(
            edition__in=Edition.objects.ready().filter(day=latest),
            is_hidden=False,
            paper__is_withdrawn=False,
            paper__summaries__language=language,
            paper__summaries__state=Summary.State.READY,
        )
        .exclude(paper__summaries__language=language, paper__summaries__author=Summary.Author.EXTRACT)
        .select_related("paper", "edition__topic")
        .order_by("-paper__votes", "-is_pinned", "position")
        .first()
    )
    if entry is None:
        return None
    summary = Summary.objects.shown().get(paper=entry.paper, language=language)
    names = entry.paper.authors
    more = len(names) - Sample.authors_shown
    topic = entry.edition.topic.name_in(language)
    return Sample(
        topic=topic,
        title=entry.paper.title,
        url=entry.paper.abstract_url,
        authors=", ".join(names[: Sample.authors_shown]) + (f" +{more}" if more > 0 else ""),
        sentence=summary.sentence,
        takeaways=tuple(point.text for point in summary.draft.takeaways[:3]),
        why=_("You follow %(topic)s.") % {"topic": topic},
        translated_title=summary.title,
    )


def example() -> Sample:
    """A well-known paper, retold by an editor, in the language of the page."""
    topic = _("Large language models")
    return Sample(
        topic=topic,
        title="Attention Is All You Need",
        url="https://arxiv.org/abs/1706.03762",
        authors="Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit +4",
        sentence=_(
            "A translation model built on attention alone beats recurrent ones "
            "and trains in a fraction of the time."
        ),
        takeaways=(
            _(
                "The Transformer reads a whole sentence at once: every word looks at every other, "
                "without recurrence or convolution."
            ),
            _(
                "It reaches 28.4 BLEU from English to German, more than 2 BLEU above the best "
                "earlier systems, ensembles included."
            ),
            _(
                "From English to French, 3.5 days on eight GPUs were enough "
                "for the best single model of its time."
            ),
        ),
        why=_("You follow %(topic)s.") % {"topic": topic},
        is_example=True,
    )
