"""What counts of readers' tastes when papers are put in order for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from lib.chunks import IDS_A_QUERY, chunked
from newsletter.features.corpus import load_features
from newsletter.features.matrix import Features
from newsletter.features.terms import Weights
from newsletter.models import Paper
from subscriptions.digests.candidates import Mask
from subscriptions.models import Subscriber, TasteOverride
from subscriptions.models.states import TasteState
from subscriptions.taste.learning import profiles_of
from subscriptions.taste.profile import TasteProfile
from subscriptions.taste.scoring import Scores

Kind = TasteOverride.Kind
FEWER = {Kind.AUTHOR.value: 5.0, Kind.CATEGORY.value: 2.0, Kind.TOPIC.value: 2.0}
"""What a paper's score loses for what its reader wants fewer of; what a paper is about brings about 2."""

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ReaderTaste:
    """What was learned of a reader, and the kinds and keys of what the reader wants fewer of."""

    profile: TasteProfile
    fewer: Sequence[tuple[str, str]] = ()


def tastes_of(readers: Iterable[Subscriber]) -> dict[int, ReaderTaste]:
    """The tastes of those whose taste counts and says something, by reader. Two queries, or none."""
    ids = [reader.pk for reader in readers if reader.taste == TasteState.ON and reader.pk]
    if not ids:
        return {}
    profiles = profiles_of(ids)
    fewer: dict[int, list[tuple[str, str]]] = {}
    rows = TasteOverride.objects.filter(subscriber__in=ids, stance=TasteOverride.Stance.FEWER)
    for reader, kind, key in rows.order_by("pk").values_list("subscriber_id", "kind", "key"):
        if kind in FEWER:
            fewer.setdefault(reader, []).append((kind, key))
    tastes = {
        reader: ReaderTaste(profiles.get(reader, TasteProfile()), fewer.get(reader, ()))
        for reader in {*profiles, *fewer}
    }
    return {reader: taste for reader, taste in tastes.items() if not taste.profile.is_empty or taste.fewer}


@dataclass(frozen=True)
class FeatureSlice:
    """The features of some papers of an index: ``columns`` is place → row of the features, -1 for none."""

    places: Places
    columns: npt.NDArray[np.int32]
    features: Features
    prior: Scores

    @cached_property
    def terms(self) -> list[tuple[Places, Weights]]:
        """The buckets and weights of each paper: cut out once, because each paper is looked at for thousands
        of readers.
        """
        terms = self.features.terms
        buckets = terms.indices.astype(np.intp)
        return [(buckets[begin:end], terms.data[begin:end]) for begin, end in pairwise(terms.indptr.tolist())]

    @cached_property
    def categories(self) -> list[frozenset[str]]:
        """The categories of each paper. Read when somebody wants fewer of one."""
        by_paper: dict[int, frozenset[str]] = {}
        for chunk in chunked(list(self.features.papers), IDS_A_QUERY):
            rows = Paper.objects.filter(pk__in=chunk).values_list("pk", "categories")
            by_paper.update({pk: frozenset(categories) for pk, categories in rows})
        return [by_paper.get(paper, frozenset()) for paper in self.features.papers]


def slice_of(papers: Sequence[int], places: Places, *, among: int) -> FeatureSlice:
    """The features of ``papers`` (ids), whose ``places`` among so many papers are these, ascending."""
    columns = np.full(among, -1, np.int32)
    columns[places] = np.arange(len(places), dtype=np.int32)
    return FeatureSlice(
        places=places,
        columns=columns,
        features=load_features(papers),
        # The order of all papers, from 0 for the best down to -1.
        prior=(-places / max(among, 1)).astype(np.float32),
    )


def lose_fewer(
    scores: Scores, taste: ReaderTaste, columns: Places, known: FeatureSlice, topics: Mapping[int, Mask]
) -> Scores:
    """One reader's ``scores`` of some papers, given as ``columns`` of what is known, without what is to be
    fewer. ``topics`` says by topic which of these papers are of it.
    """
    for kind, key in taste.fewer:
        scores = scores - np.float32(FEWER[kind]) * _is_of(kind, key, columns, known, topics)
    return scores


def _is_of(kind: str, key: str, columns: Places, known: FeatureSlice, topics: Mapping[int, Mask]) -> Scores:
    """1 for each paper that is of what a reader wants fewer of, 0 for the others."""
    if kind == Kind.TOPIC:
        return np.asarray(topics.get(int(key), np.zeros(len(columns))), np.float32)
    if kind == Kind.CATEGORY:
        return np.array([key in known.categories[column] for column in columns.tolist()], np.float32)
    has_name = np.zeros(len(known.places), np.float32)
    keys = known.features.author_keys
    place = int(np.searchsorted(keys, int(key)))
    if place < len(keys) and keys[place] == int(key):
        by_author = known.features.papers_by_author
        has_name[by_author.indices[by_author.indptr[place] : by_author.indptr[place + 1]]] = 1
    return has_name[columns]
