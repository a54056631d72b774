"""What a digest's subject says, and the preview text beside it: findings, in the reader's language. Pure."""

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from newsletter.rendering.shortening import as_headline, columns

SUBJECT = 70  # columns: what mail programs show on a wide screen; wide characters take two
PREHEADER = 160  # columns
_PADDED_TO = 140  # columns: the widest preview
_GAP = " · "
_PADDING = "\u034f\u00a0"  # an unseen sign and a space that is not collapsed with its neighbours


class Speech(IntEnum):
    """How a paper can be told of in the reader's language, the best first."""

    SENTENCE = 0
    TITLE = 1
    FOREIGN = 2
    """In the source's English alone."""


class News(NamedTuple):
    """One paper in a subject's room."""

    speech: Speech
    text: str


_SPEECH = attrgetter("speech")


def news_of(sentence: str, *, translated_title: str, title: str, is_foreign: bool) -> News:
    """A paper's ``sentence``; where that is not in the reader's language, the best of its titles."""
    if not is_foreign:
        return News(Speech.SENTENCE, as_headline(sentence, SUBJECT))
    speech = Speech.TITLE if translated_title else Speech.FOREIGN
    return News(speech, as_headline(translated_title or title, SUBJECT))


def subject(news: Sequence[News]) -> str:
    """The finding of the first paper that can be told in the reader's language; else the first title."""
    return min(news, key=_SPEECH).text


def preheader(news: Sequence[News], *, otherwise: Sequence[str]) -> str:
    """The preview text that mail programs show beside the subject: as many of the next findings as fit.

    Those in the reader's language stand first. Where there are none, the first of ``otherwise`` that the
    subject does not say. Padded, because programs fill the room with what stands first in the body.
    """
    lead, *following = sorted(news, key=_SPEECH)
    texts = [one.text for one in following if one.text != lead.text]
    if not texts:
        texts = [text for text in otherwise if as_headline(text, SUBJECT) != lead.text][:1]
    return _joined(tuple(texts[:3]))


@lru_cache(maxsize=16_384)
def _joined(texts: tuple[str, ...]) -> str:
    line, taken = "", 0
    for text in texts:
        wide = columns(text) + (len(_GAP) if line else 0)
        if line and taken + wide > PREHEADER:
            break
        line, taken = f"{line}{_GAP}{text}" if line else as_headline(text, PREHEADER), taken + wide
    return line + _PADDING * max(_PADDED_TO - taken, 0)
