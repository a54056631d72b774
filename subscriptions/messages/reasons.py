"""Why a reader gets a paper, in the reader's language: the same in the mail and wherever it is previewed."""

from collections.abc import Sequence
from functools import lru_cache

from newsletter.rendering.phrases import phrases
from newsletter.rendering.reasons import Chip, ShownReason
from newsletter.rendering.texts import clean
from subscriptions.picks import TASTE, Reason, ReasonKind


def shown_reason(
    reason: Reason, *, chip: Chip | None, words: Sequence[str] = (), language: str
) -> ShownReason | None:
    """A reason of a pick as it is shown; None for a topic that is gone.

    ``chip`` is the topic's sign, ``words`` are those of the paper by which its edition found it.
    """
    if reason.kind == ReasonKind.TOPIC:
        return None if chip is None else ShownReason(chip=chip, words=tuple(words))
    if reason.kind in TASTE or reason.kind == ReasonKind.NEW:
        return None
    return _in_words(reason, language=language)


@lru_cache(maxsize=8192)
def _in_words(reason: Reason, *, language: str) -> ShownReason:
    words = phrases(language)
    if reason.kind == ReasonKind.PINNED:
        return ShownReason(text=words.say("digest.reason_pinned"))
    if reason.kind == ReasonKind.UPDATE:
        return ShownReason(text=words.say("digest.reason_update", version=reason.version))
    if reason.authors and not reason.words:
        return ShownReason(text=words.say("digest.reason_author", name=clean(reason.authors[0])))
    if reason.categories and not reason.words:
        return ShownReason(text=words.say("digest.reason_category", category=clean(reason.categories[0])))
    return ShownReason(
        text=words.say("digest.reason_query", query=clean(reason.query)),
        words=tuple(map(clean, reason.words)),
    )
