"""Whether a number stands by its method and under its metric, in a table or in prose. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from newsletter.readable import sentences

NEAR = 160  # characters between a method's name and its number in prose


def fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("−", "-").replace("–", "-").replace("—", "-").replace("·", "⋅")
    return " ".join(text.split())


def _value_pattern(value: str) -> re.Pattern[str]:
    """The number with nothing of a number beside it: 8.4 is not in 28.4, nor 28 in 28.4."""
    wanted = re.escape(fold(value)).replace(r"\ ", r"\s*")
    return re.compile(rf"(?<![\d.,])(?<!\d[.,]){wanted}(?![\d])(?![.,]\d)")


def occurs(name: str, text: str) -> bool:
    """Whether a name stands in a text: as it is, or all its words."""
    wanted, held = fold(name), fold(text)
    if re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", held):
        return True
    tokens = [each for each in re.findall(r"\w+", wanted) if len(each) > 1 or each.isdigit()]
    known = set(re.findall(r"\w+", held))
    return bool(tokens) and all(each in known for each in tokens)


def line_at(text: str, start: int) -> str:
    """The row or the sentence that holds a position."""
    if "\n" in text:
        begin = text.rfind("\n", 0, start) + 1
        end = text.find("\n", start)
        return text[begin : end if end >= 0 else len(text)]
    at = 0
    for sentence in sentences(text):
        found = text.find(sentence, at)
        if found <= start < found + len(sentence):
            return sentence
        at = max(at, found)
    return text[max(0, start - 150) : start + 150]


def value_near_method(text: str, *, method: str, metric: str, value: str) -> int | None:
    """Where ``value`` stands by ``method`` and under ``metric`` in a passage; None if it does nowhere."""
    if not occurs(metric, text) or not occurs(method, text):
        return None
    if " | " in text:
        return _in_table(text, method=method, metric=metric, value=value)
    return _in_prose(text, method=method, metric=metric, value=value)


def _in_table(text: str, *, method: str, metric: str, value: str) -> int | None:
    lines = text.split("\n")
    rows = [[cell.strip() for cell in line.split(" | ")] if " | " in line else None for line in lines]
    body = [row for row in rows if row is not None]
    pattern = _value_pattern(value)
    at = 0
    for line, row in zip(lines, rows, strict=True):
        if row is not None:
            for column, cell in enumerate(row):
                if pattern.search(fold(cell)) and _belongs(
                    row, column, body=body, method=method, metric=metric, text=text
                ):
                    return at + _offset(line, row, column)
        at += len(line) + 1
    return None


def _offset(line: str, row: Sequence[str], column: int) -> int:
    return min(sum(len(cell) + 3 for cell in row[:column]), len(line))


def _belongs(
    row: Sequence[str], column: int, *, body: Sequence[Sequence[str]], method: str, metric: str, text: str
) -> bool:
    """Method in the row and metric over the column, or the other way round; a caption may name the metric."""
    beside = " ".join(cell for at, cell in enumerate(row) if at != column)
    over = " ".join(other[column] for other in body if column < len(other) and not _is_number(other[column]))
    heads = " ".join(cell for other in body for cell in other if not _is_number(cell))
    caption = text.split("\n", 1)[0]
    for one, other in ((method, metric), (metric, method)):
        if occurs(one, beside) and (
            occurs(other, over) or (not occurs(other, heads) and occurs(other, caption))
        ):
            return True
    # "WMT 2014 EN-DE BLEU": one part heads the column, another stands in the caption.
    return (
        occurs(method, beside)
        and bool(over)
        and occurs(metric, f"{over} {caption}")
        and _shares(metric, over)
    )


def _shares(metric: str, over: str) -> bool:
    """Whether at least one telling word of a metric heads the column."""
    known = set(re.findall(r"\w+", fold(over)))
    return any(each in known for each in re.findall(r"\w{2,}", fold(metric)))


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[\s\d.,%±×x⋅·^()+−-]*\d[\s\d.,%±×x⋅·^()+−-]*", cell))


def _in_prose(text: str, *, method: str, metric: str, value: str) -> int | None:
    folded = fold(text)
    name = re.compile(rf"(?<!\w){re.escape(fold(method))}(?!\w)")
    places = [found.start() for found in name.finditer(folded)]
    metrics = [found.start() for found in re.finditer(re.escape(fold(metric)), folded)]
    for found in _value_pattern(value).finditer(folded):
        at = found.start()
        near_method = _is_nearest(at, places, folded)
        near_metric = not metrics or any(abs(at - place) < 2 * NEAR for place in metrics)
        if near_method and near_metric:
            return min(at, max(len(text) - 1, 0))
    return None


def _is_nearest(at: int, places: Sequence[int], text: str) -> bool:
    """Whether a name stands within reach of a number, with at most one sentence's end between."""
    for place in places:
        low, high = min(at, place), max(at, place)
        if high - low <= 2 * NEAR and len(re.findall(r"[.!?]\s", text[low:high])) <= 1:
            return True
    return False
