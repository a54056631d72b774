"""What a page shows of papers that were found: marked where they say what was looked for."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from newsletter.models import Paper, Summary
from newsletter.rendering.paper_rows import load_views
from newsletter.rendering.papers import PaperView
from newsletter.rendering.texts import clean
from newsletter.search.highlights import Piece, excerpt, found_tokens, mark
from newsletter.search.queries import Need

_ORIGIN: Final = "en"  # of titles and abstracts
MOST_NAMES: Final = 200


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of what else is said of a paper, in ``language``; of names, "" stands for any."""

    pieces: tuple[Piece, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper that was found: its view, its headline and sentence in pieces, and an excerpt of what has the
    words that these two lack."""

    view: PaperView
    headline: tuple[Piece, ...]
    sentence: tuple[Piece, ...]
    excerpt: Excerpt | None = None


@dataclass(frozen=True, slots=True)
class _Passage:
    text: str
    language: str


def load_hits(papers: Sequence[int], needs: Sequence[Need], language: str) -> list[Hit]:
    """Those of ``papers`` (ids) that are there, in their order. At most seven queries."""
    views = load_views(papers, language)
    tokens = frozenset(token for need in needs for token in need.tokens)
    lacking = {
        paper: lacks
        for paper, view in views.items()
        if (lacks := _lacking(needs, f"{view.headline} \n{view.sentence}"))
    }
    excerpts = _excerpts(lacking, views, tokens)
    return [
        Hit(view, mark(view.headline, tokens), mark(view.sentence, tokens), excerpts.get(paper))
        for paper in papers
        if (view := views.get(paper)) is not None
    ]


def _lacking(needs: Sequence[Need], text: str) -> tuple[Need, ...]:
    """Those of ``needs`` that ``text`` does not have."""
    there = found_tokens(text, {token for need in needs for token in need.tokens})
    return tuple(need for need in needs if not need.is_met_by(there))


def _excerpts(
    lacking: dict[int, tuple[Need, ...]], views: dict[int, PaperView], tokens: Collection[str]
) -> dict[int, Excerpt]:
    """For each paper that lacks words in what is shown: the passage that has most of them."""
    excerpts: dict[int, Excerpt] = {}
    left: dict[int, tuple[Need, ...]] = {}
    sources = (
        Paper.objects.filter(pk__in=lacking).values_list("pk", "title", "abstract", "authors")
        if lacking
        else ()
    )
    for paper, title, abstract, authors in sources:
        passages = [*_of_source(views[paper], title, abstract, authors)]
        best, still = _best(passages, lacking[paper])
        if best is not None:
            excerpts[paper] = _excerpt(best, tokens)
        if still:
            left[paper] = still
    for paper, passages in _in_other_languages(left).items():
        best, still = _best(passages, left[paper])
        if best is not None and (paper not in excerpts or len(still) < len(left[paper])):
            excerpts[paper] = _excerpt(best, tokens)
    return excerpts


def _of_source(view: PaperView, title: str, abstract: str, authors: Sequence[str]) -> Iterator[_Passage]:
    if view.translated_title:
        yield _Passage(clean(title), _ORIGIN)
    yield _Passage(" ".join(view.takeaways), view.summary_language.code)
    yield _Passage(clean(", ".join(authors[:MOST_NAMES])), "")
    yield _Passage(clean(abstract), _ORIGIN)


def _in_other_languages(papers: Collection[int]) -> dict[int, list[_Passage]]:
    """What summaries in all languages say of papers (ids)."""
    passages: defaultdict[int, list[_Passage]] = defaultdict(list)
    shown = Summary.objects.shown().filter(paper__in=papers).exclude(author=Summary.Author.EXTRACT)
    columns = ("paper_id", "language", "title", "sentence", "takeaways")
    for paper, language, title, sentence, takeaways in shown.values_list(*columns) if papers else ():
        text = " ".join(filter(None, [title, sentence, *(str(point["text"]) for point in takeaways)]))
        passages[paper].append(_Passage(clean(text), language))
    return passages


def _best(passages: Sequence[_Passage], needs: tuple[Need, ...]) -> tuple[_Passage | None, tuple[Need, ...]]:
    """The first passage that has most of ``needs``, and which it lacks; None if no passage has any."""
    ranked = [(_lacking(needs, passage.text), passage) for passage in passages]
    lacks, best = min(ranked, key=lambda each: len(each[0]), default=(needs, None))
    return (None, needs) if len(lacks) == len(needs) else (best, lacks)


def _excerpt(passage: _Passage, tokens: Collection[str]) -> Excerpt:
    return Excerpt(excerpt(passage.text, tokens), passage.language)
