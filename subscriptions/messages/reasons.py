"""Why a reader gets a paper, in the reader's language: the same in the mail and wherever it is previewed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.rendering.papers import LONGEST_NAME
from newsletter.rendering.phrases import phrases
from newsletter.rendering.reasons import Chip, Sentence, ShownReason
from newsletter.rendering.shortening import shorten
from newsletter.rendering.texts import clean
from subscriptions.picks import TASTE, Pick, Reason, ReasonKind, check_of

LONGEST_TERM = 60  # characters
LONGEST_TITLE = 80


_SIGN_WORDS: Mapping[str, str] = {
    ReasonKind.QUERY: "digest.glance_search",
    ReasonKind.PINNED: "digest.glance_pinned",
    ReasonKind.UPDATE: "digest.glance_update",
    ReasonKind.FOLLOWED: "digest.glance_update",
    ReasonKind.AUTHOR: "digest.glance_author",
    ReasonKind.COAUTHOR: "digest.glance_author",
    ReasonKind.WORDS: "digest.glance_similar",
    ReasonKind.NEW: "digest.glance_new",
}


class LikedPaper(NamedTuple):
    """A paper that a reader liked, as the source has it. ``authors`` are read only where one is named."""

    title: str
    authors: Sequence[str] = ()


def shown_reason(
    reason: Reason, *, chip: Chip | None, words: Sequence[str] = (), language: str
) -> ShownReason | None:
    """A reason of a pick as it is shown; None for a topic that is gone, and for what the reader's own taste
    says, which :func:`taste_sentence` tells.

    ``chip`` is the topic's sign, ``words`` are those of the paper by which its edition found it.
    """
    if reason.kind == ReasonKind.TOPIC:
        return None if chip is None else ShownReason(chip=chip, words=tuple(words), language=language)
    if reason.kind in TASTE:
        return None
    return _in_words(reason, language=language)


@lru_cache(maxsize=8192)
def _in_words(reason: Reason, *, language: str) -> ShownReason:
    words = phrases(language)
    if reason.kind == ReasonKind.PINNED:
        return ShownReason(text=words.say("digest.reason_pinned"))
    if reason.kind == ReasonKind.UPDATE:
        return ShownReason(text=words.say("digest.reason_update", version=reason.version))
    if reason.kind == ReasonKind.FOLLOWED:
        return ShownReason(text=words.say("digest.reason_followed", version=reason.version))
    if reason.kind == ReasonKind.NEW:
        return ShownReason(text=words.say("digest.reason_new"))
    if reason.authors and not reason.words:
        return Sentence("digest.reason_author", {"name": clean(reason.authors[0])}).shown(language)
    if reason.categories and not reason.words:
        return Sentence("digest.reason_category", {"category": clean(reason.categories[0])}).shown(language)
    return ShownReason(
        text=words.say("digest.reason_query", query=clean(reason.query)),
        words=tuple(map(clean, reason.words)),
        language=language,
    )


def sign_kind(pick: Pick) -> str:
    """The kind of reason that the glance names: a topic if one brought the paper, else the first."""
    kinds = [reason.kind for reason in pick.reasons]
    return ReasonKind.TOPIC if ReasonKind.TOPIC in kinds else kinds[0] if kinds else ""


def sign_word(kind: str, *, language: str) -> str:
    """The word for a kind of reason that has no dot of a topic; nothing for the others."""
    phrase = _SIGN_WORDS.get(kind)
    return phrases(language).say(phrase) if phrase else ""


def taste_sentence(reason: Reason, *, authors: Sequence[str], liked: LikedPaper) -> Sentence | None:
    """What a paper shares with one that the reader liked; ``authors`` are the paper's, as they are now.

    None where it cannot be said any more: others stand in the lists of authors where those stood for whom the
    reason was made.
    """
    if reason.kind == ReasonKind.WORDS:
        term = _shown(reason.words[0], LONGEST_TERM) if reason.words else ""
        title = _shown(liked.title, LONGEST_TITLE)
        return (
            Sentence("digest.reason_shared_words", {"term": term, "title": title}) if term and title else None
        )
    names = [_at(authors, reason.position)]
    if reason.kind == ReasonKind.COAUTHOR:
        names.append(_at(liked.authors, reason.liked_position))
    if reason.check != check_of(*names):
        return None
    name, *others = [_shown(author, LONGEST_NAME) for author in names]
    if not all([name, *others]):
        return None
    if others:
        return Sentence("digest.reason_coauthor", {"name": name, "other": others[0]})
    return Sentence("digest.reason_liked_author", {"name": name})


def _at(authors: Sequence[str], position: int) -> str:
    return authors[position] if 0 <= position < len(authors) else ""


@lru_cache(maxsize=16_384)
def _shown(text: str, longest: int) -> str:
    return shorten(clean(text), longest)
