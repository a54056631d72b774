"""Related papers, each with the reason: found once, when a paper becomes public, and only read by pages.

The nearest of a paper stand in one row. A new paper also enters the rows of its own nearest, so that an old
paper leads to what came after it. Reading costs two queries however many papers there are.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lib.chunks import IDS_A_QUERY, chunked
from newsletter import stages
from newsletter.archive.common_terms import PaperTerms
from newsletter.archive.public import listed_papers
from newsletter.features.corpus import StoredFeatures, papers_with_names, read_features
from newsletter.features.names import author_key
from newsletter.features.nearest import NearestPapers, Neighbour, Profile
from newsletter.models import Paper, RelatedPapers
from newsletter.records import StageReport
from newsletter.rendering.texts import clean
from newsletter.set_aside import ItemKind, isolating

KEPT = 20  # of each paper: some may be hidden or withdrawn by the time they are read
AT_ONCE = 1000  # papers of one transaction
PAPERS_A_RUN = 5_000  # a minute or two beside 75,000 others
PERSONAL = 50  # papers up to which a name is taken for one person's
AUTHORS_NAMED = 2

Stored = list[Any]
"""One neighbour in a row: id, score, terms, authors."""


@dataclass(frozen=True, slots=True)
class Related:
    """A listed paper (id) that is near another, and why: what both are about, and who wrote both."""

    paper: int
    score: float
    terms: tuple[str, ...]
    authors: tuple[str, ...]


def related_to(paper: int, limit: int) -> list[Related]:
    """At most ``limit`` (up to :data:`KEPT`) listed papers near ``paper`` (id), the nearest first.

    Two queries, whatever there is. Empty while they have not been looked for.
    """
    stored = RelatedPapers.objects.filter(pk=paper).values_list("nearest", flat=True).first() or []
    listed = set(listed_papers().filter(pk__in=[each[0] for each in stored]).values_list("pk", flat=True))
    near = [Related(pk, score, tuple(terms), tuple(names)) for pk, score, terms, names in stored]
    return [each for each in near if each.paper in listed][:limit]


# -- finding ----------------------------------------------------------------------------------------------


def find_related(*, now: datetime) -> StageReport:
    """Find the nearest of listed papers that have features and no row yet. May run twice.

    Counts ``papers``. A paper that cannot be compared is set aside.
    """
    new = listed_papers().filter(features__isnull=False, nearest=None).order_by("pk")
    done = last = 0
    with isolating(stages.RELATED, now=now, items=ItemKind(key=lambda paper: paper.arxiv_id)) as run:
        while done < PAPERS_A_RUN and (
            papers := list(new.filter(pk__gt=last).only("arxiv_id", "title", "abstract", "authors")[:AT_ONCE])
        ):
            done += sum(run.together(papers, _find))
            last = papers[-1].pk
    return StageReport({"papers": done}, tuple(run.set_aside))


def _find(papers: Sequence[Paper]) -> int:
    """1. Read what is new. 2. Compare it with itself and with all that has a row, a chunk at a time. 3. Write
    its rows, and 4. those of its nearest.
    """
    features = read_features([paper.pk for paper in papers])
    profiles = [_profile(features[paper.pk]) for paper in papers if paper.pk in features]
    counts = papers_with_names({name for each in profiles for name in each.names})
    personal = [name for name, count in counts.items() if 1 < count <= PERSONAL]
    nearest = NearestPapers(profiles, personal=personal, most=KEPT)
    nearest.look_at(profiles)
    for others in _profiles_before():
        nearest.look_at(others)
    texts = {paper.pk: paper for paper in papers}
    found = {pk: _with_reasons(near, texts[pk]) for pk, near in nearest.results()}
    with transaction.atomic():
        RelatedPapers.objects.bulk_create(
            [RelatedPapers(paper_id=pk, nearest=near) for pk, near in found.items()], ignore_conflicts=True
        )
        _offer(found)
    return len(found)


def _profiles_before() -> Iterator[list[Profile]]:
    """The profiles of the listed papers that have a row, a chunk at a time."""
    numbers = RelatedPapers.objects.order_by("pk").values_list("pk", flat=True)
    for chunk in chunked(list(numbers), IDS_A_QUERY):
        listed = listed_papers().filter(pk__in=chunk).values_list("pk", flat=True)
        yield [_profile(each) for each in read_features(list(listed)).values()]


def _profile(stored: StoredFeatures) -> Profile:
    return Profile.of(stored.paper, stored.vector, stored.names)


def _with_reasons(near: Sequence[Neighbour], paper: Paper) -> list[Stored]:
    """The neighbours of ``paper``, each with the reason in words."""
    names = {author_key(name): name for name in reversed([clean(str(each)) for each in paper.authors])}
    terms = PaperTerms(clean(paper.title), clean(paper.abstract))
    return [
        [
            each.paper,
            round(each.score, 3),
            list(terms.common(each.buckets)),
            [names[key] for key in each.names if key in names][:AUTHORS_NAMED],
        ]
        for each in near
    ]


def _offer(found: dict[int, list[Stored]]) -> None:
    """Add each paper to the rows of its nearest where it is nearer than what stands there."""
    offers: dict[int, list[Stored]] = {}
    for pk, near in found.items():
        for other, score, terms, authors in near:
            if other not in found:
                offers.setdefault(other, []).append([pk, score, terms, authors])
    for chunk in chunked(sorted(offers), IDS_A_QUERY):
        changed = []
        for row in RelatedPapers.objects.select_for_update().filter(pk__in=chunk).order_by("pk"):
            merged = _merged(row.nearest, offers[row.pk])
            if merged != row.nearest:
                row.nearest = merged
                changed.append(row)
        RelatedPapers.objects.bulk_update(changed, ["nearest"], batch_size=500)


def _merged(known: list[Stored], offered: list[Stored]) -> list[Stored]:
    by_paper = {each[0]: each for each in (*known, *offered)}
    return heapq.nlargest(KEPT, by_paper.values(), key=_rank)


def _rank(stored: Stored) -> tuple[float, int]:
    return stored[1], stored[0]
