"""Finds papers: a constant number of queries and a bounded number of candidates, whatever is asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from django.core.cache import cache
from django.db.models import Q

from newsletter.archive.public import listed_papers
from newsletter.arxiv.identifiers import split_id
from newsletter.models import SearchEntry, SearchTerm
from newsletter.search.expressions import Expression, either, every, of_kind
from newsletter.search.matching import newest_matches
from newsletter.search.narrowing import Narrowing
from newsletter.search.queries import AskedWord, Need, needs_of, read_query
from newsletter.search.ranking import Candidate, Ranked, rank
from newsletter.search.spelling import KnownWord, nearest_words
from newsletter.search.stems import stem_of

MOST_WITH_ALL: Final = 300  # candidates, the newest, that have all words
MOST_IN_TITLES: Final = 150  # in their titles
MOST_WITH_SOME: Final = 150  # that lack a word
ENOUGH: Final = 20  # papers with all words: no others are looked for
HARDLY: Final = 2  # papers: a word that finds no more may be mistyped
MOST_FORMS_READ: Final = 2000
_LEFT_OUT_OF: Final = 6  # of the rarest words each may be missing
_IN_PAIRS: Final = 4  # of the rarest words each two
_ALIKE_WORDS: Final = 16
_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Results:
    """What was found. ``papers`` are in their order; ``count`` of them have all words, and there are more of
    these where ``is_cut``. ``corrected`` are mistyped words, as typed, with what was looked for instead. What
    was asked ``lacks_words`` where it is signs alone: nothing is looked for.
    """

    papers: tuple[Ranked, ...] = ()
    needs: tuple[Need, ...] = ()
    count: int = 0
    is_cut: bool = False
    corrected: dict[str, str] = field(default_factory=dict)
    lacks_words: bool = False


def search(text: str, narrowing: Narrowing, *, is_exact: bool = False) -> Results:
    """The papers that answer ``text``; with ``is_exact`` no word is taken for a mistyped one.

    Without words these are the newest of the papers that ``narrowing`` leaves.
    """
    if split_id(text) and (named := _named(text, narrowing)):
        return Results((named,), count=1)
    words = read_query(text)
    if text.strip() and not words:
        return Results(lacks_words=True)
    needs, corrected = _needs(words, is_exact=is_exact)
    kept = tuple(narrowing.expressions())
    numbers, is_cut = _strict(needs, kept)
    if len(numbers) < ENOUGH and len(needs) > 1:
        numbers = numbers.union(*newest_matches(_loose(needs, kept)))
    found = rank(_candidates(numbers, narrowing), needs)
    if corrected and not found:  # so nobody learns a word of a paper that was hidden just now
        return search(text, narrowing, is_exact=True)
    count = sum(ranked.has_all for ranked in found)
    return Results(tuple(found), needs, count, is_cut, corrected)


def search_alike(arxiv_id: str, narrowing: Narrowing) -> Results:
    """Papers that share the most telling words of a paper; none if it is not public."""
    entry = (
        listed_papers()
        .filter(arxiv_id=arxiv_id)
        .values_list("search_entry__number", "search_entry__tokens", "search_entry__weights")
        .first()
    )
    if entry is None or entry[0] is None:
        return Results()
    number, tokens, weights = entry[0], entry[1].split(" "), bytes(entry[2])
    strong = sorted(zip(tokens, weights, strict=True), key=lambda pair: (-pair[1], pair[0]))
    words = [AskedWord(token, (token,)) for token, _weight in strong[: 3 * _ALIKE_WORDS]]
    needs = needs_of(words, *_known(words), _papers())
    needs = tuple(need for need in needs if need.papers > 1)
    worth = dict(strong)
    needs = tuple(sorted(needs, key=lambda need: -need.rarity * worth[need.word.tokens[0]])[:_ALIKE_WORDS])
    if not needs:
        return Results()
    kept = tuple(narrowing.expressions())
    in_titles = either(of_kind(need.expression, "title") for need in needs[:_LEFT_OUT_OF])
    pairs = either(every([a.expression, b.expression]) for a, b in combinations(needs[:_LEFT_OUT_OF], 2))
    asked = [
        (every([each, *kept]), MOST_WITH_ALL) for each in ((in_titles, pairs) if needs[1:] else (in_titles,))
    ]
    numbers = set().union(*newest_matches(asked)) - {number}
    return Results(tuple(rank(_candidates(numbers, narrowing), needs)), needs)


# -- what is asked -----------------------------------------------------------------------------------------


def _needs(words: Sequence[AskedWord], *, is_exact: bool) -> tuple[tuple[Need, ...], dict[str, str]]:
    """The words with all their forms, the mistyped ones in the right spelling, and which those are."""
    counts, forms = _known(words)
    corrected: dict[str, str] = {}
    if not is_exact:
        suspects = {
            word.tokens[0]: (word, papers)
            for word in words
            if len(word.tokens) == 1
            and not word.is_signs
            and (papers := _having(word, counts, forms)) <= HARDLY
        }
        nearest = nearest_words([KnownWord(token, papers) for token, (_, papers) in suspects.items()])
        for token, right in nearest.items():
            corrected[suspects[token][0].shown] = right.word
            counts[right.word] = right.papers
            forms.setdefault(stem_of(right.word), set()).add(right.word)
        words = [_respelled(word, nearest) for word in words]
    return needs_of(words, counts, forms, _papers()), corrected


def _respelled(word: AskedWord, nearest: Mapping[str, KnownWord]) -> AskedWord:
    right = nearest.get(word.tokens[0]) if len(word.tokens) == 1 else None
    return word if right is None else replace(word, shown=right.word, tokens=(right.word,))


def _known(words: Sequence[AskedWord]) -> tuple[dict[str, int], dict[str, set[str]]]:
    """How many papers have each token and each of its other forms, and the forms by stem. One query."""
    tokens = {token for word in words for token in word.all_tokens}
    stems = {
        stem for word in words if not word.is_signs for token in word.all_tokens if (stem := stem_of(token))
    }
    if not tokens:
        return {}, {}
    rows = SearchTerm.objects.filter(Q(word__in=tokens) | Q(stem__in=stems), papers__gt=0).order_by("-papers")
    counts: dict[str, int] = {}
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for word, papers, stem in rows.values_list("word", "papers", "stem")[:MOST_FORMS_READ]:
        counts[word] = papers
        forms[stem].add(word)
    return counts, dict(forms)


def _having(word: AskedWord, counts: dict[str, int], forms: dict[str, set[str]]) -> int:
    token = word.tokens[0]
    return sum(counts.get(form, 0) for form in {token, *forms.get(stem_of(token), ())})


def _papers() -> int:
    """How many papers the index holds, counted every ten minutes."""
    return int(cache.get_or_set("search-papers", SearchEntry.objects.count, _SECONDS) or 0)


# -- candidates --------------------------------------------------------------------------------------------


def _strict(needs: Sequence[Need], kept: Sequence[Expression]) -> tuple[set[int], bool]:
    """The numbers of entries that have all words, and whether there are more of them."""
    if not needs and not kept:
        newest = SearchEntry.objects.order_by("-number").values_list("number", flat=True)
        return set(newest[:MOST_WITH_ALL]), True
    expressions = [need.expression for need in needs]
    asked = [(every([*expressions, *kept]), MOST_WITH_ALL)]
    if needs:
        titles = [of_kind(expression, "title") for expression in expressions]
        asked.append((every([*titles, *kept]), MOST_IN_TITLES))
    with_all, *in_titles = newest_matches(asked)
    return with_all.union(*in_titles), len(with_all) >= MOST_WITH_ALL


def _loose(needs: Sequence[Need], kept: Sequence[Expression]) -> list[tuple[Expression, int]]:
    """Papers that lack one of the rarest words, and those with two of the rarest in their titles."""
    rarest = sorted(needs, key=lambda need: -need.rarity)[:_LEFT_OUT_OF]
    expressions = [need.expression for need in rarest]
    lacking = either(
        every(expressions[:place] + expressions[place + 1 :]) for place in range(len(expressions))
    )
    titles = [of_kind(expression, "title") for expression in expressions[:_IN_PAIRS]]
    pairs = either(every(pair) for pair in combinations(titles, 2))
    return [(every([each, *kept]), MOST_WITH_SOME) for each in (lacking, pairs)]


def _candidates(numbers: set[int], narrowing: Narrowing) -> list[Candidate]:
    """Those entries whose papers everybody may see and ``narrowing`` leaves. One query."""
    papers = narrowing.narrow(listed_papers()).filter(search_entry__number__in=numbers)
    columns = ["pk", "title", "search_entry__number", "search_entry__tokens", "search_entry__weights"]
    rows = papers.values_list(*columns, *(["authors"] if narrowing.author else []))
    return [
        Candidate(paper, number, title, tokens, bytes(weights))
        for paper, title, number, tokens, weights, *authors in rows
        if not authors or narrowing.is_by(*authors)
    ]


def _named(text: str, narrowing: Narrowing) -> Ranked | None:
    """The paper whose id or address ``text`` is."""
    name, _version = split_id(text) or ("", 0)
    paper = narrowing.narrow(listed_papers()).filter(arxiv_id=name).values_list("pk", flat=True).first()
    return None if paper is None else Ranked(paper, 0, 1.0, has_all=True)
