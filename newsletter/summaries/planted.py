"""A false statement made from a true one, to find out whether a judge compares at all. Pure, not random.

The same statements always give the same one, so that a question that was paid for is known again.
"""

import re
from collections.abc import Iterable

from newsletter.text.readable import sentences

_NUMBER = re.compile(r"(?<![A-Za-z0-9.,_-])[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_]|[.,][0-9])")
_TURNED = (
    *(("outperforms", "underperforms"), ("outperform", "underperform"), ("improves", "worsens")),
    *(("improve", "worsen"), ("improved", "worsened"), ("improving", "worsening"), ("better", "worse")),
    *(("higher", "lower"), ("highest", "lowest"), ("more", "less"), ("most", "least"), ("faster", "slower")),
    *(("increases", "decreases"), ("increase", "decrease"), ("increased", "decreased")),
    *(("increasing", "decreasing"), ("reduces", "raises"), ("reduce", "raise"), ("reduced", "raised")),
    *(("reducing", "raising"), ("larger", "smaller"), ("stronger", "weaker"), ("superior", "inferior")),
    *(("enables", "prevents"), ("enabling", "preventing"), ("with", "without"), ("can", "cannot")),
    *(("best", "worst"), ("effective", "ineffective"), ("strong", "weak"), ("often", "rarely")),
)
_OPPOSITES = dict(_TURNED) | {there: here for here, there in _TURNED}
_TURNABLE = re.compile(rf"\b(?:{'|'.join(sorted(_OPPOSITES, key=len, reverse=True))})\b", re.IGNORECASE)


def plant(statements: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """A statement that its passage contradicts, and that passage, from (statement, passage) pairs.

    1. A statement with a number of its passage, that number changed: false in every language.
    2. A sentence of a passage with a comparison turned round, or with its first number changed.
    3. A sentence of a passage, denied.
    """
    pairs = [pair for pair in statements if pair[1]]
    for text, passage in pairs:
        changed = _with_another_number(text, passage)
        if changed:
            return changed, passage
    quotations = [(sentence, passage) for _, passage in pairs for sentence in sentences(passage)]
    for sentence, passage in quotations:
        turned = _turned_round(sentence) or _with_another_number(sentence, passage)
        if turned:
            return turned, passage
    sentence, passage = quotations[0] if quotations else ("The paper says this.", "The paper says nothing.")
    return f"It is not true that the following holds: {sentence}", passage


def _with_another_number(text: str, passage: str) -> str:
    known = set(_NUMBER.findall(passage))
    for match in _NUMBER.finditer(text):
        if match.group() in known:
            return text[: match.start()] + _another(match.group(), known) + text[match.end() :]
    return ""


def _another(number: str, known: set[str]) -> str:
    """A number of the same form, far from ``number`` and none of the passage's."""
    for step in (4, 5, 3, 6, 2, 7, 1, 8):
        first = str((int(number[0]) - 1 + step) % 9 + 1)
        if first + number[1:] not in known:
            return first + number[1:]
    return number + "00"


def _turned_round(sentence: str) -> str:
    match = _TURNABLE.search(sentence)
    if not match:
        return ""
    word = _OPPOSITES[match.group().casefold()]
    word = word.capitalize() if match.group()[0].isupper() else word
    return sentence[: match.start()] + word + sentence[match.end() :]
