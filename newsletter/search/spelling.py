"""The nearest known word for one that finds nothing or hardly anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from rapidfuzz.distance import DamerauLevenshtein

from newsletter.models import SearchTerm

SHORTEST: Final = 4  # letters of a word that is looked at
LONG: Final = 7  # letters from which two slips are forgiven
TIMES: Final = 20  # how much more often the right word stands than one that hardly finds anything
MOST_WORDS: Final = 3  # of one query
MOST_NEIGHBOURS: Final = 3000
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class KnownWord:
    """A word of the index and how many papers have it."""

    word: str
    papers: int


def nearest_words(wrong: Sequence[KnownWord]) -> dict[str, KnownWord]:
    """For each of the first words (with how many papers have it or another form) a nearer one, where there is
    one. At most two queries.

    One slip (a letter more, less, other or changed places) makes any word; two make one that begins or ends
    with the same three letters, of a long word that no paper has. For a word that no paper has any word of
    the index will do, however rare.
    """
    wrong = [each for each in wrong if len(each.word) >= SHORTEST and each.word.isalnum()][:MOST_WORDS]
    if not wrong:
        return {}
    nearest = _nearest_of(
        wrong, Q(word__in=sorted({edit for each in wrong for edit in _one_slip(each.word)}))
    )
    # Apart from those of one slip, which are few: of these only the most common are looked at.
    unknown = [
        each for each in wrong if each.word not in nearest and not each.papers and len(each.word) >= LONG
    ]
    if unknown:
        near = Q()
        for each in unknown:
            lengths = (len(each.word) - 2, len(each.word) + 2)
            near |= Q(head=each.word[:3], length__range=lengths)
            near |= Q(tail=each.word[-3:], length__range=lengths)
        nearest |= _nearest_of(unknown, near)
    return nearest


def _nearest_of(wrong: Sequence[KnownWord], near: Q) -> dict[str, KnownWord]:
    """The nearest of the words ``near`` to each of ``wrong`` that has one. One query."""
    rows = SearchTerm.objects.filter(near, papers__gt=0).exclude(word__startswith="by:")
    known = [
        KnownWord(*row)
        for row in rows.order_by("-papers", "word").values_list("word", "papers")[:MOST_NEIGHBOURS]
    ]
    chosen = ((each.word, _nearest(each, known)) for each in wrong)
    return {word: right for word, right in chosen if right is not None}


def _nearest(wrong: KnownWord, known: Iterable[KnownWord]) -> KnownWord | None:
    most = 2 if len(wrong.word) >= LONG else 1
    best: tuple[tuple[int, bool, int, str], KnownWord] | None = None
    for each in known:
        distance = DamerauLevenshtein.distance(wrong.word, each.word, score_cutoff=most)
        if not 0 < distance <= most or (
            wrong.papers and (distance > 1 or each.papers < TIMES * wrong.papers)
        ):
            continue
        order = (distance, each.word[0] != wrong.word[0], -each.papers, each.word)
        if best is None or order < best[0]:
            best = (order, each)
    return best[1] if best else None


def _one_slip(word: str) -> Iterable[str]:
    """Every word that one slip makes of ``word`` (as P. Norvig counts them)."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in _LETTERS:
            if after:
                yield before + letter + after[1:]
            yield before + letter + after
