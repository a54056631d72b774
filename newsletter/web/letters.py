"""One paper as a web page shows it: the same facts and words that a mail has."""

from dataclasses import dataclass

from newsletter.models import Paper, Summary
from newsletter.readable import readable
from newsletter.rendering.phrases import phrases
from newsletter.summaries.extracts import extract
from newsletter.summaries.prompts import FEWEST_TAKEAWAYS

AUTHORS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Letter:
    """``label`` says whose words these are, empty for a checked summary; ``language`` is that of the words,
    empty for the page's own. ``authors`` are one text, the first :data:`AUTHORS_SHOWN` in their order.
    """

    title: str
    url: str
    authors: str
    sentence: str
    takeaways: tuple[str, ...]
    why: str = ""
    translated_title: str = ""
    label: str = ""
    language: str = "en"


def letter_of(paper: Paper, summary: Summary | None, *, language: str, why: str = "") -> Letter:
    """One paper with its summary in ``language``, or with an extract of its abstract, labelled."""
    names = [readable(name) for name in paper.authors[:AUTHORS_SHOWN]]
    more = len(paper.authors) - len(names)
    words = phrases(language)
    if summary is None or summary.author == Summary.Author.EXTRACT:
        draft = extract(paper.title, paper.abstract)
        told, points = draft.sentence, [each.text for each in draft.takeaways]
        label, spoken = words.say("digest.extract"), "en"
    else:
        told, spoken = summary.sentence, language
        points = [str(point["text"]) for point in summary.takeaways]
        is_partial = summary.author == Summary.Author.MODEL and len(points) < FEWEST_TAKEAWAYS
        label = words.say("digest.in_part") if is_partial else ""
    return Letter(
        title=readable(paper.title),
        url=paper.abstract_url,
        authors=words.listing(names) + (f" {words.count('digest.authors_more', more)}" if more > 0 else ""),
        sentence=readable(told),
        takeaways=tuple(map(readable, points)),
        why=why,
        translated_title=summary.title if summary and spoken == language else "",
        label=label,
        language=spoken,
    )
